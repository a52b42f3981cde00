"""``fig pipeline run``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say
from stranglerfig.cli.pipeline.forwarding import run_forwarded
from stranglerfig.cli.pipeline.stages import choose_stages, layers_of, read_chosen
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.errors import DeployFailed

if TYPE_CHECKING:
    from stranglerfig.cli.deploying.place import Place
    from stranglerfig.cli.deploying.prepare import Settings
    from stranglerfig.manifest.model import PipelineManifest, PipelineStage
    from stranglerfig.workspace.values import Workspace


@verb(
    "run",
    examples="""
    fig pipeline run
    fig pipeline run --name release --stage test
    fig pipeline run --name release --yes
    """,
)
@flags.app
@click.option("-n", "--name", metavar="NAME", help="The pipeline.")
@click.option("--stage", "stages", multiple=True, metavar="NAME", help="Only this stage; may be repeated.")
@flags.tag
@flags.runtime
@common.yes
def run(
    app: str | None, name: str | None, stages: tuple[str, ...], tag: str | None, runtime: str | None, yes: bool
) -> None:
    """Run a pipeline's stages here, one after the other.

    Each deploys its services and jobs to the environment of its name, in the order of their `depends_on`, and then runs
    its test commands in the workspace. A stage with `requires_approval` asks first. The first failure ends it all. What
    only CodeBuild does (source, build, pre_deployments, post_deployments) is left out.
    """
    from stranglerfig.cli.deploying.prepare import Settings, require_local

    here = workspace_of(app)
    manifest = read_chosen(here, name)
    chosen = choose_stages(manifest, stages)
    for stage in chosen:
        layers_of(stage, here)
        require_local(here, stage.name)
    for stage in chosen:
        run_stage(here, manifest, stage, Settings(tag=tag, runtime=runtime), yes=yes)
    done(f"Pipeline {strong(manifest.name)} has run: {', '.join(stage.name for stage in chosen)}.")


def run_stage(here: Workspace, manifest: PipelineManifest, stage: PipelineStage, given: Settings, *, yes: bool) -> None:
    from stranglerfig.cli.deploying.command import deploy_names
    from stranglerfig.cli.deploying.prepare import prepare

    if stage.requires_approval:
        confirm(f"Go on with stage {stage.name} of {manifest.name}", yes=yes)
    say(f"Stage {strong(stage.name)}")
    place = prepare(here, stage.name, given)
    deploy_names(place, layers_of(stage, here))
    for command in stage.test_commands:
        run_test(place, stage, command)


def run_test(place: Place, stage: PipelineStage, command: str) -> None:
    """What it prints goes to stderr, with fig's own words: a pipeline has no data."""
    say(f"$ {command}")
    status = run_forwarded(["bash", "-c", command], cwd=place.workspace.root, env=variables(place))
    if status:
        raise DeployFailed(
            f"stage {stage.name} failed: `{command}` ended with status {status}",
            hint="What it deployed runs on; later stages were not begun. `fig svc logs` shows what the services say.",
        )
    done(f"`{command}`")


def variables(place: Place) -> dict[str, str]:
    """As a service of the stage is told where it is."""
    return {
        **os.environ,
        "COPILOT_APPLICATION_NAME": place.app,
        "COPILOT_ENVIRONMENT_NAME": place.env,
        "COPILOT_LB_DNS": place.environment["url"].partition("://")[2],
    }
