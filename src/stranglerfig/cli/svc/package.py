"""``fig svc package``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.follow_ups import created
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say, show
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.cli.svc.deploy import choose_name
from stranglerfig.errors import FigError, StateUnusable

#: As `package --diff` of Copilot ends.
SOME, FAILED = 1, 2


@verb(
    "package",
    examples="""
    fig svc package --name users --env test
    fig svc package --name users --output-dir plan
    fig svc package --name users --diff
    """,
)
@flags.app
@flags.env
@flags.name
@flags.tag
@flags.runtime
@flags.lenient
@click.option("--output-dir", metavar="DIR", type=click.Path(file_okay=False), help="Write files there instead.")
@click.option("--diff", is_flag=True, help="Show what would change: exit status 0 nothing, 1 something, 2 an error.")
@flags.without_effect(switches=(*flags.AWS_SWITCHES, "--upload-assets"))
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
    environments that are not there yet are."""
    from stranglerfig.cli.deploying.command import change, plan, read
    from stranglerfig.cli.deploying.prepare import prepare, to_settings

    try:
        workspace = workspace_of(app)
        name = name or choose_name(workspace, None)
        place = prepare(workspace, env, to_settings(given))
        changes = change(place, name) if diff else []
        text = json.dumps(plan(place, read(place, name)), indent=2, ensure_ascii=False)
    except FigError as error:
        if not diff:
            raise
        from stranglerfig.cli.output import fail

        fail(error.message, error.hint)
        ctx.exit(FAILED)
    if diff:
        show("\n".join(changes) or "No changes.")
        ctx.exit(SOME if changes else 0)
    if output_dir is None:
        show(text)
    else:
        write_plan(Path(output_dir) / f"{name}-{place.env}.plan.json", text)


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
