"""What it takes to ask both sides one copy, and to compare their answers. Values only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.core.compare.answers import Answer
from stranglerfig.core.compare.copies import Copy
from stranglerfig.core.compare.redaction import Policy
from stranglerfig.core.compare.rules import FieldRule
from stranglerfig.core.topology import Tls

#: of the candidate's answer so many times legacy's length is read, and this much more: beyond, it differs in any case
MOST_TIMES = 4
MOST_MORE = 65_536


@dataclass(frozen=True, slots=True)
class Bounds:
    """``timeout_s`` is from the first byte sent to the last one received; no more than ``body_bytes`` are read."""

    timeout_s: float = 5.0
    body_bytes: int = 1_048_576

    def beside(self, legacy: Answer) -> Bounds:
        """For the candidate's answer to what legacy answered so: a candidate that floods must cost little."""
        return replace(self, body_bytes=min(self.body_bytes, MOST_TIMES * len(legacy.body) + MOST_MORE))


@dataclass(frozen=True, slots=True)
class Address:
    """Where one side is asked: ``origin`` is scheme and authority, ``host`` the Host that it is told."""

    origin: str
    target: str
    host: str
    tls: Tls | None = None

    @property
    def url(self) -> str:
        return self.origin + self.target


@dataclass(frozen=True, slots=True)
class Job:
    """``legacy`` None: it is not asked, and ``recorded`` is its answer; None then means that there is none.

    ``headers`` go out with the copy, but for its Host.
    """

    copy: Copy
    endpoint: str
    headers: tuple[tuple[str, str], ...]
    candidate: Address
    legacy: Address | None = None
    recorded: Answer | None = None
    rules: tuple[FieldRule, ...] = ()
    policy: Policy = Policy()
    bounds: Bounds = Bounds()
    wants_example: bool = True
