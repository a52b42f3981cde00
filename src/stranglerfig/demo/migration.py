"""Moves the forum, phase by phase, through fig's API alone, and writes down when what was commanded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.cli.launch import is_alive
from stranglerfig.cli.output import percent
from stranglerfig.demo.asking import fetch
from stranglerfig.demo.board import Board, Status
from stranglerfig.demo.crew import KINDS, Crew
from stranglerfig.demo.exchange import GROWING, Answer, all_reads
from stranglerfig.demo.figures import Move, Window
from stranglerfig.demo.programs import REPLICAS, find_forum, order_draft, order_notice, order_program
from stranglerfig.demo.retired import NAME as RETIRED
from stranglerfig.demo.story import (
    AREAS,
    DRAFTS,
    MONOLITH,
    PHASES,
    PROXY,
    SERVICES,
    WINDOW_STEPS,
    Act,
    Area,
    Form,
    Phase,
)
from stranglerfig.demo.trial import Trial
from stranglerfig.demo.verdict import PostsCheck, compare_posts
from stranglerfig.errors import DeployFailed, FigError, Refused, Unavailable

if TYPE_CHECKING:
    from stranglerfig.api.client import Client
    from stranglerfig.api.wire import CreateRoute, CreateTarget, TargetWire

HEALTHY_TIMEOUT_S = 30.0
FIRST_ANSWERS_TIMEOUT_S = 10.0
GONE_TIMEOUT_S = 20.0
PAUSE_S = 0.05
#: the daemon's totals may be this old
COUNTERS_AGE_S = 0.3
#: the last requests may have been on their way when the last route moved
IDLE_TRIES = 3


@dataclass(slots=True)
class Notes:
    """What the report is made of, as far as the migration came."""

    moves: list[Move] = field(default_factory=list)
    windows: dict[str, Window] = field(default_factory=dict)
    posts: PostsCheck | None = None
    idle_s: float | None = None


@dataclass(slots=True)
class Migration:
    """``step_s`` is how long each weight lasts; ``rate`` requests a second of all clients together."""

    client: Client
    home: Path
    crew: Crew
    board: Board
    trial: Trial
    step_s: float
    rate: float
    notes: Notes = field(default_factory=Notes)
    answers: dict[str, Answer] = field(default_factory=dict)
    routes: dict[str, list[str]] = field(default_factory=dict)
    url: str = ""

    def run(self) -> None:
        acts: dict[Act, Callable[[Phase, int], str]] = {
            Act.OPEN: self._open,
            Act.MEASURE: self._measure,
            Act.SERVICES: self._start_services,
            Act.SHADOW: self._shadow,
            Act.TRIAL: self._try,
            Act.SHIFT: self._shift,
            Act.IDLE: self._prove_idle,
            Act.RETIRE: self._retire,
            Act.COMPARE: self._compare,
        }
        for index, phase in enumerate(PHASES):
            self.board.begin(index)
            try:
                self.board.lines[index].note = acts[phase.act](phase, index)
            except FigError as error:
                self.board.lines[index].note = error.message
                self.board.end(index, Status.BROKEN)
                raise
            self.board.end(index, Status.DONE)

    def _open(self, phase: Phase, index: int) -> str:
        forum = find_forum()
        monolith = self._start((order_program(forum, MONOLITH, self.home),))[0]
        # Its own word, without anything in between, is what every later answer is compared with.
        address = monolith["servers"][0]["address"]
        self.answers = {path: fetch(address, path)[0] for path in all_reads()}
        self.url = self.client.proxies.create({"name": PROXY, "to": MONOLITH})["url"]
        self.board.url = self.url
        self.crew.start(self.url, self.answers, self.rate)
        self._wait(self._hear_everybody, FIRST_ANSWERS_TIMEOUT_S, "no client has got an answer yet")
        return f"{REPLICAS} tasks, {self.url}"

    def _measure(self, phase: Phase, index: int) -> str:
        began = time.monotonic()
        self._hold(WINDOW_STEPS)
        self.notes.windows[phase.window] = Window(began, time.monotonic())
        return "measured"

    def _start_services(self, phase: Phase, index: int) -> str:
        forum = find_forum()
        services = self._start(tuple(order_program(forum, name, self.home) for name in SERVICES))
        addresses = {service["name"]: service["servers"][0]["address"] for service in services}
        self._start(tuple(order_draft(area.to, addresses[area.to], self.home) for area in DRAFTS))
        self._add_routes()
        return f"{REPLICAS} tasks each, one of each draft; {sum(map(len, self.routes.values()))} routes"

    def _add_routes(self) -> None:
        for area in AREAS:
            made = [self.client.routes.create(PROXY, order_route(area, path, form)) for path, form in area.paths]
            self.routes[area.name] = [route["id"] for route in made]
            self.board.weights[area.name] = 0

    def _shadow(self, phase: Phase, index: int) -> str:
        return self.trial.shadow(phase, index, self._route_of(phase))

    def _try(self, phase: Phase, index: int) -> str:
        return self.trial.shift(phase, index, self._route_of(phase), self.step_s)

    def _route_of(self, phase: Phase) -> str:
        assert phase.area is not None
        return self.routes[phase.area.name][0]

    def _shift(self, phase: Phase, index: int) -> str:
        assert phase.area is not None
        shown = ""
        for weight in phase.weights:
            self._set_weight(phase.area, weight)
            shown = f"{shown}, {percent(weight)}" if shown else percent(weight)
            self.board.lines[index].note = shown
            self._hold()
        return shown

    def _set_weight(self, area: Area, weight: float) -> None:
        before = self.board.weights[area.name] or 0
        began = time.monotonic()
        for route in self.routes[area.name]:
            self.client.routes.change(PROXY, route, {"weight": weight})
        ended = time.monotonic()
        self.board.weights[area.name] = weight
        self.notes.moves = [
            *close_move(self.notes.moves, area, began),
            Move(area.name, area.to, before, weight, began, ended, until=float("inf")),
        ]

    def _prove_idle(self, phase: Phase, index: int) -> str:
        for _ in range(IDLE_TRIES):
            time.sleep(COUNTERS_AGE_S)
            before = self.client.targets.show(MONOLITH)["requests"]
            began = time.monotonic()
            self._hold()
            time.sleep(COUNTERS_AGE_S)
            reached = self.client.targets.show(MONOLITH)["requests"] - before
            if not reached:
                self.notes.idle_s = time.monotonic() - began
                return f"{before:,} requests before, none in {self.notes.idle_s:.1f} s"
        raise Refused(
            f"{reached} requests still reached the monolith in the last {self.step_s:g} s, so it is not switched off",
            hint=f"Run `fig demo --keep` and look with `fig route explain {PROXY} /PATH` who answers what.",
        )

    def _retire(self, phase: Phase, index: int) -> str:
        """Its target gets a new revision, a notice; so the proxy's default route goes on answering."""
        monolith = self.client.targets.show(MONOLITH)
        pids = [server["pid"] for server in monolith["servers"] if server["pid"]]
        self._start((order_notice(self.home),))
        self._wait(
            lambda: not any(is_alive(pid) for pid in pids), GONE_TIMEOUT_S, "the monolith's tasks have not ended"
        )
        answer, served_by = fetch(self.url.removeprefix("http://"), "/api/monolith")
        if served_by != RETIRED:
            raise Unavailable(
                f"the default route answers {answer.status} from {served_by or 'nobody'}, not the notice",
                hint="Run `fig demo` again.",
            )
        return f"{len(pids)} processes ended; what has no route is answered {answer.status}"

    def _compare(self, phase: Phase, index: int) -> str:
        self.crew.stop()
        start = json.loads(self.answers[GROWING].body)
        answer, _ = fetch(self.url.removeprefix("http://"), GROWING)
        if answer.status != 200:
            raise Unavailable(f"GET {GROWING} was answered with {answer.status}", hint="Run `fig demo` again.")
        posts = self.notes.posts = compare_posts(self.board.tally.events(), start, json.loads(answer.body))
        return f"{posts.found:,} of {posts.accepted:,} found"

    def _start(self, orders: tuple[CreateTarget, ...]) -> list[TargetWire]:
        """All at once; they are healthy, and known to HAProxy as such, when this returns."""
        revisions = {order["name"]: self.client.targets.create(order)["revision"] for order in orders}
        seen: dict[str, TargetWire] = {}

        def all_serve() -> bool:
            seen.update({name: self.client.targets.show(name) for name in revisions})
            for name, target in seen.items():
                refuse_failure(target, revisions[name])
            return all(serves(target, revisions[name]) for name, target in seen.items())

        self._wait(all_serve, HEALTHY_TIMEOUT_S, f"{', '.join(revisions)} not healthy yet")
        return list(seen.values())

    def _hear_everybody(self) -> bool:
        self.crew.require_alive()
        return self.board.tally.clients() == set(KINDS)

    def _hold(self, steps: int = 1) -> None:
        time.sleep(self.step_s * steps)
        self.crew.require_alive()

    def _wait(self, is_true: Callable[[], bool], timeout_s: float, otherwise: str) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_true():
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{otherwise} after {timeout_s:.0f} s",
                    hint="The machine may be too busy: run `fig demo` again, with a lower `--rate`.",
                )
            time.sleep(PAUSE_S)


def order_route(area: Area, path: str, form: Form) -> CreateRoute:
    return {
        "path": path,
        "exact": form is Form.EXACT,
        "pattern": form is Form.PATTERN,
        "to": area.to,
        "weight": 0,
        "sticky": area.sticky,
    }


def close_move(moves: list[Move], area: Area, now: float) -> list[Move]:
    """The area's last move lasts until the next one is commanded."""
    return [replace(m, until=now) if m.area == area.name and m.until == float("inf") else m for m in moves]


def serves(target: TargetWire, revision: int) -> bool:
    up = [server for server in target["servers"] if server["health"] == "UP" and server["revision"] == revision]
    return target["state"] == "ACTIVE" and len(up) == len(target["servers"]) == target["replicas"]


def refuse_failure(target: TargetWire, revision: int) -> None:
    if target["state"] == "FAILED" or target["failed_revision"] == revision:
        raise DeployFailed(
            f"{target['name']} does not become healthy: {target['problem'] or 'no reason is known'}",
            hint="`fig doctor` names what is missing on this machine.",
        )
