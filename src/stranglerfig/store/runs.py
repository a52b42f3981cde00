"""The books of what runs to its end, in the same file as the others."""

from __future__ import annotations

from stranglerfig.core.runs import Run, RunKind
from stranglerfig.store.apps import Books, value_of
from stranglerfig.store.journal import write_entry
from stranglerfig.store.rows import from_text, to_text

#: of one job, or of the copies of one-off tasks of one name
KEPT_RUNS = 200


class SqliteRuns:
    """The RunStore port."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def run(self, run_id: str) -> Run | None:
        with self._books.reading() as connection:
            row = connection.execute("SELECT value FROM run WHERE id = ?", (run_id,)).fetchone()
            return None if row is None else from_text(Run, value_of(row))

    def runs(self, app: str, environment: str, name: str | None = None) -> tuple[Run, ...]:
        query = (
            "SELECT value FROM run WHERE app = ?1 AND environment = ?2 AND (?3 IS NULL OR name = ?3)"
            " ORDER BY started DESC, id DESC"
        )
        with self._books.reading() as connection:
            rows = connection.execute(query, (app, environment, name))
            return tuple(from_text(Run, value_of(row)) for row in rows)

    def going(self) -> tuple[Run, ...]:
        with self._books.reading() as connection:
            rows = connection.execute("SELECT value FROM run WHERE state = 'RUNNING' ORDER BY started, id")
            return tuple(from_text(Run, value_of(row)) for row in rows)

    def save_run(self, run: Run) -> None:
        key = (run.app, run.environment, run.name)
        with self._books.writing() as connection:
            connection.execute(
                "REPLACE INTO run (id, app, environment, name, kind, state, started, value)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (run.id, *key, run.kind.value, run.state.value, run.started_at, to_text(run)),
            )
            connection.execute(
                "DELETE FROM run WHERE state != 'RUNNING' AND id IN (SELECT id FROM run"
                " WHERE app = ? AND environment = ? AND name = ? AND kind = ?"
                " ORDER BY started DESC, id DESC LIMIT -1 OFFSET ?)",
                (*key, run.kind.value, KEPT_RUNS),
            )

    def delete_runs(self, app: str, environment: str, name: str, kind: RunKind) -> None:
        query = "DELETE FROM run WHERE app = ? AND environment = ? AND name = ? AND kind = ?"
        with self._books.writing() as connection:
            connection.execute(query, (app, environment, name, kind.value))

    def moment(self, app: str, environment: str, name: str) -> float | None:
        query = "SELECT moment FROM job_moment WHERE app = ? AND environment = ? AND name = ?"
        with self._books.reading() as connection:
            row = connection.execute(query, (app, environment, name)).fetchone()
            return None if row is None else float(row[0])

    def save_moment(self, app: str, environment: str, name: str, moment: float, reason: str) -> None:
        with self._books.writing() as connection:
            connection.execute(
                "REPLACE INTO job_moment (app, environment, name, moment) VALUES (?, ?, ?, ?)",
                (app, environment, name, moment),
            )
            write_entry(connection, f"job {app}.{environment}.{name}", "due", reason)
