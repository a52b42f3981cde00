"""From a path to a connection that can be trusted: made or checked, upgraded, guarded by mode 0600.

``synchronous=FULL``: fig commits a decision before it acts on it and answers a command after that. With NORMAL a commit
outlives fig's death, but not a power cut, and a user would have been told of a route that is not there; one more sync a
commit is far within the 200 ms that a route change may take. The write-ahead log keeps readers out of a writer's way.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from stranglerfig.errors import StateUnusable
from stranglerfig.store.failures import to_corrupt
from stranglerfig.store.migrate import Migration, migrate, read_version, sync_folder, write_private_file

#: how long a write waits for another opener; fig's own writes take milliseconds
BUSY_TIMEOUT_S = 2.0


def open_database(path: Path, migrations: Sequence[Migration]) -> sqlite3.Connection:
    """Make ``path`` if it is not there, else check it and bring it up to date."""
    if not path.exists():
        write_database(path, migrations)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    connection = connect(path)
    try:
        # Nothing is written, not even the journal mode, before the file is known to be fig's, whole, and not newer.
        if read_version(connection, path, migrations[-1].version) == 0:
            raise to_corrupt(path, "it is empty")
        refuse_damage(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        migrate(connection, path, migrations)
        connection.execute("PRAGMA foreign_keys = ON")  # after: a migration may have to rebuild a table
    except BaseException:
        connection.close()
        raise
    return connection


def connect(path: Path) -> sqlite3.Connection:
    # The store serialises its calls itself, so they may come from any thread.
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)


def write_database(path: Path, migrations: Sequence[Migration]) -> None:
    """The file gets its name when it is complete: one that is there and empty has lost its content."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        # SQLite would throw this log away with the new file, and with it the last decisions of the old one.
        raise StateUnusable(
            f"{path} is missing, but its log {log.name} is there",
            hint=f"Put the file back beside its log, or give the log up with `mv {shlex.quote(str(log))} /tmp/`.",
        )
    draft = path.with_name(f"{path.name}.new-{os.getpid()}")
    write_private_file(draft)
    try:
        with closing(connect(draft)) as connection:
            migrate(connection, draft, migrations)
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another fig was faster, and its file is as good
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def refuse_damage(connection: sqlite3.Connection, path: Path) -> None:
    problems = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    if problems != ["ok"]:
        raise to_corrupt(path, "; ".join(" ".join(problem.split()) for problem in problems))
