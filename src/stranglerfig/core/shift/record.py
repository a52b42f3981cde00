"""A shift as the books keep it: whose it is, what it measures from, and what was decided in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.core.desired import Route
from stranglerfig.core.shift.evidence import Evidence, SideFigures
from stranglerfig.core.shift.phases import Event, Phase
from stranglerfig.core.shift.shift import Shift
from stranglerfig.core.shift.terms import Hooks
from stranglerfig.core.shift.verdict import Finding, Verdict

#: enough of them to see what kind of failure it is
MOST_EXAMPLES = 5
#: the newest, and all that run
KEPT_SHIFTS = 1_000


@dataclass(frozen=True, slots=True)
class Totals:
    """What the data plane has counted of one side since ever."""

    requests: int = 0
    errors: int = 0

    def is_below(self, other: Totals) -> bool:
        return self.requests < other.requests or self.errors < other.errors


@dataclass(frozen=True, slots=True)
class Window:
    """What both sides had counted when the window of a step was opened."""

    candidate: Totals
    legacy: Totals

    def has_lost(self, candidate: Totals, legacy: Totals) -> bool:
        """Whether the counters began anew since: there is nothing to subtract from any more."""
        return candidate.is_below(self.candidate) or legacy.is_below(self.legacy)


@dataclass(frozen=True, slots=True)
class ShiftRecord:
    """``candidate`` and ``legacy`` are target groups, ``path`` is the route's as users write it; times in UTC seconds.

    ``window`` None: it is opened at the next look. ``reference`` is legacy in the last window in which it had traffic.
    ``cohorts`` as in ``core.desired.Route``.
    """

    id: str
    proxy: str
    route: str
    path: str
    candidate: str
    legacy: str
    shift: Shift
    started_at: float
    ended_at: float | None = None
    window: Window | None = None
    reference: SideFigures = SideFigures()
    hooks: Hooks = Hooks()
    cohorts: tuple[str, ...] = ()

    @property
    def is_running(self) -> bool:
        return self.shift.is_running

    @property
    def key(self) -> tuple[str, str]:
        return self.proxy, self.route

    def settled(self, route: Route) -> Route:
        """As the route must be. Nothing else says so: after any interruption it is set again from here."""
        cohorts = self.cohorts if self.is_running else ()
        return replace(route, weight=self.shift.weight, measured=True, cohorts=cohorts)


@dataclass(frozen=True, slots=True)
class Figures:
    """``p99_ms`` None: no latency was seen."""

    requests: int = 0
    errors: int = 0
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One change of a shift. ``log`` are the candidate's last lines, ``examples`` requests of its that failed."""

    at: float
    event: Event | None
    phase: Phase
    step: int
    weight: int
    reason: str
    candidate: Figures = Figures()
    legacy: Figures = Figures()
    findings: tuple[Finding, ...] = ()
    log: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def told_event(self) -> str:
        """What users read."""
        return "start" if self.event is None else self.event.value


def to_decision(
    shift: Shift, event: Event | None, now: float, evidence: Evidence | None = None, verdict: Verdict | None = None
) -> Decision:
    """``event`` None: the shift was started. ``shift`` is what came of it."""
    decision = Decision(now, event, shift.phase, shift.step, shift.weight, shift.reason)
    if evidence is None:
        return decision
    findings = () if verdict is None else verdict.findings
    return replace(
        decision,
        candidate=to_figures(evidence.candidate),
        legacy=to_figures(evidence.legacy),
        findings=findings,
    )


def to_figures(side: SideFigures) -> Figures:
    return Figures(side.requests, side.errors, side.latencies.quantile(0.99))
