"""``fig shift status``."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_proxy, complete_route
from stranglerfig.cli.output import recommend, say, show, show_json
from stranglerfig.cli.shift.drawing import render_shift
from stranglerfig.cli.shift.ls import shifts_of
from stranglerfig.cli.shift.reaching import reach
from stranglerfig.cli.watch.status import HOME_AND_CLEAR
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stranglerfig.api.shifts.wire import ShiftWire

EVERY_S = 0.5


@verb(
    "status",
    examples="""
    fig shift status
    fig shift status shop /api/users --watch
    fig shift status shop users --json
    """,
)
@click.argument("proxy", required=False, shell_complete=complete_proxy)
@click.argument("route", required=False, metavar="[ROUTE]", shell_complete=complete_route)
@click.option("--watch", is_flag=True, help="Keep showing it until it is over; needs a terminal.")
@elsewhere
@flags.as_json
def status(proxy: str | None, route: str | None, watch: bool, where: Where, as_json: bool) -> None:
    """Where the last shift of a route stands, and what was measured; without one, all that are running."""
    if (proxy is None) != (route is None):
        raise UsageError("a route is named by its proxy and its path", hint="Write it like `fig shift status shop /a`.")
    if watch and (as_json or not sys.stdout.isatty()):
        raise UsageError("--watch draws on a terminal", hint="Without it, `--json` gives one document.")
    look, pause_s = looking(where, proxy, route)
    if watch:
        watch_shifts(look, pause_s)
        return
    found = look()
    if as_json:
        show_json(found if route is None else found[0])
        return
    for line in lines(found):
        show(line)
    if not found:
        say("No shift is running.")
        recommend("fig shift ls --all")


def looking(where: Where, proxy: str | None, route: str | None) -> tuple[Callable[[], list[ShiftWire]], float]:
    """And how long to wait between two looks."""
    if proxy is None or route is None:
        return lambda: shifts_of(where, "local", ended=False), EVERY_S
    name, there = where.locate(proxy)
    if there is not None:
        from stranglerfig.aws.proxies.shifting import LOOK_EVERY_S
        from stranglerfig.cli.aws.proxies.shifts import seen

        return lambda: [seen(there, route)], LOOK_EVERY_S
    client, found = reach(name, route)
    return lambda: [client.show(name, found)], EVERY_S


def watch_shifts(look: Callable[[], list[ShiftWire]], pause_s: float) -> None:
    while True:
        found = look()
        # A line that wraps or a screen that scrolls would leave remains: what does not fit is not drawn.
        room = shutil.get_terminal_size().lines - 1
        show(HOME_AND_CLEAR + "\n".join(lines(found)[:room]))
        if all(shift["ended_at"] is not None for shift in found):
            return
        time.sleep(pause_s)


def lines(shifts: list[ShiftWire]) -> list[str]:
    now = time.time()
    drawn = [line for shift in shifts for line in ["", *render_shift(shift, now)]]
    return drawn[1:]
