"""What one template would change of another's stack, worked out without CloudFormation. Pure.

Values are compared as they come out, not as they are written: what a function of Copilot's answered is the same as the
export or the number that it answered with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from stranglerfig.aws.adopting.fixed_properties import TABLE
from stranglerfig.aws.stacks.values import Action, Change
from stranglerfig.aws.synth.template import Tree
from stranglerfig.core.cloudformation.templates.declarations import Template
from stranglerfig.core.cloudformation.templates.differences import ANYTHING, difference_of
from stranglerfig.core.cloudformation.templates.evaluation import active_resources, properties_of
from stranglerfig.core.cloudformation.templates.schemas import Schema, read_table
from stranglerfig.core.cloudformation.templates.scope import Pseudo, Scope
from stranglerfig.core.cloudformation.templates.template import read_template

_REPLACEMENTS = {"True": Action.REPLACE, "Conditional": Action.MAYBE_REPLACE, "False": Action.MODIFY}
_NOTHING_FIXED = Schema(frozenset(), frozenset(), {}, ANYTHING)
_KEPT = ("Retain", "RetainExceptOnCreate", "Snapshot")


@dataclass(frozen=True, slots=True)
class Written:
    """A template with its parameters."""

    tree: Tree
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """``answers`` are attributes by logical id, of what answers something that is known otherwise; ``exports`` those of
    the region; ``physical`` are ids of what is there."""

    pseudo: Pseudo
    exports: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    physical: Mapping[str, str] = field(default_factory=dict)


def compare(before: Written, after: Written, known: Known) -> list[Change]:
    return list(_changes(scope_of(before, known), scope_of(after, known), known))


def _changes(before: Scope, after: Scope, known: Known) -> Iterator[Change]:
    old, new = active_resources(before), active_resources(after)
    for name, found in new.items():
        if name not in old:
            yield Change(Action.ADD, name, found.type)
            continue
        if old[name].type != found.type:
            yield Change(Action.REPLACE, name, old[name].type, known.physical.get(name, ""), ("Type",))
            continue
        schema = _schemas().get(found.type, _NOTHING_FIXED)
        properties = (as_text(properties_of(scope, name)) for scope in (before, after))
        difference = difference_of(schema, *properties)
        if difference.changed:
            action = _REPLACEMENTS[difference.replacement]
            fixed = schema.create_only | schema.conditional_create_only
            causes = [one for one in difference.changed if any(path.split(".")[0] == one for path in fixed)]
            kept = old[name].update_replace_policy in _KEPT
            physical = known.physical.get(name, "")
            yield Change(action, name, found.type, physical, () if action is Action.MODIFY else tuple(causes), kept)
    for name, found in old.items():
        if name not in new:
            kept = found.deletion_policy in _KEPT
            yield Change(Action.REMOVE, name, found.type, known.physical.get(name, ""), kept=kept)


@cache
def _schemas() -> dict[str, Schema]:
    return read_table(TABLE)


def as_text(value: Any) -> Any:
    """CloudFormation takes 80 and "80" for the same."""
    if isinstance(value, Mapping):
        return {key: as_text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_text(one) for one in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


class _Answers(dict[str, Any]):
    """Attributes of a resource: as they are known, else a name that is the same before and after."""

    def __init__(self, logical: str, known: Mapping[str, str]) -> None:
        super().__init__(known)
        self._logical = logical

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return f"({self._logical}.{key})"


class _Exports(dict[str, str]):
    """With those that will be there by then."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return f"(export {key})"

    def get(self, key: str, default: Any = None) -> str:
        return self[key]


def scope_of(written: Written, known: Known) -> Scope:
    template = read_template(written.tree)
    attributes = {name: _Answers(name, known.answers.get(name, {})) for name in template.resources}
    return Scope(template, _values(template, written.parameters), known.pseudo, _Exports(known.exports), attributes)


def _values(template: Template, given: Mapping[str, str]) -> dict[str, str]:
    return {name: given.get(name, found.default or "") for name, found in template.parameters.items()}
