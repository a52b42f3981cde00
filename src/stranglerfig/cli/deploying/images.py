"""The images of a workload's containers: built through the engine, or fetched where it does not have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.cli.connect import settings
from stranglerfig.cli.deploying.place import Interrupted
from stranglerfig.workspace.build_orders import image_tag, to_build_order
from stranglerfig.workspace.images import build_image, engine_answers, inspect_image, pull_image, to_owner

if TYPE_CHECKING:
    from stranglerfig.cli.deploying.place import Place
    from stranglerfig.manifest.model import ContainerSpec, WorkloadManifest

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
        order = to_build_order(
            Path(place.workspace.root),
            spec.image.build,
            f"{place.app}/{manifest.name}:{image_tag(manifest, spec, place.tag)}",
            platform=manifest.platform,
            labels=to_owner(place.app, str(settings().home)),
        )
        return build_image(order, say).id
    reference = str(spec.image.location)
    present = None if place.force else inspect_image(reference)
    if present is None:
        tell(f"pulling {reference}")
        present = pull_image(reference, say, platform=manifest.platform)
    return present.id
