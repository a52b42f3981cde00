"""From what the data plane has counted to the evidence of a step, and what follows from it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from stranglerfig.core.observed import ObservedGroup, ServerHealth
from stranglerfig.core.shift.evidence import Evidence, Histogram, SideFigures
from stranglerfig.core.shift.record import ShiftRecord, Totals, Window
from stranglerfig.core.shift.verdict import Kind, Verdict, judge
from stranglerfig.core.split import WHOLE

_SERVING = (ServerHealth.UP, ServerHealth.CHECKING)


@dataclass(frozen=True, slots=True)
class SideSeen:
    """``serves``: it has a server that answers, as far as is known."""

    totals: Totals
    serves: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """Both sides at one moment. ``problem`` says why nothing can be seen of them; then they are empty."""

    candidate: SideSeen = SideSeen(Totals(), serves=False)
    legacy: SideSeen = SideSeen(Totals(), serves=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """What access lines and shadows have told of the window, as far as they have."""

    candidate: Histogram = Histogram()
    legacy: Histogram = Histogram()
    compared: int = 0
    different: int = 0


def see(groups: Iterable[ObservedGroup], candidate: str, legacy: str) -> Seen:
    """``candidate`` and ``legacy`` are their pools."""
    found = {group.name: group for group in groups}
    if candidate not in found or legacy not in found:
        return Seen(problem="HAProxy does not have the route's servers yet")
    return Seen(_see_side(found[candidate]), _see_side(found[legacy]))


def open_window(record: ShiftRecord, seen: Seen, now: float) -> ShiftRecord:
    """From ``now`` on: a step that has measured nothing has not baked either."""
    window = Window(seen.candidate.totals, seen.legacy.totals)
    return replace(record, window=window, shift=replace(record.shift, since=now))


def is_to_open(record: ShiftRecord, seen: Seen) -> bool:
    if seen.problem is not None:
        return False
    window = record.window
    return window is None or window.has_lost(seen.candidate.totals, seen.legacy.totals)


def weigh(record: ShiftRecord, seen: Seen, samples: Samples) -> Evidence:
    """The evidence of the record's window."""
    problem, window = seen.problem or _missing_side(record, seen), record.window
    if seen.problem is not None or window is None:
        return Evidence(problem=problem or "nothing has been measured yet")
    candidate = _since(window.candidate, seen.candidate.totals, samples.candidate)
    legacy = _since(window.legacy, seen.legacy.totals, samples.legacy)
    if record.shift.weight == WHOLE:
        legacy = record.reference
    return Evidence(candidate, legacy, samples.compared, samples.different, problem)


def decide(record: ShiftRecord, evidence: Evidence, now: float, *, is_way_back_open: bool) -> Verdict:
    """What is missing keeps a step from passing, and never a broken candidate from being taken back; but not to a
    legacy that has nobody to answer."""
    shift = record.shift
    baked_s = now - shift.since
    verdict = judge(replace(evidence, problem=None), shift.plan, shift.step, baked_s)
    if verdict.kind is Kind.FAIL and is_way_back_open:
        return verdict
    if evidence.problem is not None:
        return Verdict(Kind.ERROR, evidence.problem, verdict.findings)
    return verdict


def reference_after(record: ShiftRecord, evidence: Evidence | None) -> SideFigures:
    """What legacy did last, for when it has no traffic any more."""
    if evidence is None or evidence.problem is not None or not evidence.legacy.requests:
        return record.reference
    return evidence.legacy


def _missing_side(record: ShiftRecord, seen: Seen) -> str | None:
    candidate, legacy = seen.candidate.serves, seen.legacy.serves
    if candidate and legacy:
        return None
    if not candidate and not legacy:
        return f"neither {record.candidate} nor {record.legacy} has a server that answers"
    return f"{record.legacy if candidate else record.candidate} has no server that answers"


def _see_side(group: ObservedGroup) -> SideSeen:
    counters = group.counters
    answers = dict(counters.responses)
    # Not the requests: those under way would count as good ones.
    totals = Totals(sum(answers.values()), answers.get("5xx", 0) + counters.broken_off)
    return SideSeen(totals, any(server.health in _SERVING for server in group.servers))


def _since(then: Totals, now: Totals, latencies: Histogram) -> SideFigures:
    return SideFigures(now.requests - then.requests, now.errors - then.errors, latencies)
