"""Operating system and processor, in ECS's words. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.template import Value
from stranglerfig.manifest.model import WorkloadManifest

#: where the manifest says ``windows`` and no more
WINDOWS = "WINDOWS_SERVER_2019_CORE"
USUAL = ("LINUX", "X86_64")


def runtime_platform(manifest: WorkloadManifest) -> Value | None:
    """None for what tasks run on if nothing is said."""
    found = in_ecs_words(manifest.platform)
    return None if found == USUAL else {"OperatingSystemFamily": found[0], "CpuArchitecture": found[1]}


def platform_version(manifest: WorkloadManifest) -> str:
    return version_for(in_ecs_words(manifest.platform)[0])


def version_for(system: str) -> str:
    """Of Fargate; ``system`` in ECS's words."""
    return "1.0.0" if system.startswith("WINDOWS") else "LATEST"


def in_ecs_words(platform: str | None) -> tuple[str, str]:
    """``platform`` is a manifest's: ``linux/arm64``."""
    system, _, processor = (platform or "linux/x86_64").partition("/")
    family = WINDOWS if system == "windows" else system.upper()
    return family, "ARM64" if processor.startswith("arm") else "X86_64"
