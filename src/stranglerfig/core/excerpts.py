"""Which part of what tasks have written is wanted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines written at ``since`` or later and before ``until``, both UTC seconds, by the containers of these names.

    None is no bound. The only container of a task has no name in its lines: it is "" among ``containers``, and always
    what a process writes. Without names, those of all.
    """

    since: float | None = None
    until: float | None = None
    containers: frozenset[str] = frozenset()

    def takes(self, container: str) -> bool:
        return not self.containers or container in self.containers


EVERYTHING = Excerpt()
