"""A migration as one HTML page: no script, nothing that is fetched.."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stranglerfig.cli.report.chart import LEGACY, MOVED, draw, to_bars
from stranglerfig.cli.report.markup import Markup, element, table

if TYPE_CHECKING:
    from stranglerfig.api.ledger.wire import EntryWire, HourWire, LedgerWire, ListenerWire
    from stranglerfig.api.shadows.wire import ShadowReportWire
    from stranglerfig.api.shifts.wire import DecisionWire, ShiftWire

MOST_ROWS = 100
STYLE = f"""
body {{ font: 15px/1.5 system-ui, sans-serif; color: #1f2933; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.7rem; margin-bottom: 0; }} h2 {{ margin-top: 2.2rem; border-bottom: 1px solid #cbd2d9; }}
table {{ border-collapse: collapse; width: 100%; font-size: 0.9rem; }}
th, td {{ text-align: left; padding: 0.2rem 0.6rem 0.2rem 0; border-bottom: 1px solid #e4e7eb; vertical-align: top; }}
.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.figures {{ display: flex; flex-wrap: wrap; gap: 2.5rem; margin: 1.2rem 0; }}
.figures b {{ display: block; font-size: 1.7rem; }} .quiet {{ color: #52606d; }}
.moved {{ color: {MOVED}; }} .legacy {{ color: {LEGACY}; }} svg {{ width: 100%; height: auto; }}
@media print {{ body {{ margin: 0; max-width: none; }} }}
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """What the API told. ``ledger`` is of one proxy."""

    ledger: LedgerWire
    hours: Sequence[HourWire]
    shifts: Sequence[ShiftWire]
    decisions: Sequence[DecisionWire]
    shadows: Sequence[ShadowReportWire]


def render_page(migration: Migration) -> str:
    [listener] = migration.ledger["listeners"]
    name, since, until = listener["listener"], migration.ledger["since"], migration.ledger["until"]
    body = element(
        "body",
        element("h1", f"Migration of {name}"),
        element("p", f"{minute(since)} to {minute(until)} UTC, as fig has it in its books.", class_="quiet"),
        figures(listener, migration.shifts),
        *section("How much has moved", moved(migration.hours)),
        *section("Shifts", shifts(migration.shifts, migration.decisions)),
        *section("Before and after", before_and_after(listener)),
        *section("What shadows found", shadows(migration.shadows)),
        *section("What still reaches legacy", still(listener["entries"])),
        *section("Idle, once legacy's", idle(listener["idle"])),
    )
    head = element("head", Markup('<meta charset="utf-8">'), element("title", f"Migration of {name}"), _style())
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def section(title: str, content: Iterator[Markup]) -> list[Markup]:
    """Nothing at all where there is nothing to tell."""
    found = list(content)
    return [element("h2", title), *found] if found else []


def figures(listener: ListenerWire, shifts: Sequence[ShiftWire]) -> Markup:
    share, requests = listener["moved_share"], listener["requests"]
    told = [
        ("of requests moved", "–" if share is None else f"{share * 100:.1f} %"),
        ("of endpoints moved", f"{listener['moved_endpoints']} of {listener['endpoints']}"),
        ("requests answered by legacy", f"{requests['legacy']:,}"),
    ]
    if shifts:
        back = sum(one["phase"] == "ROLLED_BACK" for one in shifts)
        told += [("shifts", str(len(shifts))), ("of them taken back", str(back))]
    return element("div", *(element("div", element("b", value), what) for what, value in told), class_="figures")


def moved(hours: Sequence[HourWire]) -> Iterator[Markup]:
    bars = to_bars(hours)
    if bars:
        yield draw(bars)
        legend = (element("span", "■ moved ", class_="moved"), element("span", "■ legacy", class_="legacy"))
        yield element("p", *legend, " · each bar is the share of that hour's or day's requests", class_="quiet")


def shifts(found: Sequence[ShiftWire], decisions: Sequence[DecisionWire]) -> Iterator[Markup]:
    for shift in found:
        ended = "and goes on" if shift["ended_at"] is None else f"to {clock(shift['ended_at'])}"
        title = f"{shift['path']}: {shift['legacy']} to {shift['candidate']}"
        yield element("h3", title)
        told = (
            f"{clock(shift['started_at'])} {ended}: {word(shift['phase'])} at {shift['weight']:g} %. {shift['reason']}"
        )
        yield element("p", told)
        rows = [
            (clock(one["at"]), word(one["event"]), f"{one['weight']:g} %", one["reason"], _errors(one))
            for one in decisions
            if one["shift"] == shift["id"]
        ]
        if rows:
            yield table(("when", "what", "share", "why", "errors: candidate, legacy"), rows[:MOST_ROWS])


def before_and_after(listener: ListenerWire) -> Iterator[Markup]:
    """Endpoints that both sides have answered in this time."""
    sides: dict[tuple[str, str], dict[str, EntryWire]] = {}
    for entry in listener["entries"]:
        # Of several targets the one that was asked most, which comes first.
        sides.setdefault((entry["method"], entry["endpoint"]), {}).setdefault(entry["side"], entry)
    rows = [
        (*name, *_latencies(both["legacy"]), *_latencies(both["moved"]))
        for name, both in sides.items()
        if {"legacy", "moved"} <= both.keys() and not name[1].startswith("{")
    ]
    if rows:
        yield element(
            "p", "Milliseconds until the last byte, and server errors, of endpoints that both sides answered."
        )
        headers = ("", "endpoint", *("p50 before", "p99", "errors"), *("p50 after", "p99", "errors"))
        yield table(headers, rows[:MOST_ROWS])


def shadows(found: Sequence[ShadowReportWire]) -> Iterator[Markup]:
    for report in found:
        shadow = report["shadow"]
        yield element("h3", f"{shadow['path']}: {shadow['candidate']} against {shadow['legacy']}")
        told = f"{report['verdict']}: {report['different']:,} of {report['compared']:,} answers differed."
        yield element("p", told)
        rows = [
            (endpoint["method"], endpoint["endpoint"], place["kind"], place["place"], place["count"])
            for endpoint in report["endpoints"]
            for place in endpoint["differences"]
        ]
        if rows:
            yield table(("", "endpoint", "what", "where", "times"), rows[:MOST_ROWS])


def still(entries: Sequence[EntryWire]) -> Iterator[Markup]:
    rows = [
        (one["method"], one["endpoint"], one["target"], one["requests"], *_last(one))
        for one in entries
        if one["side"] == "legacy" and not one["has_left"]
    ]
    if rows:
        yield table(("", "endpoint", "target", "requests", "last", "by"), rows[:MOST_ROWS])


def idle(entries: Sequence[EntryWire]) -> Iterator[Markup]:
    rows = [(one["method"], one["endpoint"], one["target"], *_last(one)) for one in entries]
    if rows:
        yield table(("", "endpoint", "target", "last", "by"), rows[:MOST_ROWS])


def minute(moment: str) -> str:
    """``2026-11-28 07:31``, of a time of the API."""
    return moment[:16].replace("T", " ")


def clock(moment: str) -> str:
    """``2026-11-28 07:31:05``, likewise."""
    return moment[:19].replace("T", " ")


def word(name: str) -> str:
    return name.lower().replace("_", " ").replace("-", " ")


def _style() -> Markup:
    return element("style", Markup(STYLE))


def _errors(decision: DecisionWire) -> str:
    sides = (decision["candidate"], decision["legacy"])
    return ", ".join(f"{side['errors']:,} of {side['requests']:,}" for side in sides)


def _latencies(entry: EntryWire) -> tuple[object, ...]:
    errors = 100 * entry["server_errors"] / entry["requests"] if entry["requests"] else 0.0
    return entry["p50_ms"], entry["p99_ms"], f"{errors:.2f} %"


def _last(entry: EntryWire) -> tuple[str, str]:
    last = entry["last"]
    return ("–", "–") if last is None else (minute(last["at"]), " ".join((last["client"], last["user_agent"])))
