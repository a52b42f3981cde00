"""Refactor Spaces, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stranglerfig.control.spaces.books import SpaceBooks
from stranglerfig.control.spaces.settler import Settler


@dataclass(frozen=True, slots=True)
class Refactoring:
    """``wall`` tells UTC seconds. ``limits`` are quotas by word, where they are not AWS's own."""

    books: SpaceBooks
    settler: Settler
    wall: Callable[[], float]
    limits: Mapping[str, int] = field(default_factory=dict)
