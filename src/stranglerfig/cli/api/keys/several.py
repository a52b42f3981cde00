"""The same for several names: each that works is done and told, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from stranglerfig.errors import FigError

T = TypeVar("T")


def for_each(names: Sequence[str], order: Callable[[str], T]) -> tuple[list[T], list[FigError]]:
    """What came of it. A name that stands twice is meant once."""
    results, errors = [], []
    for name in dict.fromkeys(names):
        try:
            results.append(order(name))
        except FigError as error:
            errors.append(error)
    return results, errors


def raise_last(errors: Sequence[FigError]) -> None:
    """With those before it, if there is any."""
    if errors:
        *others, last = errors
        last.others = tuple(others)
        raise last
