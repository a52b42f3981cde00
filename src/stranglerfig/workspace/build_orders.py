"""What is built for a container, and what images are called: Copilot's names."""

from __future__ import annotations

from pathlib import Path

from stranglerfig.manifest.model import Build, ContainerSpec, WorkloadManifest
from stranglerfig.workspace.dockerfile import find_dockerfile
from stranglerfig.workspace.images import BuildOrder

LATEST = "latest"


def to_build_order(
    root: Path, build: Build, tag: str, *, platform: str | None = None, labels: tuple[tuple[str, str], ...] = ()
) -> BuildOrder:
    """``tag`` is the image's whole name."""
    dockerfile, context = find_dockerfile(root, build)
    is_inside = dockerfile.is_relative_to(context)
    return BuildOrder(
        context=str(context),
        dockerfile=str(dockerfile.relative_to(context) if is_inside else dockerfile),
        tag=tag,
        target=build.target,
        args=build.args,
        cache_from=build.cache_from,
        platform=platform,
        labels=labels,
    )


def image_tag(manifest: WorkloadManifest, spec: ContainerSpec, tag: str = "") -> str:
    """A sidecar's stands before the tag, in the workload's own repository."""
    tag = tag or LATEST
    return tag if spec.name == manifest.containers[0].name else f"{spec.name}-{tag}"
