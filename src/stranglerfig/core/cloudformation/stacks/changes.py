"""What an update would change, before it does: as change sets show it (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from stranglerfig.core.cloudformation.stacks.faults import invalid
from stranglerfig.core.cloudformation.stacks.order import in_order, needs_of
from stranglerfig.core.cloudformation.stacks.policy import Touch
from stranglerfig.core.cloudformation.stacks.records import Incarnation, StackOutput, StackResource, Tags
from stranglerfig.core.cloudformation.stacks.steps import with_tags
from stranglerfig.core.cloudformation.templates.declarations import ResourceDeclaration
from stranglerfig.core.cloudformation.templates.evaluation import active_resources, outputs_of, properties_of
from stranglerfig.core.cloudformation.templates.resource_types import Difference, changed_paths, find_type
from stranglerfig.core.cloudformation.templates.scope import UNKNOWN, Scope

RECREATION = {"True": "Always", "Conditional": "Conditionally", "False": "Never"}


@dataclass(frozen=True, slots=True)
class Detail:
    """``recreation``: Never, Conditionally, Always. ``is_static``: what it will be is known."""

    property: str
    recreation: str
    is_static: bool


@dataclass(frozen=True, slots=True)
class Change:
    """``action``: Add, Modify, Remove. ``replacement``, of a Modify: True, False, Conditional. ``beside``: what else
    its declaration says anew, as Metadata or DeletionPolicy."""

    action: str
    logical_id: str
    type: str
    physical_id: str = ""
    replacement: str | None = None
    details: tuple[Detail, ...] = ()
    beside: tuple[str, ...] = ()
    is_retained: bool = False

    def touch(self) -> Touch | None:
        """For the stack's policy, which has no say in what is added."""
        if self.action == "Add":
            return None
        if self.action == "Remove":
            word = "Update:Delete"
        else:
            word = "Update:Modify" if self.replacement == "False" else "Update:Replace"
        return Touch(word, self.logical_id, self.type)


def changes_of(scope: Scope, resources: Mapping[str, StackResource], tags: Tags) -> tuple[Change, ...]:
    """``scope`` is the stack as it is to be, ``resources`` what there is. Raises a ``Fault`` for what can never be."""
    there = {name: one for name, one in resources.items() if one.is_there}
    wanted = active_resources(scope)
    return (*_added_and_modified(scope, wanted, there, tags), *_removed(wanted, there))


def outputs_change(scope: Scope, resources: Mapping[str, StackResource], outputs: tuple[StackOutput, ...]) -> bool:
    """Where no resource changes."""
    wanted = outputs_of(replace(scope, attributes=_attributes(resources)))
    shown = tuple((one.key, str(one.value), one.description, one.export_name) for one in wanted)
    return shown != tuple((one.key, one.value, one.description, one.export_name) for one in outputs)


def _attributes(resources: Mapping[str, StackResource]) -> dict[str, Mapping[str, Any]]:
    return {name: one.now.attributes for name, one in resources.items() if one.is_there and one.now is not None}


def _added_and_modified(
    scope: Scope, wanted: Mapping[str, ResourceDeclaration], there: Mapping[str, StackResource], tags: Tags
) -> Iterator[Change]:
    attributes = _attributes(there)
    for name in (one for one in in_order(needs_of(scope.template)) if one in wanted):
        declared, resource = wanted[name], there.get(name)
        properties = properties_of(replace(scope, attributes=attributes), name)
        if resource is None:
            yield Change("Add", name, declared.type)
            continue
        change = _modified(declared, resource, properties, tags)
        if change is not None:
            yield change
        if change is not None and change.replacement != "False":
            # What hangs on it will be told another id.
            attributes.pop(name)


def _modified(
    declared: ResourceDeclaration, resource: StackResource, properties: dict[str, Any], tags: Tags
) -> Change | None:
    now, kind = resource.now, find_type(declared.type)
    assert now is not None
    if now.type != declared.type:
        raise invalid(
            "Update of resource type is not permitted. The new template modifies resource type of the following "
            f"resources: [{declared.name}]"
        )
    if kind is None:
        return None
    properties = with_tags(properties, tags, kind)
    difference = changed_paths(kind, now.properties, properties)
    beside = tuple(_changed_beside(declared, resource.metadata, now))
    if not difference.changed and not beside:
        return None
    details = []
    for name in difference.changed:
        before = {key: value for key, value in now.properties.items() if key == name}
        after = {key: value for key, value in properties.items() if key == name}
        alone = changed_paths(kind, before, after)
        details.append(Detail(name, RECREATION[alone.replacement], is_static=not _is_unknown(after.get(name))))
    return Change(
        "Modify",
        declared.name,
        declared.type,
        now.physical_id,
        _replacement(difference),
        tuple(details),
        beside,
        is_retained=declared.update_replace_policy != "Delete",
    )


def _changed_beside(declared: ResourceDeclaration, metadata: Any, now: Incarnation) -> Iterator[str]:
    if declared.metadata != metadata:
        yield "Metadata"
    if declared.deletion_policy != now.deletion_policy:
        yield "DeletionPolicy"
    if declared.update_replace_policy != now.update_replace_policy:
        yield "UpdateReplacePolicy"


def _replacement(difference: Difference) -> str:
    return difference.replacement if difference.changed else "False"


def _removed(wanted: Mapping[str, ResourceDeclaration], there: Mapping[str, StackResource]) -> Iterator[Change]:
    for name, resource in there.items():
        if name not in wanted and resource.now is not None:
            is_retained = resource.now.deletion_policy != "Delete"
            yield Change("Remove", name, resource.now.type, resource.now.physical_id, is_retained=is_retained)


def _is_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(_is_unknown(item) for item in value)
    return value is UNKNOWN
