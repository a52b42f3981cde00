"""What is compared: answers, and how one differs from another. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names in lower case. ``body`` without content coding. ``is_cut``: it went on beyond what was read.

    ``is_bare``: nothing but its status is known, and nothing else is compared.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    is_cut: bool = False
    is_bare: bool = False

    def all_of(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """``reason`` is a clause: ``it refuses connections``."""

    reason: str


class Kind(Enum):
    STATUS = "status"
    HEADER = "header"
    #: legacy has the field, the candidate does not
    MISSING = "missing"
    #: the candidate has the field, legacy does not
    EXTRA = "extra"
    #: another type of JSON value
    TYPE = "type"
    CHANGED = "changed"
    #: the same members of an array in another order
    ORDER = "order"
    TEXT = "text"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Difference:
    """``place`` is ``status``, ``header NAME``, ``body``, ``body line NUMBER`` or the path of a JSON field as
    ``$.users[].name``.

    ``legacy`` and ``candidate`` show what was there, cut to a few words; empty where there was nothing.
    """

    kind: Kind
    place: str
    legacy: str = ""
    candidate: str = ""
