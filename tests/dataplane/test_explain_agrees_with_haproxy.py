"""``explain`` and the real HAProxy, over random rule tables that replace each other at run time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck as Check
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from stranglerfig.core.routing.explain import Explanation, Verdict, explain
from stranglerfig.core.routing.rules import Order, Request, Rule
from stranglerfig.core.topology import Group, Listener, Server, Topology
from stranglerfig.dataplane.locate import HaproxyBinary
from stranglerfig.dataplane.router import HaproxyRouter
from tests.effort import amount

from .haproxy_rig import Answer, Client, Upstream, haproxy_binaries, running_router
from .rule_strategies import BASE_PATHS, requests, rule_tables

#: requests a table, and tables: with the HAProxy that fig takes, and with the distribution's. Others in every run.
REQUESTS = 30
TABLES, TABLES_OF_OTHERS = amount(45, 170), amount(10, 30)

pytestmark = [pytest.mark.torture, pytest.mark.timeout(900)]


@dataclass
class Rig:
    runner: asyncio.Runner
    router: HaproxyRouter
    upstreams: dict[str, Upstream]
    clients: dict[Order, Client]
    tables: int
    pairs: int = 0
    rules: dict[Order, tuple[Rule, ...]] = field(default_factory=lambda: dict.fromkeys(Order, ()))

    def topology(self, rules: tuple[Rule, ...], order: Order) -> Topology:
        """Each order has a listener of its own; a listener's order never changes."""
        groups = tuple(
            Group(name, (Server("s1", "127.0.0.1", self.upstreams[name].port),), base_path=base)
            for name, base in BASE_PATHS.items()
        )
        self.rules[order] = rules
        listeners = (Listener(o.value, "127.0.0.1", self.clients[o].port, self.rules[o], o) for o in Order)
        return Topology(tuple(listeners), groups)


@pytest.fixture(scope="module", params=haproxy_binaries(), ids=lambda binary: binary.version_text)
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    binary: HaproxyBinary = request.param
    run_dir: Path = tmp_path_factory.mktemp("run")
    with asyncio.Runner() as runner:
        opened = running_router(run_dir, binary)
        router = runner.run(opened.__aenter__())
        upstreams = {name: runner.run(Upstream(name).start()) for name in BASE_PATHS}
        clients = {order: Client(runner.run(router.claim("127.0.0.1", 0))) for order in Order}
        tables = TABLES if binary == haproxy_binaries()[0] else TABLES_OF_OTHERS
        rig = Rig(runner, router, upstreams, clients, tables)
        try:
            yield rig
        finally:
            for client in clients.values():
                client.close()
            for upstream in upstreams.values():
                upstream.stop()
            runner.run(opened.__aexit__(None, None, None))


def test_every_request_goes_where_explain_says(rig: Rig) -> None:
    @given(data=st.data())
    @settings(
        max_examples=rig.tables,
        deadline=None,
        suppress_health_check=list(Check),
        print_blob=True,
        # shrinking takes minutes here, and the message of a failure tells table and request
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )
    def compare_a_table(data: st.DataObject) -> None:
        rules, order = data.draw(rule_tables())
        asked = data.draw(st.lists(requests(rules), min_size=REQUESTS, max_size=REQUESTS))
        rig.runner.run(rig.router.apply(rig.topology(rules, order)))
        for request in asked:
            answer = rig.runner.run(_ask(rig.clients[order], request))
            _compare(rules, order, replace(request, port=rig.clients[order].port), answer)
            rig.pairs += 1

    compare_a_table()
    assert rig.pairs >= rig.tables * REQUESTS


async def _ask(client: Client, request: Request) -> Answer:
    return await client.ask(request.target, request.method, request.headers, request.host or None)


def _compare(rules: tuple[Rule, ...], order: Order, request: Request, answer: Answer) -> None:
    explained = explain(rules, order, request, BASE_PATHS)
    if not _agree(explained, request, answer):
        table = "\n".join(map(str, rules))
        pytest.fail(f"{request}\n{order}\n{table}\nexplain: {explained}\nhaproxy: {answer}", pytrace=False)


def _agree(explained: Explanation, request: Request, answer: Answer) -> bool:
    if explained.verdict is not Verdict.FORWARD:
        return (answer.status, answer.headers.get("location")) == (explained.status, explained.location)
    if request.method == "HEAD" or answer.status != 200:
        return answer.status == 200
    possible = {(share.group, share.target) for share in explained.shares if share.share > 0}
    return (answer.upstream, answer.target) in possible
