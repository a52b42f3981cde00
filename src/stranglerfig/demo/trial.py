"""Services on trial: copies compared out of the users' sight, and shifts that the evidence carries on or takes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stranglerfig.cli.output import percent
from stranglerfig.demo.board import Board
from stranglerfig.demo.figures import Compared, Tried
from stranglerfig.demo.report import told_of_comparison, told_of_shift
from stranglerfig.demo.story import PROXY, Phase
from stranglerfig.errors import Refused, Unavailable

if TYPE_CHECKING:
    from stranglerfig.api.shadows.client import ShadowClient
    from stranglerfig.api.shadows.wire import ShadowReportWire
    from stranglerfig.api.shifts.client import ShiftClient
    from stranglerfig.api.shifts.wire import LimitsWire, ShiftWire

#: copies are a load of their own: no more than these a second
COPIES_A_SECOND = 60.0
#: so many prove something
ENOUGH_COPIES = 40
#: looser than the defaults, so that a minute is enough
LIMITS: LimitsWire = {"error_increase": 4.0, "latency_ratio": 4.0, "minimum_requests": 50}
OVER_TIMEOUT_S = 60.0
PAUSE_S = 0.1


@dataclass(slots=True)
class Trial:
    """``requests_of`` counts what a target has answered to clients."""

    shadows: ShadowClient
    shifts: ShiftClient
    board: Board
    require_alive: Callable[[], None]
    requests_of: Callable[[str], int]
    comparisons: list[Compared] = field(default_factory=list)
    shifted: list[Tried] = field(default_factory=list)

    def shadow(self, phase: Phase, index: int, route: str) -> str:
        """Raises ``Refused`` when copies do not show what they should."""
        wanted = phase.candidate
        self.shadows.start(PROXY, route, {"to": wanted, "rate": COPIES_A_SECOND})
        try:
            report = self._compare_enough(route, index)
        finally:
            self.shadows.stop(PROXY, route)
        found = to_compared(wanted, report)
        self.comparisons.append(found)
        if bool(found.different) != phase.is_draft:
            raise Refused(
                f"{found.different} of {found.compared} answers of {wanted} differ from the monolith's",
                hint=f"Run `fig demo --keep` and look with `fig shadow start {PROXY} {route} --candidate {wanted}`.",
            )
        return told_of_comparison(found)

    def shift(self, phase: Phase, index: int, route: str, step_s: float) -> str:
        """Raises ``Refused`` when it does not end as it should."""
        assert phase.area is not None
        began = time.monotonic()
        met = self.requests_of(phase.candidate)
        steps = list(phase.weights)
        self.shifts.start(PROXY, route, {"to": phase.candidate, "steps": steps, "bake_s": step_s, "limits": LIMITS})
        most = 0.0
        while (shift := self.shifts.show(PROXY, route))["ended_at"] is None:
            most = max(most, shift["weight"])
            self.board.weights[phase.area.name] = shift["weight"]
            self.board.lines[index].note = told_of_step(shift)
            self._pause(began, f"the shift to {phase.candidate} is still {shift['phase']}: {shift['reason']}")
        self.board.weights[phase.area.name] = shift["weight"]
        seconds = time.monotonic() - began
        met = self.requests_of(phase.candidate) - met
        tried = Tried(phase.candidate, shift["phase"], most, met, seconds, shift["reason"])
        self.shifted.append(tried)
        if tried.is_taken_back != phase.is_draft:
            raise Refused(
                f"the shift to {phase.candidate} ended {tried.phase}: {tried.reason}",
                hint=f"Run `fig demo --keep` and look with `fig shift history {PROXY} {route}`.",
            )
        return told_of_shift(tried)

    def _compare_enough(self, route: str, index: int) -> ShadowReportWire:
        began = time.monotonic()
        while (report := self.shadows.report(PROXY, route))["compared"] < ENOUGH_COPIES:
            self.board.lines[index].note = f"{report['compared']} copies"
            self._pause(began, f"only {report['compared']} copies were compared")
        return report

    def _pause(self, began: float, otherwise: str) -> None:
        self.require_alive()
        if time.monotonic() > began + OVER_TIMEOUT_S:
            raise Unavailable(
                f"{otherwise} after {OVER_TIMEOUT_S:.0f} s",
                hint="The machine may be too busy: run `fig demo` again when it is quieter.",
            )
        time.sleep(PAUSE_S)


def to_compared(candidate: str, report: ShadowReportWire) -> Compared:
    places = [difference for endpoint in report["endpoints"] for difference in endpoint["differences"]]
    worst = max(places, key=lambda one: one["count"], default=None)
    told = "" if worst is None else f"{worst['kind']} {worst['place']}"
    return Compared(candidate, report["compared"], report["different"], told)


def told_of_step(shift: ShiftWire) -> str:
    return f"{percent(shift['weight'])}, {shift['phase']}: {shift['reason']}"
