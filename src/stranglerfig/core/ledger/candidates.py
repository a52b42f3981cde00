"""Which paths to move next, and why: what brings most and risks least. Pure.

A path is what a route would take: the first segment that says something, and all below it. Its *value* is
its share of what still reaches legacy; that is lessened by what speaks against moving it alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from stranglerfig.core.ledger.links import Link, Strength
from stranglerfig.core.ledger.records import OTHER, UNSEEN, Figures
from stranglerfig.core.ledger.summary import Entry, Summary

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: segments that say nothing of what is behind them: a route takes one more
GENERIC = re.compile(r"(?i)api|rest|public|v[0-9]+(\.[0-9]+)*")
#: how much of a path's value a share of 1 takes away
COUPLING_COST, WRITING_COST, FAILING_COST, SLOWNESS_COST = 0.7, 0.5, 0.8, 0.3
#: a share of errors that is as bad as all of them
BAD_ERRORS = 0.05
#: a 99th percentile, in milliseconds, that is as bad as any slower one
SLOW_MS = 2_000.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Shares are 0 to 1: ``share`` of legacy's requests, ``writes`` and ``failing`` of its own. ``coupling`` is how
    much sessions and links go between it and others that legacy answers, against all that is asked of it; most of that
    is with ``partner``.
    """

    path: str
    endpoints: int
    requests: int
    share: float
    writes: float
    failing: float
    coupling: float
    partner: str | None
    p99_ms: float | None
    score: float

    @property
    def reasons(self) -> tuple[str, ...]:
        found = [f"{self.share:.0%} of what still reaches legacy"]
        found.append("only reads" if self.writes == 0 else f"{self.writes:.0%} writes")
        if self.partner is not None:
            found.append(f"{self.coupling:.0%} coupled, most with {self.partner}")
        else:
            found.append("not seen together with others")
        if self.failing:
            found.append(f"{self.failing:.1%} server errors")
        if self.p99_ms is not None and self.p99_ms >= SLOW_MS / 2:
            found.append(f"slow, 1 % take longer than {self.p99_ms / 1000:.1f} s")
        return tuple(found)


def find_candidates(summary: Summary, links: Collection[tuple[Link, Strength]]) -> list[Candidate]:
    """The best first. Links are of the summary's listener."""
    groups: dict[str, list[Entry]] = {}
    for entry in summary.still:
        if entry.key.endpoint not in (OTHER, UNSEEN):
            groups.setdefault(path_of(entry.key.endpoint), []).append(entry)
    whole = sum(entry.figures.requests for entries in groups.values() for entry in entries)
    found = [_judge(path, entries, whole, _ties(path, groups.keys(), links)) for path, entries in groups.items()]
    return sorted(found, key=lambda one: (-one.score, one.path))


def path_of(endpoint: str) -> str:
    """What a route for the endpoint would be called."""
    literal: list[str] = []
    for segment in endpoint.strip("/").split("/"):
        if segment.startswith("{"):
            break
        literal.append(segment)
        if not GENERIC.fullmatch(segment):
            break
    return "/" + "/".join(literal)


def _judge(path: str, entries: list[Entry], whole: int, ties: dict[str, int]) -> Candidate:
    total = Figures()
    for entry in entries:
        total.add(entry.figures)
    writes = sum(entry.figures.requests for entry in entries if entry.key.method not in SAFE_METHODS)
    share = total.requests / whole
    writing, failing = writes / total.requests, total.server_errors / total.requests
    outside = sum(count for other, count in ties.items() if other != path)
    coupling = outside / (outside + ties.get(path, 0) + total.requests)
    score = share * (1 - COUPLING_COST * coupling) * (1 - WRITING_COST * writing)
    score *= 1 - FAILING_COST * min(1.0, failing / BAD_ERRORS)
    p99_ms = total.latencies.quantile(0.99)
    score *= 1 - SLOWNESS_COST * min(1.0, (p99_ms or 0.0) / SLOW_MS)
    others = {other: count for other, count in ties.items() if other != path}
    return Candidate(
        path=path,
        endpoints=len({(entry.key.method, entry.key.endpoint) for entry in entries}),
        requests=total.requests,
        share=share,
        writes=writing,
        failing=failing,
        coupling=coupling,
        partner=max(sorted(others), key=lambda other: others[other]) if others else None,
        p99_ms=p99_ms,
        score=score,
    )


def _ties(path: str, unmoved: Collection[str], links: Collection[tuple[Link, Strength]]) -> dict[str, int]:
    """How often a session or a page went between this path and each other one that legacy answers, or within it."""
    found: dict[str, int] = {}
    for link, strength in links:
        ends = (path_of(link.origin), path_of(link.goal))
        if path in ends:
            other = ends[1] if ends[0] == path else ends[0]
            if other in unmoved:
                found[other] = found.get(other, 0) + strength.sessions + strength.referrers
    return found
