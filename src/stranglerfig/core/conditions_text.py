"""Conditions, weights and stickiness as people write them, and back.

Several headers must all be there; of several queries one is enough.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from stranglerfig.core.routing.rules import (
    Conditions,
    HeaderCondition,
    HostCondition,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
    QueryCondition,
    QueryPair,
    SourceCondition,
    Sticky,
    StickyBy,
)
from stranglerfig.errors import UsageError

FULL_WEIGHT = 10_000
#: segments that can be taken off a path, its stage left out
DEEPEST_STRIP = 14
_USUAL_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class ConditionsText:
    """``path`` is a prefix unless ``exact``; with ``pattern``, ``*`` and ``?`` are wildcards."""

    path: str = "/"
    exact: bool = False
    pattern: bool = False
    methods: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def parse_conditions(text: ConditionsText) -> Conditions:
    return Conditions(
        paths=(_parse_path(text),),
        methods=parse_methods(text.methods),
        host=HostCondition(patterns=tuple(_parse_host(host) for host in text.hosts)) if text.hosts else None,
        headers=tuple(_parse_header(line) for line in text.headers),
        queries=(QueryCondition(tuple(_parse_query(one) for one in text.queries)),) if text.queries else (),
        source=SourceCondition(tuple(_parse_network(one) for one in text.sources)) if text.sources else None,
    )


def render_conditions(conditions: Conditions) -> ConditionsText:
    """The inverse of ``parse_conditions`` for everything that it can make."""
    path, is_exact, is_pattern = _render_path(conditions.paths[0] if conditions.paths else PathPrefix("/"))
    return ConditionsText(
        path=path,
        exact=is_exact,
        pattern=is_pattern,
        methods=conditions.methods,
        hosts=conditions.host.patterns if conditions.host else (),
        headers=tuple(f"{one.name}: {value}" for one in conditions.headers for value in one.patterns),
        queries=tuple(_render_query(pair) for one in conditions.queries for pair in one.pairs),
        sources=conditions.source.networks if conditions.source else (),
    )


def render_path(conditions: Conditions) -> str:
    """The path of ``render_conditions`` alone."""
    return _render_path(conditions.paths[0])[0] if conditions.paths else "/"


def parse_methods(methods: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order. The usual ones may be written small; any other counts exactly as written."""
    wanted: dict[str, None] = {}
    for method in methods:
        if not _TOKEN.fullmatch(method):
            raise UsageError(f"bad method {method!r}: it is no HTTP method", hint="Name one like `GET` or `POST`.")
        wanted[method.upper() if method.upper() in _USUAL_METHODS else method] = None
    return tuple(wanted)


def parse_weight(percent: float) -> int:
    """Hundredths of a percent."""
    weight = round(percent * 100)
    if not 0 <= weight <= FULL_WEIGHT or abs(percent * 100 - weight) > 1e-6:
        raise UsageError(
            f"bad weight {percent:g}: it is a percentage from 0 to 100 with at most two decimals",
            hint="Use 0 for none, 100 for all, or a share like 12.5.",
        )
    return weight


def render_weight(weight: int) -> float:
    return weight / 100


def parse_sticky(text: str) -> Sticky:
    by, _, name = text.partition(":")
    is_named_kind = by in ("cookie", "header")
    if text in ("none", "source", "cookie") or (is_named_kind and _TOKEN.fullmatch(name)):
        return Sticky(StickyBy(by), name)
    raise UsageError(
        f"bad stickiness {text!r}",
        hint="Use `none`, `source`, `cookie`, `cookie:NAME` or `header:NAME`.",
    )


def render_sticky(sticky: Sticky) -> str:
    return f"{sticky.by.value}:{sticky.name}" if sticky.name else sticky.by.value


def count_segments(path: PathCondition) -> int:
    """How many leading segments ``strip`` takes off; a path without fixed depth has none to count."""
    match path:
        case PathExact(text) | PathPrefix(text) | PathTemplate(text):
            count = len([segment for segment in text.split("/") if segment])
            if count > DEEPEST_STRIP:
                raise UsageError(
                    f"a path of {count} segments cannot be stripped: {DEEPEST_STRIP} is the most",
                    hint="Leave out `--strip`, or route a part of the path that is less deep.",
                )
            return count
        case PathPattern() | PathRegex():
            raise UsageError(
                "a pattern cannot be stripped: it has no fixed number of segments",
                hint="Leave out `--strip`, or write the path without wildcards.",
            )


def _parse_path(text: ConditionsText) -> PathCondition:
    path = text.path
    if not path.startswith("/") or any(character in path for character in " #\t\r\n"):
        raise UsageError(
            f"bad path {path!r}: it must start with / and hold no blanks", hint="Write it like `/api/posts`."
        )
    if text.pattern:
        if text.exact:
            raise UsageError("a path is either exact or a pattern, not both", hint="Leave one of the two out.")
        return PathPattern(path)
    if "?" in path or "*" in path:
        raise UsageError(
            f"bad path {path!r}: * and ? are wildcards only in a pattern",
            hint="Add `--pattern`, or write a `{name}` for one segment; everything below a path is matched anyway.",
        )
    path = path.rstrip("/") or "/"
    if "{" in path:
        return PathTemplate(path, children=not text.exact)
    return PathExact(path) if text.exact else PathPrefix(path)


def _render_path(path: PathCondition) -> tuple[str, bool, bool]:
    match path:
        case PathExact(text):
            return text, True, False
        case PathPrefix(text):
            return text, False, False
        case PathTemplate(text, children):
            return text, not children, False
        case PathPattern(text) | PathRegex(text):
            return text, False, True


def _parse_host(host: str) -> str:
    if not host or any(character in host for character in " /:\t"):
        raise UsageError(f"bad host {host!r}: it is a host name without port", hint="Write it like `api.example.com`.")
    return host.lower()


def _parse_header(line: str) -> HeaderCondition:
    name, colon, value = line.partition(":")
    if not colon or not _TOKEN.fullmatch(name) or not value.strip():
        raise UsageError(f"bad header {line!r}: it needs a name and a value", hint="Write it like `X-Env: beta*`.")
    return HeaderCondition(name, patterns=(value.strip(),))


def _parse_query(text: str) -> QueryPair:
    first, equals, rest = text.partition("=")
    key, value = (first, rest) if equals else (None, text)
    if not value or key == "":
        raise UsageError(f"bad query {text!r}: it needs a value", hint="Write it like `version=v1` or `*beta*`.")
    return QueryPair(value, key)


def _render_query(pair: QueryPair) -> str:
    return pair.value if pair.key is None else f"{pair.key}={pair.value}"


def _parse_network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError as error:
        raise UsageError(f"bad source {text!r}: {error}", hint="Write it like `10.0.0.0/8` or `192.0.2.7`.") from error
