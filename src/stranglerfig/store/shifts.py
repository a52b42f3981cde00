"""The books of shifts, in the same file as the others: a decision and the weight it sets are one transaction."""

from __future__ import annotations

from stranglerfig.core.shift.record import KEPT_SHIFTS, Decision, ShiftRecord
from stranglerfig.core.shift.terms import Hooks
from stranglerfig.store.apps import Books, value_of
from stranglerfig.store.journal import write_entry
from stranglerfig.store.rows import from_text, to_text

#: in an order in which they can be emptied
SHIFT_TABLES = ("shift_decision", "route_shift")


class SqliteShifts:
    """The ShiftStore port."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def shifts(self) -> tuple[ShiftRecord, ...]:
        with self._books.reading() as connection:
            rows = connection.execute("SELECT value FROM route_shift ORDER BY started_at, id").fetchall()
            return tuple(from_text(ShiftRecord, value_of(row)) for row in rows)

    def save_shift(self, record: ShiftRecord) -> None:
        with self._books.writing() as connection:
            # Not REPLACE: that would delete the row first, and with it the shift's decisions.
            connection.execute(
                "INSERT INTO route_shift (id, proxy, route, started_at, running, value) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET running = excluded.running, value = excluded.value",
                (record.id, record.proxy, record.route, record.started_at, record.is_running, to_text(record)),
            )
            connection.execute(
                # Not this one, however old it is: a decision is about to follow.
                "DELETE FROM route_shift WHERE NOT running AND id != ? AND id IN (SELECT id FROM route_shift"
                " ORDER BY started_at DESC, id DESC LIMIT -1 OFFSET ?)",
                (record.id, KEPT_SHIFTS),
            )

    def delete_shift(self, shift_id: str) -> None:
        with self._books.writing() as connection:
            connection.execute("DELETE FROM route_shift WHERE id = ?", (shift_id,))

    def add_decision(self, record: ShiftRecord, decision: Decision) -> int:
        with self._books.writing() as connection:
            cursor = connection.execute(
                "INSERT INTO shift_decision (shift, told, value) VALUES (?, ?, ?)",
                (record.id, record.hooks == Hooks(), to_text(decision)),
            )
            what = f"{decision.phase.value} at {decision.weight / 100:g} %"
            write_entry(connection, f"shift {record.proxy}/{record.route}", what, decision.reason)
            return cursor.lastrowid or 0

    def complete_decision(self, number: int, decision: Decision) -> None:
        with self._books.writing() as connection:
            connection.execute("UPDATE shift_decision SET value = ? WHERE number = ?", (to_text(decision), number))

    def decisions(self, shift_id: str) -> tuple[Decision, ...]:
        with self._books.reading() as connection:
            query = "SELECT value FROM shift_decision WHERE shift = ? ORDER BY number"
            return tuple(from_text(Decision, value_of(row)) for row in connection.execute(query, (shift_id,)))

    def untold(self, shift_id: str) -> tuple[tuple[int, Decision], ...]:
        with self._books.reading() as connection:
            query = "SELECT number, value FROM shift_decision WHERE shift = ? AND NOT told ORDER BY number"
            rows = connection.execute(query, (shift_id,)).fetchall()
            return tuple((int(number), from_text(Decision, value_of((value,)))) for number, value in rows)

    def mark_told(self, number: int) -> None:
        with self._books.writing() as connection:
            connection.execute("UPDATE shift_decision SET told = 1 WHERE number = ?", (number,))
