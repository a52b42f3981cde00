"""What stacks were before they were taken over: files in the workspace, of which each is written before its stack is
touched and stays as it is until the stack is given back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stranglerfig.errors import StateUnusable
from stranglerfig.workspace.find import FOLDER

#: below ``copilot/``
PLACE = ".adopted"


@dataclass(frozen=True, slots=True)
class Before:
    """``env`` and ``workload`` are empty where the stack is the application's. A stack set has no parameters."""

    stack: str
    env: str
    workload: str
    template: str
    parameters: Mapping[str, str]


class Books:
    """Of one workspace and application."""

    def __init__(self, root: Path, app: str) -> None:
        self._folder = root / FOLDER / PLACE / app

    def write(self, before: Before) -> None:
        """The first time alone: later it is not what it was."""
        path = self._path(before.stack)
        if path.exists():
            return
        part = path.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(asdict(before), indent=2) + "\n", encoding="utf-8")
            part.replace(path)
        except OSError as error:
            raise StateUnusable(f"cannot write {path}: {error.strerror}", hint="Make the folder writable.") from error

    def all(self) -> list[Before]:
        return [self._read(path) for path in sorted(self._folder.glob("*.json"))]

    def forget(self, stack: str) -> None:
        self._path(stack).unlink(missing_ok=True)

    def _path(self, stack: str) -> Path:
        return self._folder / f"{stack}.json"

    def _read(self, path: Path) -> Before:
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return Before(**found)
        except (OSError, ValueError, TypeError) as error:
            raise StateUnusable(
                f"{path} is no record of a stack", hint="Bring it back from version control."
            ) from error
