"""The record of decisions: append-only, and bounded."""

from __future__ import annotations

import sqlite3

KEPT_ENTRIES = 10_000

Entry = tuple[str, str, str, str]


def write_entry(connection: sqlite3.Connection, subject: str, what: str, reason: str) -> None:
    """Within the caller's transaction: a decision and its reason are kept together or not at all."""
    cursor = connection.execute(
        "INSERT INTO journal (subject, what, reason) VALUES (?, ?, ?)",
        (to_storable(subject), to_storable(what), to_storable(reason)),
    )
    connection.execute("DELETE FROM journal WHERE serial <= ?", ((cursor.lastrowid or 0) - KEPT_ENTRIES,))


def read_entries(connection: sqlite3.Connection, limit: int) -> tuple[Entry, ...]:
    """``(UTC time, subject, what, reason)``, newest first."""
    query = "SELECT at, subject, what, reason FROM journal ORDER BY serial DESC LIMIT ?"
    return tuple(connection.execute(query, (max(limit, 0),)))


def to_storable(text: str) -> str:
    # Reasons quote file names and command output, which need not be text; a decision must not fail for that.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
