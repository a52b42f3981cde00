"""``fig ledger export``."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import click

from stranglerfig.cli.connect import to_ledger
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.ledger.times import proxy, since
from stranglerfig.cli.output import show

if TYPE_CHECKING:
    from stranglerfig.api.ledger.wire import EntryWire, LedgerWire

COLUMNS = (
    *("listener", "method", "endpoint", "target", "side", "requests", "client_errors", "server_errors"),
    *("p50_ms", "p99_ms", "last_at", "last_client", "last_user_agent"),
)


@verb(
    "export",
    examples="""
    fig ledger export > ledger.csv
    fig ledger export shop --format openapi > shop.json
    fig ledger export shop --format json --since 90d
    """,
)
@proxy
@since
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "json", "openapi"]),
    default="csv",
    show_default=True,
    help="A line an endpoint and target, all there is, or OpenAPI 3.1 of the paths that were seen.",
)
def export(proxy: str | None, since: float, kind: str) -> None:
    """Write what the ledger knows of all endpoints: those that moved, those that still reach legacy."""
    found = to_ledger().show(proxy, since)
    if kind == "json":
        show(json.dumps(found, indent=2))
    elif kind == "csv":
        show(to_csv(found).rstrip("\n"))
    else:
        from stranglerfig.core.ledger.openapi import Seen, to_openapi

        seen = [
            Seen(entry["method"], entry["endpoint"], entry["requests"], statuses(entry), entry["target"] or "")
            for listener in found["listeners"]
            for entry in listener["entries"]
        ]
        show(json.dumps(to_openapi(proxy or "fig", seen), indent=2))


def to_csv(ledger: LedgerWire) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for listener in ledger["listeners"]:
        for entry in listener["entries"]:
            writer.writerow([listener["listener"], *row(entry)])
    return text.getvalue()


def row(entry: EntryWire) -> list[object]:
    last = entry["last"]
    figures = (entry["requests"], entry["client_errors"], entry["server_errors"], entry["p50_ms"], entry["p99_ms"])
    seen = ("", "", "") if last is None else (last["at"], last["client"], last["user_agent"])
    names = (entry["method"], entry["endpoint"], entry["target"] or "", entry["side"])
    return ["" if cell is None else tame(cell) for cell in (*names, *figures, *seen)]


def tame(cell: object) -> object:
    """Clients write what they like; a spreadsheet must not take it for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell


def statuses(entry: EntryWire) -> tuple[str, ...]:
    """The classes of answers that were seen."""
    fine = entry["requests"] - entry["client_errors"] - entry["server_errors"]
    counts = (("2XX", fine), ("4XX", entry["client_errors"]), ("5XX", entry["server_errors"]))
    return tuple(name for name, count in counts if count > 0)
