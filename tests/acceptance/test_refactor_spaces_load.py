"""Many changes through the AWS API, with traffic on: all are in force as the API says, and nobody else notices.

One scene for all: an application with a default route and two more, and clients on these from the first test to the
last. Shortened by default; ``FIG_TORTURE=full`` makes all changes that are promised.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.acceptance.aws_clients import a_client
from tests.acceptance.conftest import Say
from tests.acceptance.estate import PASSING, STAGE, Estate, Haproxy, given_an_estate, haproxy_of
from tests.acceptance.machine import a_machine, wait_until
from tests.acceptance.scenes import get
from tests.acceptance.traffic import Traffic, fresh, keep_alive, posts, traffic_on
from tests.effort import IS_FULL
from tests.spaces.requests import a_path

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

UNTOUCHED = ["/page", "/api/users", "/api/posts"]
OWNERS = ("a", "b")
#: that many routes of one client are on their way from creation to change, and as many from there to deletion
LAG = 5
FLAGS = ("CA", "", "C", "A")
METHODS = ("", "", "GET", "", "", "POST")
KEPT_EVERY = 4
WATCHERS = 3


@dataclass
class Scene:
    estate: Estate
    haproxy: Haproxy
    traffic: Traffic
    is_full: bool

    def by(self, path: str) -> str:
        """The name of who answers."""
        return get(self.estate.port, f"{STAGE}{path}").by


@dataclass(frozen=True)
class Seen:
    """One request: when it began, by the monotonic clock, and who answered."""

    began: float
    by: str


@dataclass
class Watch:
    """Clients that ask for one path as fast as they are answered, on kept connections and on new ones."""

    port: int
    path: str
    seen: list[Seen] = field(default_factory=list)
    is_over: bool = False

    def ask_on_one(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.is_over:
            began = time.monotonic()
            connection.request("GET", self.path)
            answer = connection.getresponse()
            self.seen.append(Seen(began, json.loads(answer.read())["from"] if answer.status == 200 else answer.reason))
        connection.close()

    def ask_anew(self) -> None:
        while not self.is_over:
            began = time.monotonic()
            self.seen.append(Seen(began, get(self.port, self.path).by))

    def answers_after(self, moment: float) -> list[Seen]:
        """The answers of each client's next few requests."""
        wait_until(lambda: len(self._since(moment)) >= WATCHERS * 10, "the watching clients go on")
        return self._since(moment)

    def last_of_others(self, by: str, moment: float) -> float:
        """When the last request that another one answered began; ``moment`` if there was none since."""
        return max((one.began for one in self._since(moment) if one.by != by), default=moment)

    def _since(self, moment: float) -> list[Seen]:
        return [one for one in self.seen[-2000:] if one.began >= moment]


@contextlib.contextmanager
def watching(port: int, path: str) -> Iterator[Watch]:
    """A client that fails raises its error at the end."""
    watch = Watch(port, path)
    with ThreadPoolExecutor(WATCHERS) as clients:
        asking = [clients.submit(ask) for ask in (watch.ask_on_one, watch.ask_on_one, watch.ask_anew)]
        try:
            yield watch
        finally:
            watch.is_over = True
        for one in asking:
            one.result()


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with a_machine(environ={"FIG_API_QUOTAS": "routes=2000", "FIG_API_RATE": "0"}) as machine:
        machine.fig("status")
        estate = given_an_estate(machine)
        for name in ("monolith", "users", "posts"):
            estate.add_service(name, machine.start_upstream(name))
        estate.add_default("monolith")
        for name in ("users", "posts"):
            estate.add_route(name, a_path(f"/api/{name}", "CA"))
        below = {"stage": STAGE}
        crew = [keep_alive(600, UNTOUCHED, 32) | below, fresh(100, UNTOUCHED) | below, posts(50, UNTOUCHED) | below]
        with traffic_on(estate.port, crew) as traffic:
            yield Scene(estate, haproxy_of(machine), traffic, IS_FULL)


@pytest.fixture(autouse=True)
def from_here(scene: Scene) -> None:
    """Each test counts its own requests."""
    scene.traffic.look()


def test_two_clients_change_hundreds_of_routes_at_once(scene: Scene, say: Say) -> None:
    count = 500 if scene.is_full else 100
    reloads, began = scene.haproxy.reloads(), time.monotonic()
    with ThreadPoolExecutor(len(OWNERS)) as owners:
        list(owners.map(lambda owner: churn(scene.estate, owner, count), OWNERS))
    took = time.monotonic() - began
    wait_until(lambda: not any(route["State"] in PASSING for route in scene.estate.routes()), "all routes settle")

    tally = scene.traffic.look()
    say(tally.line(f"2 clients with {count} routes each, created, changed and deleted, in {took:.1f} s"))
    assert tally.failed == 0, tally.explain()
    routes = {one["SourcePath"]: one for one in scene.estate.routes() if one["RouteType"] == "URI_PATH"}
    assert len(routes) == 2 * len(range(0, count, KEPT_EVERY)) + 2
    states = {route["State"] for route in routes.values()}
    assert states == {"ACTIVE", "INACTIVE"}
    for held in scene.haproxy.maps("shop"):
        assert {key for key in held if "/churn/" in key} == expected_keys(routes)
    names = {service: name for name, service in scene.estate.services.items()}
    paths = [path_of(owner, number) for owner in OWNERS for number in range(count)]
    answers = {path: scene.by(path) for path in paths}
    assert answers == {path: names.get(taker(routes.get(path)), "monolith") for path in paths}
    assert scene.haproxy.reloads() == reloads


def test_a_route_is_switched_for_every_request_from_then_on(scene: Scene, say: Say) -> None:
    route = scene.estate.add_route("users", a_path("/switched", "CA", state="INACTIVE"))
    reloads, times = scene.haproxy.reloads(), []
    with watching(scene.estate.port, f"{STAGE}/switched/on") as watch:
        for number in range(40 if scene.is_full else 10):
            state, by = (("ACTIVE", "users"), ("INACTIVE", "monolith"))[number % 2]
            asked = time.monotonic()
            scene.estate.switch(route, state)
            assert scene.estate.settle(route)["State"] == state
            seen = watch.answers_after(time.monotonic())
            assert {one.by for one in seen} == {by}
            times.append(watch.last_of_others(by, asked) - asked)

    tally = scene.traffic.look()
    say(f"{len(times)} switches, each followed by all after {statistics.median(times) * 1000:.0f} ms (median)")
    say(tally.line("switched"))
    assert tally.failed == 0, tally.explain()
    assert scene.haproxy.reloads() == reloads


def churn(estate: Estate, owner: str, count: int) -> None:
    """Creates, changes and deletes in turn, so that all three go on at once; one in four stays."""
    client, made = a_client(estate.machine), []
    for number in range(count + 2 * LAG):
        if number < count:
            made.append(estate.begin_route(service_of(number), wanted(owner, number), client))
        if LAG <= number < count + LAG:
            switch_over(estate, made[number - LAG], client)
        if number >= 2 * LAG and (number - 2 * LAG) % KEPT_EVERY:
            estate.settle(made[number - 2 * LAG], client)
            estate.delete_route(made[number - 2 * LAG], client)


def switch_over(estate: Estate, route: str, client: Any) -> None:
    was = estate.settle(route, client)["State"]
    estate.switch(route, "INACTIVE" if was == "ACTIVE" else "ACTIVE", client)


def wanted(owner: str, number: int) -> dict[str, Any]:
    flags, methods = FLAGS[number % len(FLAGS)], METHODS[number % len(METHODS)]
    return a_path(path_of(owner, number), flags, methods, state="INACTIVE" if number % 3 else "ACTIVE")


def path_of(owner: str, number: int) -> str:
    return f"/churn/{owner}/r{number}"


def service_of(number: int) -> str:
    return ("users", "posts")[number % 2]


def taker(route: dict[str, Any] | None) -> str:
    """The id of the service that a GET of the route's path reaches by it; empty if none does."""
    if route is None or route["State"] != "ACTIVE" or "GET" not in route.get("Methods", ["GET"]):
        return ""
    return str(route["ServiceId"])


def expected_keys(routes: dict[str, dict[str, Any]]) -> set[str]:
    """Of the map, by what the API says: a path's end is spelt ``//``, with a trailing slash ``///``."""
    found = set()
    for path, route in routes.items():
        if path.startswith("/churn/") and route["State"] == "ACTIVE":
            ends = ("/",) if route["IncludeChildPaths"] else ("//", "///")
            found |= {f"{STAGE}{path}{end}" for end in ends}
    return found
