"""Traffic goes on whatever is changed, killed or replaced: not one request fails that could be saved.

One scene for all: a monolith behind a proxy, two services of two tasks each, and clients on it from the first test to
the last. Shortened by default; ``FIG_TORTURE=full`` runs the numbers that the product promises.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.acceptance.conftest import Say
from tests.acceptance.machine import Machine, a_machine, age_s, is_alive, kill_and_wait, wait_until
from tests.acceptance.scenes import (
    get,
    given_a_monolith_behind_a_proxy,
    given_a_service,
    seconds_until_served,
    task_pids,
)
from tests.acceptance.traffic import Tally, Traffic, fresh, keep_alive, posts, slow, traffic_on
from tests.effort import IS_FULL, SECONDS

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

PATHS = ["/page", "/api/users", "/api/posts", "/api/threads"]
#: all connections together: no more requests than these can be in flight
CONNECTIONS = 64 + 16 + 8 + 16
IN_FLIGHT = {"reset", "closed", "truncated"}
GROWN_UP_S = 1.2
WEIGHTS = itertools.cycle([5.0, 50.0, 0.01, 100.0, 0.0, 99.9, 33.33, 100.0])


@dataclass
class Scene:
    machine: Machine
    port: int
    traffic: Traffic
    is_full: bool
    requests: int = 0
    seconds: float = 0.0

    def times(self, promised: int, short: int) -> int:
        return promised if self.is_full else short

    def conclude(self, say: Say, phase: str) -> Tally:
        """What became of the requests since the phase began."""
        tally = self.traffic.look()
        say(tally.line(phase))
        self.requests += tally.requests
        self.seconds += tally.seconds
        return tally

    def ensure_no_daemon(self) -> None:
        kill_and_wait(self.machine.daemon_pid())


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with a_machine() as machine:
        port = given_a_monolith_behind_a_proxy(machine)
        for name in ("users", "posts"):
            given_a_service(machine, name, "--replicas", "2")
            machine.fig("route", "add", "shop", f"/api/{name}", "--to", name, "--weight", "50")
        # more than promised, since what a stall costs is caught up with only in part
        bulk = [keep_alive(5_300, PATHS, 64)]
        others = [fresh(300, PATHS), posts(200, PATHS), slow(9, PATHS)]
        with traffic_on(port, bulk, others) as traffic:
            yield Scene(machine, port, traffic, IS_FULL)


@pytest.fixture(autouse=True)
def from_here(scene: Scene) -> None:
    """Each test counts its own requests."""
    scene.traffic.look()


def test_no_request_fails_while_routes_and_weights_change(scene: Scene, say: Say) -> None:
    count = scene.times(200, 40)
    began = time.monotonic()
    for number in range(count // 4):
        change_weight(scene, "api-users", through_cli=number % 5 == 0)
        add_change_and_delete_a_route(scene)
    tally = scene.conclude(say, f"{count} changes ({(time.monotonic() - began) / count * 1000:.0f} ms each)")
    assert tally.failed == 0, tally.explain()
    assert tally.answered_by.keys() == {"monolith", "users", "posts"}


def test_no_request_fails_while_haproxy_reloads(scene: Scene, say: Say) -> None:
    count = scene.times(20, 4)
    url = scene.machine.start_upstream("extra")
    targets = scene.machine.client().targets
    for number in range(count // 2):
        targets.create({"name": f"extra-{number}", "urls": [url]})
        targets.delete(f"extra-{number}")
    tally = scene.conclude(say, f"{count} reloads")
    assert tally.failed == 0, tally.explain()
    wait_until(lambda: len(scene.machine.haproxy_workers()) == 1, "the workers of before end")


def test_no_request_fails_while_services_are_replaced(scene: Scene, say: Say) -> None:
    count = scene.times(10, 2)
    for number in range(count):
        name = "users" if number % 2 else "posts"
        given_a_service(scene.machine, name, "--replicas", "2", "--env", f"VERSION={number}")
    tally = scene.conclude(say, f"{count} rolling replacements")
    assert tally.failed == 0, tally.explain()


def test_no_request_fails_while_the_daemon_is_killed(scene: Scene, say: Say) -> None:
    count = scene.times(20, 3)
    for _ in range(count):
        scene.ensure_no_daemon()
        change_weight(scene, "api-users", through_cli=True)
    tally = scene.conclude(say, f"{count} daemons killed")
    assert tally.failed == 0, tally.explain()


def test_no_request_but_a_post_fails_while_tasks_are_killed(scene: Scene, say: Say) -> None:
    count = scene.times(10, 3)
    slowest = 0.0
    for number in range(count):
        name = "users" if number % 2 else "posts"
        wait_until(lambda name=name: len(task_pids(scene.machine, name)) == 2, f"{name} has two tasks")  # type: ignore[misc]
        victim = task_pids(scene.machine, name)[0]
        began = time.monotonic()
        kill_and_wait(victim)
        wait_until(
            lambda name=name, victim=victim: len({*task_pids(scene.machine, name)} - {victim}) == 2,  # type: ignore[misc]
            f"{name} has two tasks again",
        )
        slowest = max(slowest, time.monotonic() - began)
    tally = scene.conclude(say, f"{count} tasks killed (replaced within {slowest:.2f} s)")
    assert tally.failed_besides_posts() == 0, tally.explain()


@pytest.mark.parametrize("part", ["worker", "master"])
def test_haproxy_comes_back_without_the_daemon_and_refuses_nobody(scene: Scene, say: Say, part: str) -> None:
    scene.ensure_no_daemon()
    count = scene.times(5, 2)
    waits = [kill_haproxy(scene, part) for _ in range(count)]
    tally = scene.conclude(say, f"{count} HAProxy {part}s killed (served again within {max(waits):.3f} s)")
    assert {kind.split()[1] for kind in tally.failures} <= IN_FLIGHT, tally.explain()
    assert tally.failed <= count * CONNECTIONS
    assert max(waits) <= (0.5 if scene.is_full else SECONDS)
    assert not is_alive(scene.machine.daemon_pid())


def test_nothing_is_lost_with_the_keeper_and_the_next_command_takes_the_sockets_over(scene: Scene, say: Say) -> None:
    scene.ensure_no_daemon()
    keeper, haproxy = scene.machine.keeper_pid(), scene.machine.haproxy_master()
    kill_and_wait(keeper)
    scene.machine.fig("status")
    tally = scene.conclude(say, "keeper killed and followed by another")
    assert tally.failed == 0, tally.explain()
    assert scene.machine.keeper_pid() != keeper
    assert scene.machine.haproxy_master() == haproxy
    wait_s = kill_haproxy(scene, "master")
    tally = scene.conclude(say, f"HAProxy killed under the new keeper (served again within {wait_s:.3f} s)")
    assert {kind.split()[1] for kind in tally.failures} <= IN_FLIGHT, tally.explain()


def test_a_keeper_that_dies_beside_the_daemon_is_followed_by_another(scene: Scene, say: Say) -> None:
    keeper, haproxy = scene.machine.keeper_pid(), scene.machine.haproxy_master()
    kill_and_wait(keeper)
    wait_until(lambda: scene.machine.keeper_pid() not in (0, keeper), "there is another keeper")
    tally = scene.conclude(say, "keeper killed beside the daemon")
    assert tally.failed == 0, tally.explain()
    assert scene.machine.haproxy_master() == haproxy


def test_what_was_asked_for_is_in_force_after_all_that(scene: Scene, say: Say) -> None:
    for name, path in (("users", "/api/users/1"), ("posts", "/api/posts/1")):
        scene.machine.fig("route", "set", "shop", f"/api/{name}", "--weight", "100")
        assert get(scene.port, path).by == name
    tally = scene.traffic.stop()
    say(tally.line("the rest"))
    assert tally.failed == 0, tally.explain()
    rate = scene.requests / scene.seconds
    say(f"all phases: {scene.requests} requests in {scene.seconds:.0f} s, {rate:.0f}/s")
    if scene.is_full:
        assert rate >= 5_000, "this machine was too slow, or too busy, for the load that is promised"


def change_weight(scene: Scene, route: str, *, through_cli: bool) -> None:
    weight = next(WEIGHTS)
    if through_cli:
        scene.machine.fig("route", "set", "shop", route, "--weight", str(weight))
    else:
        scene.machine.client().routes.change("shop", route, {"weight": weight})
    if weight in (0.0, 100.0):
        assert get(scene.port, "/api/users/1").by == ("users" if weight else "monolith")


def add_change_and_delete_a_route(scene: Scene) -> None:
    """Three changes, each in force when its command returns."""
    routes = scene.machine.client().routes
    route = routes.create("shop", {"path": "/api/threads", "to": "posts"})["id"]
    assert get(scene.port, "/api/threads/1").by == "posts"
    routes.change("shop", route, {"weight": next(WEIGHTS), "sticky": "source"})
    routes.delete("shop", route)
    assert get(scene.port, "/api/threads/1").by == "monolith"


def kill_haproxy(scene: Scene, part: str) -> float:
    """Gives the time from the kill until a new connection is answered."""
    workers = scene.machine.haproxy_workers()
    kill_and_wait(scene.machine.haproxy_master() if part == "master" else workers[-1])
    waited = seconds_until_served(scene.port)
    wait_until(lambda: scene.machine.haproxy_workers() not in ([], workers), "HAProxy has a new worker")
    # The keeper pauses after one that dies young again: the next death is to be an accident too, not a habit.
    wait_until(lambda: age_s(scene.machine.haproxy_master()) > GROWN_UP_S, "HAProxy is of age")
    return waited
