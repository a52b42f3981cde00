"""HAProxy's own totals, and what came to them since they were booked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace

from stranglerfig.core.ledger.records import Mark, MarkOf, Outcome
from stranglerfig.core.ledger.scaling import Exact
from stranglerfig.core.observed import ObservedDataplane, ObservedGroup

_Counts = tuple[int, int, int]
_NOTHING: _Counts = (0, 0, 0)
#: of no listener: says since when the ledger has looked, even while there was nothing to see
BEGINNING = MarkOf("", is_listener=True)


@dataclass(slots=True)
class Counts:
    """``marks`` are the totals when last looked at; ``new`` what came since the last ``restart``, and ``ahead`` what of
    it was booked before, by listener."""

    marks: dict[MarkOf, Mark] = field(default_factory=dict)
    new: dict[MarkOf, _Counts] = field(default_factory=dict)
    ahead: dict[str, int] = field(init=False)
    #: of the marks, which were not there when last looked at
    gone: Set[MarkOf] = frozenset()

    def __post_init__(self) -> None:
        self.restart()

    def begin(self, now: float) -> dict[MarkOf, Mark]:
        """Nothing can have been counted before: all that is seen from now on is new. The marks that have changed."""
        self.marks[BEGINNING] = Mark(*_NOTHING, since=now, grown_at=now)
        return {BEGINNING: self.marks[BEGINNING]}

    def look(self, seen: ObservedDataplane, now: float) -> dict[MarkOf, Mark]:
        """The marks that have changed.

        Totals that are there when the ledger first looks are of a time before it. Later, what appears is new. What has
        become a little less has lost its last second with HAProxy; what has become much less has begun anew. What is
        not there any more will begin anew, if it ever comes back.
        """
        is_first = not self.marks
        changed: dict[MarkOf, Mark] = {}
        there = _totals(seen)
        if seen.version:  # HAProxy runs
            self.gone = self.marks.keys() - there.keys()
            emptied = (of for of in self.gone if self.marks[of].requests)
            changed |= {of: replace(self.marks[of], requests=0, client_errors=0, server_errors=0) for of in emptied}
        for of, totals in there.items():
            before = self.marks.get(of)
            if before is None:
                before = Mark(*(totals if is_first else _NOTHING), since=now, grown_at=now)
                changed[of] = before
            step = _step((before.requests, before.client_errors, before.server_errors), totals)
            # Whatever came to totals that have lost some is hidden: quiet they were not for sure.
            if any(step) or totals[0] < before.requests:
                has_moved = totals[0] != before.requests
                grown_at = now if has_moved else before.grown_at
                changed[of] = Mark(*totals, since=before.since, grown_at=grown_at, ahead=before.ahead)
            if any(step):
                self.new[of] = _plus(self.new.get(of, _NOTHING), step)
        self.marks.update(changed)
        return changed

    def note_ahead(self, ahead: Mapping[str, int]) -> dict[MarkOf, Mark]:
        """What is booked of each listener beyond what it has counted so far. The marks that have changed."""
        changed = {
            of: replace(mark, ahead=ahead.get(of.name, 0))
            for of, mark in self.marks.items()
            if of.is_listener and mark.ahead != ahead.get(of.name, 0)
        }
        self.marks.update(changed)
        return changed

    def forget_gone(self, before: float) -> frozenset[MarkOf]:
        """What is gone and had no request since then."""
        old = frozenset(of for of in self.gone if of in self.marks and self.marks[of].grown_at < before)
        for of in old:
            del self.marks[of]
        return old

    def restart(self) -> None:
        """What is new is booked."""
        self.new = {}
        self.ahead = {of.name: mark.ahead for of, mark in self.marks.items() if mark.ahead}

    def exact(self, homes: Mapping[str, tuple[str, ...]]) -> Exact:
        """``homes`` as in ``Exact``."""
        listeners = [of for of in self.marks if of.is_listener and of != BEGINNING]
        return Exact(
            listeners={of.name: self.new.get(of, _NOTHING)[0] - self.ahead.get(of.name, 0) for of in listeners},
            pools={of.name: _to_outcomes(count) for of, count in self.new.items() if not of.is_listener},
            homes=homes,
        )


def _totals(seen: ObservedDataplane) -> dict[MarkOf, _Counts]:
    listeners = {BEGINNING: _NOTHING}
    listeners |= {MarkOf(name, is_listener=True): (requests, 0, 0) for name, requests in seen.listener_answers}
    return listeners | {MarkOf(pool.name, is_listener=False): _of_pool(pool) for pool in (*seen.groups, *seen.gone)}


def _of_pool(pool: ObservedGroup) -> _Counts:
    responses = dict(pool.counters.responses)
    return pool.counters.requests, responses.get("4xx", 0), responses.get("5xx", 0)


def _step(before: _Counts, now: _Counts) -> _Counts:
    if now[0] < before[0]:
        return _NOTHING if now[0] > before[0] / 2 else now
    return now[0] - before[0], max(0, now[1] - before[1]), max(0, now[2] - before[2])


def _plus(one: _Counts, other: _Counts) -> _Counts:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _to_outcomes(counts: _Counts) -> dict[Outcome, int]:
    requests, client_errors, server_errors = counts
    return {
        Outcome.FINE: max(0, requests - client_errors - server_errors),
        Outcome.CLIENT_ERROR: client_errors,
        Outcome.SERVER_ERROR: server_errors,
    }
