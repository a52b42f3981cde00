"""``fig pipeline show``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show_json
from stranglerfig.cli.pipeline.stages import layers_of, read_chosen
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.cli.tables import show_facts, show_section


@verb(
    "show",
    examples="""
    fig pipeline show
    fig pipeline show --name release --json
    """,
)
@flags.app
@click.option("-n", "--name", metavar="NAME", help="The pipeline.")
@flags.without_effect(switches=("--resources",))
@common.as_json
def show_pipeline(app: str | None, name: str | None, as_json: bool) -> None:
    """A pipeline's stages in their order: what each deploys, asks and tests."""
    here = workspace_of(app)
    manifest = read_chosen(here, name)
    stages = [
        {
            "name": stage.name,
            "requiresApproval": stage.requires_approval,
            "deployments": layers_of(stage, here),
            "testCommands": list(stage.test_commands),
        }
        for stage in manifest.stages
    ]
    if as_json:
        show_json({"name": manifest.name, "application": here.app, "stages": stages})
        return
    show_facts("About", [("Name", manifest.name), ("Application", here.app)])
    rows = [
        (
            stage.name,
            "yes" if stage.requires_approval else "no",
            ", then ".join(" and ".join(layer) for layer in layers_of(stage, here)),
            "; ".join(stage.test_commands) or "-",
        )
        for stage in manifest.stages
    ]
    show_section("Stages", ("Environment", "Approval", "Deploys", "Tests"), rows)
