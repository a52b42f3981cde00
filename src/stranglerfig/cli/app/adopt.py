"""``fig app adopt``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.lazy import verb
from stranglerfig.errors import UsageError


@verb(
    "adopt",
    examples="""
    fig app adopt forum --dry-run
    fig app adopt forum --profile production --yes
    fig app adopt forum --undo
    """,
)
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Show what would change of which stack, and change nothing.")
@click.option("--undo", is_flag=True, help="Give it back: deploy again what the stacks were before.")
@aws.access
@flags.yes
@flags.as_json
def adopt(name: str, dry_run: bool, undo: bool, yes: bool, as_json: bool, **given: object) -> None:
    """Take over an application that Copilot has deployed, with all that runs in it.

    Its stacks are changed in place: networks, load balancers, rules, services, logs, buckets and queues stay what they
    are, or nothing is done. Again goes on where it was cut off.
    """
    from stranglerfig.cli.aws.adopting import give_back, show_plan, take_over

    if undo and dry_run:
        raise UsageError("--undo and --dry-run exclude each other", hint="Leave one of them out.")
    if undo:
        give_back(name, {**given, "yes": yes}, as_json=as_json)
    elif dry_run:
        show_plan(name, given, as_json=as_json)
    else:
        take_over(name, {**given, "yes": yes}, as_json=as_json)
