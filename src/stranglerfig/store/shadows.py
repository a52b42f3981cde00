"""The books of shadows, in the same file as the others."""

from __future__ import annotations

from collections.abc import Collection

from stranglerfig.core.compare.report import EndpointReport
from stranglerfig.core.compare.shadow import Counts, Shadow
from stranglerfig.store.apps import Books, value_of
from stranglerfig.store.journal import write_entry
from stranglerfig.store.rows import check_columns, from_text, to_text

#: in an order in which they can be emptied
SHADOW_TABLES = ("shadow_report", "shadow")
Key = tuple[str, str]


class SqliteShadows:
    """The ShadowStore port."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def shadows(self) -> tuple[tuple[Shadow, Counts], ...]:
        with self._books.reading() as connection:
            rows = connection.execute("SELECT value, counts FROM shadow ORDER BY proxy, route").fetchall()
        for row in rows:
            check_columns(row, str, str)
        return tuple((from_text(Shadow, value), from_text(Counts, counts)) for value, counts in rows)

    def save_shadow(self, shadow: Shadow, reason: str) -> None:
        with self._books.writing() as connection:
            # Not REPLACE: that would delete the row first, and with it the report.
            connection.execute(
                "INSERT INTO shadow (proxy, route, value) VALUES (?, ?, ?)"
                " ON CONFLICT (proxy, route) DO UPDATE SET value = excluded.value",
                (*shadow.key, to_text(shadow)),
            )
            write_entry(connection, f"shadow {shadow.name}", "save", reason)

    def delete_shadow(self, key: Key, reason: str) -> None:
        """With its report. Idempotent."""
        with self._books.writing() as connection:
            found = connection.execute("DELETE FROM shadow WHERE proxy = ? AND route = ?", key)
            if found.rowcount:
                write_entry(connection, f"shadow {key[0]}/{key[1]}", "delete", reason)

    def reports(self, key: Key) -> tuple[EndpointReport, ...]:
        query = "SELECT value FROM shadow_report WHERE proxy = ? AND route = ?"
        with self._books.reading() as connection:
            return tuple(from_text(EndpointReport, value_of(row)) for row in connection.execute(query, key))

    def save_reports(
        self, shadow: Shadow, counts: Counts, changed: Collection[EndpointReport], gone: Collection[tuple[str, str]]
    ) -> None:
        """Nothing of a shadow that is not there any more, or begun anew. ``gone`` are methods and endpoints."""
        key = shadow.key
        update = (
            "UPDATE shadow SET counts = ? WHERE proxy = ? AND route = ? AND json_extract(value, '$.started_at') = ?"
        )
        with self._books.writing() as connection:
            if not connection.execute(update, (to_text(counts), *key, shadow.started_at)).rowcount:
                return
            connection.executemany(
                "DELETE FROM shadow_report WHERE proxy = ? AND route = ? AND method = ? AND endpoint = ?",
                [(*key, *one) for one in gone],
            )
            connection.executemany(
                "REPLACE INTO shadow_report (proxy, route, method, endpoint, value) VALUES (?, ?, ?, ?, ?)",
                [(*key, one.method, one.endpoint, to_text(one)) for one in changed],
            )
