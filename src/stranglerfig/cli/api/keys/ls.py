"""``fig api keys ls``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.api.keys.shown import limits
from stranglerfig.cli.connect import to_aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show_json, show_table


@verb(
    "ls",
    examples="""
    fig api keys ls
    fig api keys ls --json
    """,
)
@flags.as_json
def ls(as_json: bool) -> None:
    """All access keys by name, of one name the newest first. Secrets are not shown; `fig api env` has them."""
    keys = to_aws().keys()
    if as_json:
        show_json([{name: value for name, value in key.items() if name != "secret"} for key in keys])
    elif keys:
        show_table(
            ("NAME", "ACCESS KEY ID", "ACCOUNT", "LIMITS", "CREATED"),
            ((key["name"], key["id"], key["account"], limits(key), key["created_at"]) for key in keys),
        )
    else:
        say("There is no access key yet. The default one is made when it is first asked for.")
        recommend("fig api profile")
