"""Groups whose tasks stand elsewhere in the data plane than in the fleet."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Unapplied:
    """An apply takes what is so as it begins: a change that comes while it runs waits for the next one."""

    _latest: dict[str, int] = field(default_factory=dict)
    _changes: int = 0

    def __contains__(self, name: str) -> bool:
        return name in self._latest

    def add(self, name: str) -> None:
        self._changes += 1
        self._latest[name] = self._changes

    def latest(self, name: str) -> int:
        """The number of the last change, for ``settle``. 0: there is none."""
        return self._latest.get(name, 0)

    def settle(self, name: str, change: int) -> None:
        """It is applied as it stood with that change."""
        if self._latest.get(name) == change:
            del self._latest[name]
