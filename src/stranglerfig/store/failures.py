"""What SQLite and the file system say of the state file, turned into ``StateUnusable`` with its mend."""

from __future__ import annotations

import errno
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stranglerfig.errors import StateUnusable

GOES_ON = "What HAProxy serves now goes on meanwhile."


@contextmanager
def state_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a wrong call of ours, which no mend of the file would help
    except UnicodeDecodeError as error:
        raise to_corrupt(path, str(error)) from error
    except sqlite3.Error as error:
        raise to_state_unusable(error, path) from error
    except OSError as error:
        raise to_unreachable(error, path) from error


def to_state_unusable(error: sqlite3.Error, path: Path) -> StateUnusable:
    # Errors that Python's own module raises carry no code; the one that data can cause is text that is not UTF-8.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    match code:
        # Our statements are fixed and tested: one that does not fit (ERROR, CONSTRAINT) met tables that are not ours.
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_ERROR | sqlite3.SQLITE_CONSTRAINT:
            return to_corrupt(path, str(error))
        case sqlite3.SQLITE_FULL:
            return StateUnusable(f"{path} cannot grow: {error}", hint=mend_room(path))
        case sqlite3.SQLITE_IOERR:
            return StateUnusable(f"{path} cannot be read or written: {error}", hint=mend_room(path))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StateUnusable(
                f"{path} is in use by another process: {error}",
                hint=f"Find it with `fuser -v {shlex.quote(str(path))}`, end it, and repeat.",
            )
        case _:
            return StateUnusable(f"{path} cannot be used: {error}", hint=mend_access(path))


def to_unreachable(error: OSError, path: Path) -> StateUnusable:
    why = f"{path} cannot be used: {(error.strerror or str(error)).lower()}"
    no_room = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return StateUnusable(why, hint=mend_room(path) if no_room else mend_access(path))


def to_corrupt(path: Path, why: str) -> StateUnusable:
    # All files of the name move together: a write-ahead log left beside a new file would be played into it.
    name, aside = shlex.quote(str(path)), shlex.quote(str(path.parent / "broken"))
    return StateUnusable(
        f"{path} is corrupt: {why}",
        hint=f"Move it aside with `mkdir -p {aside} && mv {name}* {aside}`: fig starts with empty books. {GOES_ON}",
    )


def mend_room(path: Path) -> str:
    return f"Make room (`df -h {shlex.quote(str(path.parent))}` shows it) and repeat; the state is as it was. {GOES_ON}"


def mend_access(path: Path) -> str:
    folder = shlex.quote(str(path.parent))
    return f"Make file and folder yours and writable (`ls -la {folder}`), or set FIG_HOME. {GOES_ON}"
