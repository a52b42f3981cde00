"""A manifest as a tree of values with their lines, before anything knows what they mean. Pure.

Lines and columns count from 1. Aliases are shared nodes, so that a tree may be far larger than its text: ``size``
counts every node as often as it stands in the tree, and a long text for several.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Style(Enum):
    PLAIN = "plain"
    QUOTED = "quoted"
    LITERAL = "literal"
    #: text with variables filled in: it may stand for a number or a boolean where one is wanted
    FILLED = "filled"
    #: text with a variable that is not known, below an environment that was not asked for
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ScalarNode:
    text: str
    style: Style
    line: int
    column: int
    size: int = 1
    height: int = 0

    @property
    def is_null(self) -> bool:
        return self.style is Style.PLAIN and self.text in NULLS

    @property
    def may_be_plain(self) -> bool:
        return self.style in (Style.PLAIN, Style.FILLED)


@dataclass(frozen=True, slots=True)
class ListNode:
    """``text`` is what the list was written as, when a JSON array in a text has become one."""

    items: tuple[Node, ...]
    line: int
    column: int
    size: int = 1
    height: int = 1
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    line: int
    column: int
    value: Node


@dataclass(frozen=True, slots=True)
class MapNode:
    entries: tuple[Entry, ...]
    line: int
    column: int
    size: int = 1
    height: int = 1

    def get(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.key == key), None)


Node = ScalarNode | ListNode | MapNode

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
TRUE = frozenset({"true", "True", "TRUE"})
FALSE = frozenset({"false", "False", "FALSE"})
#: What older YAML reads as booleans; here only where a boolean is wanted.
YES = TRUE | {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}
NO = FALSE | {"n", "N", "no", "No", "NO", "off", "Off", "OFF"}

#: A leading zero is no number: YAML 1.1 read such as octal.
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*|0x[0-9a-fA-F_]*[0-9a-fA-F]|0o[0-7_]*[0-7]|0b[01_]*[01])")
DECIMAL = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
#: Longer ones are no numbers that anything here could mean, and slow to read.
LONGEST_NUMBER = 40


def to_integer(text: str) -> int | None:
    if len(text) > LONGEST_NUMBER or not INTEGER.fullmatch(text):
        return None
    return int(text.replace("_", ""), 0)


def to_number(text: str) -> float | None:
    """Never infinite."""
    whole = to_integer(text)
    if whole is not None:
        return float(whole)
    if len(text) > LONGEST_NUMBER or not DECIMAL.fullmatch(text):
        return None
    number = float(text)
    return None if number in (float("inf"), float("-inf")) else number


def to_boolean(text: str) -> bool | None:
    if text in YES:
        return True
    return False if text in NO else None


def to_value(node: Node) -> object:
    """A node that nothing declares: texts, numbers, booleans, lists and dicts by YAML 1.2."""
    if isinstance(node, ListNode):
        return [to_value(item) for item in node.items]
    if isinstance(node, MapNode):
        return {entry.key: to_value(entry.value) for entry in node.entries}
    return plain_value(node.text) if node.style is Style.PLAIN else node.text


def plain_value(text: str) -> object:
    if text in NULLS:
        return None
    if text in TRUE or text in FALSE:
        return text in TRUE
    whole = to_integer(text)
    if whole is not None:
        return whole
    number = to_number(text)
    return text if number is None or (text[0] == "0" and text[1:2].isdigit()) else number


def kind_of(node: Node) -> str:
    """What a node is, in the words of a message."""
    if isinstance(node, ListNode):
        return "a list"
    if isinstance(node, MapNode):
        return "a mapping"
    if node.style is not Style.PLAIN:
        return "text"
    value = plain_value(node.text)
    names = {bool: "a boolean", int: "a whole number", float: "a number", str: "text"}
    return names.get(type(value), "nothing")
