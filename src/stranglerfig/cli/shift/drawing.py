"""One shift as lines. Values in, text out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from stranglerfig.cli.output import one_line, percent, render_table

if TYPE_CHECKING:
    from stranglerfig.api.shifts.wire import MeasureWire, SeenWire, ShiftWire, SideWire

COLOURS = {"PASS": "green", "FINISHED": "green", "FAIL": "red", "ROLLED_BACK": "red", "ABORTED": "red"}
BAR = 40


def render_shift(shift: ShiftWire, now: float) -> list[str]:
    place = f"{shift['proxy']}/{shift['route']}"
    lines = [
        f"{click.style(place, bold=True)}  {shift['path']}  {shift['legacy']} to {shift['candidate']}",
        f"  {bar(shift['weight'])} {percent(shift['weight'])}",
        f"  Steps    {steps(shift)}",
        f"  Phase    {coloured(shift['phase'])}{baked(shift, now)}",
    ]
    if shift["cohorts"]:
        lines.append(f"  First    {', '.join(map(one_line, shift['cohorts']))}")
    seen = shift["seen"]
    if seen is None:
        return [*lines, f"  Reason   {one_line(shift['reason'])}"]
    return [*lines, f"  Verdict  {coloured(seen['verdict'])}  {one_line(seen['reason'])}", "", *figures(shift, seen)]


def bar(weight: float) -> str:
    full = round(weight / 100 * BAR)
    return click.style("█" * full, fg="green") + "░" * (BAR - full)


def steps(shift: ShiftWire) -> str:
    """The one that it is in stands in brackets."""
    told = []
    for number, step in enumerate(shift["steps"], start=1):
        is_here = number == shift["step"] and shift["ended_at"] is None
        told.append(f"[{percent(step)}]" if is_here else percent(step))
    return " ".join(told)


def baked(shift: ShiftWire, now: float) -> str:
    if shift["ended_at"] is not None:
        return f"  since {to_the_second(shift['ended_at'])}"
    passed = now - datetime.fromisoformat(shift["since"]).timestamp()
    return f"  {min(passed, shift['bake_s']):.0f} of {shift['bake_s']:g} s"


def to_the_second(moment: str) -> str:
    """``2026-11-28T07:31:05Z``, of a time of the API."""
    return f"{moment[:19]}Z"


def figures(shift: ShiftWire, seen: SeenWire) -> list[str]:
    rows = [side_row(shift["candidate"], seen["candidate"]), side_row(shift["legacy"], seen["legacy"])]
    lines = render_table(("SIDE", "REQUESTS", "ERRORS", "ERROR RATE", "P50 MS", "P99 MS", "REQ/S"), rows)
    if seen["findings"]:
        rows = [finding_row(finding) for finding in seen["findings"]]
        lines += ["", *render_table(("MEASURE", "VERDICT", "CANDIDATE", "LEGACY", "LIMIT"), rows)]
    return [f"  {line}".rstrip() for line in lines]


def side_row(name: str, side: SideWire) -> tuple[str, ...]:
    rate = percent(side["errors"] / side["requests"] * 100) if side["requests"] else "-"
    times = ("-" if value is None else f"{value:.3g}" for value in (side["p50_ms"], side["p99_ms"]))
    return (name, str(side["requests"]), str(side["errors"]), rate, *times, f"{side['rate']:.1f}")


def finding_row(finding: MeasureWire) -> tuple[str, ...]:
    unit = "ms" if finding["measure"] == "latency" else "%"
    values = (finding["candidate"], finding["legacy"], finding["limit"])
    return (
        finding["measure"],
        finding["verdict"],
        *("-" if value is None else f"{value:.3g} {unit}" for value in values),
    )


def coloured(word: str) -> str:
    colour = COLOURS.get(word)
    return click.style(word, fg=colour) if colour else word
