"""fig itself, started through its own commands with a home of its own: a façade with 10 or 1,000 routes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass

from bench.contenders import haproxy
from bench.contenders.contender import Contender
from bench.figs import Fig
from bench.processes import BenchError, wait_for_answer
from bench.values import PLAIN, SPLIT, Side, Site
from stranglerfig.errors import FigError

PROXY = "bench"
#: routes that nobody asks for spread over this many target groups
OTHERS = 8
#: fig takes many changes at once together; this many callers give it the chance
CALLERS = 8
BUILD_LIMIT_S = 900.0


@dataclass(slots=True)
class RunningFig:
    """``route`` is the id of the plain route; ``through_api`` changes it by the API instead of the command."""

    fig: Fig
    route: str
    through_api: bool

    def pids(self) -> tuple[int, ...]:
        return self.fig.pids()

    def switch(self, side: Side) -> None:
        weight = 100 if side is Side.NEW else 0
        if not self.through_api:
            self.fig.run("route", "set", PROXY, self.route, "--weight", str(weight))
            return
        try:
            self.fig.client.routes.change(PROXY, self.route, {"weight": weight})
        except FigError as error:
            raise BenchError(f"fig refused the change: {error.message}") from error

    def stop(self) -> None:
        self.fig.down()


class FigListener:
    """One of fig's rows. ``start`` builds the façade the first time and brings it up again after that."""

    def __init__(self, name: str, label: str, *, routes: int, path: str = PLAIN) -> None:
        self.name = name
        self.label = label
        self.path = path
        self.routes = routes
        self.measured = True
        self.switches = False
        self.through_api = False

    def missing(self) -> str | None:
        return haproxy.missing()

    def version(self) -> str:
        from stranglerfig import __version__

        return f"fig {__version__}"

    def start(self, site: Site, side: Side) -> RunningFig:
        fig, built = Fig(site.folder / "home", site.proxy_cpu), site.folder / "route"
        try:
            if built.exists():
                fig.run("up")
            else:
                built.write_text(self._build(fig, site))
            RunningFig(fig, built.read_text(), through_api=True).switch(side)
            wanted = b'"side"' if self.path == SPLIT else f'"side":"{side.value}"'.encode()
            wait_for_answer(site.port, self.path, wanted)
        except BaseException:
            fig.down()
            raise
        return RunningFig(fig, built.read_text(), self.through_api)

    def _build(self, fig: Fig, site: Site) -> str:
        """The id of the plain route."""
        fig.run("target", "add", "up-old", f"http://127.0.0.1:{site.old_port}")
        fig.run("target", "add", "up-new", f"http://127.0.0.1:{site.new_port}")
        fig.run("proxy", "create", PROXY, "--to", "up-old", "--port", str(site.port))
        plain = fig.add_route(PROXY, PLAIN, "up-new")
        split = fig.add_route(PROXY, SPLIT, "up-new", "--weight", "0", "--sticky", "header:X-User", "--strip")
        fig.run("route", "set", PROXY, split, "--weight", "50")
        try:
            add_others(fig, site.old_port, groups=OTHERS, routes=self.routes - 2)
        except FigError as error:
            raise BenchError(f"fig refused a route: {error.message}") from error
        return plain


def add_others(fig: Fig, port: int, *, groups: int, routes: int) -> None:
    """Target groups ``svc-0`` … and routes spread evenly over them, through the API, several calls at a time."""
    at_once(lambda number: add_group(fig, f"svc-{number}", port), groups)
    at_once(lambda number: _add_route(fig, number, groups), routes)


def at_once(act: Callable[[int], None], count: int) -> None:
    """Raises the first error, or ``BenchError`` when it takes too long; the calls not begun yet are dropped then."""
    pool = ThreadPoolExecutor(CALLERS)
    try:
        calls = [pool.submit(act, number) for number in range(count)]
        done, missing = wait(calls, timeout=BUILD_LIMIT_S, return_when=FIRST_EXCEPTION)
        for call in done:
            call.result()
        if missing:
            raise BenchError(f"{len(missing)} of {count} calls were not done after {BUILD_LIMIT_S:.0f} s")
    finally:
        pool.shutdown(cancel_futures=True)


def _add_route(fig: Fig, number: int, groups: int) -> None:
    path = f"/area{number % 37}/service{number}/items"
    fig.client.routes.create(PROXY, {"path": path, "to": f"svc-{number % groups}"})


def add_group(fig: Fig, name: str, port: int) -> None:
    fig.client.targets.create({"name": name, "urls": [f"http://127.0.0.1:{port}"]})


def fig_contenders() -> list[Contender]:
    few = FigListener("fig-10", "fig listener, 10 routes", routes=10)
    many = FigListener("fig-1000", "fig listener, 1,000 routes", routes=1000)
    api = FigListener("fig-1000-api", "fig listener, 1,000 routes, through the API", routes=1000)
    few.switches = many.switches = api.switches = True
    api.measured, api.through_api = False, True
    return [
        few,
        FigListener("fig-10-split", "fig, 10 routes: weight, sticky, strip", routes=10, path=SPLIT),
        many,
        FigListener("fig-1000-split", "fig, 1,000 routes: weight, sticky, strip", routes=1000, path=SPLIT),
        api,
    ]
