"""The books of shifts: the oldest go, and never the one that is being decided on."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from stranglerfig.control.shifts.books import ShiftBooks
from stranglerfig.core.shift.phases import Event, Phase
from stranglerfig.core.shift.plan import Plan
from stranglerfig.core.shift.record import KEPT_SHIFTS, ShiftRecord, to_decision
from stranglerfig.core.shift.shift import Shift
from stranglerfig.store.shifts import SqliteShifts
from stranglerfig.store.sqlite import open_store


def a_finished_shift(number: int) -> ShiftRecord:
    shift = replace(Shift(Plan(), 0.0), phase=Phase.FINISHED)
    return ShiftRecord(f"s{number}", "shop", f"r{number}", "/", "new", "old", shift, float(number), float(number))


def test_a_shift_of_long_ago_can_still_be_taken_back(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "fig.sqlite3")) as books:
        shelf = SqliteShifts(books)
        with books.together():
            for number in range(KEPT_SHIFTS + 2):
                shelf.save_shift(a_finished_shift(number))
        assert len(shelf.shifts()) == KEPT_SHIFTS
        held = ShiftBooks(shelf)
        held.hold(a_finished_shift(number) for number in range(KEPT_SHIFTS))
        held.hold([replace(a_finished_shift(0), path="/again"), a_finished_shift(KEPT_SHIFTS)])
        held.hold([a_finished_shift(KEPT_SHIFTS + 1)])
        assert [record.id for record in held.all()] == [record.id for record in shelf.shifts()]

        oldest = replace(a_finished_shift(0), shift=replace(Shift(Plan(), 0.0), phase=Phase.ROLLED_BACK))
        with books.together():
            shelf.save_shift(oldest)
            shelf.add_decision(oldest, to_decision(oldest.shift, Event.ROLLBACK, 9.0))

        assert [decision.event for decision in shelf.decisions("s0")] == [Event.ROLLBACK]
