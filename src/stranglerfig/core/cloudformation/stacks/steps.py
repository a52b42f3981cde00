"""What comes next in an operation on a stack (pure).

Nothing is remembered of what was decided before: a step is due as long as the books do not say that it is done. So an
operation that was interrupted goes on by the same question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from stranglerfig.core.cloudformation.stacks.order import in_order
from stranglerfig.core.cloudformation.stacks.records import Incarnation, StackResource, Tags
from stranglerfig.core.cloudformation.stacks.scene import Phase, Scene
from stranglerfig.core.cloudformation.stacks.states import BUSY, FAILED, GONE, Status
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

#: deletion policies that leave a thing where it is; the latter not where its creation is taken back
RETAINING = ("Retain", "RetainExceptOnCreate")


class Deed(Enum):
    """RESTORE goes back to what still stands; REFUSE fails the resource without trying."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    REPLACE = "REPLACE"
    RESTORE = "RESTORE"
    REFUSE = "REFUSE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Step:
    """``doomed`` are to be deleted, ``spared`` are only forgotten. ``needs`` as in ``Incarnation``.

    What is ``doomed`` in a creation or a replacement is what failed attempts have left: it goes first, if it can.
    """

    deed: Deed
    logical_id: str
    type: str
    properties: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    declaration: ResourceDeclaration | None = None
    doomed: tuple[Incarnation, ...] = ()
    spared: tuple[Incarnation, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The steps that can be taken at once, those that are being taken among them. ``reached`` as in ``Scene``."""

    steps: tuple[Step, ...]
    reached: frozenset[str] = frozenset()


def next_steps(scene: Scene) -> Outlook:
    if scene.phase in (Phase.CLEANUP, Phase.CLEAR):
        return Outlook(_deletions(scene))
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
    return Step(deed, declaration.name, declaration.type, properties, needs, declaration, leftovers)


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
    problems = problems_of(type_, properties)
    return "; ".join(problems) if problems else None


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


def _deletions(scene: Scene) -> tuple[Step, ...]:
    """Those whose time has come: nothing that was made after them is still to be deleted."""
    due = {step.logical_id: step for step in (_deletion(scene, one) for one in scene.resources.values()) if step}
    needs = {name: _needs(step) & due.keys() for name, step in due.items()}
    held = _reachable(needs, scene.failed)
    going = {name: step for name, step in due.items() if name not in held}
    waiting = {need for name in going for need in needs[name]}
    ready = tuple(step for name, step in going.items() if name not in waiting)
    # Old and new things may need each other in a circle.
    return ready or tuple(going.values())


def _needs(step: Step) -> set[str]:
    return {need for one in (*step.doomed, *step.spared) for need in one.needs} - {step.logical_id}


def _reachable(needs: Mapping[str, set[str]], starts: tuple[str, ...]) -> set[str]:
    """What could not be deleted still needs what it was made after."""
    found: set[str] = set()
    coming = [*starts]
    while coming:
        name = coming.pop()
        if name not in found:
            found.add(name)
            coming += needs.get(name, ())
    return found


def _deletion(scene: Scene, resource: StackResource) -> Step | None:
    is_leaving = scene.phase is Phase.CLEAR or resource.logical_id not in scene.goal.active
    everything = (*resource.leaving, *([resource.now] if resource.now and resource.is_there and is_leaving else []))
    is_forgotten = scene.phase is Phase.CLEAR and resource.status not in GONE
    if not everything and not is_forgotten:
        return None
    spared = tuple(one for one in everything if _is_spared(scene, resource, one))
    doomed = tuple(one for one in everything if one not in spared)
    return Step(Deed.DELETE, resource.logical_id, resource.type, doomed=doomed, spared=spared)


def _is_spared(scene: Scene, resource: StackResource, one: Incarnation) -> bool:
    operation = scene.stack.operation
    if scene.stack.status is Status.DELETE_IN_PROGRESS and operation and resource.logical_id in operation.retain:
        return True
    is_made_now = scene.stack.status in (
        Status.ROLLBACK_IN_PROGRESS,
        Status.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS,
    )
    return one.deletion_policy in (RETAINING[:1] if is_made_now else RETAINING)
