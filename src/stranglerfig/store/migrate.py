"""Brings a state file to the schema of this fig: what is missing, in one transaction, or nothing at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from stranglerfig.errors import StateUnusable

#: "fig1" in ASCII: marks a SQLite file as ours
APPLICATION_ID = 0x66696731


@dataclass(frozen=True, slots=True)
class Migration:
    """``version`` is what the file's ``user_version`` is afterwards: 1, 2, …"""

    version: int
    sql: str


def read_migrations() -> tuple[Migration, ...]:
    """Those that ship with this fig, in order."""
    folder = resources.files("stranglerfig.store") / "schema"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda item: item.name)
    return tuple(Migration(int(item.name[:4]), item.read_text(encoding="utf-8")) for item in files)


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """``connection`` is in autocommit mode. An existing file is copied to ``PATH.vN.bak`` first."""
    found = read_version(connection, path, migrations[-1].version)
    if found == migrations[-1].version:
        return
    if found:
        write_backup(connection, path.with_name(f"{path.name}.v{found}.bak"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another fig may have upgraded the file between the look and the lock.
        found = read_version(connection, path, migrations[-1].version)
        for migration in migrations:
            if migration.version > found:
                for statement in split_statements(migration.sql):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {migration.version:d}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def read_version(connection: sqlite3.Connection, path: Path, known: int) -> int:
    """0 for an empty database. Raises ``StateUnusable`` for one of a newer fig or of another program."""
    owner = read_number(connection, "PRAGMA application_id")
    if owner != APPLICATION_ID and (owner or read_number(connection, "SELECT count(*) FROM sqlite_schema")):
        raise StateUnusable(
            f"{path} is not fig's: it is a database of another program",
            hint="Set FIG_HOME to a folder that is fig's alone.",
        )
    found = read_number(connection, "PRAGMA user_version")
    if found > known:
        raise to_newer(connection, path, found, known)
    return found


def read_number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def to_newer(connection: sqlite3.Connection, path: Path, found: int, known: int) -> StateUnusable:
    try:
        writer = f"fig {connection.execute('SELECT written_by FROM meta').fetchone()[0]}"
    except (sqlite3.Error, TypeError):  # a newer schema may have moved it
        writer = "a newer fig"
    return StateUnusable(
        f"{path} was written by a newer fig ({writer}): its schema is {found}, this fig knows {known}",
        hint="Upgrade fig with `pip install --upgrade stranglerfig`, or set FIG_HOME to another folder.",
    )


def split_statements(sql: str) -> Iterator[str]:
    # Not executescript: it commits whatever transaction is open.
    *parts, rest = sql.split(";")
    statement = ""
    for part in parts:
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if (statement + rest).strip():
        yield statement + rest


def write_backup(connection: sqlite3.Connection, target: Path) -> None:
    """A consistent copy, for the owner alone, that appears in full or not at all."""
    draft = target.with_name(f"{target.name}.new")
    write_private_file(draft)
    with closing(sqlite3.connect(draft)) as copy:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
    os.replace(draft, target)
    sync_folder(target.parent)


def write_private_file(path: Path) -> None:
    """Empty, and with the mode that SQLite then gives to the files beside it too."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))


def sync_folder(folder: Path) -> None:
    """A new name survives a power cut only once its folder is on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
