"""``fig api keys rotate``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.api.flags import key_names
from stranglerfig.cli.api.keys.several import for_each, raise_last
from stranglerfig.cli.api.keys.shown import show_new
from stranglerfig.cli.connect import to_aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend


@verb(
    "rotate",
    examples="""
    fig api keys rotate team-a
    fig api keys rotate team-a team-b --expire-old
    """,
)
@key_names
@click.option("--expire-old", is_flag=True, help="What was there before opens nothing any more, at once.")
@flags.as_json
def rotate(names: tuple[str, ...], expire_old: bool, as_json: bool) -> None:
    """Make new access keys of the same names, with the same limits, and show them with their secrets. The old ones
    go on working until they are deleted by their ids.
    """
    client = to_aws()
    made, errors = for_each(names, lambda name: client.rotate(name, expire_old=expire_old))
    show_new(made, as_json=as_json)
    for key in made:
        done(
            f"Access key {key['name']} is {key['id']} now; "
            + ("no other of that name opens anything." if expire_old else "older ones of that name still work.")
        )
    if made:
        # Profiles hold keys, not their names.
        name = made[0]["name"]
        profile = "fig api profile" if name == "default" else f"fig api profile {name} --key {name}"
        recommend(profile, *(() if expire_old else ("fig api keys ls", "fig api keys delete OLD-ID")))
    raise_last(errors)
