"""The Dockerfiles of a workspace, and which of them, or which image instead, a workload is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from stranglerfig.cli.asking.questions import Option, Question, ask_one, ask_text
from stranglerfig.cli.output import say
from stranglerfig.cli.scaffolding.wanted import Wanted
from stranglerfig.errors import NotFound

DOCKERFILE = Question(
    "Dockerfile", "Which Dockerfile is it built from?", "--dockerfile", "Or an image that is built elsewhere."
)
IMAGE = Question("Image", "Which image does it run?", "--image", "A reference that can be pulled, like `nginx:1.25`.")
INSTEAD = "an image that is built elsewhere"
#: How far below the workspace they are looked for.
DEPTH = 3


def choose_image(root: Path, wanted: Wanted) -> tuple[str | None, str | None]:
    """A Dockerfile relative to ``root``, or an image."""
    if wanted.image:
        return None, wanted.image
    if wanted.dockerfile:
        return in_workspace(root, wanted.dockerfile), None
    found = sorted(find_dockerfiles(root, DEPTH), key=lambda path: (path.count("/"), path))
    if not found:
        say("There is no Dockerfile in this workspace.")
        return None, ask_text(replace(IMAGE, flag="--dockerfile or --image"))
    if len(found) == 1:
        return ask_one(DOCKERFILE, [Option(found[0])]), None
    chosen = ask_one(DOCKERFILE, [*map(Option, found), Option(INSTEAD)])
    return (None, ask_text(IMAGE)) if chosen == INSTEAD else (chosen, None)


def find_dockerfiles(folder: Path, depth: int, root: Path | None = None) -> Iterator[str]:
    root = root or folder
    for path in sorted(folder.iterdir()):
        if path.is_file() and (path.name == "Dockerfile" or path.name.endswith(".Dockerfile")):
            yield str(path.relative_to(root))
        elif path.is_dir() and depth and not path.name.startswith(".") and path.name not in ("copilot", "node_modules"):
            yield from find_dockerfiles(path, depth - 1, root)


def in_workspace(root: Path, given: str) -> str:
    found = find_in_workspace(root, given)
    if found is None or not (root / found).is_file():
        raise NotFound(
            f"there is no Dockerfile {given} in {root}",
            hint="Name one of the workspace, as in `--dockerfile web/Dockerfile`.",
        )
    return found


def path_in_workspace(root: Path, given: str) -> str:
    found = find_in_workspace(root, given)
    if found is None:
        raise NotFound(
            f"there is no file or folder {given} in {root}",
            hint="Name one of the workspace, as in `--sources web/public`.",
        )
    return found


def find_in_workspace(root: Path, given: str) -> str | None:
    """As it stands in the manifest: relative to the workspace, wherever the command was called."""
    for base in (Path.cwd(), root):
        path = (base / given).resolve()
        if path.exists() and path.is_relative_to(root.resolve()):
            return str(path.relative_to(root.resolve()))
    return None
