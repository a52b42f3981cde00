"""``fig app ls``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show, show_json


@verb(
    "ls",
    examples="""
    fig app ls
    fig app ls --json
    """,
)
@flags.as_json
def ls(as_json: bool) -> None:
    """All applications that fig knows on this machine, one a line."""
    apps = to_apps().apps.all()
    if as_json:
        show_json({"applications": apps})
        return
    for app in apps:
        show(app["name"])
    if not apps:
        say("There is no application yet.")
        recommend("fig app init")
