"""``fig daemon status``."""

from __future__ import annotations

import click

from stranglerfig.api.client import DaemonAbsent
from stranglerfig.cli import flags
from stranglerfig.cli.connect import compare, settings, to_running_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, show, show_json
from stranglerfig.errors import Unavailable


@verb(
    "status",
    examples="""
    fig daemon status
    fig daemon status --json
    """,
)
@flags.as_json
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Say whether the daemon runs; it is not started. Exit status 0 if it runs, 6 if not."""
    try:
        found = to_running_daemon().daemon.version()
    except DaemonAbsent:
        if as_json:
            show_json({"daemon": "absent", "home": str(settings().home)})
        else:
            show(f"The daemon of {settings().home} does not run.")
        recommend("fig status")
        ctx.exit(Unavailable.exit_status)
    if as_json:
        show_json({"daemon": "up", **found})
    else:
        show(f"The daemon runs: fig {found['version']}, pid {found['pid']}, state in {found['home']}.")
        if not found["running"]:
            show("Everything else is down: `fig up` starts it.")
    compare(found)
