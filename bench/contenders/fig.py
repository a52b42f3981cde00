"""fig itself, started through its own commands with a home of its own: a façade with 10 or 1,000 routes."""

from __future__ import annotations

from dataclasses import dataclass

from bench.contenders.contender import Contender
from bench.contenders.haproxy import binary
from bench.figs import Fig
from bench.processes import BenchError, wait_for_answer
from bench.values import Side, Site
from stranglerfig.errors import FigError

PROXY = "bench"
PLAIN = "/api/posts"
SPLIT = "/api/users"
#: routes that nobody asks for spread over this many target groups
OTHERS = 8


@dataclass(slots=True)
class RunningFig:
    """``through_api`` changes the route by the API instead of the command."""

    fig: Fig
    through_api: bool

    def pids(self) -> tuple[int, ...]:
        return self.fig.pids()

    def switch(self, side: Side) -> None:
        weight = 100 if side is Side.NEW else 0
        if not self.through_api:
            self.fig.run("route", "set", PROXY, PLAIN, "--weight", str(weight))
            return
        try:
            self.fig.client.routes.change(PROXY, PLAIN, {"weight": weight})
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
        return None if binary() else "no haproxy on this machine"

    def version(self) -> str:
        from stranglerfig import __version__

        return f"fig {__version__}"

    def start(self, site: Site, side: Side) -> RunningFig:
        fig = Fig(site.folder / "home", site.proxy_cpu)
        running = RunningFig(fig, self.through_api)
        try:
            if (site.folder / "built").exists():
                fig.run("up")
            else:
                self._build(fig, site)
                (site.folder / "built").touch()
            RunningFig(fig, through_api=True).switch(side)
            wanted = b'"side"' if self.path == SPLIT else f'"side":"{side.value}"'.encode()
            wait_for_answer(site.port, self.path, wanted)
        except BaseException:
            running.stop()
            raise
        return running

    def _build(self, fig: Fig, site: Site) -> None:
        fig.run("target", "add", "up-old", f"http://127.0.0.1:{site.old_port}")
        fig.run("target", "add", "up-new", f"http://127.0.0.1:{site.new_port}")
        fig.run("proxy", "create", PROXY, "--to", "up-old", "--port", str(site.port))
        fig.run("route", "add", PROXY, PLAIN, "--to", "up-new")
        split = ("--weight", "50", "--sticky", "header:X-User", "--strip")
        fig.run("route", "add", PROXY, SPLIT, "--to", "up-new", *split)
        try:
            add_others(fig, site.old_port, groups=OTHERS, routes=self.routes - 2)
        except FigError as error:
            raise BenchError(f"fig refused a route: {error.message}") from error


def add_others(fig: Fig, port: int, *, groups: int, routes: int) -> None:
    """Target groups ``svc-0`` … and routes spread evenly over them, through the API."""
    for number in range(groups):
        add_group(fig, f"svc-{number}", port)
    for number in range(routes):
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
