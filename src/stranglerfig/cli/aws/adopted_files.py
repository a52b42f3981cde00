"""What an application of Copilot's is deployed with, as files of a workspace: written where they are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from stranglerfig.aws.additions import ENVIRONMENTS, Additions, of_environments, of_workload
from stranglerfig.aws.adopting.looking import Look
from stranglerfig.cli.deploying.difference import coloured, render_difference
from stranglerfig.cli.output import warn, write_file
from stranglerfig.manifest.nodes import to_value
from stranglerfig.manifest.source import read_source
from stranglerfig.workspace.find import FOLDER, MANIFEST


def write_missing(root: Path, looks: Sequence[Look]) -> list[Path]:
    """Gives those that it has written. Of others it only says that they differ: who wrote them may mean it."""
    written = []
    for path, text in manifests(root, looks).items():
        if path.exists():
            if differences(root, path, text):
                warn(f"{path.relative_to(root)} is not what is deployed: the next deploy of it changes that.")
        else:
            written.append(write(path, text))
    for folder, look in addons(root, looks).items():
        present = additions_of(root, look).addons
        if present is None:
            written += [write(folder / name, text) for name, text in look.addons.files.items()]
        elif is_other(present.tree, look):
            warn(f"{folder.relative_to(root)} is not what is deployed: the next deploy of it changes that.")
    return written


def described(root: Path, looks: Sequence[Look]) -> Iterator[str]:
    """What ``write_missing`` would write, and how what is there differs from what is deployed."""
    for path, text in manifests(root, looks).items():
        yield from differences(root, path, text)
    for folder, look in addons(root, looks).items():
        present, shown = additions_of(root, look).addons, folder.relative_to(root)
        if present is None:
            yield f"{shown}: is missing, and is written as it is deployed"
        elif is_other(present.tree, look):
            yield f"{shown}: differs from what is deployed"


def manifests(root: Path, looks: Sequence[Look]) -> dict[Path, str]:
    """Where they stand in a workspace, and what they are deployed with; of several environments' the first."""
    found: dict[Path, str] = {}
    for look in looks:
        if look.manifest:
            found.setdefault(root / FOLDER / (look.workload or f"{ENVIRONMENTS}/{look.env}") / MANIFEST, look.manifest)
    return found


def addons(root: Path, looks: Sequence[Look]) -> dict[Path, Look]:
    """Where they stand, and the first that is deployed with some."""
    found: dict[Path, Look] = {}
    for look in looks:
        if look.addons.files:
            found.setdefault(root / FOLDER / (look.workload or ENVIRONMENTS) / "addons", look)
    return found


def additions_of(root: Path, look: Look) -> Additions:
    return of_workload(root, look.workload) if look.workload else of_environments(root)


def is_other(tree: Mapping[str, object], look: Look) -> bool:
    return look.addons.template is not None and tree != look.addons.template.tree


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, text)
    return path


def differences(root: Path, path: Path, text: str) -> list[str]:
    """Lines of what the workspace's manifest would change."""
    shown = str(path.relative_to(root))
    if not path.exists():
        return [f"{shown}: is missing, and is written as it is deployed"]
    lines = render_difference(to_tree(text.encode(), shown), to_tree(path.read_bytes(), shown))
    return [f"{shown}: differs from what is deployed", *(coloured(f"  {line}") for line in lines)] if lines else []


def to_tree(content: bytes, name: str) -> object:
    return to_value(read_source(content, name)[0])
