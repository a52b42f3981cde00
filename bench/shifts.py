"""Shifts of candidates whose faults are known, in simulated time: how often is the verdict right, and when?

The plan, the verdict and the phases are fig's own; only the traffic is drawn. Requests arrive at random (Poisson), and
the shift is looked at once a second.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random

from stranglerfig.core.shift.evidence import Evidence, Histogram, SideFigures, bucket_of
from stranglerfig.core.shift.phases import Phase
from stranglerfig.core.shift.plan import Plan
from stranglerfig.core.shift.shift import OpenWindow, advance, event_of, start
from stranglerfig.core.shift.verdict import judge
from stranglerfig.core.split import WHOLE

#: above it the sum of a Poisson draw is rounded from the normal distribution
LARGE = 60.0
#: a shift that has not ended by then never will, for the tables
LONGEST_S = 48 * 3600


@dataclass(frozen=True, slots=True)
class Lognormal:
    median_ms: float
    sigma: float

    def draw(self, rng: Random) -> float:
        return self.median_ms * rng.lognormvariate(0, self.sigma)


@dataclass(frozen=True, slots=True)
class Pareto:
    least_ms: float
    shape: float

    def draw(self, rng: Random) -> float:
        return self.least_ms * rng.paretovariate(self.shape)


@dataclass(frozen=True, slots=True)
class Side:
    """``errors`` is the share that fails; without ``latency`` none is measured."""

    errors: float
    latency: Lognormal | Pareto | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """``rate`` is of the whole route, in requests/s; of its latencies the share ``lines`` is seen.

    ``outage`` is the share that fails on both sides for 20 s of every 100, while both answer.
    """

    label: str
    rate: float
    candidate: Side
    legacy: Side
    lines: float = 1.0
    outage: float = 0.0

    def at(self, second: int, weight: int) -> tuple[Side, Side]:
        if self.outage and second % 100 >= 80 and weight < WHOLE:
            return replace(self.candidate, errors=self.outage), replace(self.legacy, errors=self.outage)
        return self.candidate, self.legacy


@dataclass(frozen=True, slots=True)
class Outcome:
    """``weight`` is the candidate's when it ended, ``requests`` and ``errors`` are all that it answered until then."""

    phase: Phase
    weight: int
    seconds: int
    requests: int
    errors: int


@dataclass(slots=True)
class Window:
    """What is counted of one side since the step began."""

    requests: int = 0
    errors: int = 0
    buckets: Counter[int] = field(default_factory=Counter)

    def pass_second(self, rng: Random, side: Side, rate: float, lines: float) -> None:
        errors = draw(rng, rate * side.errors)
        good = draw(rng, rate * (1 - side.errors))
        self.errors += errors
        self.requests += errors + good
        if side.latency is not None:
            for _ in range(draw(rng, rate * lines)):
                self.buckets[bucket_of(side.latency.draw(rng))] += 1

    def figures(self) -> SideFigures:
        return SideFigures(self.requests, self.errors, Histogram.of(self.buckets))


def run_shift(rng: Random, case: Case, plan: Plan) -> Outcome:
    shift, _ = start(plan, 0)
    candidate, legacy = Window(), Window()
    seen_of_legacy = SideFigures()
    requests = errors = now = 0
    while shift.is_running and now < LONGEST_S:
        now += 1
        weight, before = shift.weight, candidate.requests
        ours, theirs = case.at(now, weight)
        candidate.pass_second(rng, ours, case.rate * weight / WHOLE, case.lines)
        if weight < WHOLE:
            legacy.pass_second(rng, theirs, case.rate * (1 - weight / WHOLE), case.lines)
        if candidate.requests == before:
            continue
        if weight < WHOLE:
            seen_of_legacy = legacy.figures()
        verdict = judge(Evidence(candidate.figures(), seen_of_legacy), plan, shift.step, now - shift.since)
        shift, effects = advance(shift, event_of(verdict, shift, now), verdict.reason, now)
        if not shift.is_running or any(isinstance(effect, OpenWindow) for effect in effects):
            requests, errors = requests + candidate.requests, errors + candidate.errors
            candidate, legacy = Window(), Window()
    return Outcome(shift.phase, weight, now, requests, errors)


def run_case(case: Case, plan: Plan, runs: int, seed: int) -> list[Outcome]:
    rng = Random(f"{case.label} {case.rate} {seed}")
    return [run_shift(rng, case, plan) for _ in range(runs)]


def draw(rng: Random, mean: float) -> int:
    """A number of the Poisson distribution."""
    if mean > LARGE:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    left, count = rng.random(), 0
    part = math.exp(-mean)
    while left > part and count < 10 * LARGE:
        left -= part
        count += 1
        part *= mean / count
    return count
