"""The images of a workload's containers: built through the engine, or fetched where it does not have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.cli.connect import settings
from stranglerfig.cli.deploying.place import Interrupted
from stranglerfig.workspace.dockerfile import find_dockerfile
from stranglerfig.workspace.images import (
    BuildOrder,
    build_image,
    engine_answers,
    inspect_image,
    pull_image,
    to_owner,
)

if TYPE_CHECKING:
    from stranglerfig.cli.deploying.place import Place
    from stranglerfig.manifest.model import Build, ContainerSpec, WorkloadManifest

__all__ = ["build_images", "engine_answers"]

Tell = Callable[[str], None]


def build_images(place: Place, manifest: WorkloadManifest, tell: Tell) -> dict[str, str]:
    """Ids by the containers' names. Raises ``DeployFailed`` with the last lines when one does not build."""
    return {spec.name: to_image(place, manifest, spec, tell) for spec in manifest.containers}


def to_image(place: Place, manifest: WorkloadManifest, spec: ContainerSpec, tell: Tell) -> str:
    def say(line: str) -> None:
        if place.interrupted.is_set():
            raise Interrupted
        tell(line)

    if spec.image.build is not None:
        tell(f"building the image of {spec.name}")
        return build_image(to_order(place, manifest, spec, spec.image.build), say).id
    reference = str(spec.image.location)
    present = None if place.force else inspect_image(reference)
    if present is None:
        tell(f"pulling {reference}")
        present = pull_image(reference, say, platform=manifest.platform)
    return present.id


def to_order(place: Place, manifest: WorkloadManifest, spec: ContainerSpec, build: Build) -> BuildOrder:
    dockerfile, context = find_dockerfile(Path(place.workspace.root), build)
    is_inside = dockerfile.is_relative_to(context)
    return BuildOrder(
        context=str(context),
        dockerfile=str(dockerfile.relative_to(context) if is_inside else dockerfile),
        tag=image_name(place, manifest, spec),
        target=build.target,
        args=build.args,
        cache_from=build.cache_from,
        platform=manifest.platform,
        labels=to_owner(place.app, str(settings().home)),
    )


def image_name(place: Place, manifest: WorkloadManifest, spec: ContainerSpec) -> str:
    """As Copilot tags them: a sidecar's stands before the tag, in the workload's own repository."""
    tag = place.tag or "latest"
    is_main = spec.name == manifest.containers[0].name
    return f"{place.app}/{manifest.name}:{tag if is_main else f'{spec.name}-{tag}'}"
