"""The images of a workload: built by the Docker engine, pushed where they are not yet, named by their digests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.aws.assets.registry import Registry
from stranglerfig.aws.synth import names
from stranglerfig.manifest.model import Build, ContainerSpec, WorkloadManifest
from stranglerfig.workspace.build_orders import LATEST, image_tag, to_build_order
from stranglerfig.workspace.images import build_image

#: Fargate's own where a manifest says nothing, whatever machine it is built on.
PLATFORM = "linux/amd64"
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "arm64": "arm64", "arm": "arm64", "aarch64": "arm64"}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Images:
    """``tag`` is the user's, or the commit's; empty for none."""

    root: Path
    app: str
    tag: str
    registry: Registry

    def build(self, manifest: WorkloadManifest, tell: Tell) -> dict[str, str]:
        """By container, the ids of the images that are made here. Nothing is pushed, and no repository needs to be
        there."""
        return {
            spec.name: self._build(manifest, spec, spec.image.build, tell)
            for spec in manifest.containers
            if spec.image.build is not None
        }

    def bring(self, manifest: WorkloadManifest, built: Mapping[str, str], tell: Tell) -> Mapping[str, str]:
        """The URI of each container's image; those that the manifest names elsewhere are as it has them."""
        return {
            spec.name: self._bring(manifest, spec, built[spec.name], tell)
            if spec.name in built
            else str(spec.image.location)
            for spec in manifest.containers
        }

    def keep(self, manifest: WorkloadManifest, env: str, images: Mapping[str, str]) -> None:
        """Of images that ``env`` runs now: they are not cleared away, however old they get."""
        for spec in manifest.containers:
            _, at, digest = images.get(spec.name, "").partition("@")
            if at and spec.image.build is not None:
                repository = self.registry.repository(names.repository(self.app, manifest.name))
                is_main = spec is manifest.containers[0]
                # No environment has a dot in its name.
                tag = names.tag_in_use(env) if is_main else f"{names.tag_in_use(env)}.{spec.name}"
                self.registry.tag(repository, digest, tag)

    def _tags(self, manifest: WorkloadManifest, spec: ContainerSpec) -> list[str]:
        return list(dict.fromkeys(image_tag(manifest, spec, tag) for tag in (self.tag, LATEST) if tag))

    def _build(self, manifest: WorkloadManifest, spec: ContainerSpec, build: Build, tell: Tell) -> str:
        name = f"{self.registry.uri(names.repository(self.app, manifest.name))}:{self._tags(manifest, spec)[0]}"
        tell(f"building the image of {spec.name}")
        return build_image(to_build_order(self.root, build, name, platform=platform_of(manifest)), tell).id

    def _bring(self, manifest: WorkloadManifest, spec: ContainerSpec, image: str, tell: Tell) -> str:
        repository = self.registry.repository(names.repository(self.app, manifest.name))
        tags = self._tags(manifest, spec)
        digest = self.registry.pushed(repository, image, tags)
        if digest is None:
            tell(f"pushing the image of {spec.name}")
            digest = self.registry.push(repository, image, tags, tell)
        return repository.by_digest(digest)


def platform_of(manifest: WorkloadManifest) -> str:
    """As the engine wants it: ``linux/arm64``."""
    if not manifest.platform:
        return PLATFORM
    system, _, architecture = manifest.platform.partition("/")
    system = "windows" if system.startswith("windows") else system
    return f"{system}/{ARCHITECTURES.get(architecture, architecture)}"
