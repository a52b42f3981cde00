"""``fig proxy deploy``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
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
    fig proxy deploy shop --env prod --profile prod
    """,
)
@click.argument("name", required=False, shell_complete=complete_proxy_manifest)
@flags.app
@flags.env
@click.option("--diff", is_flag=True, help="Show what would change, and ask.")
@common.yes
@common.force
@flags.lenient
@aws.access
@common.as_json
def deploy(
    name: str | None,
    app: str | None,
    env: str | None,
    diff: bool,
    yes: bool,
    force: bool,
    lenient: bool,
    as_json: bool,
    **given: str | None,
) -> None:
    """Make a proxy and its routes as copilot/NAME/manifest.yml has them: the whole table switches at once.

    Routes of an earlier deploy that the manifest has no more are taken away; those that were made by hand stay.
    On AWS they become rules of the environment's balancer; weights that are in force there stay.
    """
    from stranglerfig.cli.deploying.prepare import Settings, prepare
    from stranglerfig.cli.deploying.proxies import choose_proxy, declare, read, report, show_difference

    workspace = workspace_of(app)
    name = choose_proxy(workspace, name)
    if aws.is_on_aws(workspace, env):
        from stranglerfig.cli.aws.proxies import proxies, reaching

        found = reaching.OnAws(workspace, str(env), name, {**given, "yes": yes})
        proxies.deploy(found, diff=diff, force=force, lenient=lenient, as_json=as_json)
        return
    aws.note_local(given)
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
