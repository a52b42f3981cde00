"""``fig report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import starting_transport, to_ledger, to_shadows
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.ledger.times import lookback
from stranglerfig.cli.output import done, require_free, write_file
from stranglerfig.errors import NotFound

if TYPE_CHECKING:
    from stranglerfig.api.shadows.wire import ShadowReportWire
    from stranglerfig.api.shifts.wire import DecisionWire, ShiftWire


@verb(
    "report",
    examples="""
    fig report shop
    fig report shop -o migration.html --since 90d
    """,
)
@flags.proxy
@click.option("--since", type=lookback, default="30d", metavar="TIME", help="How far back (30d), up to 90d.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="PROXY-report.html without it.",
)
@flags.overwrite
def report(proxy: str, since: float, output: Path | None, force: bool) -> None:
    """Write a migration as one HTML page that needs nothing else: how much has moved when, the shifts and why they went
    on or back, what shadows found, latency and errors of both sides, and what still reaches legacy."""
    from stranglerfig.cli.report.page import Migration, render_page

    path = output or Path(f"{proxy}-report.html")
    require_free(path, force=force)
    client = to_ledger()
    ledger = client.show(proxy, since)
    shifts = shifts_of(proxy, ledger["since"])
    page = render_page(
        Migration(
            ledger=ledger,
            hours=client.timeline(proxy, since),
            shifts=shifts,
            decisions=decisions_of(proxy, shifts),
            shadows=shadows_of(proxy),
        )
    )
    write_file(path, page)
    done(f"{path} holds the report.")


def shifts_of(proxy: str, since: str) -> list[ShiftWire]:
    """The oldest first. The API's times are in order as texts."""
    from stranglerfig.api.shifts.client import ShiftClient

    found = ShiftClient(starting_transport()).all(ended=True)
    mine = [one for one in found if one["proxy"] == proxy and (one["ended_at"] is None or one["ended_at"] >= since)]
    return sorted(mine, key=lambda one: one["started_at"])


def decisions_of(proxy: str, shifts: list[ShiftWire]) -> list[DecisionWire]:
    """Of those shifts; a route that is gone has taken its history with it."""
    from stranglerfig.api.shifts.client import ShiftClient

    client, found = ShiftClient(starting_transport()), []
    known = {one["id"] for one in shifts}
    for route in dict.fromkeys(one["route"] for one in shifts):
        try:
            found += [one for one in client.history(proxy, route) if one["shift"] in known]
        except NotFound:
            continue
    return found


def shadows_of(proxy: str) -> list[ShadowReportWire]:
    client = to_shadows()
    return [client.report(proxy, one["route"]) for one in client.all() if one["proxy"] == proxy]
