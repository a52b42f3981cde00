"""Makes a sample's counts equal to what HAProxy counted. Pure.

Access lines say which listener a request came by and which pool answered, but may be sampled or lost. HAProxy counts
each listener's requests and each pool's, by outcome, but not which came by which. A table with the one as
rows and the other as columns, filled from the lines, is fitted to both (iterative proportional fitting; Deming and
Stephan, 1940) and rounded so that every column stays exact.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from stranglerfig.core.ledger.records import Outcome

#: listener, pool (empty: HAProxy itself), outcome
Cell = tuple[str, str, Outcome]
Column = tuple[str, Outcome]
K = TypeVar("K", bound=Hashable)

#: of fitting; it is close after a few, and exact by the rounding
ROUNDS = 40
#: requests that a row may be off
CLOSE = 0.01
#: what is not in the sample, and may be there all the same
TRACE = 1e-6


@dataclass(frozen=True, slots=True)
class Exact:
    """What HAProxy counted in the same time. ``homes`` are the listeners that may send to a pool.

    A listener may have less than nothing: more of it is booked already than it has counted since.
    """

    listeners: Mapping[str, int] = field(default_factory=dict)
    pools: Mapping[str, Mapping[Outcome, int]] = field(default_factory=dict)
    homes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Fitted(NamedTuple):
    """``ahead``: how many more of a listener are here than it has counted."""

    counts: dict[Cell, int]
    ahead: dict[str, int]


def fit(seen: Mapping[Cell, int], exact: Exact) -> Fitted:
    """``seen`` is how many requests the lines stand for. What HAProxy has no figures of stays as it was seen."""
    columns = _to_columns(seen, exact)
    columns |= _fit_rows(columns, seen, exact)
    counts: dict[Cell, int] = {}
    for (pool, outcome), (weights, total) in columns.items():
        for listener, count in apportion(weights, total).items():
            counts[listener, pool, outcome] = count
    left = _left_over(counts, seen, exact)
    _repair(counts, left)
    for listener, total in left.items():
        own = {outcome: count for (at, pool, outcome), count in seen.items() if (at, pool) == (listener, "")}
        for outcome, count in apportion(own or {Outcome.FINE: 1}, max(0, total)).items():
            counts[listener, "", outcome] = count
    ahead = {listener: -rest for listener, rest in left.items() if rest < 0}
    return Fitted({cell: count for cell, count in counts.items() if count}, ahead)


def apportion(weights: Mapping[K, float], total: int) -> dict[K, int]:
    """``total`` in whole numbers by ``weights``, of which there is one at least. Largest remainders get the rest."""
    if len(weights) == 1:
        return dict.fromkeys(weights, total)
    whole = sum(weights.values())
    if whole <= 0:
        weights, whole = dict.fromkeys(weights, 1.0), float(len(weights))
    shares = {key: total * weight / whole for key, weight in weights.items()}
    counts = {key: int(share) for key, share in shares.items()}
    rest = total - sum(counts.values())
    for key in sorted(shares, key=lambda key: counts[key] - shares[key])[:rest]:
        counts[key] += 1
    return counts


#: of columns: weights by listener, and the total
_Table = list[tuple[dict[str, float], int]]
_Columns = dict[Column, tuple[dict[str, float], int]]


def _to_columns(seen: Mapping[Cell, int], exact: Exact) -> _Columns:
    """Weights by listener and the total, of each pool's outcome."""
    found: dict[Column, dict[str, float]] = {}
    pools: dict[str, dict[str, float]] = {}
    for (listener, pool, outcome), count in seen.items():
        if pool:
            found.setdefault((pool, outcome), {})[listener] = count
            at = pools.setdefault(pool, {})
            at[listener] = at.get(listener, 0) + count
    columns = {
        column: (weights, round(sum(weights.values())))
        for column, weights in found.items()
        if column[0] not in exact.pools
    }
    for pool, totals in exact.pools.items():
        for outcome, total in totals.items():
            # A listener that may send there, and counted requests, may have sent some of which no line tells.
            homes = {home: TRACE for home in exact.homes.get(pool, ()) if exact.listeners.get(home, 0) > 0}
            weights = homes | (found.get((pool, outcome)) or pools.get(pool) or {})
            weights = weights or dict.fromkeys(exact.homes.get(pool) or _somebody(exact), TRACE)
            if total > 0 and weights:
                columns[pool, outcome] = (weights, total)
    return columns


def _somebody(exact: Exact) -> list[str]:
    """Who sent to a pool that is gone, when no line tells and no rule leads there any more."""
    return [listener for listener, count in exact.listeners.items() if count > 0] or list(exact.listeners)


def _fit_rows(columns: _Columns, seen: Mapping[Cell, int], exact: Exact) -> _Columns:
    """Those that several listeners share, so that each listener's sum is as it was counted, too. What HAProxy answered
    itself is one more column."""
    shared = {column: one for column, one in columns.items() if len(one[0]) > 1}
    if not shared:
        return {}
    sums = dict(exact.listeners)
    for weights, total in columns.values():
        if len(weights) == 1 and (listener := next(iter(weights))) in sums:
            sums[listener] -= total
    sums = {listener: max(0, rest) for listener, rest in sums.items()}
    own = dict.fromkeys(exact.listeners, TRACE)
    for (listener, pool, _), count in seen.items():
        if listener in own and not pool:
            own[listener] += count
    own_total = sum(sums.values()) - sum(total for _, total in shared.values())
    table = [(dict(weights), total) for weights, total in shared.values()]
    table.append((own, max(0, own_total)))
    for _ in range(ROUNDS):
        if _fit_once(table, sums):
            break
    return dict(zip(shared, table, strict=False))


def _fit_once(table: _Table, listeners: Mapping[str, int]) -> bool:
    """Each row to its sum, then each column. True: the rows were there already."""
    sums: dict[str, float] = {}
    for weights, _ in table:
        for listener, weight in weights.items():
            sums[listener] = sums.get(listener, 0.0) + weight
    is_close = all(abs(sums.get(listener, 0.0) - total) < CLOSE for listener, total in listeners.items())
    for weights, total in table:
        for listener in weights.keys() & listeners.keys():
            weights[listener] *= listeners[listener] / (sums[listener] or 1.0)
        whole = sum(weights.values()) or 1.0
        for listener in weights:
            weights[listener] *= total / whole
    return is_close


def _left_over(counts: Mapping[Cell, int], seen: Mapping[Cell, int], exact: Exact) -> dict[str, int]:
    """By listener, what no pool answered; negative where more did than came by it."""
    left = dict(exact.listeners)
    for (listener, pool, _), count in seen.items():
        if not pool and listener not in exact.listeners:
            left[listener] = left.get(listener, 0) + count
    for (listener, _, _), count in counts.items():
        if listener in exact.listeners:
            left[listener] -= count
    return left


def _repair(counts: dict[Cell, int], left: dict[str, int]) -> None:
    """Rounding may have given one listener a request of another's: in a column that both have, it can be given back."""
    for cell in [cell for cell in counts if left.get(cell[0], 0) < 0]:
        listener, pool, outcome = cell
        for other in [one for one, rest in left.items() if rest > 0 and (one, pool, outcome) in counts]:
            step = min(-left[listener], left[other], counts[cell])
            if step > 0:
                counts[cell] -= step
                counts[other, pool, outcome] += step
                left[listener] += step
                left[other] -= step
