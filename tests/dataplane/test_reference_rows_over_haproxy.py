"""Every row of the two reference tables that is a request, asked of the real HAProxy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from stranglerfig.core.routing.rules import Conditions, Forward, Order, Request, Rule, SourceCondition
from stranglerfig.dataplane.locate import HaproxyBinary
from tests.core import alb_rows, refactor_spaces_rows
from tests.core.alb_rows import AlbRow
from tests.core.refactor_spaces_rows import BASE_PATHS, SERVICES, RefactorSpacesRow
from tests.dataplane.facade import Facade, a_facade, a_group
from tests.dataplane.haproxy_rig import Answer, Client, Upstream, haproxy_binaries

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: the source that a loopback client can have stands in for the row's own
LOOPBACK = {"10.1.2.3": "127.0.0.1", "8.8.8.8": "127.0.0.2", "2001:db8::1": "127.0.0.1"}
NETWORKS = {"10.0.0.0/8": "127.0.0.1/32", "2001:db8::/32": "127.0.0.1/32"}


@dataclass
class Table:
    facade: Facade
    upstreams: dict[str, Upstream] = field(default_factory=dict)

    async def ask(self, rules: tuple[Rule, ...], request: Request) -> Answer:
        for name in {group.group for rule in rules if isinstance(rule.action, Forward) for group in rule.action.groups}:
            if name not in self.upstreams:
                self.upstreams[name] = await Upstream(name).start()
        groups = (a_group(name, up.port, base_path=BASE_PATHS.get(name, "")) for name, up in self.upstreams.items())
        await self.facade.hold(*rules, groups=tuple(groups))
        client = Client(self.facade.port, source=LOOPBACK.get(request.source, request.source))
        try:
            return await client.ask(request.target, request.method, request.headers, request.host)
        finally:
            client.close()

    def stop(self) -> None:
        for upstream in self.upstreams.values():
            upstream.stop()


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=haproxy_binaries(), ids=lambda one: one.version_text
)
async def by_priority(request: pytest.FixtureRequest) -> AsyncIterator[Table]:
    binary: HaproxyBinary = request.param
    async with a_facade(binary, order=Order.PRIORITY) as facade:
        table = Table(facade)
        yield table
        table.stop()


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=haproxy_binaries(), ids=lambda one: one.version_text
)
async def by_specificity(request: pytest.FixtureRequest) -> AsyncIterator[Table]:
    binary: HaproxyBinary = request.param
    async with a_facade(binary) as facade:
        table = Table(facade)
        yield table
        table.stop()


def on_loopback(rule: Rule) -> Rule:
    source = rule.conditions.source
    if source is None:
        return rule
    return Rule(
        rule.id, Conditions(source=SourceCondition((NETWORKS[source.networks[0]],))), rule.action, rule.priority
    )


@pytest.mark.parametrize("row", alb_rows.ROWS, ids=lambda row: f"row-{row.number}")
async def test_a_load_balancer_row_is_answered_by_its_rule(by_priority: Table, row: AlbRow) -> None:
    rules = tuple(map(on_loopback, row.rules))
    answer = await by_priority.ask(rules, row.request)
    winner = next((rule for rule in rules if rule.id == row.wanted), None)
    if winner is None:
        assert answer.status == 404
    elif isinstance(winner.action, Forward):
        assert answer.upstream in {one.group for one in winner.action.groups if one.weight}
        assert row.target is None or answer.target == row.target
    else:
        assert (answer.status, answer.headers["location"]) == (301, row.location)


@pytest.mark.parametrize("row", refactor_spaces_rows.ROWS, ids=lambda row: f"row-{row.number}")
async def test_a_refactor_spaces_row_reaches_its_upstream_url(by_specificity: Table, row: RefactorSpacesRow) -> None:
    answer = await by_specificity.ask(row.rules, row.request)
    if row.upstream is None:
        assert answer.status == 403
        return
    if row.request.method == "HEAD":
        assert answer.status == 200
        return
    url, _ = SERVICES[answer.upstream]
    assert url + answer.target == row.upstream


async def test_all_rows_took_one_reload_for_each_new_group_at_most(by_specificity: Table) -> None:
    for row in refactor_spaces_rows.ROWS:
        await by_specificity.ask(row.rules, row.request)
    before = await by_specificity.facade.reloads()
    for row in refactor_spaces_rows.ROWS:
        await by_specificity.ask(row.rules, row.request)
    assert await by_specificity.facade.reloads() == before


async def test_no_row_needs_a_source_that_loopback_has_not() -> None:
    rows = [row for row in alb_rows.ROWS if any(rule.conditions.source for rule in row.rules)]
    assert {row.request.source for row in rows} == set(LOOPBACK)
    assert all(rule.conditions == Conditions(source=rule.conditions.source) for row in rows for rule in row.rules)
