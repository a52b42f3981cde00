"""Endpoint templates found from traffic: ``/api/users/17`` and ``/api/users/18`` are ``/api/users/{id}`` (pure).

Numbers, UUIDs, long hexadecimal words and dates are parameters at sight. Words become one when too many of them stand
in one place: it then takes all that comes, and what was learned below them is put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

#: so many different words in one place are values of a parameter
MOST_WORDS = 40
#: deeper paths end in ``{rest}``
DEEPEST = 12
#: of all templates; what comes after that is ``{rest}`` of what is there
MOST_NODES = 20_000
REST = "{rest}"
#: whatever is longer is a value; nor are the patterns below for texts of any length
LONGEST_WORD = 100
_SHAPES = (
    (re.compile(r"[+-]?[0-9]+"), "{id}"),
    (re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "{id}"),
    (re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?"), "{date}"),
    (re.compile(r"(?i)(?=[0-9a-f]*[0-9])[0-9a-f]{16,}"), "{id}"),
    # an address: it would be a secret in a report
    (re.compile(r"[^@]+(@|%40)[^@]+"), "{email}"),
    # ULID, KSUID, nano ids and the like: long, with digits among letters
    (re.compile(r"(?=[^.]*[0-9].*[0-9].*[0-9])[A-Za-z0-9_-]{20,}"), "{id}"),
)


@dataclass(slots=True)
class _Node:
    """``is_open``: words are values here, but for those that are ``known``. ``parameter`` is what they are called."""

    below: dict[str, _Node] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    is_open: bool = False
    parameter: str = "{name}"


@dataclass(slots=True)
class Endpoints:
    """``learn`` remembers; ``settle`` says what a template has become since. Bounded, whatever comes."""

    most_words: int = MOST_WORDS
    #: how often words have become parameters: without it ``settle`` says what it said before
    openings: int = 0
    _root: _Node = field(default_factory=_Node)
    _count: int = 0

    @classmethod
    def of(cls, templates: Iterable[str], most_words: int = MOST_WORDS) -> Endpoints:
        """What is known from routes, or was learned before: their words stay words, their parameters take every other
        word, and keep their names."""
        found = cls(most_words)
        for template in templates:
            found._add(template)
        return found

    def learn(self, path: str) -> str:
        """The template of a path without query."""
        segments = _segments(path)
        self._grow(segments)
        return self.settle(path)

    def settle(self, template: str) -> str:
        """Itself, unless a word in it has become a parameter since."""
        node, found = self._root, ""
        for number, segment in enumerate(_segments(template)):
            name = self._name(node, segment)
            if number == DEEPEST or name not in node.below:
                return f"{found}/{REST}"
            node, found = node.below[name], f"{found}/{name}"
        return found or "/"

    def _add(self, template: str) -> None:
        node = self._root
        for segment in _segments(template):
            if _is_parameter(segment) and segment not in ("{id}", "{date}", "{email}", REST):
                node.is_open, node.parameter = True, segment
            elif not _is_parameter(segment):
                node.known.add(segment)
            node = self._below(node, segment)

    def _grow(self, segments: list[str]) -> None:
        node = self._root
        for segment in segments[:DEEPEST]:
            name = self._name(node, segment)
            if name not in node.below and self._count >= MOST_NODES:
                return
            node = self._below(node, name)

    def _name(self, node: _Node, segment: str) -> str:
        if segment in node.below:
            return segment
        if node.is_open and node.parameter != "{name}":
            return node.parameter
        if len(segment) > LONGEST_WORD:
            return "{id}"
        shape = next((name for pattern, name in _SHAPES if pattern.fullmatch(segment)), None)
        return shape or (node.parameter if node.is_open else segment)

    def _below(self, node: _Node, name: str) -> _Node:
        if name not in node.below:
            node.below[name] = _Node()
            self._count += 1
            words = _values(node)
            if len(words) > self.most_words:
                self._open(node, words)
                name = name if name in node.below else node.parameter
        return node.below[name]

    def _open(self, node: _Node, words: list[str]) -> None:
        node.is_open = True
        self.openings += 1
        for word in words:
            swallowed = node.below.pop(word)
            if node.parameter in node.below:
                self._merge(node.below[node.parameter], swallowed)
            else:
                node.below[node.parameter] = swallowed

    def _merge(self, node: _Node, other: _Node) -> None:
        self._count -= 1
        node.known |= other.known
        for name, below in other.below.items():
            if name in node.below:
                self._merge(node.below[name], below)
            else:
                node.below[name] = below
        words = _values(node)
        if len(words) > self.most_words or (node.is_open and words):
            self._open(node, words)


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _values(node: _Node) -> list[str]:
    """The words in one place that may be values of a parameter."""
    return [one for one in node.below if one not in node.known and not _is_parameter(one)]


def _is_parameter(segment: str) -> bool:
    return segment[:1] == "{" and segment[-1:] == "}"
