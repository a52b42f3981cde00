"""Requests, asked of two tables of rules: which would change side; and how people write one. Pure; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from stranglerfig.core.ingress import to_group_name
from stranglerfig.core.routing.admission import admit
from stranglerfig.core.routing.canonical import Refusal
from stranglerfig.core.routing.explain import Explanation, Verdict, explain
from stranglerfig.core.routing.match import matches
from stranglerfig.core.routing.precedence import ordered
from stranglerfig.core.routing.rules import PathExact, PathPrefix, Request, Rule
from stranglerfig.core.topology import Listener
from stranglerfig.errors import UsageError


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


class Table:
    """A listener's rules, put in order once for many requests."""

    def __init__(self, listener: Listener) -> None:
        self._order = listener.order
        self._alternatives = tuple(ordered(listener.rules, listener.order))
        #: by path, those that mean it or all below it; and all others, which have to be looked at
        self._by_path: dict[str, list[int]] = {}
        self._others: list[int] = []
        for number, alternative in enumerate(self._alternatives):
            if isinstance(alternative.path, PathExact | PathPrefix):
                self._by_path.setdefault(alternative.path.path, []).append(number)
            else:
                self._others.append(number)

    def outcome(self, request: Request) -> Outcome:
        """As ``explain`` has it."""
        winner = self._winner(request)
        found = explain([winner] if winner is not None else [], self._order, request, {})
        return Outcome(found.verdict, _shares(found), found.status, found.location)

    def _winner(self, request: Request) -> Rule | None:
        admitted = admit(request)
        if isinstance(admitted, Refusal) or admitted.path == "*":
            return None
        path = admitted.path
        numbers = [number for above in _and_above(path) for number in self._by_path.get(above, ())]
        for number in sorted([*self._others, *numbers]):
            if matches(self._alternatives[number], request, path) is None:
                return self._alternatives[number].rule
        return None


def try_rules(before: Listener, after: Listener, asked: Iterable[Asked]) -> Trial:
    """What is asked most first."""
    old, new = Table(before), Table(after)
    found, kinds, requests = [], 0, 0
    for one in asked:
        kinds, requests = kinds + 1, requests + one.times
        change = Change(one, old.outcome(one.request), new.outcome(one.request))
        if change.before != change.after:
            found.append(change)
    return Trial(kinds, requests, tuple(sorted(found, key=lambda change: -change.asked.times)))


def _and_above(path: str) -> Iterator[str]:
    """``/a/b`` of itself, ``/a/b/`` too, then ``/a`` and ``/``."""
    yield path
    while len(path) > 1:
        path = path.rpartition("/")[0] or "/"
        yield path


def _shares(found: Explanation) -> tuple[tuple[str, float], ...]:
    """By name: two pools of one target group are one side, and their order none."""
    shares: dict[str, float] = {}
    for share in found.shares:
        name = to_group_name(share.group)
        shares[name] = shares.get(name, 0.0) + share.share
    return tuple(sorted((name, round(share, 6)) for name, share in shares.items() if share))


def to_sample_request(method: str, url: str, headers: Sequence[tuple[str, str]], source: str) -> Request:
    """``url`` is a path with query, or a URL whose authority becomes the Host header."""
    try:
        ip_address(source)
    except ValueError as error:
        raise UsageError(f"bad source {source!r}: it is no address", hint="Write it like `10.1.2.3`.") from error
    scheme, separator, rest = url.partition("://")
    hosts = [value for name, value in headers if name.lower() == "host"]
    host, target = "localhost", url
    if separator:
        cut = next((place for place, character in enumerate(rest) if character in "/?"), len(rest))
        host, target = rest[:cut], rest[cut:] or "/"
        target = target if target.startswith("/") else f"/{target}"
    return Request(
        method=method,
        target=target.partition("#")[0],
        host=hosts[0] if hosts else host,
        headers=tuple(headers),
        source=source,
        scheme=scheme if separator else "http",
    )


def to_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name:
        raise UsageError(f"bad header {line!r}: it needs a name and a value", hint="Write it like `X-Env: beta`.")
    return name.strip(), value.strip()
