"""``fig api keys create``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from stranglerfig.cli import flags
from stranglerfig.cli.api.keys.several import for_each, raise_last
from stranglerfig.cli.api.keys.shown import show_new
from stranglerfig.cli.connect import to_aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, plural, recommend

if TYPE_CHECKING:
    from stranglerfig.api.access.wire import CreateKey


@verb(
    "create",
    examples="""
    fig api keys create team-a
    fig api keys create dashboard --read-only
    fig api keys create users-1 users-2 --path-prefix /api/users
    fig api keys create partner --account 222222222222
    """,
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--read-only", is_flag=True, help="Nothing can be changed with it.")
@click.option("--path-prefix", metavar="PATH", help="Of routes, only those below it can be changed.")
@click.option("--account", metavar="DIGITS", help="The account of whoever uses it; without one, this machine's own.")
@flags.as_json
def create(names: tuple[str, ...], as_json: bool, **given: object) -> None:
    """Make access keys and show them with their secrets. Keep those: they are not shown by `fig api keys ls`."""
    limits = {name: value for name, value in given.items() if value}
    client = to_aws()
    made, errors = for_each(names, lambda name: client.create(cast("CreateKey", {"name": name, **limits})))
    show_new(made, as_json=as_json)
    if made:
        done(f"{plural(len(made), 'access key')} made.")
        recommend(f"fig api profile {made[0]['name']} --key {made[0]['name']}")
    raise_last(errors)
