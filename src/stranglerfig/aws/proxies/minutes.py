"""What CloudWatch has of both sides of a route, minute by minute, as the evidence of a step. Pure.

Figures come by the minute and minutes late, and one without requests does not come at all: only minutes that are over
for long count, and a step has baked no longer than there are figures of its candidate.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stranglerfig.core.shift.evidence import Evidence, Histogram, SideFigures, bucket_of
from stranglerfig.core.shift.record import ShiftRecord
from stranglerfig.core.shift.verdict import Kind, Verdict, judge
from stranglerfig.core.split import WHOLE

MINUTE_S = 60
#: CloudWatch has all of a minute by then
LATE_S = 120
#: of latencies, in percent: enough of them to see where one side leaves the other
PERCENTILES = (10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 98.0, 99.0, 99.5, 99.9, 100.0)


@dataclass(frozen=True, slots=True)
class Minute:
    """One side in one minute. ``failed`` are answers of targets with 5xx, ``answered`` all others. ``latencies`` are
    milliseconds by percentile; ``at`` is its begin, UTC seconds."""

    at: int
    requests: int = 0
    failed: int = 0
    answered: int = 0
    latencies: Mapping[float, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """``baked_s`` is how much of the window there are figures of."""

    evidence: Evidence
    verdict: Verdict
    baked_s: float


def window_begin(since: float) -> int:
    """The first minute that has nothing of what was before ``since``."""
    return math.ceil(since / MINUTE_S) * MINUTE_S


def window_end(now: float) -> int:
    return math.floor((now - LATE_S) / MINUTE_S) * MINUTE_S


def judge_minutes(record: ShiftRecord, candidate: Sequence[Minute], legacy: Sequence[Minute]) -> Judged:
    """All minutes are in the window of the record's step."""
    shift = record.shift
    known = SideFigures() if shift.weight == WHOLE else to_figures(legacy)
    evidence = Evidence(to_figures(candidate), record.reference if shift.weight == WHOLE else known)
    begin = window_begin(shift.since)
    baked_s = float(max((one.at + MINUTE_S - begin for one in candidate), default=0))
    missing = _missing(record, candidate, legacy)
    if missing is not None:
        # Nothing passes on figures that are not there; a candidate that fails fails all the same.
        verdict = judge(evidence, shift.plan, shift.step, baked_s)
        if verdict.kind is not Kind.FAIL:
            verdict = Verdict(Kind.INCONCLUSIVE, missing, verdict.findings)
        return Judged(evidence, verdict, baked_s)
    return Judged(evidence, judge(evidence, shift.plan, shift.step, baked_s), baked_s)


def to_figures(minutes: Sequence[Minute]) -> SideFigures:
    counts: Counter[int] = Counter()
    for minute in minutes:
        counts.update(_spread(minute))
    return SideFigures(sum(one.requests for one in minutes), count_errors(minutes), Histogram.of(counts))


def count_errors(minutes: Sequence[Minute]) -> int:
    """Requests that targets failed, and those that none answered: a balancer tells of its own 502 and 504 for all of
    its groups together alone.

    Whatever is still under way when minutes end is answered in the next one: only what stays without an answer counts.
    """
    unanswered = min(_unanswered(minutes), _unanswered(minutes[:-1]))
    return min(sum(one.failed for one in minutes) + unanswered, sum(one.requests for one in minutes))


def _unanswered(minutes: Sequence[Minute]) -> int:
    if not minutes:
        return 0
    last = minutes[-1]
    under_way = math.ceil(last.requests * _mean_ms(last) / 1000 / MINUTE_S)
    return max(0, sum(one.requests - one.failed - one.answered for one in minutes) - under_way)


def _mean_ms(minute: Minute) -> float:
    """At most."""
    parts = zip((0.0, *sorted(minute.latencies)), sorted(minute.latencies), strict=False)
    return sum((upper - lower) / 100 * minute.latencies[upper] for lower, upper in parts)


def _missing(record: ShiftRecord, candidate: Sequence[Minute], legacy: Sequence[Minute]) -> str | None:
    sides = [(record.candidate, candidate)]
    if record.shift.weight < WHOLE:
        sides.append((record.legacy, legacy))
    for group, minutes in sides:
        if not any(minute.requests for minute in minutes):
            return f"CloudWatch has no figures of {group} in this step yet"
    return None


def _spread(minute: Minute) -> dict[int, int]:
    """What lies between two percentiles counts as slow as the upper one: of both sides alike."""
    found: Counter[int] = Counter()
    below = 0
    for percentile, ms in sorted(minute.latencies.items()):
        upto = math.floor(minute.requests * percentile / 100 + 0.5)
        found[bucket_of(ms)] += upto - below
        below = upto
    return dict(found)
