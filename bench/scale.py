"""The control plane with 1,000 target groups and 10,000 routes: what one change costs, and what rest costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from bench import machine
from bench.contenders.fig import PROXY, add_group
from bench.figs import Fig
from bench.processes import BenchError, free_port, wait_for_answer
from bench.values import PLAIN, Scale
from stranglerfig.core.desired import Route, RouteSide
from stranglerfig.core.routing.rules import Conditions, PathPrefix
from stranglerfig.errors import FigError
from stranglerfig.store.sqlite import open_store

GROUPS = 1_000
ROUTES = 10_000
CHANGES = 20
RELOADS = 5
IDLE_S = 10.0
#: for so long after a question the daemon looks closely
SETTLE_S = 11.0

T = TypeVar("T")


def measure_scale(folder: Path, upstream_port: int, say: Callable[[str], None]) -> Scale:
    """Builds it in a home of its own under ``folder`` and takes it down again."""
    home = folder / "scale"
    home.mkdir()
    fig = Fig(home / "home", cpu=0)
    try:
        return _measure(fig, upstream_port, say)
    except FigError as error:
        raise BenchError(f"fig refused: {error.message}") from error
    finally:
        fig.down()


def _measure(fig: Fig, upstream_port: int, say: Callable[[str], None]) -> Scale:
    port = free_port()
    started = time.monotonic()
    fig.run("target", "add", "up-old", f"http://127.0.0.1:{upstream_port}")
    fig.run("target", "add", "up-new", f"http://127.0.0.1:{upstream_port}")
    fig.run("proxy", "create", PROXY, "--to", "up-old", "--port", str(port))
    route = fig.add_route(PROXY, PLAIN, "up-new")
    _book(fig, upstream_port)
    wait_for_answer(port, PLAIN, b'"side"')
    build_s = time.monotonic() - started
    say(f"scale    {GROUPS} target groups and {ROUTES} routes are up after {build_s:.0f} s")
    return _at_rest(fig, build_s, _changes(fig, route, upstream_port))


def _book(fig: Fig, upstream_port: int) -> None:
    """What an installation has gathered over the years, written into the books while no daemon has them open."""
    fig.run("daemon", "stop")
    with closing(open_store(fig.home / "fig.sqlite3")) as store:
        old = store.desired()
        like, proxy = old.groups["up-new"], old.proxies[PROXY]
        for number in range(GROUPS - 2):
            store.save_group(replace(like, name=f"svc-{number}"), "")
        others = tuple(_route(number, proxy.default or "") for number in range(ROUTES - 1))
        store.save_proxy(replace(proxy, routes=proxy.routes + others), "")
    fig.run("status")


def _route(number: int, legacy: str) -> Route:
    path = PathPrefix(f"/area{number % 37}/service{number}/items")
    to = RouteSide(f"svc-{number % (GROUPS - 2)}")
    return Route(id=f"other-{number}", conditions=Conditions(paths=(path,)), candidate=to, legacy=RouteSide(legacy))


@dataclass(frozen=True, slots=True)
class Changes:
    """How long each one took, in milliseconds."""

    by_id: tuple[float, ...]
    by_path: tuple[float, ...]
    api: tuple[float, ...]
    reload: tuple[float, ...]


def _changes(fig: Fig, route: str, upstream_port: int) -> Changes:
    weights = [number % 2 * 50 for number in range(CHANGES)]
    names = [f"extra-{number}" for number in range(RELOADS)]

    def command(name: str) -> Callable[[int], object]:
        return lambda weight: fig.run("route", "set", PROXY, name, "--weight", str(weight))

    return Changes(
        by_id=tuple(_timed(command(route), weights)),
        by_path=tuple(_timed(command(PLAIN), weights)),
        api=tuple(_timed(lambda weight: fig.client.routes.change(PROXY, route, {"weight": weight}), weights)),
        reload=tuple(_timed(lambda name: add_group(fig, name, upstream_port), names)),
    )


def _timed(act: Callable[[T], object], values: Iterable[T]) -> Iterator[float]:
    for value in values:
        started = time.monotonic()
        act(value)
        yield (time.monotonic() - started) * 1000


def _at_rest(fig: Fig, build_s: float, changes: Changes) -> Scale:
    daemon = (fig.daemon_pid(),)
    others = tuple(set(fig.pids()) - set(daemon))
    time.sleep(SETTLE_S)
    before = machine.cpu_ns(daemon), machine.cpu_ns(others)
    time.sleep(IDLE_S)
    idle = [
        machine.cpu_spent(earlier, machine.cpu_ns(pids)) / 1e9 / IDLE_S * 100
        for earlier, pids in zip(before, (daemon, others), strict=True)
    ]
    rss, pss = machine.memory_mb(daemon)
    return Scale(
        groups=GROUPS,
        routes=ROUTES,
        build_s=build_s,
        by_id_ms=changes.by_id,
        by_path_ms=changes.by_path,
        api_ms=changes.api,
        daemon_rss_mb=rss,
        daemon_pss_mb=pss,
        haproxy_pss_mb=machine.memory_mb(others)[1],
        idle_daemon_pct=idle[0],
        idle_haproxy_pct=idle[1],
        reload_ms=changes.reload,
    )
