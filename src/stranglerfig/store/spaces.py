"""The books of Refactor Spaces, in the same file as the others: a change writes to both in one transaction."""

from __future__ import annotations

from typing import cast

from stranglerfig.core.json_values import decoder
from stranglerfig.core.refactor_spaces.resources import Resource
from stranglerfig.store.apps import Books, value_of
from stranglerfig.store.journal import write_entry
from stranglerfig.store.rows import load, to_text

#: in an order in which they can be emptied
SPACE_TABLES = ("space_policy", "space_token", "space_resource")
#: how long a repeated creation is answered with what the first one made
TOKEN_SECONDS = 86_400.0

_RESOURCE = decoder(Resource)


class SqliteSpaces:
    """The SpaceStore port."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def resources(self) -> tuple[Resource, ...]:
        with self._books.reading() as connection:
            rows = connection.execute("SELECT value FROM space_resource").fetchall()
        return tuple(cast(Resource, _RESOURCE(load("a resource of Refactor Spaces", value_of(row)))) for row in rows)

    def save_resource(self, resource: Resource, reason: str) -> None:
        with self._books.writing() as connection:
            # Not REPLACE: that would delete the row first, and with it the policy of an environment.
            connection.execute(
                "INSERT INTO space_resource (id, value) VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET value = excluded.value",
                (resource.facts.id, to_text(resource)),
            )
            write_entry(connection, resource.facts.id, resource.facts.state.value.lower(), reason)

    def delete_resource(self, resource_id: str, reason: str) -> None:
        with self._books.writing() as connection:
            connection.execute("DELETE FROM space_resource WHERE id = ?", (resource_id,))
            write_entry(connection, resource_id, "delete", reason)

    def policies(self) -> dict[str, str]:
        with self._books.reading() as connection:
            return dict(connection.execute("SELECT environment, policy FROM space_policy").fetchall())

    def save_policy(self, environment: str, policy: str | None) -> None:
        with self._books.writing() as connection:
            connection.execute("DELETE FROM space_policy WHERE environment = ?", (environment,))
            if policy is not None:
                connection.execute("INSERT INTO space_policy VALUES (?, ?)", (environment, policy))
            write_entry(connection, environment, "policy", "removed" if policy is None else "put")

    def token(self, account: str, operation: str, token: str, now: float) -> tuple[str, str] | None:
        query = (
            "SELECT parameters, resource FROM space_token WHERE account = ? AND operation = ? AND token = ? AND at > ?"
        )
        with self._books.reading() as connection:
            row = connection.execute(query, (account, operation, token, now - TOKEN_SECONDS)).fetchone()
            return None if row is None else (str(row[0]), str(row[1]))

    def save_token(self, key: tuple[str, str, str], parameters: str, resource: str, now: float) -> None:
        with self._books.writing() as connection:
            connection.execute("DELETE FROM space_token WHERE at <= ?", (now - TOKEN_SECONDS,))
            connection.execute(
                "REPLACE INTO space_token (account, operation, token, parameters, resource, at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (*key, parameters, resource, now),
            )
