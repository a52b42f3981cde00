"""What comes next in an operation on a stack (pure).

Nothing is remembered of what was decided before: a step is due as long as the books do not say that it is done. So an
operation that was interrupted goes on by the same question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.core.cloudformation.stacks.deeds import Deed, Step
from stranglerfig.core.cloudformation.stacks.deletions import deletions
from stranglerfig.core.cloudformation.stacks.order import in_order
from stranglerfig.core.cloudformation.stacks.records import StackResource, Tags
from stranglerfig.core.cloudformation.stacks.scene import Phase, Scene
from stranglerfig.core.cloudformation.stacks.states import BUSY, FAILED, GONE
from stranglerfig.core.cloudformation.templates.evaluation import properties_of
from stranglerfig.core.cloudformation.templates.resource_types import (
    Kind,
    ResourceType,
    changed_paths,
    find_type,
    problems_of,
)
from stranglerfig.core.cloudformation.templates.scope import UNKNOWN, Scope
from stranglerfig.core.cloudformation.templates.template import ResourceDeclaration
from stranglerfig.core.faults import Fault

DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:[^{}]*\}\}")


@dataclass(frozen=True, slots=True)
class Outlook:
    """The steps that can be taken at once, those that are being taken among them. ``reached`` as in ``Scene``."""

    steps: tuple[Step, ...]
    reached: frozenset[str] = frozenset()


def next_steps(scene: Scene) -> Outlook:
    if scene.phase in (Phase.CLEANUP, Phase.CLEAR):
        return Outlook(deletions(scene))
    outlook = _steps_towards(scene)
    if not scene.is_failing:
        return outlook
    # What a crash has left in its middle is brought to an end first: it may be there.
    begun = {one.logical_id for one in scene.resources.values() if one.status in BUSY}
    return Outlook(tuple(step for step in outlook.steps if step.logical_id in begun), outlook.reached)


def _steps_towards(scene: Scene) -> Outlook:
    """The goal."""
    steps: list[Step] = []
    reached, goal = set(scene.reached), scene.goal
    scope = scene.scope()
    for logical_id in in_order(goal.needs):
        if logical_id in reached or logical_id not in goal.active:
            continue
        resource = scene.resources.get(logical_id)
        if not goal.needs[logical_id] & goal.active.keys() <= reached or (resource and resource.has_failed):
            continue
        step = _step_towards(scene, scope, goal.active[logical_id], resource)
        if step is None:
            reached.add(logical_id)
        else:
            steps.append(step)
    return Outlook(tuple(steps), frozenset(reached))


def _step_towards(
    scene: Scene, scope: Scope, declaration: ResourceDeclaration, resource: StackResource | None
) -> Step | None:
    if scene.phase is Phase.BACK and resource is not None and _can_be_restored(resource):
        return Step(Deed.RESTORE, declaration.name, declaration.type)
    type_ = find_type(declaration.type)
    if type_ is None:
        return _refuse(declaration, f"Resource type {declaration.type} is not supported: fig makes nothing for it.")
    try:
        properties = with_tags(properties_of(scope, declaration.name), scene.goal.definition.tags, type_)
    except Fault as fault:
        return _refuse(declaration, fault.message)
    deed = _deed(type_, resource, properties)
    if deed is None:
        return None
    reason = _problem(type_, declaration, resource, properties)
    if reason is not None:
        return _refuse(declaration, reason)
    needs = tuple(sorted(scene.goal.needs[declaration.name] & scene.goal.active.keys()))
    leftovers = resource.leaving if resource is not None and deed in (Deed.CREATE, Deed.REPLACE) else ()
    is_back = scene.phase is Phase.BACK
    return Step(deed, declaration.name, declaration.type, properties, needs, declaration, leftovers, is_back=is_back)


def _can_be_restored(resource: StackResource) -> bool:
    before, now = resource.before, resource.now
    if before is None or resource.is_swapped:
        return False
    is_other = now is None or now.physical_id != before.physical_id
    return is_other or (resource.status in FAILED and not resource.is_unsure)


def _deed(type_: ResourceType, resource: StackResource | None, properties: dict[str, Any]) -> Deed | None:
    if resource is None or resource.now is None or resource.status in GONE:
        return Deed.CREATE
    if resource.now.properties == properties and not resource.is_unsure:
        return None
    difference = changed_paths(type_, resource.now.properties, properties)
    return Deed.REPLACE if difference.replacement == "True" else Deed.UPDATE


def _problem(
    type_: ResourceType,
    declaration: ResourceDeclaration,
    resource: StackResource | None,
    properties: dict[str, Any],
) -> str | None:
    if resource is not None and resource.is_there and resource.now and resource.now.type != declaration.type:
        return f"Update of resource type is not permitted: {declaration.name} is of type {resource.now.type}."
    if any(one is UNKNOWN for one in _leaves(properties)):
        return f"A property of {declaration.name} asks for an attribute that its resource does not have."
    if type_.kind is Kind.REAL and (dynamic := _dynamic_reference(properties)):
        return f"A property of {declaration.name} holds {dynamic}, which is not resolved here: give its value instead."
    problems = problems_of(type_, properties)
    return "; ".join(problems) if problems else None


def _dynamic_reference(properties: dict[str, Any]) -> str:
    """The first one; empty if there is none. Taken as it stands, it would be an address, or a name."""
    found = (DYNAMIC_REFERENCE.search(one) for one in _leaves(properties) if isinstance(one, str))
    return next((one[0] for one in found if one), "")


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _refuse(declaration: ResourceDeclaration, reason: str) -> Step:
    return Step(Deed.REFUSE, declaration.name, declaration.type, declaration=declaration, reason=reason)


def with_tags(properties: dict[str, Any], tags: Tags, type_: ResourceType) -> dict[str, Any]:
    """The stack's tags are its resources' as well; a resource's own tag outweighs one of the same key."""
    own = properties.get("Tags", [])
    if not tags or type_.kind is not Kind.REAL or "Tags" not in type_.properties or not isinstance(own, list):
        return properties
    taken = {one.get("Key") for one in own if isinstance(one, dict)}
    added = [{"Key": key, "Value": value} for key, value in tags if key not in taken]
    return {**properties, "Tags": [*own, *added]} if added else properties
