"""The ledger as lines of a terminal. Values in, text out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stranglerfig.cli.ledger.times import ago
from stranglerfig.cli.output import percent, plural, render_table

if TYPE_CHECKING:
    from stranglerfig.api.ledger.wire import CandidateWire, EntryWire, LedgerWire, ListenerWire

#: of what still reaches legacy, and of what is idle; `--json` and `export` have all
MOST_ROWS = 20
UNKNOWN = {"{other}": "(any other path)", "{unseen}": "(paths were not seen)"}


def ledger_lines(ledger: LedgerWire) -> list[str]:
    lines: list[str] = []
    for listener in ledger["listeners"]:
        lines += [*([""] if lines else []), *listener_lines(listener, ledger["until"])]
    if ledger["quiet"] and lines:
        rows = [
            (one["target"], f"{ago(one['since'], ledger['until'])}", "yes" if one["used"] else "no")
            for one in ledger["quiet"]
        ]
        title = "Targets that nobody has asked in this time"
        lines += ["", title, *indented(render_table(("TARGET", "QUIET FOR", "IN USE"), rows))]
    return lines


def listener_lines(listener: ListenerWire, now: str) -> list[str]:
    requests = listener["requests"]
    answered = requests["legacy"] + requests["moved"]
    lines = [click.style(listener["listener"], bold=True)]
    if listener["moved_share"] is None:
        lines.append("  no requests in this time")
    else:
        share = percent(listener["moved_share"] * 100)
        lines.append(f"  requests   {share} moved: {requests['moved']:,} of {answered:,}")
        lines.append(f"  endpoints  {listener['moved_endpoints']} of {listener['endpoints']} moved")
    if requests["nobody"]:
        lines.append(f"  HAProxy answered {plural(requests['nobody'], 'request')} itself")
    still = [entry for entry in listener["entries"] if entry["side"] == "legacy" and not entry["has_left"]]
    if still:
        headers = ("METHOD", "ENDPOINT", "TARGET", "REQUESTS", "SHARE", "ERRORS", "P99 MS", "LAST", "BY")
        rows = [still_row(entry, answered, now) for entry in still[:MOST_ROWS]]
        lines += ["", "  Still reaches legacy", *indented(render_table(headers, rows)), *rest(len(still))]
    if listener["idle"]:
        idle = [idle_row(entry, now) for entry in listener["idle"][:MOST_ROWS]]
        table = render_table(("METHOD", "ENDPOINT", "TARGET", "LAST", "BY"), idle)
        lines += ["", "  Idle, once legacy's", *indented(table), *rest(len(listener["idle"]))]
    return lines


def still_row(entry: EntryWire, answered: int, now: str) -> tuple[object, ...]:
    errors = entry["client_errors"] + entry["server_errors"]
    return (
        entry["method"],
        endpoint(entry),
        entry["target"] or "-",
        entry["requests"],
        percent(100 * entry["requests"] / answered),
        errors or "-",
        "-" if entry["p99_ms"] is None else f"{entry['p99_ms']:.1f}",
        last_at(entry, now),
        last_by(entry),
    )


def idle_row(entry: EntryWire, now: str) -> tuple[object, ...]:
    return entry["method"], endpoint(entry), entry["target"] or "-", last_at(entry, now), last_by(entry)


def endpoint(entry: EntryWire) -> str:
    return UNKNOWN.get(entry["endpoint"], entry["endpoint"])


def last_at(entry: EntryWire, now: str) -> str:
    return "-" if entry["last"] is None else f"{ago(entry['last']['at'], now)} ago"


def last_by(entry: EntryWire) -> str:
    """Address and the first word of the user agent, which names the program."""
    last = entry["last"]
    if last is None:
        return "-"
    return " ".join(filter(None, (last["client"], last["user_agent"].partition(" ")[0]))) or "-"


def candidate_lines(candidates: list[CandidateWire]) -> list[str]:
    lines: list[str] = []
    for listener in dict.fromkeys(one["listener"] for one in candidates):
        rows = [
            (number, one["path"], one["requests"], "-" if one["p99_ms"] is None else f"{one['p99_ms']:.1f}", why(one))
            for number, one in enumerate((one for one in candidates if one["listener"] == listener), start=1)
        ]
        table = render_table(("", "PATH", "REQUESTS", "P99 MS", "WHY"), rows[:MOST_ROWS])
        lines += [*([""] if lines else []), click.style(listener, bold=True), *indented(table), *rest(len(rows))]
    return lines


def why(candidate: CandidateWire) -> str:
    return ", ".join(candidate["reasons"])


def rest(count: int) -> list[str]:
    return [f"    and {count - MOST_ROWS} others: `--json` has all"] if count > MOST_ROWS else []


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
