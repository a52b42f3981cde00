"""``fig proxy deploy``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_proxy_manifest
from stranglerfig.cli.output import show_json
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.places import workspace_of


@verb(
    "deploy",
    examples="""
    fig proxy deploy
    fig proxy deploy shop --env test
    fig proxy deploy shop --env test --diff --yes
    """,
)
@click.argument("name", required=False, shell_complete=complete_proxy_manifest)
@flags.app
@flags.env
@click.option("--diff", is_flag=True, help="Show what would change, and ask.")
@common.yes
@common.force
@flags.lenient
@common.as_json
def deploy(
    name: str | None, app: str | None, env: str | None, diff: bool, yes: bool, force: bool, lenient: bool, as_json: bool
) -> None:
    """Make a proxy and its routes as copilot/NAME/manifest.yml has them: the whole table switches at once.

    Routes of an earlier deploy that the manifest has no more are taken away; those that were made by hand stay.
    """
    from stranglerfig.cli.deploying.prepare import Settings, prepare
    from stranglerfig.cli.deploying.proxies import choose_proxy, declare, read, report, show_difference

    workspace = workspace_of(app)
    name = choose_proxy(workspace, name)
    place = prepare(workspace, env, Settings(lenient=lenient))
    declaration = read(workspace, name, place.env, lenient=lenient)
    if diff and not as_json:
        preview = declare(declaration, preview=True)
        show_difference(preview)
        if preview["outcome"] == "unchanged":
            return
        confirm(f"Deploy proxy {name} to {place.env}", yes=yes)
    answer = declare(declaration, force=force)
    if as_json:
        show_json(answer)
    report(name, answer, is_shown=diff)
