"""``fig down``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.launch import wait_until_gone
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend, warn
from stranglerfig.cli.prompt import confirm


@verb(
    "down",
    examples="""
    fig down
    fig down --yes
    fig down --purge --yes
    """,
)
@click.option(
    "--purge", is_flag=True, help="Also forget every proxy, route and target, with the tasks' logs and the journal."
)
@flags.yes
def down(purge: bool, yes: bool) -> None:
    """Stop everything: listeners close, tasks end, and the daemon too. No process of fig is left.

    What was set up is kept for `fig up`, unless --purge.
    """
    forget = " and forget all that was set up" if purge else ""
    confirm(f"Stop all listeners and tasks{forget}; clients will be refused", yes=yes)
    daemon = to_daemon().daemon
    pid = daemon.version()["pid"]
    rest = daemon.down(purge=purge)
    wait_until_gone(pid)
    done("Everything is down and forgotten." if purge else "Everything is down; what was set up is kept.")
    for sentence in rest:
        warn(sentence)
    recommend("fig proxy create NAME --to URL" if purge else "fig up")
