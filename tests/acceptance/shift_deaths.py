"""A stage on which the real daemon kills itself at one moment of one transition of a shift, and is started again.

One HAProxy, one monolith and a few candidates serve all the while. Each transition has a route of its own, so all
shifts are under way at once, and whichever is not tried stands where it is.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.api.client import Transport
from stranglerfig.api.shifts.client import ShiftClient
from stranglerfig.api.shifts.wire import LimitsWire, StartShift, Verb
from stranglerfig.api.wire import HealthWire
from stranglerfig.core.shift.phases import Event, Phase
from stranglerfig.core.shift.plan import Plan
from stranglerfig.errors import FigError
from tests.acceptance.estate import Haproxy, haproxy_of
from tests.acceptance.machine import PROGRAMS, Machine, a_machine, is_alive, wait_until
from tests.acceptance.programs.mortal_daemon import DEATH, ORDERS
from tests.acceptance.scenes import given_a_monolith_behind_a_proxy

#: a machine with much else to do may take so long for anything
LIMIT_S = 30.0
#: what the candidates fail at
BROKEN = "broken"
_FOR_EVER_S = 3_600.0
_HEALTH: HealthWire = {"path": "/health", "interval_s": 0.1, "timeout_s": LIMIT_S}
_VERBS: dict[Event, Verb] = {
    Event.PAUSE: "pause",
    Event.RESUME: "resume",
    Event.PROMOTE: "promote",
    Event.ABORT: "abort",
}


@dataclass(frozen=True)
class Transition:
    """``name`` is its route's."""

    phase: Phase
    event: Event

    @property
    def name(self) -> str:
        return f"{self.phase.value}-{self.event.value}".lower().replace(" ", "-").replace("_", "-")


@dataclass(frozen=True)
class Terms:
    """Nothing but errors is watched. As it stands, no verdict moves it but ``FAIL``."""

    steps: tuple[float, ...] = (40.0, 70.0, 100.0)
    bake_s: float = _FOR_EVER_S
    minimum: int = 1_000_000
    increase: float = 10.0

    def wire(self) -> StartShift:
        limits: LimitsWire = {
            "error_increase": self.increase,
            "latency_ratio": None,
            "minimum_requests": self.minimum,
        }
        return {"steps": [*self.steps], "bake_s": self.bake_s, "limits": limits}

    def plan(self) -> Plan:
        return Plan(tuple(round(step * 100) for step in self.steps))


@dataclass
class Stage:
    machine: Machine
    haproxy: Haproxy
    launcher: subprocess.Popen[bytes]
    pid: int = 0
    port: int = 0
    shifts: ShiftClient = field(init=False)
    #: weights in percent that HAProxy was seen to serve, by route; each one once, as long as it stayed
    served: dict[str, list[float]] = field(default_factory=dict)
    #: where they listen; ``users``, and those that are one route's own and have its name
    candidates: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shifts = ShiftClient(Transport(str(self.machine.home / "run" / "api.sock")))

    # --- the daemon

    def launch(self) -> None:
        """A daemon that may be dead before it answers."""
        assert self.launcher.stdin is not None
        assert self.launcher.stdout is not None
        self.launcher.stdin.write(b"start\n")
        self.launcher.stdin.flush()
        self.pid = int(self.launcher.stdout.readline())

    def start_daemon(self) -> None:
        self.launch()
        wait_until(self.answers, "the daemon answers", LIMIT_S)

    def answers(self) -> bool:
        try:
            self.machine.client().daemon.version()
        except FigError:
            return False
        return True

    def order(self, transition: Transition, death: str) -> None:
        """What the daemon is to die at from now on."""
        orders = {"route": transition.name, "phase": transition.phase.value, "event": transition.event.value}
        draft = self.machine.home / f"{ORDERS}.new"
        draft.write_text(json.dumps({**orders, "death": death}))
        draft.replace(self.machine.home / ORDERS)

    def is_dead(self) -> bool:
        self.weights()
        return not is_alive(self.pid)

    def bury(self, said: str) -> dict[str, Any]:
        """What it died at, by its own hand."""
        wait_until(self.is_dead, f"{said}: the daemon dies", LIMIT_S)
        (self.machine.home / ORDERS).unlink()
        death = self.machine.home / DEATH
        assert death.exists(), f"{said}: it ended otherwise\n{self.machine.log()[-2000:]}"
        told = dict(json.loads(death.read_text()))
        death.unlink()
        return told

    # --- HAProxy

    def weights(self) -> dict[str, float]:
        """In percent, of every route, as HAProxy's current worker has it."""
        routes = next(iter(self.haproxy.maps("shop")))
        weights = {key.strip("/"): to_weight(value) for key, value in routes.items()}
        for name, weight in weights.items():
            served = self.served.setdefault(name, [])
            if served[-1:] != [weight]:
                served.append(weight)
        return weights

    # --- shifts

    def candidate(self, name: str) -> str:
        return name if name in self.candidates else "users"

    def start(self, name: str, terms: Terms = Terms()) -> None:
        self.served[name] = []
        self.shifts.start("shop", name, terms.wire())

    def ask(self, name: str, event: Event) -> None:
        """Raises ``FigError`` when the daemon dies of it."""
        if event is Event.ROLLBACK:
            self.shifts.roll_back("shop", name, force=False)
        else:
            self.shifts.steer("shop", name, _VERBS[event])

    def phase(self, name: str) -> Phase:
        return Phase(self.shifts.show("shop", name)["phase"])

    def until(self, name: str, phase: Phase) -> None:
        wait_until(lambda: self.phase(name) is phase, f"{name} is {phase.value}", LIMIT_S)

    def decisions(self, name: str) -> list[dict[str, Any]]:
        """Of the route's last shift."""
        found = [dict(one) for one in self.shifts.history("shop", name)]
        return [one for one in found if one["shift"] == found[-1]["shift"]]

    # --- requests that are a part of the scene, beside those of the clients

    def send(self, name: str, what: str, is_enough: Callable[[str], bool]) -> None:
        """One after the other on a route, until an answer of this side is enough."""
        deadline = time.monotonic() + LIMIT_S
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        with contextlib.closing(connection):
            while True:
                connection.request("GET", f"/{name}/{what}")
                answer = connection.getresponse()
                by = json.loads(answer.read())["from"]
                assert answer.status == (500 if what == BROKEN and by != "monolith" else 200)
                if is_enough(by):
                    return
                assert time.monotonic() < deadline, f"{name} is not done with requests"

    def become(self, name: str, status: int) -> None:
        """What health checks of the route's own candidate get from now on."""
        connection = http.client.HTTPConnection("127.0.0.1", self.candidates[name], timeout=LIMIT_S)
        with contextlib.closing(connection):
            connection.request("GET", f"/become?{status}")
            connection.getresponse().read()


def to_weight(value: str) -> float:
    """From what HAProxy's map says of a route: the backend of a side, or a split, the candidate's first."""
    if value.startswith("!"):
        _, _, limit, _ = value.split("|")
        return int(limit) / 100
    return 0.0 if value.startswith("g.shop-default") else 100.0


@contextlib.contextmanager
def a_stage(names: list[str], frail: dict[str, int]) -> Iterator[Stage]:
    """With a route of each name. Those in ``frail`` have a candidate of their own, whose health begins with that."""
    with a_machine() as machine:
        (machine.home / "log").mkdir()
        launcher = subprocess.Popen(
            [sys.executable, str(PROGRAMS / "mortal_daemon.py")],
            env=machine.env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        machine.started.append(launcher)
        stage = Stage(machine, haproxy_of(machine), launcher)
        assert launcher.stdin is not None
        assert launcher.stdout is not None
        with launcher.stdin, launcher.stdout:
            stage.start_daemon()
            stage.port = given_a_monolith_behind_a_proxy(machine)
            _give_targets(stage, frail)
            _give_routes(stage, names)
            yield stage


def _give_targets(stage: Stage, frail: dict[str, int]) -> None:
    for name, health in {"users": 200, **frail}.items():
        url = stage.machine.start_upstream(name, BREAKS=BROKEN, HEALTH=str(health))
        stage.machine.client().targets.create({"name": name, "urls": [url], "health": _HEALTH})
        stage.candidates[name] = int(url.rpartition(":")[2])


def _give_routes(stage: Stage, names: list[str]) -> None:
    """With weight 0. A first shift has given each servers of its own, so that nothing is reloaded later, and the error
    of one of them was counted by a worker that has ended."""
    routes = stage.machine.client().routes
    for name in names:
        routes.create("shop", {"path": f"/{name}", "to": stage.candidate(name), "weight": 0})
    first, *others = names
    stage.start(first)
    stage.send(first, BROKEN, lambda by: by == "users")
    # All at once: one reload does for many.
    with ThreadPoolExecutor(len(others)) as pool:
        list(pool.map(stage.start, others))
    for name in names:
        stage.ask(name, Event.ABORT)
