"""The books of CloudFormation, in the same file as the others."""

from __future__ import annotations

from collections.abc import Collection

from stranglerfig.core.cloudformation.stacks.records import ChangeSet, Stack, StackEvent, StackResource
from stranglerfig.store.apps import Books, value_of
from stranglerfig.store.journal import write_entry
from stranglerfig.store.rows import from_text, to_text

#: in an order in which they can be emptied
STACK_TABLES = ("change_set", "stack_event", "stack_resource", "stack")
#: of one stack; a template's text stands in none of them
KEPT_EVENTS = 5_000


class SqliteStacks:
    """The StackStore port."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def stacks(self) -> tuple[Stack, ...]:
        with self._books.reading() as connection:
            rows = connection.execute("SELECT value FROM stack").fetchall()
        found = [from_text(Stack, value_of(row)) for row in rows]
        return tuple(sorted(found, key=lambda stack: (stack.created_at, stack.id)))

    def save_stack(self, stack: Stack) -> None:
        with self._books.writing() as connection:
            # Not REPLACE: that would delete the row first, and with it all that belongs to the stack.
            connection.execute(
                "INSERT INTO stack (id, value) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value",
                (stack.id, to_text(stack)),
            )
            write_entry(connection, f"stack {stack.name}", stack.status.value.lower(), stack.reason or "as asked for")

    def delete_stack(self, stack_id: str) -> None:
        with self._books.writing() as connection:
            connection.execute("DELETE FROM stack WHERE id = ?", (stack_id,))

    def resources(self, stack_id: str) -> tuple[StackResource, ...]:
        with self._books.reading() as connection:
            rows = connection.execute("SELECT value FROM stack_resource WHERE stack = ?", (stack_id,))
            return tuple(from_text(StackResource, value_of(row)) for row in rows)

    def save_resource(self, stack_id: str, resource: StackResource) -> None:
        with self._books.writing() as connection:
            connection.execute(
                "REPLACE INTO stack_resource (stack, logical_id, value) VALUES (?, ?, ?)",
                (stack_id, resource.logical_id, to_text(resource)),
            )

    def delete_resource(self, stack_id: str, logical_id: str) -> None:
        with self._books.writing() as connection:
            connection.execute("DELETE FROM stack_resource WHERE stack = ? AND logical_id = ?", (stack_id, logical_id))

    def add_events(self, events: Collection[StackEvent]) -> None:
        with self._books.writing() as connection:
            connection.executemany(
                "INSERT INTO stack_event (stack, value) VALUES (?, ?)",
                [(event.stack_id, to_text(event)) for event in events],
            )
            for stack in {event.stack_id for event in events}:
                connection.execute(
                    "DELETE FROM stack_event WHERE number IN"
                    " (SELECT number FROM stack_event WHERE stack = ? ORDER BY number DESC LIMIT -1 OFFSET ?)",
                    (stack, KEPT_EVENTS),
                )

    def events(self, stack_id: str) -> tuple[StackEvent, ...]:
        with self._books.reading() as connection:
            rows = connection.execute("SELECT value FROM stack_event WHERE stack = ? ORDER BY number DESC", (stack_id,))
            return tuple(from_text(StackEvent, value_of(row)) for row in rows)

    def change_sets(self, stack_id: str) -> tuple[ChangeSet, ...]:
        query = "SELECT value FROM change_set WHERE stack = ? ORDER BY created_at, id"
        with self._books.reading() as connection:
            return tuple(from_text(ChangeSet, value_of(row)) for row in connection.execute(query, (stack_id,)))

    def save_change_set(self, change_set: ChangeSet) -> None:
        with self._books.writing() as connection:
            connection.execute(
                "REPLACE INTO change_set (id, stack, created_at, value) VALUES (?, ?, ?, ?)",
                (change_set.id, change_set.stack_id, change_set.created_at, to_text(change_set)),
            )

    def delete_change_set(self, change_set_id: str) -> None:
        with self._books.writing() as connection:
            connection.execute("DELETE FROM change_set WHERE id = ?", (change_set_id,))
