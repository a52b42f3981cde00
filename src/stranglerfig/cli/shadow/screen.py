"""A report of compared answers as lines, and one difference in full. Values in, text out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stranglerfig.cli.output import plural, render_table

if TYPE_CHECKING:
    from stranglerfig.api.shadows.wire import (
        AnswerWire,
        DifferenceWire,
        EndpointReportWire,
        PlaceWire,
        ReportWire,
        ShownWire,
    )

#: differences of one endpoint that a report lists
MOST_SHOWN = 10
MOST_NOISE = 8
COLOURS = {"PASS": "green", "FAIL": "red", "INCONCLUSIVE": "yellow"}


def render_report(report: ReportWire) -> list[str]:
    """The verdict comes last: it is what is still on the screen after a long one."""
    lines = []
    if report["endpoints"]:
        lines += render_table(
            ("ENDPOINT", "COMPARED", "DIFFERENT", "NOISY", "LEGACY P50", "CANDIDATE P50", "P99"),
            [endpoint_cells(one) for one in report["endpoints"]],
        )
        lines.append("")
    for endpoint in report["endpoints"]:
        lines += endpoint_lines(endpoint)
    if report["unusable"]:
        why = next((one["why_unusable"] for one in report["endpoints"] if one["why_unusable"]), "")
        lines.append(f"{plural(report['unusable'], 'request')} could not be compared: {why}")
    verdict = click.style(report["verdict"], fg=COLOURS[report["verdict"]], bold=True)
    return [*lines, f"{verdict}  {report['reason']}"]


def endpoint_cells(endpoint: EndpointReportWire) -> tuple[str, ...]:
    legacy, candidate = endpoint["legacy_ms"], endpoint["candidate_ms"]
    return (
        f"{endpoint['method']} {endpoint['endpoint']}",
        str(endpoint["compared"]),
        str(endpoint["different"]),
        str(endpoint["noisy"]),
        milliseconds(legacy["p50"]),
        milliseconds(candidate["p50"]),
        f"{milliseconds(legacy['p99'])} / {milliseconds(candidate['p99'])}",
    )


def milliseconds(ms: float | None) -> str:
    return "-" if ms is None else f"{ms:.1f} ms"


def endpoint_lines(endpoint: EndpointReportWire) -> list[str]:
    shown, noise = endpoint["differences"][:MOST_SHOWN], endpoint["noise"]
    more = f" and {len(noise) - MOST_NOISE} more" if len(noise) > MOST_NOISE else ""
    heard = [f"  left out as noise: {', '.join(noise[:MOST_NOISE])}{more}"] if noise else []
    if not shown:
        return [f"{endpoint['method']} {endpoint['endpoint']}", *heard, ""] if heard else []
    lines = [click.style(f"{endpoint['method']} {endpoint['endpoint']}", bold=True)]
    rows = [(one["id"], *place_cells(one, endpoint["compared"])) for one in shown]
    lines += [
        f"  {line}" for line in render_table(("DIFFERENCE", "KIND", "PLACE", "COPIES", "LEGACY", "CANDIDATE"), rows)
    ]
    if len(endpoint["differences"]) > len(shown):
        lines.append(f"  and {len(endpoint['differences']) - len(shown)} more (--json has all)")
    if endpoint["curl"]:
        lines.append(f"  {endpoint['curl']}")
    return [*lines, *heard, ""]


def place_cells(place: PlaceWire, compared: int) -> tuple[str, ...]:
    count = f"{place['count']} of {compared}"
    return (place["kind"], place["place"], count, place["legacy"] or "-", place["candidate"] or "-")


def what(difference: PlaceWire | ShownWire) -> str:
    """Kind and place, which is the kind's own word where there is but one."""
    kind, place = difference["kind"], difference["place"]
    return place if place.partition(" ")[0] == kind else f"{kind} {place}"


def render_difference(found: DifferenceWire) -> list[str]:
    lines = [
        click.style(f"{found['method']} {found['endpoint']}  {what(found)}", bold=True),
        f"  in {found['count']} of {found['compared']} copies",
        f"  legacy     {found['legacy'] or '-'}",
        f"  candidate  {found['candidate'] or '-'}",
    ]
    for number, example in enumerate(found["examples"], start=1):
        lines += ["", click.style(f"Example {number}: {example['method']} {example['target']}", bold=True)]
        lines += [
            f"  {what(one)}: {one['legacy'] or '-'} → {one['candidate'] or '-'}" for one in example["differences"]
        ]
        lines += answer_lines("legacy", example["legacy"]) + answer_lines("candidate", example["candidate"])
        lines += ["", f"  {example['curl']}"]
        if example["legacy_curl"]:
            lines.append(f"  {example['legacy_curl']}")
    return lines


def answer_lines(side: str, answer: AnswerWire) -> list[str]:
    head = f"{side} answered {answer['status']}" if answer["status"] else f"{side} did not answer: {answer['body']}"
    if not answer["status"]:
        return ["", f"  {head}"]
    lines = ["", f"  {head}", *(f"    {name}: {value}" for name, value in answer["headers"])]
    return lines + [f"    {line}" for line in ["", *answer["body"].splitlines()]]
