"""A large installation: many target groups, many routes. A change stays quick and the daemon small."""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from stranglerfig.api.wire import CreateTarget, HealthWire
from stranglerfig.core.desired import Route, RouteSide
from stranglerfig.core.routing.rules import Conditions, PathPrefix
from stranglerfig.store.sqlite import open_store
from tests.acceptance.conftest import Say
from tests.acceptance.machine import Machine, a_machine
from tests.acceptance.scenes import get, given_a_monolith_behind_a_proxy
from tests.effort import amount

pytestmark = [pytest.mark.torture, pytest.mark.timeout(900)]

#: at once: changes that come together share one apply
CLIENTS = 32
RUNS = 10
IDLE_SAMPLES = amount(1, 5)
MEBIBYTE = 1024 * 1024


@dataclass
class Scene:
    machine: Machine
    port: int
    routes: int


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    groups, routes = amount(100, 1_000), amount(1_000, 10_000)
    with a_machine() as machine:
        port = given_a_monolith_behind_a_proxy(machine)
        url = machine.start_upstream("service")
        # A thousand checks a second would be all that this machine's one upstream does.
        health: HealthWire = {"interval_s": 20.0}
        with ThreadPoolExecutor(CLIENTS) as clients:
            orders: list[CreateTarget] = [{"name": f"g{n}", "urls": [url], "health": health} for n in range(groups)]
            list(clients.map(lambda order: machine.client().targets.create(order), orders))
        given_booked_routes(machine, routes, groups)
        yield Scene(machine, port, routes)


def given_booked_routes(machine: Machine, routes: int, groups: int) -> None:
    """As if they had been added one after the other over the years: the books hold them when the daemon starts."""
    machine.fig("daemon", "stop")
    with contextlib.closing(open_store(machine.home / "fig.sqlite3")) as store:
        proxy = store.desired().proxies["shop"]
        many = tuple(
            Route(
                id=f"api-r{n}",
                conditions=Conditions(paths=(PathPrefix(f"/api/r{n}"),)),
                candidate=RouteSide(f"g{n % groups}"),
                legacy=RouteSide(proxy.default or ""),
            )
            for n in range(routes)
        )
        store.save_proxy(replace(proxy, routes=many), f"{routes} routes")
    machine.fig("status")


def test_a_route_is_switched_quickly_among_many(scene: Scene, say: Say) -> None:
    times = []
    for number in range(RUNS):
        weight = number % 2 * 100
        path = f"/api/r{scene.routes * number // RUNS}"
        began = time.monotonic()
        scene.machine.fig("route", "set", "shop", path, "--weight", str(weight))
        times.append(time.monotonic() - began)
        assert get(scene.port, path).by == ("service" if weight else "monolith")
    median = statistics.median(times)
    say(f"{scene.routes} routes: fig route set takes {median * 1000:.0f} ms (worst {max(times) * 1000:.0f} ms)")
    assert median <= 1.0


def test_a_route_is_added_quickly_to_many(scene: Scene, say: Say) -> None:
    times = []
    for number in range(RUNS):
        began = time.monotonic()
        scene.machine.fig("route", "add", "shop", f"/new/r{number}", "--to", "g1")
        times.append(time.monotonic() - began)
        assert get(scene.port, f"/new/r{number}").by == "service"
    median = statistics.median(times)
    say(f"{scene.routes} routes: fig route add takes {median * 1000:.0f} ms (worst {max(times) * 1000:.0f} ms)")
    assert median <= 1.0


def test_the_daemon_stays_small_and_quiet(scene: Scene, say: Say, is_full: bool) -> None:
    daemon = scene.machine.daemon_pid()
    samples = []
    # It looks closely for ten seconds after the last question: the long run waits for what comes then.
    for _ in range(10 * is_full + IDLE_SAMPLES):
        before = cpu_seconds(daemon)
        time.sleep(1.0)
        samples.append(cpu_seconds(daemon) - before)
    idle = statistics.mean(samples[-IDLE_SAMPLES:])
    resident = resident_bytes(daemon)
    say(f"{scene.routes} routes: the daemon has {resident / MEBIBYTE:.0f} MiB and uses {idle * 100:.1f} % of a core")
    assert resident < 200 * MEBIBYTE


def test_the_daemon_finds_its_way_back_among_many(scene: Scene, say: Say) -> None:
    scene.machine.fig("daemon", "stop")
    began = time.monotonic()
    scene.machine.fig("route", "set", "shop", "/api/r1", "--weight", "100")
    say(f"{scene.routes} routes: a new daemon takes over within {time.monotonic() - began:.2f} s")
    assert get(scene.port, "/api/r1").by == "service"
    assert get(scene.port, "/page").by == "monolith"


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024
