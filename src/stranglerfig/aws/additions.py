"""What users put beside a manifest for AWS: templates of their own in ``addons/``, and patches in ``overrides/``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.aws.synth.addons import OF_ENV, OF_WORKLOAD, AddonsTemplate, read_addons
from stranglerfig.aws.synth.environment import services_of
from stranglerfig.aws.synth.overrides import PATCHES_FILE, Patch, read_patches
from stranglerfig.errors import UsageError
from stranglerfig.workspace.find import FOLDER

ENVIRONMENTS = "environments"
ENDINGS = (".yml", ".yaml")
#: what a program of the CDK has in its folder
PROGRAM = "cdk.json"


@dataclass(frozen=True, slots=True)
class Additions:
    """``url`` is where the template of the addons is uploaded already."""

    addons: AddonsTemplate | None = None
    patches: tuple[Patch, ...] = ()
    url: str = ""

    @property
    def services(self) -> frozenset[str]:
        """Of AWS, those that they make things of, and no template of ours does."""
        return services_of(self._types())

    def makes(self, kind: str) -> bool:
        """Whether any resource of theirs is of this type."""
        return kind in self._types()

    def makes_any(self, *beginnings: str) -> bool:
        """Whether the type of any resource of theirs begins so."""
        return any(kind.startswith(beginnings) for kind in self._types())

    def _types(self) -> Iterator[str]:
        trees = [patch.value for patch in self.patches] + ([self.addons.tree] if self.addons else [])
        return (found for tree in trees for found in _types(tree))


def of_workload(root: Path, name: str) -> Additions:
    """Raises ``ManifestInvalid`` for what is wrong in them."""
    return _read(root, root / FOLDER / name, OF_WORKLOAD)


def of_environments(root: Path) -> Additions:
    """All environments of a workspace have the same."""
    return _read(root, root / FOLDER / ENVIRONMENTS, OF_ENV)


def _read(root: Path, folder: Path, given: tuple[str, ...]) -> Additions:
    addons = folder / "addons"
    files = sorted(path for path in addons.glob("*") if path.suffix in ENDINGS) if addons.is_dir() else []
    patches = folder / "overrides" / PATCHES_FILE
    program = folder / "overrides" / PROGRAM
    if program.is_file():
        raise UsageError(
            f"{shown(program.parent, root)} is a program of the CDK, and fig runs none over its templates",
            hint=f"Say the same in {shown(patches, root)}, as patches, and take the program away.",
        )
    return Additions(
        addons=read_addons({shown(path, root): content(path) for path in files}, given),
        patches=read_patches(content(patches), shown(patches, root)) if patches.is_file() else (),
    )


def _types(tree: object) -> Iterator[str]:
    """Whatever is called a type, of a resource or else."""
    if isinstance(tree, dict):
        yield from (value for key, value in tree.items() if key == "Type" and isinstance(value, str))
        tree = list(tree.values())
    for value in tree if isinstance(tree, list) else ():
        yield from _types(value)


def content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="Make it a file that you may read.") from error


def shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root))
