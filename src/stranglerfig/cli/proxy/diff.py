"""``fig proxy diff``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_proxy_manifest
from stranglerfig.cli.output import show_json
from stranglerfig.cli.scope.places import workspace_of

DIFFERENT = 1


@verb(
    "diff",
    examples="""
    fig proxy diff
    fig proxy diff shop --env test
    fig proxy diff shop --env test --json
    """,
)
@click.argument("name", required=False, shell_complete=complete_proxy_manifest)
@flags.app
@flags.env
@flags.lenient
@aws.access
@common.as_json
@click.pass_context
def diff(
    ctx: click.Context,
    /,
    name: str | None,
    app: str | None,
    env: str | None,
    lenient: bool,
    as_json: bool,
    **given: str | None,
) -> None:
    """What `fig proxy deploy` would change: `+` new, `-` gone, `~` another value. Exit status 1 if anything would."""
    from stranglerfig.cli.deploying.prepare import choose_local, require_local
    from stranglerfig.cli.deploying.proxies import choose_proxy, declare, note, read, show_difference

    workspace = workspace_of(app)
    name = choose_proxy(workspace, name)
    if aws.is_on_aws(workspace, env):
        from stranglerfig.cli.aws.proxies import proxies, reaching

        if proxies.diff(reaching.OnAws(workspace, str(env), name, given), lenient=lenient, as_json=as_json):
            ctx.exit(DIFFERENT)
        return
    aws.note_local(given)
    env = env or choose_local(workspace)
    require_local(workspace, env)
    answer = declare(read(workspace, name, env, lenient=lenient), preview=True)
    if as_json:
        show_json(answer)
    else:
        show_difference(answer)
        note(answer)
    if answer["outcome"] != "unchanged":
        ctx.exit(DIFFERENT)
