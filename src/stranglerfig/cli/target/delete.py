"""``fig target delete``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend
from stranglerfig.cli.prompt import confirm


@verb(
    "delete",
    examples="""
    fig target delete users
    fig target delete users --yes
    """,
)
@flags.target_name
@flags.yes
def delete(name: str, yes: bool) -> None:
    """Stop a target's tasks and forget it. Refused while a route or proxy sends requests there."""
    confirm(f"Delete target {name} and stop its tasks", yes=yes)
    to_daemon().targets.delete(name)
    done(f"Target {name} is gone.")
    recommend("fig status")
