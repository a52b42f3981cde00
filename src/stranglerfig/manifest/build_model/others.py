"""Environments, pipelines, static sites, and what this machine runs. Pure."""

from __future__ import annotations

from stranglerfig.manifest.build_model.words import shell_words
from stranglerfig.manifest.model import (
    EnvironmentManifest,
    LocalRun,
    PipelineDeployment,
    PipelineManifest,
    PipelineStage,
    StaticSource,
)
from stranglerfig.manifest.rules.given import Body, has, items, number, section, sections, text, texts, value


def environment_of(body: Body, without_effect: tuple[str, ...]) -> EnvironmentManifest:
    return EnvironmentManifest(
        name=text(body, "name") or "",
        body=body,
        target=text(body, "target") or "aws",
        runtime=text(body, "local", "runtime"),
        port=number(body, "local", "port") or None,
        without_effect=without_effect,
    )


def pipeline_of(body: Body) -> PipelineManifest:
    return PipelineManifest(
        name=text(body, "name") or "", body=body, stages=tuple(_stage(stage) for _, stage in items(body, "stages"))
    )


def files_of(body: Body) -> tuple[StaticSource, ...]:
    return tuple(
        StaticSource(
            source=text(file, "source") or "",
            destination=text(file, "destination") or "",
            recursive=value(file, "recursive") is True,
            exclude=texts(file, "exclude"),
            reinclude=texts(file, "reinclude"),
        )
        for _, file in items(body, "files")
    )


def local_run(body: Body) -> LocalRun:
    local = section(body, "local")
    setup = local.get("setup")
    return LocalRun(
        command=shell_words(local["command"]) if has(local, "command") else None,
        setup=tuple(shell_words(step) for step in setup) if isinstance(setup, list) else (),
    )


def _stage(stage: Body) -> PipelineStage:
    return PipelineStage(
        name=text(stage, "name") or "",
        requires_approval=value(stage, "requires_approval") is True,
        deployments=tuple(
            PipelineDeployment(name, texts(deployment, "depends_on"))
            for name, deployment in sections(stage, "deployments")
        ),
        test_commands=texts(stage, "test_commands"),
    )
