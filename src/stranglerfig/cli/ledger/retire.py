"""``fig ledger retire``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_ledger
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_target
from stranglerfig.cli.output import done, recommend, say
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.quantities import seconds


@verb(
    "retire",
    examples="""
    fig ledger retire shop-default
    fig ledger retire users-v1 --quiet-for 2h --yes
    fig ledger retire shop.test.api --force --yes
    """,
)
@click.argument("service", metavar="SERVICE|TARGET", shell_complete=complete_target)
@click.option(
    "--quiet-for", type=seconds, default="24h", metavar="TIME", help="How long nobody may have asked it (24h)."
)
@click.option("--force", is_flag=True, help="Even while requests arrive, or without proof that none do.")
@flags.yes
def retire(service: str, quiet_for: float, force: bool, yes: bool) -> None:
    """Switch a target or service off once the ledger proves that nobody needs it. Refused with the list of paths while
    requests still arrive; what will be done is said before it is."""
    client = to_ledger()
    look = client.retire({"target": service, "quiet_for_s": quiet_for, "force": force, "only_look": True})
    for step in look["steps"]:
        say(step)
    confirm(f"Retire {look['target']}", yes=yes)
    found = client.retire({"target": look["target"], "quiet_for_s": quiet_for, "force": force})
    done(f"{found['target']} is retired.")
    recommend("fig ledger")
