"""Requests that were seen, asked of two tables of rules: which would change side. Pure; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stranglerfig.core.ingress import to_group_name
from stranglerfig.core.routing.explain import Explanation, Verdict, explain
from stranglerfig.core.routing.rules import Request
from stranglerfig.core.topology import Listener


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and how often it was seen."""

    request: Request
    times: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """``shares`` are target groups with their part of such requests, 0 to 1; ``status`` of what HAProxy answers."""

    verdict: Verdict
    shares: tuple[tuple[str, float], ...] = ()
    status: int | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    asked: Asked
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Trial:
    """``kinds`` counts requests that differ, ``requests`` how often they were seen."""

    kinds: int
    requests: int
    changes: tuple[Change, ...]


def try_rules(before: Listener, after: Listener, asked: Iterable[Asked]) -> Trial:
    """What is asked most first."""
    found, kinds, requests = [], 0, 0
    for one in asked:
        kinds, requests = kinds + 1, requests + one.times
        change = Change(one, outcome_of(before, one.request), outcome_of(after, one.request))
        if change.before != change.after:
            found.append(change)
    return Trial(kinds, requests, tuple(sorted(found, key=lambda change: -change.asked.times)))


def outcome_of(listener: Listener, request: Request) -> Outcome:
    found = explain(listener.rules, listener.order, request, {})
    return Outcome(found.verdict, _shares(found), found.status, found.location)


def _shares(found: Explanation) -> tuple[tuple[str, float], ...]:
    """By name: two pools of one target group are one side, and their order none."""
    shares: dict[str, float] = {}
    for share in found.shares:
        name = to_group_name(share.group)
        shares[name] = shares.get(name, 0.0) + share.share
    return tuple(sorted((name, round(share, 6)) for name, share in shares.items() if share))
