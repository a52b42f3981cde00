"""One case: a manifest, how it is read, and what is wanted of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Loaded, Request, load_manifest

CASES = Path(__file__).parent / "cases"
FILE = "manifest.yml"


@dataclass(frozen=True)
class Case:
    name: str
    manifest: bytes
    request: Request
    #: ``manifest``, and of the model those parts that the case is about
    wanted: Mapping[str, object] | None
    problems: tuple[str, ...] = ()

    def load(self) -> Loaded:
        return load_manifest(self.manifest, self.request)


@cache
def all_cases() -> tuple[Case, ...]:
    return tuple(read_case(folder) for folder in sorted(CASES.iterdir()) if folder.is_dir())


def read_case(folder: Path) -> Case:
    """``case.json`` says for which app and environment, with which variables, and whether leniently."""
    settings = read_json(folder / "case.json") if (folder / "case.json").exists() else {}
    assert settings.keys() <= {"app", "env", "environ", "lenient"}, folder
    environ = settings.get("environ", {})
    assert isinstance(environ, dict)
    wanted, problems = folder / "wanted.json", folder / "problems.txt"
    assert wanted.exists() != problems.exists(), f"{folder.name} wants either a manifest or problems"
    return Case(
        name=folder.name,
        manifest=(folder / FILE).read_bytes(),
        request=Request(
            file=FILE,
            kinds=KINDS,
            app=text(settings.get("app")),
            env=text(settings.get("env")),
            environ=environ,
            is_lenient=settings.get("lenient") is True,
        ),
        wanted=read_json(wanted) if wanted.exists() else None,
        problems=tuple(problems.read_text().splitlines()) if problems.exists() else (),
    )


def read_json(path: Path) -> dict[str, object]:
    found = json.loads(path.read_text())
    assert isinstance(found, dict)
    return found


def text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def plain(value: object) -> object:
    """A model as JSON, without what stands at its default: what a case is about, and no more."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        said = {part.name: getattr(value, part.name) for part in fields(value)}
        return {part.name: plain(said[part.name]) for part in fields(value) if said[part.name] != default_of(part)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def default_of(part: Field[object]) -> object:
    return part.default if part.default is not MISSING else MISSING
