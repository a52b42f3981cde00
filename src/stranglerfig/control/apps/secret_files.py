"""Secrets of environments: one file each, ``APP.ENV.json``, that its owner alone can read.

Values are kept nowhere else: not in the books, the journal, a log or an answer. Those that were replaced or removed are
kept beside it, in ``APP.ENV.former.json``: running tasks still have them, and logs may, and must not show them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stranglerfig.errors import NotFound, StateUnusable

REDACTED = "[secret]"
SHORTEST_REDACTED = 4
#: Of a value of several lines. Shorter ones are brackets and the like, which any output has.
SHORTEST_LINE = 8
#: of an environment; the oldest are dropped
MOST_FORMER = 100


class SecretFiles:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Log lines are redacted one by one, and the file is read for the first alone.
        self._seen: dict[Path, tuple[tuple[int, ...], tuple[str, ...]]] = {}

    def names(self, app: str, environment: str) -> tuple[str, ...]:
        return tuple(sorted(self._read(app, environment)))

    def put(self, app: str, environment: str, name: str, value: str) -> None:
        """Insert or replace. In full or not at all, whatever happens meanwhile."""
        values = self._read(app, environment)
        if values.get(name, value) != value:
            self._keep_former(app, environment, values[name])
        self._write(self._path(app, environment), {**values, name: value})

    def remove(self, app: str, environment: str, name: str) -> None:
        values = self._read(app, environment)
        if name not in values:
            raise _no_secret(app, environment, name)
        self._keep_former(app, environment, values.pop(name))
        self._write(self._path(app, environment), values)

    def forget(self, app: str, environment: str) -> None:
        """All of the environment. Idempotent."""
        for one in (self._path(app, environment), self._former_path(app, environment)):
            with _errors_of(one) as path:
                path.unlink(missing_ok=True)

    def forget_all(self) -> None:
        """Of every environment."""
        with _errors_of(self.folder) as folder:
            for path in folder.glob("*.json*"):
                path.unlink(missing_ok=True)
            if folder.exists():
                folder.rmdir()

    def value(self, group: str, name: str) -> str:
        """The ``SecretSource`` of the runtimes: ``group`` begins with application and environment."""
        app, environment = group.split(".")[:2]
        values = self._read(app, environment)
        if name not in values:
            raise _no_secret(app, environment, name)
        return values[name]

    def redact(self, group: str, text: str) -> str:
        """What a task of the target group has said, with a mark in the place of every secret of its environment.

        Former values too; one of several lines line by line, as it is logged. What is so short that it may be there by
        chance is left.
        """
        if group.count(".") < 2:
            return text
        app, environment = group.split(".")[:2]
        for value in self._known(app, environment):
            text = text.replace(value, REDACTED)
        return text

    def _known(self, app: str, environment: str) -> tuple[str, ...]:
        """Texts worth redacting, those first that others may be a part of."""
        path, former = self._path(app, environment), self._former_path(app, environment)
        stamps, texts = self._seen.get(path, ((0, 0), ()))
        # A file that cannot be read is told of where a task wants its secrets; here what was known must do.
        with suppress(OSError, StateUnusable):
            found = tuple(one.stat().st_mtime_ns if one.exists() else 0 for one in (path, former))
            if found != stamps:
                values = (*self._read(app, environment).values(), *self._read_former(app, environment))
                parts = {part for value in values for part in to_parts(value)}
                texts = tuple(sorted(parts, key=len, reverse=True))
                self._seen[path] = (found, texts)
        return texts

    def _keep_former(self, app: str, environment: str, value: str) -> None:
        """Before its successor is written: one that is kept twice does no harm."""
        others = [one for one in self._read_former(app, environment) if one != value]
        self._write(self._former_path(app, environment), [*others, value][-MOST_FORMER:])

    def _read_former(self, app: str, environment: str) -> list[str]:
        with _errors_of(self._former_path(app, environment)) as path:
            if not path.exists():
                return []
            found = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(found, list):
                raise ValueError("it is no list")
            return [str(value) for value in found]

    def _read(self, app: str, environment: str) -> dict[str, str]:
        with _errors_of(self._path(app, environment)) as path:
            if not path.exists():
                return {}
            found = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(found, dict):
                raise ValueError("it is no object")
            return {str(name): str(value) for name, value in found.items()}

    def _write(self, path: Path, values: dict[str, str] | list[str]) -> None:
        with _errors_of(path):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            draft = path.with_name(f"{path.name}.new")
            draft.unlink(missing_ok=True)
            with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "w") as file:
                json.dump(values, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)

    def _path(self, app: str, environment: str) -> Path:
        return self.folder / f"{app}.{environment}.json"

    def _former_path(self, app: str, environment: str) -> Path:
        return self.folder / f"{app}.{environment}.former.json"


def to_parts(value: str) -> tuple[str, ...]:
    """What of a secret is looked for in one line of output."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", value) if line.strip()]
    shortest = SHORTEST_REDACTED if len(lines) == 1 else SHORTEST_LINE
    return tuple(line for line in lines if len(line) >= shortest)


@contextmanager
def _errors_of(path: Path) -> Iterator[Path]:
    try:
        yield path
    except OSError as error:
        raise _to_unusable(path, (error.strerror or str(error)).lower()) from error
    except ValueError:
        # What the parser says of it may quote a secret.
        raise _to_unusable(path, "it is damaged") from None


def _to_unusable(path: Path, why: str) -> StateUnusable:
    return StateUnusable(
        f"the secrets in {path} cannot be used: {why}",
        hint=f"See to it (`ls -l {path}`), or remove it and set the secrets anew with `fig secret init`.",
    )


def _no_secret(app: str, environment: str, name: str) -> NotFound:
    return NotFound(
        f"no secret {name!r} in {app}.{environment}",
        hint=f"Set it with `fig secret init --name {name} --values {environment}=VALUE`.",
    )
