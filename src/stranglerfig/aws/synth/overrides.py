"""Patches of the user's own to a template: ``overrides/cfn.patches.yml``, as Copilot has it. Pure.

A list of ``op`` (add, remove or replace), ``path`` (a JSON pointer, RFC 6901) and ``value``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

from stranglerfig.aws.synth.template import Tree
from stranglerfig.core.cloudformation.templates.calls import SHORT_FORMS
from stranglerfig.manifest.nearest import nearest
from stranglerfig.manifest.nodes import ListNode, MapNode, ScalarNode, kind_of, to_value
from stranglerfig.manifest.problems import ManifestInvalid, Problem, brief, located
from stranglerfig.manifest.rules.given import quoted
from stranglerfig.manifest.source import read_source

PATCHES_FILE = "cfn.patches.yml"
ADD, REMOVE, REPLACE = "add", "remove", "replace"
OPERATIONS = (ADD, REMOVE, REPLACE)
FIELDS = ("op", "path", "value")
APPEND = "-"
#: How names of Copilot's helpers end, which no template of ours has.
OF_LAMBDAS = ("Action", "Function", "FunctionRole", "ControllerRole", "CalculatorRole", "PriorityFunctionRole")


@dataclass(frozen=True, slots=True)
class Patch:
    """``path`` is the pointer's parts; none for the template itself. ``line`` is where the patch stands in its file."""

    operation: str
    path: tuple[str, ...]
    value: object
    file: str
    line: int

    @property
    def pointer(self) -> str:
        return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in self.path)


def read_patches(text: bytes, file: str) -> tuple[Patch, ...]:
    """Raises ``ManifestInvalid`` with every problem."""
    root, faults = read_source(text, file, SHORT_FORMS)
    problems = list(located(file, faults))
    if not isinstance(root, ListNode):
        raise ManifestInvalid([*problems, Problem(file, root.line, "", f"must be a list, but is {kind_of(root)}")])
    patches = []
    for at, node in enumerate(root.items):
        wrong = list(_wrong_patch(node, file, f"[{at}]"))
        problems += wrong
        if not wrong and isinstance(node, MapNode):
            patches.append(_patch(node, file))
    if problems:
        raise ManifestInvalid(problems)
    return tuple(patches)


def apply_patches(tree: Tree, patches: tuple[Patch, ...]) -> Tree:
    """In their order, to a copy. Raises ``ManifestInvalid`` at the first that finds no place."""
    holder: dict[str, object] = {"": copy.deepcopy(tree)}
    for patch in patches:
        _apply(holder, patch)
    result = holder.get("")
    if not isinstance(result, dict):
        raise _nowhere(patches[-1], "leaves no template")
    return result


def _wrong_patch(node: object, file: str, path: str) -> Iterator[Problem]:
    if not isinstance(node, MapNode):
        line = node.line if isinstance(node, (ListNode, ScalarNode)) else 1
        yield Problem(file, line, path, f"must be a mapping of {quoted(FIELDS)}")
        return
    for entry in node.entries:
        if entry.key not in FIELDS:
            yield Problem(file, entry.line, f"{path}.{entry.key}", f"is not a known field; there is {quoted(FIELDS)}")
    operation, pointer = _text(node, "op"), _text(node, "path")
    if operation not in OPERATIONS:
        yield Problem(file, node.line, f"{path}.op", f"must be {quoted(OPERATIONS, 'or')}")
    if pointer is None or (pointer and not pointer.startswith("/")):
        yield Problem(file, node.line, f"{path}.path", "must be a JSON pointer like /Resources/Service/Properties")
    if operation in (ADD, REPLACE) and node.get("value") is None:
        yield Problem(file, node.line, f"{path}.value", f'must be specified if "op" is {operation}')


def _patch(node: MapNode, file: str) -> Patch:
    pointer, value = _text(node, "path") or "", node.get("value")
    parts = tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return Patch(_text(node, "op") or "", parts, to_value(value.value) if value else None, file, node.line)


def _text(node: MapNode, name: str) -> str | None:
    entry = node.get(name)
    return entry.value.text if entry and isinstance(entry.value, ScalarNode) else None


def _apply(holder: dict[str, object], patch: Patch) -> None:
    """``holder`` has the template at the empty name, so that the template itself can be replaced like its parts."""
    parts = ("", *patch.path)
    found: object = holder
    for at, part in enumerate(parts[:-1]):
        found = _step(found, part, patch, parts[1:at])
    last, where = parts[-1], parts[1:-1]
    if isinstance(found, dict):
        _change_mapping(found, last, patch, where)
    elif isinstance(found, list):
        _change_list(found, last, patch, where)
    else:
        raise _nowhere(patch, f"{_shown(where)} is neither a mapping nor a list")


def _step(found: object, part: str, patch: Patch, where: tuple[str, ...]) -> object:
    if isinstance(found, dict):
        if part not in found:
            raise _nowhere(patch, f"{_shown(where)} has no {brief(part)!r}", _hint(part, found))
        return found[part]
    if isinstance(found, list):
        return found[_index(found, part, patch, where)]
    raise _nowhere(patch, f"{_shown(where)} is neither a mapping nor a list")


def _change_mapping(found: dict[str, object], key: str, patch: Patch, where: tuple[str, ...]) -> None:
    if patch.operation != ADD and key not in found:
        raise _nowhere(patch, f"{_shown(where)} has no {brief(key)!r}", _hint(key, found))
    if patch.operation == REMOVE:
        del found[key]
    else:
        found[key] = copy.deepcopy(patch.value)


def _change_list(found: list[object], key: str, patch: Patch, where: tuple[str, ...]) -> None:
    if patch.operation == ADD:
        at = len(found) if key == APPEND else _index([*found, None], key, patch, where)
        found.insert(at, copy.deepcopy(patch.value))
        return
    at = _index(found, key, patch, where)
    if patch.operation == REMOVE:
        del found[at]
    else:
        found[at] = copy.deepcopy(patch.value)


def _index(found: list[object], part: str, patch: Patch, where: tuple[str, ...]) -> int:
    is_number = part.isascii() and part.isdigit() and len(part) < 9 and (part == "0" or part[0] != "0")
    if is_number and int(part) < len(found):
        return int(part)
    what = f"{_shown(where)} is a list, and has no {brief(part)!r}"
    raise _nowhere(patch, what, f"Its items are 0 to {len(found) - 1}." if found else "It is empty.")


def _hint(part: str, found: dict[str, object]) -> str | None:
    near = nearest(part, found)
    if near is None and part.endswith(OF_LAMBDAS):
        return "Copilot had it for its Lambda functions, which are no more: take the patch away."
    return f"did you mean {near}?" if near else None


def _shown(where: tuple[str, ...]) -> str:
    return f"/{'/'.join(where)}" if where else "the template"


def _nowhere(patch: Patch, message: str, hint: str | None = None) -> ManifestInvalid:
    return ManifestInvalid([Problem(patch.file, patch.line, f"{patch.operation} {patch.pointer}", message, hint)])
