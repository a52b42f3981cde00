"""``fig svc package``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.follow_ups import created
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say, show
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.cli.svc.deploy import choose_name
from stranglerfig.errors import FigError, StateUnusable

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace

    Choose = Callable[[Workspace, str | None], str]

#: As `package --diff` of Copilot ends.
SOME, FAILED = 1, 2


@verb(
    "package",
    examples="""
    fig svc package --name users --env test
    fig svc package --name users --output-dir plan
    fig svc package --name users --diff
    fig svc package --name users --env prod --output-dir infrastructure
    """,
)
@flags.app
@flags.env
@flags.name
@flags.tag
@flags.runtime
@flags.lenient
@flags.output_dir
@flags.shows_changes
@flags.upload_assets
@aws.access
@flags.without_effect()
@click.pass_context
def package(
    ctx: click.Context,
    /,
    app: str | None,
    env: str | None,
    name: str | None,
    output_dir: str | None,
    diff: bool,
    **given: object,
) -> None:
    """Print, as JSON, what a deploy would ask the daemon for: tasks, health check, routes. Nothing is built or started;
    environments that are not there yet are. For an environment on AWS: its CloudFormation template, and the parameters
    that a deploy would give it; with these anybody can deploy it without fig."""
    given |= {"output_dir": output_dir, "diff": diff}
    ctx.exit(package_workload(workspace_of(app), env, name, choose_name, given))


def package_workload(
    workspace: Workspace, env: str | None, name: str | None, choose: Choose, given: dict[str, object]
) -> int:
    """The exit status."""
    if aws.is_on_aws(workspace, env):
        from stranglerfig.cli.aws.workloads import package as package_on_aws

        aws.note_on_aws(given)
        return package_on_aws(workspace, str(env), name or choose(workspace, None), given)
    aws.note_local(given, "upload_assets")
    from stranglerfig.cli.deploying.command import change, plan, read
    from stranglerfig.cli.deploying.prepare import prepare, to_settings

    diff, output_dir = given["diff"], given["output_dir"]
    try:
        name = name or choose(workspace, None)
        place = prepare(workspace, env, to_settings(given))
        changes = change(place, name) if diff else []
        text = json.dumps(plan(place, read(place, name)), indent=2, ensure_ascii=False)
    except FigError as error:
        if not diff:
            raise
        from stranglerfig.cli.output import fail

        fail(error.message, error.hint)
        return FAILED
    if diff:
        show("\n".join(changes) or "No changes.")
        return SOME if changes else 0
    if output_dir is None:
        show(text)
    else:
        write_plan(Path(str(output_dir)) / f"{name}-{place.env}.plan.json", text)
    return 0


def write_plan(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise StateUnusable(
            f"cannot write {path}: {error.strerror or error}", hint="Name another folder with `--output-dir`."
        ) from error
    done(f"Wrote {created(str(path))}")
    say("It is what `fig svc deploy` would ask the daemon for.")
