"""The books of applications, in the same file as the others: a deploy writes to both in one transaction."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from typing import Protocol

from stranglerfig.core.application import App, Deployment, Environment
from stranglerfig.store.journal import write_entry
from stranglerfig.store.rows import check_columns, from_text, to_text

#: in an order in which they can be emptied
APP_TABLES = ("run", "job_moment", "deployment", "environment", "app")

NEWEST = (
    "SELECT value FROM deployment AS newest WHERE revision = (SELECT max(revision) FROM deployment AS other"
    " WHERE other.app = newest.app AND other.environment = newest.environment AND other.name = newest.name)"
)
BY_NAME = "ORDER BY app, environment, name"


class Books(Protocol):
    """The file that the tables are in."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]: ...

    def writing(self) -> AbstractContextManager[sqlite3.Connection]: ...


class SqliteApps:
    """The AppStore port."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def apps(self) -> tuple[App, ...]:
        with self._books.reading() as connection:
            rows = connection.execute("SELECT value FROM app ORDER BY name")
            return tuple(from_text(App, value_of(row)) for row in rows)

    def save_app(self, app: App, reason: str) -> None:
        with self._books.writing() as connection:
            # Not REPLACE: that would delete the row first, and with it all that belongs to the application.
            connection.execute(
                "INSERT INTO app (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (app.name, to_text(app)),
            )
            write_entry(connection, f"app {app.name}", "save", reason)

    def delete_app(self, name: str, reason: str) -> None:
        with self._books.writing() as connection:
            connection.execute("DELETE FROM app WHERE name = ?", (name,))
            write_entry(connection, f"app {name}", "delete", reason)

    def environments(self, app: str | None = None) -> tuple[Environment, ...]:
        query = "SELECT value FROM environment WHERE ? IS NULL OR app = ? ORDER BY app, name"
        with self._books.reading() as connection:
            return tuple(from_text(Environment, value_of(row)) for row in connection.execute(query, (app, app)))

    def save_environment(self, environment: Environment, reason: str) -> None:
        with self._books.writing() as connection:
            connection.execute(
                "INSERT INTO environment (app, name, value) VALUES (?, ?, ?)"
                " ON CONFLICT (app, name) DO UPDATE SET value = excluded.value",
                (environment.app, environment.name, to_text(environment)),
            )
            write_entry(connection, f"environment {environment.app}.{environment.name}", "save", reason)

    def delete_environment(self, app: str, name: str, reason: str) -> None:
        with self._books.writing() as connection:
            connection.execute("DELETE FROM environment WHERE app = ? AND name = ?", (app, name))
            write_entry(connection, f"environment {app}.{name}", "delete", reason)

    def deployments(self, app: str | None = None, environment: str | None = None) -> tuple[Deployment, ...]:
        query = f"{NEWEST} AND (?1 IS NULL OR app = ?1) AND (?2 IS NULL OR environment = ?2) {BY_NAME}"
        with self._books.reading() as connection:
            rows = connection.execute(query, (app, environment))
            return tuple(from_text(Deployment, value_of(row)) for row in rows)

    def scheduled(self) -> tuple[Deployment, ...]:
        # Told apart by SQLite: there may be very many services, and this is asked all day.
        query = f"{NEWEST} AND json_extract(value, '$.workload.schedule') IS NOT NULL {BY_NAME}"
        with self._books.reading() as connection:
            return tuple(from_text(Deployment, value_of(row)) for row in connection.execute(query))

    def deployment(self, app: str, environment: str, name: str, revision: int) -> Deployment | None:
        query = "SELECT value FROM deployment WHERE app = ? AND environment = ? AND name = ? AND revision = ?"
        with self._books.reading() as connection:
            row = connection.execute(query, (app, environment, name, revision)).fetchone()
            return None if row is None else from_text(Deployment, value_of(row))

    def save_deployment(self, deployment: Deployment, reason: str) -> None:
        workload = deployment.workload
        with self._books.writing() as connection:
            connection.execute(
                "REPLACE INTO deployment (app, environment, name, revision, value) VALUES (?, ?, ?, ?, ?)",
                (workload.app, workload.environment, workload.name, deployment.revision, to_text(deployment)),
            )
            subject = f"workload {workload.app}.{workload.environment}.{workload.name}"
            write_entry(connection, subject, f"save revision {deployment.revision}", reason)

    def delete_workload(self, app: str, environment: str, name: str, reason: str) -> None:
        key = (app, environment, name)
        with self._books.writing() as connection:
            connection.execute("DELETE FROM deployment WHERE app = ? AND environment = ? AND name = ?", key)
            connection.execute("DELETE FROM job_moment WHERE app = ? AND environment = ? AND name = ?", key)
            connection.execute("DELETE FROM run WHERE app = ? AND environment = ? AND name = ? AND kind = 'job'", key)
            write_entry(connection, f"workload {app}.{environment}.{name}", "delete", reason)


def value_of(row: tuple[object, ...]) -> str:
    """The row's only column."""
    check_columns(row, str)
    return str(row[0])
