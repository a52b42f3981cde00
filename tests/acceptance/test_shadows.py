"""Shadows as users have them: real requests through a real listener, copied, compared and told.

One daemon for all of it: each candidate that is wrong in a way of its own has a path of its own.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from stranglerfig.api.client import Transport
from stranglerfig.api.shadows.client import ShadowClient
from tests.acceptance.machine import Machine, a_machine, is_alive, kill_and_wait, wait_until
from tests.shadow.sides import Answering, Asked, Reply, Side, two_sides

SECRET = "hunter2-and-more"
_NUMBERS = itertools.count()


def user(**fields: Any) -> Reply:
    found = {"id": 17, "name": "Ann", "tags": ["a", "b"], "at": time.time_ns(), "request": f"r{next(_NUMBERS)}"}
    return Reply({name: value for name, value in {**found, **fields}.items() if value is not None})


#: By path: how the candidate answers where legacy answers with ``user()``, and the difference that is to be found.
ZOO: dict[str, tuple[Callable[[], Reply], str | None]] = {
    "right": (user, None),
    "field": (lambda: user(name="Bob"), "changed $.name"),
    "missing": (lambda: user(name=None), "missing $.name"),
    "type": (lambda: user(id="17"), "type $.id"),
    "order": (lambda: user(tags=["b", "a"]), "order $.tags"),
    "status": (lambda: Reply({}, 404), "status status"),
    "content": (lambda: Reply(b"<p>Ann</p>", 200, (("Content-Type", "text/html"),)), "header header content-type"),
    "broken": (lambda: Reply(cuts=True), "status status"),
}


def candidate(asked: Asked) -> Reply:
    word = asked.target.split("/")[2]
    return ZOO[word][0]() if word in ZOO else user()


def legacy(asked: Asked) -> Reply:
    return user()


@dataclass
class Shop:
    machine: Machine
    url: str
    legacy: Side
    candidate: Side

    def ask(self, path: str, **headers: str) -> int:
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()
            return int(answer.status)

    def report(self) -> dict[str, Any]:
        transport = Transport(str(self.machine.home / "run" / "api.sock"))
        return dict(ShadowClient(transport).report("shop", "api"))

    def until_compared(self, count: int) -> dict[str, Any]:
        wait_until(lambda: self.report()["compared"] >= count, f"{count} copies are compared")
        return self.report()

    def live_requests(self) -> int:
        status = self.machine.client().daemon.status()
        return sum(sum(target["responses"].values()) for target in status["targets"])


@pytest.fixture(scope="module")
def one_shop() -> Iterator[Shop]:
    with two_sides(legacy, candidate) as (old, new), a_machine() as machine:
        proxy = machine.fig("proxy", "create", "shop", "--to", old.url, "--json").json()
        machine.fig("route", "add", "shop", "/api", "--to", new.url, "--weight", "0")
        yield Shop(machine, proxy["url"], old, new)


@pytest.fixture
def shop(one_shop: Shop) -> Iterator[Shop]:
    one_shop.legacy.answer, one_shop.candidate.answer = legacy, candidate
    one_shop.legacy.asked.clear()
    one_shop.candidate.asked.clear()
    yield one_shop
    one_shop.machine.try_fig("shadow", "stop", "shop", "/api")


def start(shop: Shop, *flags: str) -> None:
    shop.machine.fig("shadow", "start", "shop", "/api", "--rate", "1000/s", "--timeout", "30s", *flags)


def test_each_wrong_candidate_is_found_out_and_the_right_one_is_not(shop: Shop) -> None:
    start(shop)
    for count in (1, 2):
        for word in ZOO:
            shop.ask(f"/api/{word}/17", Authorization=f"Bearer {SECRET}", Cookie=f"sid={SECRET}")
        report = shop.until_compared(count * len(ZOO))
    shown = {
        one["endpoint"].split("/")[2]: [f"{place['kind']} {place['place']}" for place in one["differences"]]
        for one in report["endpoints"]
    }
    broken = report["endpoints"][0]["differences"][0]["id"]
    example = shop.machine.fig("shadow", "show", broken).stdout

    assert {word: wanted in shown[word] if wanted else shown[word] == [] for word, (_, wanted) in ZOO.items()} == (
        dict.fromkeys(ZOO, True)
    )
    assert "curl -sS -i" in example
    assert shop.candidate.asked[0].headers["authorization"] == f"Bearer {SECRET}", "a copy is what the client sent"
    files = [path for path in shop.machine.home.rglob("*") if path.is_file()]
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []


def test_copies_are_in_no_counter_of_live_traffic(shop: Shop) -> None:
    before = shop.live_requests()
    start(shop)
    for _ in range(10):
        shop.ask("/api/right/17")
    shop.until_compared(10)
    wait_until(lambda: shop.live_requests() >= before + 10, "the counters are read")

    assert (len(shop.legacy.asked), len(shop.candidate.asked)) == (30, 10)
    assert shop.live_requests() == before + 10


def hang(_: Asked) -> Reply:
    return Reply(wait_s=600)


def flood(_: Asked) -> Reply:
    return Reply(b"", floods=True)


def die(_: Asked) -> Reply:
    return Reply({}, cuts=True)


@pytest.mark.parametrize("behave", [hang, flood, die])
def test_a_candidate_that_hangs_floods_or_dies_costs_users_nothing(shop: Shop, behave: Answering) -> None:
    shop.candidate.answer = behave
    start(shop)
    statuses = {shop.ask(f"/api/right/{number}") for number in range(60)}
    wait_until(lambda: shop.candidate.asked, "copies are under way")
    wait_until(lambda: sum(shop.report()["shadow"]["counts"].values()) == 60, "each request is accounted for")

    assert statuses == {200}
    assert shop.report()["shadow"]["counts"]["copied"] > 0


def test_a_killed_daemon_takes_its_shadows_up_again(shop: Shop) -> None:
    start(shop, "--ignore", "$.nothing")
    shop.ask("/api/field/17")
    shop.until_compared(1)
    wait_until(lambda: saved(shop) == 1, "it is written down")
    beside = [pid for pid, command in shop.machine.processes().items() if "stranglerfig.shadow" in command]
    kill_and_wait(shop.machine.daemon_pid())
    wait_until(lambda: not any(map(is_alive, beside)), "the process beside the daemon ends with it")
    assert shop.ask("/api/field/17") == 200, "traffic goes on"
    shop.machine.fig("status")
    kept = shop.report()
    for _ in range(3):
        shop.ask("/api/field/17")
    grown = shop.until_compared(kept["compared"] + 3)

    assert kept["compared"] == 1
    assert grown["shadow"]["rules"] == ["ignore $.nothing"]
    assert grown["endpoints"][0]["differences"][0]["count"] == 4


def saved(shop: Shop) -> int:
    with closing(sqlite3.connect(f"file:{shop.machine.home / 'fig.sqlite3'}?mode=ro", uri=True)) as books:
        return int(books.execute("SELECT count(*) FROM shadow_report").fetchone()[0])


def test_names_that_are_not_known_are_said_to_be_that(shop: Shop) -> None:
    for words, name in ((("report", "nowhere", "api"), "proxy"), (("stop", "shop", "nothing"), "route")):
        found = shop.machine.try_fig("shadow", *words)

        assert (found.status, f"no {name} " in found.stderr) == (3, True), found.stderr


def test_methods_that_are_never_copied_are_refused(shop: Shop) -> None:
    found = shop.machine.try_fig("shadow", "start", "shop", "/api", "--method", "post")

    assert (found.status, "nothing would be copied: POST may" in found.stderr) == (2, True), found.stderr


def test_legacy_is_no_candidate_for_itself(shop: Shop) -> None:
    found = shop.machine.try_fig("shadow", "start", "shop", "/api", "--candidate", "shop-default")

    assert (found.status, "nothing to compare it with" in found.stderr) == (2, True), found.stderr


def test_what_is_recorded_can_be_replayed(shop: Shop) -> None:
    file = shop.machine.home / "shop.har"
    recording = shop.machine.begin_fig("shadow", "record", "shop", str(file), "--route", "/api", "--count", "2")
    while recording.poll() is None:
        shop.ask("/api/field/17", Authorization=f"Bearer {SECRET}")
    urls = ("--to", shop.candidate.url, "--against", shop.legacy.url)
    found = shop.machine.try_fig("shadow", "replay", str(file), *urls, "--json")

    assert recording.returncode == 0
    assert (found.status, found.json()["compared"]) == (1, 2)
    assert SECRET not in file.read_text()
    assert json.loads(file.read_text())["log"]["version"] == "1.2"
