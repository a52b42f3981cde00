"""Shifts in memory, always what the store holds: every change is committed there first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from stranglerfig.control.ports import ShiftStore
from stranglerfig.core.shift.record import KEPT_SHIFTS, Decision, ShiftRecord
from stranglerfig.errors import NotFound

#: proxy and route
Key = tuple[str, str]


@dataclass(slots=True)
class ShiftBooks:
    """Decisions are in ``store`` alone."""

    store: ShiftStore
    _records: dict[str, ShiftRecord] = field(default_factory=dict)

    def read(self) -> None:
        self._records = {record.id: record for record in self.store.shifts()}

    def forget(self) -> None:
        """The store was emptied."""
        self._records = {}

    def all(self) -> tuple[ShiftRecord, ...]:
        """The oldest first; ended ones too."""
        return tuple(self._records.values())

    def running(self) -> tuple[ShiftRecord, ...]:
        return tuple(record for record in self._records.values() if record.is_running)

    def of(self, key: Key) -> tuple[ShiftRecord, ...]:
        """All that the route has had, the oldest first."""
        return tuple(record for record in self._records.values() if record.key == key)

    def find(self, shift_id: str) -> ShiftRecord:
        """As it is now. Raises ``NotFound`` when everything was forgotten meanwhile."""
        record = self._records.get(shift_id)
        if record is None:
            raise NotFound(f"no shift {shift_id!r} any more", hint="`fig shift ls` lists the shifts.")
        return record

    def latest(self, key: Key) -> ShiftRecord | None:
        found = self.of(key)
        return found[-1] if found else None

    def hold(self, records: Iterable[ShiftRecord]) -> None:
        """They are in the store, which keeps no more ended ones either."""
        held = {record.id: record for record in records}
        self._records.update(held)
        for record in self.all()[: max(0, len(self._records) - KEPT_SHIFTS)]:
            if not record.is_running and record.id not in held:
                del self._records[record.id]

    def write(self, record: ShiftRecord, decision: Decision) -> int:
        """Within a transaction of its caller, who calls ``hold`` once that is through. The decision's number."""
        self.store.save_shift(record)
        return self.store.add_decision(record, decision)

    def remove(self, record: ShiftRecord) -> None:
        """As if it had never been."""
        self.store.delete_shift(record.id)
        self._records.pop(record.id, None)
