"""``fig shift ls``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import percent, recommend, say, show_json, show_table
from stranglerfig.cli.shift.reaching import to_shifts

if TYPE_CHECKING:
    from stranglerfig.api.shifts.wire import ShiftWire


@verb(
    "ls",
    examples="""
    fig shift ls
    fig shift ls --all --json
    fig shift ls --target aws
    """,
)
@click.option("--all", "ended", is_flag=True, help="Those that are over too.")
@elsewhere
@aws.target
@flags.as_json
def ls(ended: bool, where: Where, target: str, as_json: bool) -> None:
    """Shifts that are running, the oldest first.

    With --target aws those of all the application's environments there, with --env those of one.
    """
    if where.env is None and target != aws.AWS:
        aws.tell_elsewhere("shift ls")
    shifts = shifts_of(where, target, ended=ended)
    if as_json:
        show_json(shifts)
    elif shifts:
        show_table(
            ("PROXY", "ROUTE", "PATH", "FROM", "TO", "WEIGHT", "STEP", "PHASE", "REASON"),
            (
                (
                    *(shift[key] for key in ("proxy", "route", "path", "legacy", "candidate")),
                    percent(shift["weight"]),
                    f"{shift['step']}/{len(shift['steps'])}",
                    shift["phase"],
                    shift["reason"],
                )
                for shift in shifts
            ),
        )
    else:
        say("There was no shift yet." if ended else "No shift is running.")
        recommend("fig shift start PROXY ROUTE --to TARGET" if ended else "fig shift ls --all")


def shifts_of(where: Where, target: str, *, ended: bool) -> list[ShiftWire]:
    there = where.listed("shifts", target)
    if there is None:
        return to_shifts().all(ended=ended)
    from stranglerfig.cli.aws.proxies.shifts import all_shifts

    return [shift for one in there for shift in all_shifts(one, ended=ended)]
