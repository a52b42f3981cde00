"""The ledger of a proxy under load: in sum what HAProxy counted, whatever happens to fig meanwhile."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stranglerfig.dataplane.locate import find_haproxy
from tests.acceptance.conftest import Say
from tests.acceptance.machine import Machine, kill_and_wait
from tests.acceptance.scenes import get, given_a_monolith_behind_a_proxy, given_a_service
from tests.dataplane.fast_load import a_get, ask_all, letter_upstreams

#: of ten: users have moved to a service of their own
MIX = [f"/api/users/{number}" for number in range(4)] + [f"/api/threads/{number}" for number in range(6)]
ROUND = 4_000
UNSEEN = "{unseen}"
KILLS = 3
HAPROXYS_OWN = 2


def ledger_of(machine: Machine, *flags: str) -> dict[str, Any]:
    [listener] = machine.fig("ledger", "shop", "--json", *flags).json()["listeners"]
    return dict(listener)


def by_target(listener: dict[str, Any]) -> Counter[str | None]:
    """None: HAProxy itself."""
    found: Counter[str | None] = Counter()
    for entry in listener["entries"]:
        found[entry["target"]] += entry["requests"]
    return found


def by_endpoint(listener: dict[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for entry in listener["entries"]:
        found[entry["endpoint"]] += entry["requests"]
    return found


@contextmanager
def letters(folder: Path) -> Iterator[dict[str, int]]:
    """Servers that are never the bottleneck, in a loop that runs while it is asked only."""
    with asyncio.Runner() as runner:
        upstreams = letter_upstreams(folder, find_haproxy({}), "lu")
        yield runner.run(upstreams.__aenter__())
        runner.run(upstreams.__aexit__(None, None, None))


def load(port: int, rounds: int) -> Counter[str]:
    """How many each side has answered."""
    requests = [a_get(path) for path in MIX] * (ROUND // len(MIX))
    return sum((Counter(asyncio.run(ask_all(port, requests))) for _ in range(rounds)), Counter())


@contextmanager
def under_load(port: int) -> Iterator[Counter[str]]:
    """What it yields has all answers once it is left."""
    answered, is_over = Counter[str](), threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            answered.update(load(port, 1))

    with ThreadPoolExecutor() as threads:
        asking = threads.submit(ask)
        try:
            yield answered
        finally:
            is_over.set()
        asking.result()


def test_counts_are_haproxys_own_over_a_reload_and_a_killed_daemon(machine: Machine, tmp_path: Path, say: Say) -> None:
    with letters(tmp_path) as ports:
        created = machine.fig("proxy", "create", "shop", "--to", f"http://127.0.0.1:{ports['l']}", "--json").json()
        machine.fig("route", "add", "shop", "/api/users", "--to", f"http://127.0.0.1:{ports['u']}")
        port = int(created["port"])
        answered = load(port, 1)
        other = machine.fig("proxy", "create", "other", "--to", "shop-default", "--json").json()  # a reload
        load(int(other["port"]), 1)  # by another listener, to the same target
        answered += load(port, 1)
        ledger_of(machine)  # what is booked by now cannot be lost
        answered += load(port, 1)
        kill_and_wait(machine.daemon_pid())
        answered += load(port, 1)
        ledger_of(machine)  # by a new daemon
        answered += load(port, 2)
        found = ledger_of(machine)
        counted = machine.fig("proxy", "show", "shop", "--json").json()["requests"]

    assert counted == answered.total()
    assert by_target(found) == {"shop-default": answered["l"], "shop-api-users": answered["u"]}
    endpoints = by_endpoint(found)
    say(f"of {counted:,} requests, lines of {endpoints[UNSEEN]:,} were lost around the kill: {dict(endpoints)}")
    assert set(endpoints) <= {"/api/users/{id}", "/api/threads/{id}", UNSEEN}
    assert endpoints[UNSEEN] <= 2.5 * ROUND  # what was not booked and what nobody heard, known by a sample


def test_no_request_is_counted_twice_or_as_another_ones_while_daemons_die_and_targets_go(
    machine: Machine, tmp_path: Path
) -> None:
    with letters(tmp_path) as ports:
        created = machine.fig("proxy", "create", "shop", "--to", f"http://127.0.0.1:{ports['l']}", "--json").json()
        machine.fig("route", "add", "shop", "/api/users", "--to", f"http://127.0.0.1:{ports['u']}")
        port = int(created["port"])
        with under_load(port) as answered:
            for _ in range(KILLS):
                ledger_of(machine)
                kill_and_wait(machine.daemon_pid())
            machine.fig("route", "delete", "shop", "api-users", "--yes")
        # before the ledger has looked at its last requests, as a rule
        machine.fig("target", "delete", "shop-api-users", "--yes")
        refused = [get(port, "/a%2Fb").status for _ in range(HAPROXYS_OWN)]
        found = ledger_of(machine)

    assert refused == [400] * HAPROXYS_OWN
    assert by_target(found) == {"shop-default": answered["l"], "shop-api-users": answered["u"], None: HAPROXYS_OWN}


def test_a_monolith_is_retired_once_nothing_reaches_it(machine: Machine) -> None:
    port = given_a_monolith_behind_a_proxy(machine)
    given_a_service(machine, "rest")
    assert get(port, "/orders/1").by == "monolith"

    refused = machine.try_fig("ledger", "retire", "shop-default", "--quiet-for", "1h", "--yes")
    assert (refused.status, "GET /orders/{id}" in refused.stderr) == (5, True)

    machine.fig("proxy", "set", "shop", "--to", "rest")
    early = machine.try_fig("ledger", "retire", "shop-default", "--quiet-for", "1h", "--yes")
    assert early.status == 5
    done = machine.fig("ledger", "retire", "shop-default", "--quiet-for", "1h", "--yes", "--force")
    assert "shop-default is retired" in done.stderr
    assert get(port, "/orders/1").by == "rest"
    assert [target["name"] for target in machine.fig("target", "ls", "--json").json()] == ["rest"]


@pytest.fixture(name="har")
def a_har(tmp_path: Path) -> Path:
    entries = [
        {"request": {"method": method, "url": f"http://shop.example{path}", "headers": []}}
        for method, path in (
            ("GET", "/orders/1"),
            ("GET", "/orders/1"),
            ("POST", "/orders"),
            ("GET", "/users/7?page=2"),
        )
    ]
    path = tmp_path / "shop.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return path


def test_a_proposed_table_is_tried_on_recorded_requests(machine: Machine, har: Path, tmp_path: Path) -> None:
    given_a_monolith_behind_a_proxy(machine)
    given_a_service(machine, "orders")
    machine.fig("route", "add", "shop", "/users", "--to", "orders", "--weight", "50")
    shown = machine.fig("route", "try", str(har), "--add", "/orders=orders", "--without", "users").stdout.splitlines()

    assert shown[0] == "4 of 4 requests would change side."
    assert [line.split() for line in shown[2:]] == [
        ["GET", "/orders/1", "2", "shop-default", "orders"],
        ["POST", "/orders", "1", "shop-default", "orders"],
        ["GET", "/users/7?page=2", "1", "50", "%", "orders,", "50", "%", "shop-default", "shop-default"],
    ]
    table = tmp_path / "table.json"
    table.write_text(machine.fig("route", "ls", "shop", "--json").stdout)
    same = machine.fig("route", "try", str(har), "shop", "--routes", str(table), "--json").json()
    assert (same["requests"], same["changes"]) == (4, [])
    assert machine.try_fig("route", "try", str(har), "shop").status == 2
    assert machine.try_fig("route", "try", str(table), "shop", "--add", "/a=orders").status == 2
