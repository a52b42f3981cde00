"""``fig api keys delete``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.api.flags import key_names
from stranglerfig.cli.api.keys.several import for_each, raise_last
from stranglerfig.cli.connect import to_aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done
from stranglerfig.cli.prompt import confirm


@verb(
    "delete",
    examples="""
    fig api keys delete team-a
    fig api keys delete AKIAIOSFODNN7EXAMPLE --yes
    """,
)
@key_names
@flags.yes
def delete(names: tuple[str, ...], yes: bool) -> None:
    """Delete access keys, all of a name or the one with that id. What was made with them stays."""
    confirm(f"Delete {', '.join(names)}: whoever uses them is refused from then on", yes=yes)
    client = to_aws()
    gone, errors = for_each(names, client.delete)
    for key in (key for keys in gone for key in keys):
        done(f"Access key {key['name']} ({key['id']}) opens nothing any more.")
    raise_last(errors)
