"""The two files of the AWS command line: read, and replaced as a whole."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.errors import StateUnusable

#: Rights of a file that holds a secret.
PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Part:
    """A profile's section in one of the two files. ``path`` is where the file is, not a link to it."""

    path: Path
    header: str
    is_secret: bool

    def read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise _unusable("read", self.path, error) from error

    def change(self, change: Callable[[bytes], bytes]) -> None:
        """In full or not at all."""
        before = self.read()
        after = change(before)
        try:
            mode = stat.S_IMODE(self.path.stat().st_mode) if self.path.exists() and not self.is_secret else PRIVATE
            if before != after or self.is_secret:
                _replace(self.path, after, mode)
        except OSError as error:
            raise _unusable("write", self.path, error) from error


def place_of(variable: str, name: str) -> Path:
    """Where the AWS command line looks. A link is followed: what it leads to is replaced, and not the link."""
    chosen = os.path.expandvars(os.environ.get(variable, ""))
    return Path(os.path.realpath(os.path.expanduser(chosen or f"~/.aws/{name}")))


def _replace(path: Path, text: bytes, mode: int) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(number, "wb") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def _unusable(what: str, path: Path, error: OSError) -> StateUnusable:
    return StateUnusable(
        f"cannot {what} {path}: {(error.strerror or str(error)).lower()}",
        hint="Make it yours and writable, or set AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE to other files.",
    )
