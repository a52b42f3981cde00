"""``fig status``."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, show, show_json
from stranglerfig.cli.quantities import seconds
from stranglerfig.cli.watch.screen import render_status
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.api.client import Client

HOME_AND_CLEAR = "\033[H\033[J"


@verb(
    "status",
    examples="""
    fig status
    fig status --watch
    fig status --json
    """,
)
@click.option("--watch", is_flag=True, help="Keep showing it until Ctrl-C; needs a terminal.")
@click.option("--every", type=seconds, default="1s", metavar="TIME", help="How often with --watch (1s).")
@flags.as_json
def status(watch: bool, every: float, as_json: bool) -> None:
    """Everything on one screen: listeners and environments with url and rate, routes with weights, shifts, who answers,
    targets with health, requests a second, milliseconds to the first byte (their mean, and 99 % of the last five
    minutes), and server errors."""
    if watch and (as_json or not sys.stdout.isatty()):
        raise UsageError("--watch draws on a terminal", hint="Without it, `fig status --json` gives one document.")
    client = to_daemon()
    if watch:
        watch_status(client, max(every, 0.1))
        return
    found = client.daemon.status()
    if as_json:
        show_json(found)
        return
    for line in render_status(found):
        show(line)
    if found["running"] and not found["proxies"] and not found.get("balancers"):
        recommend("fig proxy create NAME --to http://127.0.0.1:8000")


def watch_status(client: Client, every_s: float) -> None:
    while True:
        lines = render_status(client.daemon.status())
        # A line that wraps or a screen that scrolls would leave remains: what does not fit is not drawn.
        room = shutil.get_terminal_size().lines - 1
        show(HOME_AND_CLEAR + "\n".join(lines[:room]))
        time.sleep(every_s)
