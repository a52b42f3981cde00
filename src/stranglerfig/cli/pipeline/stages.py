"""A pipeline's stages as what is to be done here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.cli.deploying.groups import to_layers
from stranglerfig.errors import NotFound
from stranglerfig.workspace.find import require_names
from stranglerfig.workspace.values import Workspace

if TYPE_CHECKING:
    from stranglerfig.manifest.model import PipelineManifest, PipelineStage

PIPELINE = Question("Pipeline", "Which pipeline?", "--name")


def read_chosen(workspace: Workspace, name: str | None) -> PipelineManifest:
    from stranglerfig.workspace.read import read_pipeline

    if name is None:
        if not workspace.pipelines:
            raise NotFound(
                f"the workspace of {workspace.app} has no pipeline",
                hint="Write copilot/pipelines/NAME/manifest.yml; `fig manifest schema pipeline` says what goes in.",
            )
        name = ask_one(PIPELINE, [Option(file.name) for file in workspace.pipelines])
    return read_pipeline(workspace, name).manifest


def layers_of(stage: PipelineStage, workspace: Workspace) -> list[list[str]]:
    """Names of workloads that are deployed side by side, in their order; without any in the stage, all of them."""
    if not stage.deployments:
        require_names(workspace)
        return [[file.name for file in (*workspace.workloads, *workspace.proxies)]]
    known = {file.name for file in (*workspace.workloads, *workspace.proxies)}
    for deployment in stage.deployments:
        if deployment.name not in known:
            raise NotFound(
                f"stage {stage.name} deploys {deployment.name}, of which this workspace has no manifest",
                hint=f"Write copilot/{deployment.name}/manifest.yml, or take it out of the pipeline.",
            )
    needs = {deployment.name: deployment.depends_on for deployment in stage.deployments}
    return to_layers([deployment.name for deployment in stage.deployments], needs)


def choose_stages(manifest: PipelineManifest, names: Sequence[str]) -> list[PipelineStage]:
    """Those of ``names``, all if there are none; always in the pipeline's order."""
    known = [stage.name for stage in manifest.stages]
    for name in names:
        if name not in known:
            raise NotFound(
                f"pipeline {manifest.name} has no stage {name} (known: {', '.join(known)})",
                hint=f"`fig pipeline show --name {manifest.name}` lists them.",
            )
    return [stage for stage in manifest.stages if not names or stage.name in names]
