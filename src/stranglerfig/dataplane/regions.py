"""Which simple rules hold in which region of paths (pure).

HAProxy's ``map_beg`` finds the longest key that its subject starts with. The subject is the canonical path and ``//``,
which no canonical path holds, so that a key can mean a path's end: ``/a/`` is ``/a`` and all below it, ``/a//`` is
``/a`` with or without a trailing slash, ``/a///`` only with one. A key's region is every subject for which it is the
longest; within a region a condition holds for all or for none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stranglerfig.core.routing import glob
from stranglerfig.core.routing.paths import is_parameter, segments
from stranglerfig.core.routing.precedence import Alternative
from stranglerfig.core.routing.rules import PathCondition, PathExact, PathPattern, PathPrefix, PathTemplate

#: the key of all paths
ROOT = "/"
#: the end of a path that has a trailing slash
SLASH_END = "///"


@dataclass(frozen=True, slots=True)
class Region:
    """``simple`` are the ranks (positions in the order) of the simple alternatives that hold here, best first.

    ``first_complex`` is the best rank among the complex ones that may hold for some path here.
    """

    key: str
    simple: tuple[int, ...]
    first_complex: int | None


def boundaries(path: PathCondition | None) -> tuple[tuple[str, bool], ...] | None:
    """Keys where a path condition begins to hold (True) or ceases to (False); None if no keys can say it."""
    match path:
        case None | PathPrefix("/"):
            return ((ROOT, True),)
        case PathExact("/"):
            return (("//", True),)
        case PathExact(text):
            return ((f"{text}//", True), (f"{text}{SLASH_END}", True))
        case PathPrefix(text):
            return ((f"{text}/", True),)
        case PathTemplate(text, children) if not any(map(is_parameter, segments(text))):
            return boundaries(PathPrefix(text) if children else PathExact(text))
        case PathPattern(pattern):
            return _pattern_boundaries(pattern)
        case _:
            return None


def _pattern_boundaries(pattern: str) -> tuple[tuple[str, bool], ...] | None:
    """Without wildcard, or with one star at the end: the load balancer's patterns as they are mostly written."""
    if pattern in ("*", "/*"):
        return ((ROOT, True),)
    if "//" in pattern:
        # holds for no canonical path; as a key it would mean the end of one
        return ()
    if not pattern.startswith("/") or glob.has_wildcard(pattern[:-1]) or pattern.endswith("?"):
        return None
    if not pattern.endswith("*"):
        with_slash = ((f"{pattern}{SLASH_END}", False),) if not pattern.endswith("/") else ()
        return ((f"{pattern}//", True), *with_slash)
    start = pattern[:-1]
    if not start.endswith("/"):
        return ((start, True),)
    # /img/* is not for /img, whose subject is /img//, but it is for /img/, whose subject is /img///
    return ((start, True), (f"{start}/", False), (f"{start}//", True))


def is_simple(alternative: Alternative) -> bool:
    """Path and method decide, and keys can say the path."""
    conditions = alternative.rule.conditions
    others = conditions.host or conditions.headers or conditions.queries or conditions.source
    return not others and boundaries(alternative.path) is not None


def complex_key(path: PathCondition | None) -> str:
    """The longest key whose subjects include all that a complex alternative can mean."""
    if keys := boundaries(path):
        return keys[0][0]
    match path:
        case PathTemplate(text):
            return text.partition("{")[0]
        case PathPattern(pattern) if pattern.startswith("/"):
            return re.split("[*?]", pattern, maxsplit=1)[0]
        case _:
            return ROOT


def regions(alternatives: Sequence[Alternative]) -> Iterator[Region]:
    """All regions, a shorter key before those that it starts; the root is always there."""
    begins: dict[str, list[tuple[int, bool]]] = {ROOT: []}
    complex_ranks: dict[str, int] = {}
    for rank, alternative in enumerate(alternatives):
        if is_simple(alternative):
            for key, holds in boundaries(alternative.path) or ():
                begins.setdefault(key, []).append((rank, holds))
        else:
            key = complex_key(alternative.path)
            begins.setdefault(key, [])
            complex_ranks.setdefault(key, rank)
    above: list[Region] = []
    for key in sorted(begins):
        while above and not key.startswith(above[-1].key):
            above.pop()
        region = _region(key, above[-1] if above else None, begins[key], complex_ranks.get(key))
        above.append(region)
        yield region


def _region(key: str, parent: Region | None, begins: list[tuple[int, bool]], first_complex: int | None) -> Region:
    inherited = parent.simple if parent else ()
    complex_ranks = [rank for rank in (first_complex, parent.first_complex if parent else None) if rank is not None]
    best_complex = min(complex_ranks, default=None)
    if not begins:
        return Region(key, inherited, best_complex)
    ends = {rank for rank, holds in begins if not holds}
    starts = {rank for rank, holds in begins if holds}
    return Region(key, tuple(sorted(starts.union(inherited) - ends)), best_complex)
