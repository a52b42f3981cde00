"""Twelve ways to be broken, one shift each, all at once: every candidate ends where it should, and few users met it."""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from stranglerfig.api.client import Transport
from stranglerfig.api.shadows.client import ShadowClient
from stranglerfig.api.shifts.client import ShiftClient
from tests.acceptance.machine import Machine, a_machine, answers, free_port, wait_until
from tests.acceptance.zoo.shop import LEAK_DIES_AT
from tests.acceptance.zoo.visitors import Visitors
from tests.effort import SECONDS

if TYPE_CHECKING:
    from stranglerfig.api.shifts.wire import DecisionWire, LimitsWire, ShiftWire

#: The fixture that all share waits for the last shift.
pytestmark = pytest.mark.timeout(420)

SHOP = Path(__file__).with_name("shop.py")
#: requests a second of each animal's route
RATE = 100.0
#: copies a second of each shadow
COPIES = 10.0
STEPS: list[float] = [10, 50, 100]
#: copies that legacy's own noise is learnt from, before a shift begins
LEARNT = 30
OVER_TIMEOUT_S = 240.0
#: requests for an animal whose shift is over, of which its candidate must answer none if it was taken back
AFTERWARDS = 100

WRONG: LimitsWire = {"error_increase": 5.0, "latency_ratio": None, "mismatch": 1.0, "minimum_requests": 20}
FAILING: LimitsWire = {"error_increase": 0.5, "latency_ratio": None}
SLOW: LimitsWire = {"error_increase": 5.0, "latency_ratio": 3.0}
#: animal -> its limits, and what takes it back; None: it must get all the traffic
ZOO: dict[str, tuple[LimitsWire, str | None]] = {
    "wrong-field": (WRONG, "mismatch"),
    "missing-field": (WRONG, "mismatch"),
    "changed-type": (WRONG, "mismatch"),
    "order-that-matters": (WRONG, "mismatch"),
    "order-that-does-not": (WRONG, None),
    "wrong-status": (WRONG, "mismatch"),
    "wrong-content-type": (WRONG, "mismatch"),
    "slow": (SLOW, "latency"),
    "slow-tail": (SLOW, "latency"),
    "sometimes-fails": (FAILING, "errors"),
    "fails-at-orders": (FAILING, "errors"),
    "leaks": (FAILING, "errors"),
    "resets": (FAILING, "errors"),
    "other-ids": (WRONG, None),
}
BROKEN = [animal for animal, (_, measure) in ZOO.items() if measure is not None]
SOUND = [animal for animal in ZOO if animal not in BROKEN]


@dataclass(frozen=True)
class Outcome:
    """``met``: requests of users that the candidate answered; ``last`` the last one of them, UTC seconds."""

    shift: ShiftWire
    decisions: list[DecisionWire]
    met: int
    last: float
    statuses: Counter[int]

    @property
    def asked(self) -> int:
        return self.statuses.total()


@pytest.fixture(scope="module")
def outcomes() -> Iterator[dict[str, Outcome]]:
    with a_machine() as machine:
        zoo = Zoo(machine)
        zoo.open()
        visitors = Visitors(zoo.port, list(ZOO), RATE * len(ZOO))
        visitors.start()
        try:
            zoo.learn_noise()
            zoo.shift_all()
            ended = zoo.wait_for_ends(visitors)
        finally:
            visitors.stop()
        yield {
            animal: Outcome(
                ended[animal],
                zoo.shifts.history("shop", animal),
                *zoo.count_live(animal),
                visitors.statuses[animal],
            )
            for animal in ZOO
        }


@pytest.mark.parametrize("animal", BROKEN)
def test_a_broken_candidate_is_taken_back_for_what_is_broken(outcomes: dict[str, Outcome], animal: str) -> None:
    outcome, (_, measure) = outcomes[animal], ZOO[animal]
    assert outcome.shift["phase"] == "ROLLED_BACK", outcome.shift["reason"]
    assert outcome.shift["weight"] == 0
    last = outcome.decisions[-1]
    assert measure in {finding["measure"] for finding in last["findings"] if finding["verdict"] == "FAIL"}, last


@pytest.mark.parametrize("animal", SOUND)
def test_a_sound_candidate_gets_all_the_traffic(outcomes: dict[str, Outcome], animal: str) -> None:
    outcome = outcomes[animal]
    assert outcome.shift["phase"] == "FINISHED", outcome.shift["reason"]
    assert set(outcome.statuses) == {200, 404}


@pytest.mark.parametrize("animal", BROKEN)
def test_no_more_users_met_it_than_its_step_allowed(outcomes: dict[str, Outcome], animal: str) -> None:
    outcome = outcomes[animal]
    share = max(decision["weight"] for decision in outcome.decisions) / 100
    assert share < 1
    # four standard deviations of what chance may add
    assert outcome.met <= outcome.asked * share + 4 * math.sqrt(outcome.asked * share * (1 - share))
    failed = sum(count for status, count in outcome.statuses.items() if status not in (200, 404))
    assert failed <= outcome.met + outcome.decisions[-1]["candidate"]["errors"]


@pytest.mark.parametrize("animal", BROKEN)
def test_all_traffic_is_back_soon_after_the_verdict(outcomes: dict[str, Outcome], animal: str) -> None:
    outcome = outcomes[animal]
    assert outcome.last <= datetime.fromisoformat(outcome.decisions[-1]["at"]).timestamp() + SECONDS


@dataclass
class Zoo:
    """The shop as it was, behind a proxy, with a candidate for each animal's route."""

    machine: Machine
    port: int = 0

    def __post_init__(self) -> None:
        self.ports = {name: free_port() for name in ("legacy", *ZOO)}

    @property
    def shifts(self) -> ShiftClient:
        return ShiftClient(self._transport())

    @property
    def shadows(self) -> ShadowClient:
        return ShadowClient(self._transport())

    def open(self) -> None:
        for animal, port in self.ports.items():
            self._start(animal, port)
        for animal, port in self.ports.items():
            wait_until(partial(answers, port), f"{animal} listens")
        made = self.machine.fig("proxy", "create", "shop", "--to", self._url("legacy"), "--json").json()
        self.port = int(made["url"].rpartition(":")[2])
        client = self.machine.client()
        for animal, (limits, _) in ZOO.items():
            client.routes.create("shop", {"path": f"/{animal}", "to": self._url(animal), "weight": 0})
            if "mismatch" in limits:
                self.shadows.start("shop", animal, {"rate": COPIES})

    def learn_noise(self) -> None:
        wait_until(self._hasten, "the process that compares is there")
        wait_until(
            lambda: all(shadow["compared"] >= LEARNT for shadow in self.shadows.all()), "copies are compared", 30
        )

    def shift_all(self) -> None:
        for animal, (limits, _) in ZOO.items():
            self.shifts.start("shop", animal, {"steps": STEPS, "bake_s": 1, "limits": limits})

    def wait_for_ends(self, visitors: Visitors) -> dict[str, ShiftWire]:
        """Visitors leave one after the other, and the machine to the rest, when they have seen how it is afterwards."""
        seen: dict[str, tuple[int, int]] = {}
        wait_until(lambda: self._leave_those_that_are_over(visitors, seen), "all shifts are over", OVER_TIMEOUT_S)
        return {shift["route"]: shift for shift in self.shifts.all(ended=True)}

    def _leave_those_that_are_over(self, visitors: Visitors, seen: dict[str, tuple[int, int]]) -> bool:
        """``seen``: how often an animal was asked for, and its candidate answered, until the count began."""
        running = {shift["route"] for shift in self.shifts.all(ended=False)}
        over = {shift["route"]: shift for shift in self.shifts.all(ended=True) if shift["route"] not in running}
        for animal, shift in over.items():
            asked, met = visitors.statuses[animal].total(), self.count_live(animal)[0]
            before = seen.setdefault(animal, (asked, met))
            if asked < before[0] + AFTERWARDS:
                continue
            if shift["phase"] == "ROLLED_BACK" and met > before[1]:
                seen[animal] = (asked, met)
            else:
                visitors.leave(animal)
        return visitors.have_left_all()

    def count_live(self, animal: str) -> tuple[int, float]:
        """Of one that has died, nothing is known but that it answered nobody later."""
        try:
            told: dict[str, Any] = json.loads(urlopen(f"{self._url(animal)}/-/live", timeout=30).read())
        except OSError:
            return LEAK_DIES_AT, 0.0
        return told["requests"], told["last"]

    def _hasten(self) -> bool:
        """Whoever compares gives way to all others, and on a machine that runs other tests that takes long."""
        found = [pid for pid, command in self.machine.processes().items() if "stranglerfig.shadow" in command]
        has_given_way = [pid for pid in found if os.getpriority(os.PRIO_PROCESS, pid) > 0]
        for pid in has_given_way:
            with contextlib.suppress(PermissionError):
                os.setpriority(os.PRIO_PROCESS, pid, 0)
                Path(f"/proc/{pid}/autogroup").write_text("0")
        return bool(has_given_way)

    def _start(self, animal: str, port: int) -> None:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(SHOP), animal],
            env={"PORT": str(port), "PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL,
        )
        self.machine.started.append(process)

    def _url(self, animal: str) -> str:
        return f"http://127.0.0.1:{self.ports[animal]}"

    def _transport(self) -> Transport:
        return Transport(str(self.machine.home / "run" / "api.sock"))
