"""A template's text, YAML or JSON, as a tree of JSON values (pure).

YAML as CloudFormation reads it: version 1.1, the last of two equal keys wins, and dates stay text. So do numbers with
a leading zero and those with colons, or account ids and pairs of ports would be turned into other numbers.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from stranglerfig.core.cloudformation.templates.calls import SHORT_FORMS
from stranglerfig.core.faults import Fault

LARGEST = 51_200
DEEPEST = 64
#: Characters of all texts and one for each value, aliases written out.
MOST_WRITTEN_OUT = 1_000_000

YES = {word for base in ("yes", "true", "on") for word in (base, base.capitalize(), base.upper())}
NO = {word for base in ("no", "false", "off") for word in (base, base.capitalize(), base.upper())}
NULLS = {"", "~", "null", "Null", "NULL"}
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]{0,99})")
HEXADECIMAL = re.compile(r"[-+]?0x[0-9a-fA-F_]{1,32}")
DECIMAL = re.compile(r"[-+]?([0-9][0-9_]*)?\.[0-9_]*([eE][-+]?[0-9]+)?")
#: The parser's time grows with the square of how many open on one line.
TOO_MANY_OPEN = re.compile(rf"(?:[\[{{][ \t]*){{{DEEPEST + 1},}}")
#: What Python can hold but no file: halves of a pair, written as an escape.
SURROGATE = re.compile("[\ud800-\udfff]")

STANDARD = "tag:yaml.org,2002:"
RESOLVED_TAGS = {f"{STANDARD}{name}" for name in ("int", "float", "bool", "null", "timestamp")}
#: Plain ``<<`` and ``=`` are texts where they are no keys.
TEXT_TAGS = {"!", f"{STANDARD}str", f"{STANDARD}merge", f"{STANDARD}value"}
#: The parser lets these through from inside itself, for escapes and directives out of range.
PARSER_FAULTS = (ValueError, OverflowError, IndexError, TypeError, AttributeError, AssertionError, LookupError)


def read_text(text: str) -> Any:
    """Short forms of functions come out as long ones. Raises ``Fault`` (ValidationError) with line and column."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        raise Fault(
            "ValidationError",
            f"1 validation error detected: Value of {size} bytes at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {LARGEST}",
        )
    if text.lstrip().startswith("{"):
        return _read_braces(text)
    return _read_yaml(text)


def _read_braces(text: str) -> Any:
    """JSON; but YAML may begin with a brace too."""
    try:
        tree = json.loads(text, parse_float=_finite, parse_constant=_no_number)
    except json.JSONDecodeError as broken:
        try:
            return _read_yaml(text)
        except Fault:
            raise _broken("JSON not well-formed.", broken.lineno, broken.colno) from None
    except RecursionError:
        raise _broken(f"more than {DEEPEST} levels deep.", 1, 1) from None
    except ValueError as broken:
        raise Fault("ValidationError", f"Template format error: JSON not well-formed: {broken}") from None
    _check_json(tree, 0)
    return tree


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON value")


def _check_json(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise _broken(f"more than {DEEPEST} levels deep.", 1, 1) from None
    texts = [value] if isinstance(value, str) else [*value] if isinstance(value, dict) else []
    if any(SURROGATE.search(text) for text in texts):
        raise Fault("ValidationError", "Template format error: an escape stands for half a character.")
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        _check_json(child, depth + 1)


def _read_yaml(text: str) -> Any:
    try:
        return _Reader().value(_compose(text))
    except RecursionError:
        raise _broken(f"more than {DEEPEST} levels deep.", 1, 1) from None


def _compose(text: str) -> Node:
    if deep := TOO_MANY_OPEN.search(text):
        raise _broken(f"more than {DEEPEST} levels deep.", *_place(text, deep.start()))
    parser = YAML(typ="safe", pure=True)
    parser.version = (1, 1)
    try:
        found = parser.compose(text)
    except MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        raise _broken("YAML not well-formed.", *((mark.line + 1, mark.column + 1) if mark else (1, 1))) from None
    except YAMLError:
        raise _broken("YAML not well-formed: a character that YAML does not allow.", *_unprintable(text)) from None
    except PARSER_FAULTS as broken:
        raise Fault("ValidationError", "Template format error: YAML not well-formed.") from broken
    if not isinstance(found, Node):
        raise Fault("ValidationError", "Template format error: unsupported structure.")
    return found


def _unprintable(text: str) -> tuple[int, int]:
    """The parser refuses control characters before it counts lines."""
    at = next((at for at, c in enumerate(text) if not c.isprintable() and c not in "\n\r\t\x85\u2028\u2029\xa0"), 0)
    return _place(text, at)


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


@dataclass(slots=True)
class _Reader:
    depth: int = 0
    written: int = 0

    def value(self, node: Node) -> Any:
        self.count(node, 1)
        if self.depth > DEEPEST:
            raise _broken_at(node, f"more than {DEEPEST} levels deep.")
        self.depth += 1
        try:
            tag = str(node.tag or "")
            if tag in SHORT_FORMS:
                return self.function(SHORT_FORMS[tag], node)
            return self.plain(node, tag)
        finally:
            self.depth -= 1

    def function(self, name: str, node: Node) -> Any:
        argument = self.text(node) if isinstance(node, ScalarNode) else self.collection(node)
        if name == "Fn::GetAtt" and isinstance(argument, str) and "." in argument:
            argument = argument.split(".", 1)
        return {name: argument}

    def plain(self, node: Node, tag: str) -> Any:
        if isinstance(node, ScalarNode):
            if tag in TEXT_TAGS:
                return self.text(node)
            if tag in RESOLVED_TAGS:
                return _resolved(self.text(node))
        elif tag in (f"{STANDARD}map", f"{STANDARD}seq"):
            return self.collection(node)
        raise _broken_at(node, f"Unknown tag {tag.replace(STANDARD, '!!')}.")

    def collection(self, node: Node) -> Any:
        if isinstance(node, SequenceNode):
            return [self.value(item) for item in node.value]
        if isinstance(node, MappingNode):
            return self.mapping(node)
        raise _broken_at(node, "unsupported structure.")

    def mapping(self, node: MappingNode) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value in node.value:
            if not isinstance(key_node, ScalarNode):
                raise _broken_at(key_node, "a key must be a text.")
            key = self.text(key_node)
            if key == "<<" and key_node.style is None:
                raise _broken_at(key_node, "YAML's merge key << is not supported in templates.")
            found[key] = self.value(value)
        return found

    def text(self, node: ScalarNode) -> str:
        text = str(node.value)
        self.count(node, len(text))
        if SURROGATE.search(text):
            raise _broken_at(node, "an escape stands for half a character.")
        return text

    def count(self, node: Node, written: int) -> None:
        self.written += written
        if self.written > MOST_WRITTEN_OUT:
            raise _broken_at(node, "too large with its aliases written out.")


def _resolved(text: str) -> Any:
    if text in NULLS:
        return None
    if text in YES or text in NO:
        return text in YES
    digits = text.replace("_", "")
    if INTEGER.fullmatch(text):
        return int(digits)
    if HEXADECIMAL.fullmatch(text):
        return int(digits, 16)
    if DECIMAL.fullmatch(text) and any(c.isdigit() for c in text.partition("e")[0]):
        number = float(digits)
        return number if math.isfinite(number) else text
    return text


def _broken_at(node: Node, message: str) -> Fault:
    return _broken(message, node.start_mark.line + 1, node.start_mark.column + 1)


def _broken(message: str, line: int, column: int) -> Fault:
    return Fault("ValidationError", f"Template format error: {message} (line {line}, column {column})")
