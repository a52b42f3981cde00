"""Pages of a list, by a token that names the last one that was shown (pure)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from stranglerfig.core.faults import Fault

MOST = 100

T = TypeVar("T")


def page(items: Sequence[T], name: Callable[[T], str], token: str | None) -> tuple[list[T], str | None]:
    """``name`` tells one from another. What comes before the last one between two pages repeats nothing."""
    names = [name(item) for item in items]
    start = 0 if token is None else _after(names, token)
    shown = list(items[start : start + MOST])
    is_last = start + MOST >= len(items)
    return shown, None if is_last else base64.urlsafe_b64encode(name(shown[-1]).encode()).decode()


def _after(names: Sequence[str], token: str) -> int:
    try:
        return names.index(base64.urlsafe_b64decode(token.encode("ascii")).decode()) + 1
    except (ValueError, binascii.Error) as error:
        raise Fault("ValidationError", "The NextToken names nothing that is in this list.") from error
