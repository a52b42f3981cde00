"""What a user asked for: copies of a route's requests, answered by a candidate out of the users' sight. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.core.compare.jobs import Bounds
from stranglerfig.core.compare.redaction import Policy
from stranglerfig.core.compare.rules import FieldRule
from stranglerfig.core.desired import RouteSide
from stranglerfig.core.routing.rules import Conditions

#: copies a second, where nobody says another number
USUAL_RATE = 3.0


@dataclass(frozen=True, slots=True)
class Shadow:
    """Of one route; its legacy side is compared with. Times are UTC seconds; ``ended_at`` None: it runs.

    Of the requests that meet ``conditions`` too, the share ``sample`` (0 to 1) is copied, but no more than ``rate`` a
    second. ``writes``: those that may change something as well, to the candidate alone. ``declared``: the manifest of
    the proxy began it, and ends it.
    """

    proxy: str
    route: str
    candidate: RouteSide
    started_at: float
    ended_at: float | None = None
    conditions: Conditions = Conditions()
    sample: float = 1.0
    writes: bool = False
    rate: float = USUAL_RATE
    rules: tuple[FieldRule, ...] = ()
    policy: Policy = Policy()
    bounds: Bounds = Bounds()
    declared: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.proxy, self.route

    @property
    def name(self) -> str:
        return f"{self.proxy}/{self.route}"


@dataclass(frozen=True, slots=True)
class Counts:
    """``copied`` were sent; the others were to be: more than the rate, no room in the queue, nobody to ask, never came
    back."""

    copied: int = 0
    over_rate: int = 0
    no_room: int = 0
    nobody: int = 0
    lost: int = 0
