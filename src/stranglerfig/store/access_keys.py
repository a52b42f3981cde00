"""The keys that open the AWS API, in the same file as the other books, which only its owner can read."""

from __future__ import annotations

from stranglerfig.core.access import AccessKey
from stranglerfig.store.apps import Books, value_of
from stranglerfig.store.journal import write_entry
from stranglerfig.store.rows import from_text, to_text

KEY_TABLES = ("access_key",)


class SqliteKeys:
    """The AccessKeys port."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def find(self, key_id: str) -> AccessKey | None:
        with self._books.reading() as connection:
            row = connection.execute("SELECT value FROM access_key WHERE id = ?", (key_id,)).fetchone()
            return None if row is None else from_text(AccessKey, value_of(row))

    def all(self) -> tuple[AccessKey, ...]:
        with self._books.reading() as connection:
            rows = connection.execute("SELECT value FROM access_key ORDER BY name, created_at DESC, id")
            return tuple(from_text(AccessKey, value_of(row)) for row in rows)

    def save(self, key: AccessKey, reason: str) -> None:
        with self._books.writing() as connection:
            connection.execute(
                "REPLACE INTO access_key (id, name, created_at, value) VALUES (?, ?, ?, ?)",
                (key.id, key.name, key.created_at, to_text(key)),
            )
            write_entry(connection, f"access key {key.id}", "save", reason)

    def delete(self, key_id: str, reason: str) -> None:
        with self._books.writing() as connection:
            connection.execute("DELETE FROM access_key WHERE id = ?", (key_id,))
            write_entry(connection, f"access key {key_id}", "delete", reason)
