"""The cases of simulated shifts, all of them run, and their table."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from statistics import median, quantiles

from bench.shifts import Case, Lognormal, Outcome, Pareto, Side, run_case
from bench.values import ShiftRun
from stranglerfig.core.shift.phases import Phase
from stranglerfig.core.shift.plan import Limits, Plan

RATES = (10, 100, 1_000)
SEED = 1
#: above 200 requests/s one access line in a hundred is written
LINES = {10: 1.0, 100: 1.0, 1_000: 0.01}
HALF = 5_000


@dataclass(frozen=True, slots=True)
class Tail:
    """A shape of latencies, and the same one ``times`` as slow."""

    label: str
    draw: Callable[[float], Lognormal | Pareto]


WIDE = Tail("lognormal, σ 1", lambda times: Lognormal(20 * times, 1.0))
HEAVY = Tail("Pareto, shape 1.5", lambda times: Pareto(20 * times, 1.5))


def error_cases() -> list[Case]:
    equal = [(f"equal, {rate * 100:g} % errors", rate, rate) for rate in (0.0, 0.001, 0.01, 0.05)]
    unequal = [
        ("1.2 % errors, legacy 1 %", 0.012, 0.01),
        ("2 % errors, legacy 1 %", 0.02, 0.01),
        ("2.1 % errors, legacy 0.1 %", 0.021, 0.001),
        ("50 % errors, legacy 1 %", 0.5, 0.01),
    ]
    plain = [Case(label, rate, Side(ours), Side(theirs)) for label, ours, theirs in equal + unequal for rate in RATES]
    outage = [
        Case("equal, 1 % errors, 20 % for 20 s of 100", rate, Side(0.01), Side(0.01), outage=0.2) for rate in RATES[1:]
    ]
    return plain + outage


def latency_cases() -> list[Case]:
    return [
        Case(f"{label} ({tail.label})", rate, Side(0.001, tail.draw(times)), Side(0.001, tail.draw(1)), LINES[rate])
        for tail in (WIDE, HEAVY)
        for label, times in (("equal", 1), ("all twice as slow", 2))
        for rate in RATES
    ]


def run_all(runs: int, say: Callable[[str], None]) -> list[ShiftRun]:
    plan = Plan()
    errors_only = replace(plan, limits=Limits(latency_ratio=None))
    cases = [(case, errors_only) for case in error_cases()] + [(case, plan) for case in latency_cases()]
    found = []
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        waiting = [pool.submit(partial(run_case, case, plan, runs, SEED)) for case, plan in cases]
        for (case, _), future in zip(cases, waiting, strict=True):
            found.append(ShiftRun(case.label, case.rate, *_summary(future.result())))
            say(f"shifts   {' | '.join(row(found[-1]))}")
    return found


def _summary(outcomes: Sequence[Outcome]) -> tuple[int, int, int, int, float, float, float, float]:
    back = [outcome for outcome in outcomes if outcome.phase is Phase.ROLLED_BACK]
    seconds = [outcome.seconds for outcome in outcomes]
    return (
        len(outcomes),
        len(back),
        sum(outcome.weight < HALF for outcome in back),
        sum(outcome.phase is Phase.FINISHED for outcome in outcomes),
        median(seconds),
        quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0],
        median(outcome.requests for outcome in outcomes),
        median(outcome.errors for outcome in outcomes),
    )


def row(run: ShiftRun) -> list[str]:
    return [
        run.label,
        f"{run.rate:,.0f}",
        f"{run.rolled_back / run.runs:.2%}",
        f"{run.before_half / run.runs:.1%}",
        f"{run.finished / run.runs:.1%}",
        f"{_time(run.median_s)} ({_time(run.high_s)})",
        f"{run.requests:,.0f}",
        f"{run.errors:,.0f}",
    ]


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


HEAD = (
    "candidate",
    "requests/s",
    "rolled back",
    "before 50 %",
    "finished",
    "after, median (95 %)",
    "candidate's requests",
    "its errors",
)


def render(runs: Iterable[ShiftRun], date: str, table: Callable[[Sequence[str], Iterable[Sequence[str]]], str]) -> str:
    found = list(runs)
    if not found:
        return ""
    return f"""## Shifts in simulated time

{found[0].runs:,} shifts for each line: fig's own plan, verdict and phases on traffic that is drawn at random, looked at
once a second. Steps 1, 5, 25, 50 and 100 %, 60 s each at least, and the default limits; without latency in the first
part. The last two columns are medians of what the candidate answered until the shift ended. Latencies are of all
requests, but at 1,000/s of 1 % of them. How a verdict is made: [shifting](shifting.md).

{table(HEAD, [row(run) for run in found])}

Run of `python -m bench --part shifts` at {date}."""
