"""The demo's result, as JSON and as a page of text. *(pure)*"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stranglerfig.demo.exchange import Event, Outcome
from stranglerfig.demo.figures import (
    Compared,
    Cutover,
    Latency,
    Move,
    Step,
    Tried,
    Window,
    count_failures,
    count_flaps,
    measure_cutover,
    measure_latency,
    measure_step,
)
from stranglerfig.demo.story import MONOLITH, USERS
from stranglerfig.demo.verdict import PostsCheck, find_faults

#: how many failures are shown in full
SHOWN_FAILURES = 20


@dataclass(frozen=True, slots=True)
class Record:
    """What happened, as it was written down. ``problem`` is what ended the demo before its time."""

    events: Sequence[Event]
    moves: Sequence[Move]
    comparisons: Sequence[Compared]
    shifts: Sequence[Tried]
    windows: dict[str, Window]
    posts: PostsCheck | None
    monolith_idle_s: float | None
    seconds: float
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    faults: tuple[str, ...]
    requests: int
    compared: int
    failures: dict[str, int]
    examples: tuple[Event, ...]
    posts: PostsCheck | None
    before: Latency | None
    after: Latency | None
    steps: tuple[Step, ...]
    cutovers: tuple[Cutover, ...]
    comparisons: tuple[Compared, ...]
    shifts: tuple[Tried, ...]
    sticky_flaps: int
    monolith_idle_s: float | None
    seconds: float
    problem: str | None

    @property
    def passed(self) -> bool:
        return not self.faults and self.problem is None


def to_report(record: Record) -> Report:
    events = record.events
    failures = count_failures(events)
    latencies = {name: measure_latency(events, window) for name, window in record.windows.items()}
    failed = [event for event in events if event.outcome is not Outcome.OK]
    return Report(
        faults=find_faults(failures, len(events), record.posts),
        requests=len(events),
        compared=sum(event.outcome in (Outcome.OK, Outcome.DIFFERS, Outcome.STATUS) for event in events),
        failures=failures,
        examples=tuple(failed[:SHOWN_FAILURES]),
        posts=record.posts,
        before=latencies.get("before"),
        after=latencies.get("after"),
        steps=tuple(measure_step(events, move) for move in record.moves),
        cutovers=tuple(filter(None, (measure_cutover(events, move) for move in record.moves))),
        comparisons=tuple(record.comparisons),
        shifts=tuple(record.shifts),
        sticky_flaps=count_flaps(events, USERS.name),
        monolith_idle_s=record.monolith_idle_s,
        seconds=record.seconds,
        problem=record.problem,
    )


def render_json(report: Report) -> dict[str, Any]:
    return {
        "passed": report.passed,
        "faults": list(report.faults),
        "problem": report.problem,
        "requests": report.requests,
        "failures": report.failures,
        "failed": [render_failure(event) for event in report.examples],
        "answers_compared": report.compared,
        "posts": asdict(report.posts) if report.posts else None,
        "latency": {"before": to_rounded(report.before), "after": to_rounded(report.after)},
        "steps": [to_rounded(step) for step in report.steps],
        "cutovers": [to_rounded(cutover) for cutover in report.cutovers],
        "shadows": [to_rounded(one) for one in report.comparisons],
        "shifts": [to_rounded(one) for one in report.shifts],
        "sticky_flaps": report.sticky_flaps,
        "monolith_idle_s": report.monolith_idle_s,
        "seconds": round(report.seconds, 1),
    }


def to_rounded(value: Latency | Step | Cutover | Compared | Tried | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {key: round(field, 2) if isinstance(field, float) else field for key, field in asdict(value).items()}


def render_failure(event: Event) -> str:
    return f"{event.outcome.value}: {event.method} {event.path} ({event.client}) {event.note}".rstrip()


def render_text(report: Report) -> list[str]:
    lines = [
        row("Requests", f"{report.requests:,}, {sum(report.failures.values())} failed{render_kinds(report.failures)}"),
        row("Answers", f"{report.compared:,} compared with the monolith's, byte for byte"),
    ]
    if report.posts:
        extra = f", {len(report.posts.doubled)} doubled" if report.posts.doubled else ""
        lines.append(row("Posts", f"{report.posts.accepted:,} accepted, {report.posts.found:,} found{extra}"))
    lines += [
        row(
            f"Latency {name}",
            f"p50 {latency.p50_ms:.1f} ms, p99 {latency.p99_ms:.1f} ms ({latency.requests:,} requests)",
        )
        for name, latency in (("before", report.before), ("after", report.after))
        if latency
    ]
    lines += [row(f"Shadow {one.candidate}", told_of_comparison(one)) for one in report.comparisons]
    lines += [row(f"Shift {one.candidate}", f"{told_of_shift(one)} ({one.seconds:.1f} s)") for one in report.shifts]
    lines += [row(f"Cut-over {c.area}", render_cutover(c)) for c in report.cutovers]
    if report.steps:
        lines.append(row("Sticky users", f"{report.sticky_flaps} came back to the monolith while their share grew"))
    if report.monolith_idle_s is not None:
        lines.append(row("Monolith", f"no request in {report.monolith_idle_s:.1f} s, then switched off"))
    lines.append(row("Time", f"{report.seconds:.1f} s"))
    return lines + [f"  {render_failure(event)}" for event in report.examples] + render_lost(report.posts)


def row(name: str, text: str) -> str:
    return f"{name:<21} {text}"


def render_kinds(failures: dict[str, int]) -> str:
    kinds = [f"{kind} {count}" for kind, count in failures.items() if count]
    return f" ({', '.join(kinds)})" if kinds else ""


def render_cutover(cutover: Cutover) -> str:
    first = "" if cutover.first_ms is None else f"first answer after {cutover.first_ms:.0f} ms, "
    late = f", {cutover.late} LATE" if cutover.late else ""
    back = "back: " if cutover.to == MONOLITH else ""
    return f"{back}{first}all requests after {cutover.all_ms:.0f} ms (command {cutover.command_ms:.0f} ms{late})"


def render_lost(posts: PostsCheck | None) -> list[str]:
    if posts is None:
        return []
    kinds = (("missing", posts.missing), ("doubled", posts.doubled), ("nobody sent", posts.strays))
    return [f"  {kind}: {text[:80]}" for kind, texts in kinds for text in texts[:SHOWN_FAILURES]]


def told_of_comparison(found: Compared) -> str:
    if not found.different:
        return f"{found.compared} copies, no answer differs"
    return f"{found.different} of {found.compared} answers differ, no user met one: {found.worst}"


def told_of_shift(tried: Tried) -> str:
    if tried.is_taken_back:
        return f"taken back at {tried.weight:g} %, {tried.met} requests met it: {tried.reason}"
    return f"{tried.weight:g} % by evidence"
