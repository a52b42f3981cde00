"""Text to nodes: YAML 1.2 with lines, and nothing that a hostile file could make large, deep or slow. Pure.

The library's parser gives events only; trees, aliases and merge keys are made here, where they can be counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from stranglerfig.manifest.nodes import Entry, ListNode, MapNode, Node, ScalarNode, Style
from stranglerfig.manifest.paths import join
from stranglerfig.manifest.problems import Fault, ManifestInvalid, Place, brief, located

LARGEST = 1024 * 1024
DEEPEST = 64
#: Keys and values, each alias counted with all that it stands for.
MOST_VALUES = 10_000
#: A text of more counts for several values: what aliases write out is bounded in characters too.
CHARACTERS_OF_A_VALUE = 256
LONGEST_TEXT = 64 * 1024
#: The parser's time grows with the square of some things that it looks for on one line.
LONGEST_LINE = 64 * 1024

STYLES = {None: Style.PLAIN, "": Style.PLAIN, "|": Style.LITERAL}
TAG_PREFIX = "tag:yaml.org,2002:"
TAGS = {"!", *(TAG_PREFIX + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))}
TEXT_TAGS = {"!", f"{TAG_PREFIX}str"}
#: The parser lets these through from inside itself, for escapes and directives out of range.
PARSER_FAULTS = (ValueError, OverflowError, IndexError, TypeError, AttributeError, AssertionError, LookupError)
#: The one function whose argument has two spellings.
GET_ATT = "Fn::GetAtt"
#: Faults that have one usual cause.
SYNTAX_HINTS = {
    "mapping values are not allowed here": "A text with a colon wants quotes, and fields of one section stand in line.",
    "could not find expected ':'": "A line of a mapping is `name: value`.",
    "expected <block end>, but found '<block mapping start>'": "Fields of one section stand in line.",
}
#: What Python can hold but no file: halves of a pair, written as an escape.
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Open:
    """A list or a mapping whose end has not come yet."""

    event: CollectionStartEvent
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    merged: list[Node] = field(default_factory=list)
    key: ScalarNode | None = None

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.event, MappingStartEvent)


class Unreadable(Exception):
    def __init__(self, line: int, column: int, message: str, hint: str | None = None) -> None:
        self.fault = Fault(Place(line, column, ""), message, hint)


@dataclass(slots=True)
class TreeBuilder:
    """``functions`` are tags that stand for mappings of one key: ``!Ref X`` for ``Ref: X``."""

    functions: Mapping[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    stack: list[Open] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    root: Node | None = None
    values: int = 0
    documents: int = 0

    def take(self, event: Event) -> None:
        match event:
            case DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    refuse(event, "a second document begins here", "Only one document may stand in a file.")
            case AliasEvent():
                self.add(self.resolve(event))
            case ScalarEvent():
                self.scalar(event)
            case CollectionStartEvent():
                self.check_tag(event)
                self.stack.append(Open(event))
                if len(self.stack) > DEEPEST:
                    refuse(event, f"more than {DEEPEST} levels deep")
            case MappingEndEvent() | SequenceEndEvent():
                self.close(self.stack.pop())
            case DocumentEndEvent() if self.root is None:
                refuse(event, "the file is empty")

    def resolve(self, event: AliasEvent) -> Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            refuse(event, f"the alias *{brief(event.anchor)} stands for nothing before it")
        self.count(event, node.size)
        if len(self.stack) + node.height > DEEPEST:
            refuse(event, f"more than {DEEPEST} levels deep through the alias *{brief(event.anchor)}")
        return node

    def scalar(self, event: ScalarEvent) -> None:
        self.check_tag(event)
        text = event.value
        weight = 1 + len(text) // CHARACTERS_OF_A_VALUE
        self.count(event, weight)
        if len(text) > LONGEST_TEXT:
            refuse(event, f"a text of {len(text)} characters; {LONGEST_TEXT} are the most")
        if SURROGATE.search(text):
            refuse(event, "an escape in this text stands for half a character")
        style = STYLES.get(event.style, Style.QUOTED)
        if event.tag in TEXT_TAGS or event.tag in self.functions:
            style = Style.QUOTED
        elif event.tag is not None:
            style = Style.PLAIN
        self.finish(event, ScalarNode(text, style, *position(event), weight))

    def close(self, done: Open) -> None:
        self.count(done.event, 1)
        at = position(done.event)
        children = done.items
        if done.is_mapping:
            merge(self, done)
            children = [entry.value for entry in done.entries.values()]
        # an empty one stands a level above nothing
        height = 1 + max((child.height for child in children), default=0)
        size = 1 + sum(child.size for child in children)
        if done.is_mapping:
            self.finish(done.event, MapNode(tuple(done.entries.values()), *at, size, height))
        else:
            self.finish(done.event, ListNode(tuple(done.items), *at, size, height))

    def add(self, node: Node) -> None:
        """A finished node goes to the collection that is open, as key or value, or is the document."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if not top.is_mapping:
            top.items.append(node)
        elif top.key is None:
            if not isinstance(node, ScalarNode):
                raise Unreadable(node.line, node.column, "a key must be a text")
            top.key = node
        else:
            key, top.key = top.key, None
            self.add_entry(top, key, node)

    def add_entry(self, top: Open, key: ScalarNode, value: Node) -> None:
        if key.text == "<<" and key.style is Style.PLAIN:
            top.merged.append(value)
        elif key.text in top.entries:
            first = top.entries[key.text].line
            self.fault(key, join(self.path(), key.text), f"is here twice; the first is in line {first}")
        else:
            top.entries[key.text] = Entry(key.text, key.line, key.column, value)

    def finish(self, event: ScalarEvent | CollectionStartEvent, node: Node) -> None:
        if (name := self.functions.get(event.tag or "")) is not None:
            node = call(name, node)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        self.add(node)

    def count(self, event: Event, values: int) -> None:
        self.values += values
        if self.values > MOST_VALUES:
            refuse(event, f"more than {MOST_VALUES} values, aliases written out")

    def check_tag(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.tag is not None and event.tag not in TAGS and event.tag not in self.functions:
            line, column = position(event)
            what = brief(event.tag.removeprefix(TAG_PREFIX))
            self.faults.append(Fault(Place(line, column, self.path()), f"the tag {what} means nothing here"))

    def fault(self, node: ScalarNode, path: str, message: str) -> None:
        self.faults.append(Fault(Place(node.line, node.column, path), message))

    def path(self) -> str:
        path = ""
        for part in self.stack:
            if not part.is_mapping:
                path = join(path, len(part.items))
            elif part.key is not None:
                path = join(path, part.key.text)
        return path


def call(name: str, argument: Node) -> MapNode:
    """A function with its argument. That of ``GetAtt`` is a list, and may be written with a dot."""
    line, column = argument.line, argument.column
    if name == GET_ATT and isinstance(argument, ScalarNode) and "." in argument.text:
        parts = argument.text.split(".", 1)
        argument = ListNode(tuple(ScalarNode(part, Style.QUOTED, line, column) for part in parts), line, column, size=3)
    return MapNode((Entry(name, line, column, argument),), line, column, argument.size + 1, argument.height + 1)


def merge(builder: TreeBuilder, done: Open) -> None:
    """``<<``: what the mapping has itself wins, then the first of several."""
    for value in done.merged:
        for source in value.items if isinstance(value, ListNode) else (value,):
            if not isinstance(source, MapNode):
                where = Place(source.line, source.column, join(builder.path(), "<<"))
                builder.faults.append(Fault(where, "must be a mapping or a list of mappings"))
                continue
            for entry in source.entries:
                done.entries.setdefault(entry.key, entry)


def read_source(text: bytes, file: str, functions: Mapping[str, str] | None = None) -> tuple[Node, list[Fault]]:
    """The tree, and what is wrong with it as YAML; ``ManifestInvalid`` if there is no tree to go on with.

    ``functions``: see ``TreeBuilder``; a manifest has none.
    """
    builder = TreeBuilder(functions or {})
    try:
        decoded = decode_utf8(text)
        try:
            for event in events(decoded):
                builder.take(event)
        except MarkedYAMLError as broken:
            refuse_syntax(broken, decoded)
        except YAMLError as broken:
            raise unprintable(decoded) from broken
        if builder.root is None:
            raise Unreadable(1, 1, "the file is empty")
    except Unreadable as broken:
        raise ManifestInvalid(located(file, [*builder.faults, broken.fault])) from None
    return builder.root, builder.faults


def events(text: str) -> Iterator[Event]:
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except RecursionError:
        raise Unreadable(1, 1, f"more than {DEEPEST} levels deep") from None
    except PARSER_FAULTS as broken:
        raise Unreadable(1, 1, f"this is not YAML: {brief(str(broken))}") from broken


def decode_utf8(text: bytes) -> str:
    if len(text) > LARGEST:
        raise Unreadable(1, 1, f"the file has {len(text)} bytes; {LARGEST} are the most")
    try:
        return check_lines(text.decode("utf-8-sig"))
    except UnicodeDecodeError as broken:
        before = text[: broken.start]
        column = broken.start - (before.rfind(b"\n") + 1) + 1
        hint = "Save the file as UTF-8."
        raise Unreadable(before.count(b"\n") + 1, column, "the file is not UTF-8", hint) from None


def check_lines(text: str) -> str:
    start = 0
    line = 1
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end - start > LONGEST_LINE:
            raise Unreadable(line, 1, f"a line of {end - start} characters; {LONGEST_LINE} are the most")
        start, line = end + 1, line + 1
    return text


def unprintable(text: str) -> Unreadable:
    """The parser refuses control characters before it counts lines."""
    found = next((at for at, c in enumerate(text) if not c.isprintable() and c not in "\n\r\t\x85\u2028\u2029 "), 0)
    line = text.count("\n", 0, found) + 1
    return Unreadable(line, 1, f"a character that YAML does not allow: {text[found : found + 1]!r}")


def refuse_syntax(broken: MarkedYAMLError, text: str) -> NoReturn:
    mark = broken.problem_mark or broken.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())]:
        raise Unreadable(line, column, "the line begins with a tab", "YAML is indented with spaces.")
    said = broken.problem or broken.context or "the parser gives no reason"
    raise Unreadable(line, column, f"this is not YAML: {brief(said)}", SYNTAX_HINTS.get(said))


def refuse(event: Event, message: str, hint: str | None = None) -> NoReturn:
    raise Unreadable(*position(event), message, hint)


def position(event: Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
