"""What access lines told since the last look at HAProxy's own counts, and what it comes to with them. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from stranglerfig.core.ingress import to_group_name
from stranglerfig.core.ledger.latencies import Latencies
from stranglerfig.core.ledger.records import UNSEEN, Figures, Key, Outcome, Side
from stranglerfig.core.ledger.scaling import Cell, Exact, apportion, fit
from stranglerfig.core.traffic.lines import AccessLine

ANY_METHOD = "*"
#: standard deviations that are no chance any more
SURE = 4.0


class Reckoned(NamedTuple):
    """``ahead`` as in ``Fitted``."""

    figures: dict[Key, Figures]
    ahead: dict[str, int]


@dataclass(slots=True)
class Tally:
    """``seen`` is how many requests the lines of each key, pool and outcome stand for, and ``variance`` how sure that
    is: of ``n`` requests one is told of, by chance.
    """

    seen: dict[tuple[Key, str, Outcome], int] = field(default_factory=dict)
    variance: dict[Cell, int] = field(default_factory=dict)
    latencies: dict[Key, Latencies] = field(default_factory=dict)

    def note(self, key: Key, line: AccessLine) -> None:
        outcome = Outcome.of(line.status)
        self.seen[key, line.pool, outcome] = self.seen.get((key, line.pool, outcome), 0) + line.stands_for
        cell = (key.listener, line.pool, outcome)
        self.variance[cell] = self.variance.get(cell, 0) + line.stands_for * (line.stands_for - 1)
        if key not in self.latencies:
            self.latencies[key] = Latencies()
        self.latencies[key].add(line.total_ms, line.stands_for)

    def copy(self) -> Tally:
        """As it is now, but for its latencies."""
        return Tally(dict(self.seen), dict(self.variance), dict(self.latencies))

    def settled(self, settle: Callable[[str, str], str]) -> Tally:
        """With the endpoints' names of now; ``settle`` is given listener and endpoint."""
        found = Tally(variance=self.variance)
        for (key, pool, outcome), count in self.seen.items():
            cell = (_settled(key, settle), pool, outcome)
            found.seen[cell] = found.seen.get(cell, 0) + count
        for key, latencies in self.latencies.items():
            found.latencies.setdefault(_settled(key, settle), Latencies()).merge(latencies)
        return found

    def figures(self, exact: Exact, side_of: Callable[[str, str], Side]) -> Reckoned:
        """In sum what HAProxy counted. ``side_of`` is given listener and target group.

        Lines share what was counted as far as chance explains that they tell of less. Beyond that lines are lost, and
        nobody knows which paths they were of.
        """
        cells: dict[Cell, dict[Key, int]] = {}
        for (key, pool, outcome), count in self.seen.items():
            at = cells.setdefault((key.listener, pool, outcome), {})
            at[key] = at.get(key, 0) + count
        found: dict[Key, Figures] = {}
        fitted = fit(_sums(cells), exact)
        for (listener, pool, outcome), total in fitted.counts.items():
            group = to_group_name(pool)
            unseen = Key(listener, ANY_METHOD, UNSEEN, group, side_of(listener, group))
            keys = cells.get((listener, pool, outcome), {})
            told = sum(keys.values())
            if total > told + SURE * math.sqrt(self.variance.get((listener, pool, outcome), 0)):
                keys = {**keys, unseen: total - told}
            for key, count in apportion(keys, total).items():
                if key not in found:
                    found[key] = Figures()
                found[key].count(outcome, count)
        for key, latencies in self.latencies.items():
            if key in found:
                found[key].latencies.merge(latencies)
        return Reckoned({key: figures for key, figures in found.items() if figures.requests}, fitted.ahead)


def add_up(before: Mapping[Key, Figures], new: Reckoned) -> Reckoned:
    """``before`` are of the same hour, by a daemon that is gone."""
    found: dict[Key, Figures] = {}
    for part in (before, new.figures):
        for key, figures in part.items():
            found.setdefault(key, Figures()).add(figures)
    return Reckoned(found, _take_back(found, new.ahead))


def _take_back(figures: Mapping[Key, Figures], ahead: Mapping[str, int]) -> dict[str, int]:
    """What pools counted above one listener came by another, and would be HAProxy's own answers there; or was booked as
    such by somebody who knew no better. First what no line told of. Gives who is ``ahead`` still, or behind."""
    left, too_many = dict(ahead), sum(ahead.values())
    own = [key for key in figures if key.side is Side.NOBODY] if too_many > 0 else []
    for key in sorted(own, key=lambda key: (left.get(key.listener, 0) <= 0, key.endpoint != UNSEEN)):
        taken = figures[key].take(too_many)
        left[key.listener] = left.get(key.listener, 0) - taken
        too_many -= taken
    return {listener: rest for listener, rest in left.items() if rest}


def _settled(key: Key, settle: Callable[[str, str], str]) -> Key:
    endpoint = settle(key.listener, key.endpoint)
    return key if endpoint == key.endpoint else replace(key, endpoint=endpoint)


def _sums(cells: Mapping[Cell, Mapping[Key, int]]) -> dict[Cell, int]:
    return {cell: sum(keys.values()) for cell, keys in cells.items()}
