"""Pages of a list, by a token that says where the last one ended (pure)."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from typing import TypeVar

from stranglerfig.core.refactor_spaces.faults import invalid
from stranglerfig.core.refactor_spaces.resources import Resource

MOST = 100

T = TypeVar("T", bound=Resource)


def page(resources: Sequence[T], most: int | None, token: str | None) -> tuple[list[T], str | None]:
    """Oldest first. What was made or deleted between two pages neither repeats nor hides another one."""
    after = None if token is None else _read(token)
    ordered = sorted(resources, key=_place)
    rest = [one for one in ordered if after is None or _place(one) > after]
    shown = rest[: most or MOST]
    return shown, _write(_place(shown[-1])) if len(shown) < len(rest) else None


def _place(resource: Resource) -> tuple[float, str]:
    return resource.facts.created_at, resource.facts.id


def _write(place: tuple[float, str]) -> str:
    return base64.b64encode(f"{place[0]!r}|{place[1]}".encode()).decode()


def _read(token: str) -> tuple[float, str]:
    try:
        moment, _, resource_id = base64.b64decode(token, validate=True).decode().partition("|")
        place = float(moment), resource_id
        if not math.isfinite(place[0]) or _write(place) != token:
            raise ValueError
        return place
    except (ValueError, binascii.Error) as error:
        raise invalid("The NextToken is none that was given out here.") from error
