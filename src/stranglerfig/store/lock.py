"""One daemon a state folder: a file lock that its holder's death releases, and that says who holds it."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from stranglerfig import __version__
from stranglerfig.errors import Conflict
from stranglerfig.store.failures import state_errors


@dataclass(slots=True)
class Lock:
    """Held from ``acquire`` until ``release`` or the end of the process; no child inherits it over an exec."""

    descriptor: int

    def release(self) -> None:
        """Idempotent. The file stays: were it deleted, two daemons could each lock a file of the same name."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def acquire(path: Path, *, started: datetime, version: str = __version__) -> Lock:
    """Raises ``Conflict`` naming the holder. What a dead holder left in the file does not matter."""
    with state_errors(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            write_holder(descriptor, version, started)
        except BlockingIOError as error:
            holder = describe_holder(os.pread(descriptor, 4096, 0))
            os.close(descriptor)
            raise Conflict(
                f"{path} is held by {holder}",
                hint="Use that one, or end it with `fig daemon stop` (traffic and tasks go on) or `fig down`.",
            ) from error
        except BaseException:
            os.close(descriptor)
            raise
        return Lock(descriptor)


def write_holder(descriptor: int, version: str, started: datetime) -> None:
    text = json.dumps({"pid": os.getpid(), "version": version, "started": started.isoformat(timespec="seconds")})
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode() + b"\n", 0)


def describe_holder(content: bytes) -> str:
    """The holder may not have signed yet, and anything may stand in the file."""
    try:
        holder = json.loads(content)
        return f"another fig daemon: pid {holder['pid']}, version {holder['version']}, since {holder['started']}"
    except (ValueError, KeyError, TypeError):
        return "another fig daemon that is just starting"
