"""``fig app ls``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show, show_json


@verb(
    "ls",
    examples="""
    fig app ls
    fig app ls --json
    fig app ls --target aws --region eu-west-1
    """,
)
@aws.target
@aws.access
@flags.as_json
def ls(target: str, as_json: bool, **given: object) -> None:
    """All applications that fig knows on this machine, one a line. With --target aws those of an account and region."""
    if target == aws.AWS:
        from stranglerfig.cli.aws.listing import show_applications

        show_applications(given, as_json=as_json)
        return
    apps = to_apps().apps.all()
    if as_json:
        show_json({"applications": apps})
        return
    for app in apps:
        show(app["name"])
    if not apps:
        say("There is no application yet.")
        recommend("fig app init")
