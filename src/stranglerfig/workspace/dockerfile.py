"""Reads what a Dockerfile says of the container that its image makes. Nothing in it is ever run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stranglerfig.errors import NotFound, UsageError
from stranglerfig.manifest.model import Build
from stranglerfig.workspace.instructions import split_instructions
from stranglerfig.workspace.stages import to_stages
from stranglerfig.workspace.values import ImageFacts

NAME = "Dockerfile"


def read_dockerfile(
    path: Path, *, context: Path | None = None, target: str | None = None, args: Mapping[str, str] | None = None
) -> ImageFacts:
    """The final stage, or ``target``, with the stages it stands on. ``context`` None: the Dockerfile's folder."""
    folder = context or path.parent
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"there is no {path}", hint="Name the right file in the manifest's `image.build`.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}", hint="Make it a text file that you may read.") from error
    stages = to_stages(split_instructions(text), args or {}, lambda source: (folder / source).is_dir())
    if not stages:
        raise UsageError(f"{path} makes no image: it has no FROM", hint="Write the Dockerfile, and run this again.")
    if target is None:
        return stages[-1].facts
    for index, stage in enumerate(stages):
        if target.lower() in (stage.name, str(index)):
            return stage.facts
    names = ", ".join(stage.name for stage in stages if stage.name) or "none with a name"
    raise UsageError(
        f"{path} has no stage {target!r}: it has {names}", hint="Mend `image.build.target` in the manifest."
    )


def find_dockerfile(root: Path, build: Build) -> tuple[Path, Path]:
    """Dockerfile and context, as Copilot finds them: both as given, else one from the other, else the root's."""
    context = root / build.context if build.context else None
    if build.dockerfile:
        dockerfile = root / build.dockerfile
        return dockerfile, context or dockerfile.parent
    if context:
        return context / NAME, context
    return root / NAME, root
