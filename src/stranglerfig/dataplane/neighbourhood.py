"""Which rules matter near a rule, so that one among ten thousand can change without compiling them all (pure).

What holds in a region is decided by the alternatives whose boundaries lie on the way from the root to it. So when a
simple rule comes, goes or changes, only regions below its own boundaries can differ, and only alternatives with
boundaries above or below those have a say in them.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence

from stranglerfig.core.routing.precedence import expand
from stranglerfig.core.routing.rules import Rule
from stranglerfig.dataplane.regions import ROOT, boundaries, is_simple


class Neighbourhood:
    """The ids of a listener's rules by boundary. All of them must be simple."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules_at: dict[str, set[str]] = {}
        for rule in rules:
            for key in boundary_keys(rule):
                self._rules_at.setdefault(key, set()).add(rule.id)
        self._keys = sorted(self._rules_at)

    def replace(self, old: Rule | None, new: Rule | None) -> None:
        """Take one rule out and another one in; None for nothing."""
        for key in boundary_keys(old) if old else ():
            self._rules_at[key].discard(old.id if old else "")
            if not self._rules_at[key]:
                del self._rules_at[key]
                del self._keys[bisect.bisect_left(self._keys, key)]
        for key in boundary_keys(new) if new else ():
            if key not in self._rules_at:
                self._rules_at[key] = set()
                bisect.insort(self._keys, key)
            self._rules_at[key].add(new.id if new else "")

    def around(self, keys: Iterable[str]) -> set[str]:
        """The ids of all rules with a boundary that starts one of ``keys``, or that one of them starts."""
        found: set[str] = set()
        for key in keys:
            for end in range(1, len(key)):
                found |= self._rules_at.get(key[:end], set())
            for below in starting_with(self._keys, key):
                found |= self._rules_at[below]
        return found


def boundary_keys(rule: Rule) -> set[str]:
    return {key for alternative in expand([rule]) for key, _ in boundaries(alternative.path) or ()}


def is_local(rule: Rule) -> bool:
    """Whether a change of this rule leaves regions that it has no say in."""
    return all(map(is_simple, expand([rule]))) and ROOT not in boundary_keys(rule)


def starting_with(keys: Sequence[str], start: str) -> Sequence[str]:
    """A slice of sorted keys."""
    first = bisect.bisect_left(keys, start)
    return keys[first : bisect.bisect_left(keys, start + "\U0010ffff", lo=first)]
