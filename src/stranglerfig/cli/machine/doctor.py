"""``fig doctor``."""

from __future__ import annotations

import os

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import settings
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.machine.checks import Check, Mark, check_machine
from stranglerfig.cli.output import done, say, show, show_json

SIGNS = {
    Mark.GOOD: click.style("✔", fg="green"),
    Mark.DOUBTFUL: click.style("!", fg="yellow"),
    Mark.MISSING: click.style("✘", fg="red"),
}


@verb(
    "doctor",
    examples="""
    fig doctor
    fig doctor --json
    """,
)
@flags.as_json
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Say what is missing on this machine, and the mend. Nothing is changed and nothing is started.

    ✔ is good, ! works with a limit, ✘ is needed and missing. Exit status 1 when something needed is missing.
    """
    checks = check_machine(settings(), os.environ)
    if as_json:
        show_json([check.to_json() for check in checks])
    else:
        show_checks(checks)
    if any(check.mark is Mark.MISSING for check in checks):
        say("Something that fig needs is missing.")
        ctx.exit(1)
    done("fig can run here.")


def show_checks(checks: list[Check]) -> None:
    width = max(len(check.name) for check in checks)
    for check in checks:
        show(f"{SIGNS[check.mark]} {check.name:<{width}}  {check.found}")
        if check.mend:
            show(f"  {'':<{width}}  {check.mend}")
