"""How an operation on a stack begins (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from stranglerfig.core.cloudformation.stacks.effects import at_rest
from stranglerfig.core.cloudformation.stacks.records import ChangeSet, Definition, Operation, Stack, StackResource
from stranglerfig.core.cloudformation.stacks.scene import to_scope
from stranglerfig.core.cloudformation.stacks.states import Status
from stranglerfig.core.cloudformation.stacks.turns import Turn
from stranglerfig.core.cloudformation.templates.evaluation import imports_of
from stranglerfig.core.cloudformation.templates.template import read_template
from stranglerfig.core.faults import Fault

ASKED_FOR = "User Initiated"

Resources = Mapping[str, StackResource]


@dataclass(frozen=True, slots=True)
class Spent:
    """What becomes of change sets: ``changed`` stay in another state, those with the ids ``gone`` do not."""

    changed: tuple[ChangeSet, ...] = ()
    gone: tuple[str, ...] = ()


NOTHING_SPENT = Spent()


def spend(begun: Stack, change_sets: Iterable[ChangeSet]) -> Spent:
    """All were made for what the stack is no more. Of the one that it was begun by, the others go; else they stay to be
    looked at.
    """
    open_ones = {one.id: one for one in change_sets if one.execution_status == "AVAILABLE"}
    own = open_ones.get(begun.change_set_id or "")
    if own is None:
        return Spent(tuple(replace(one, execution_status="OBSOLETE") for one in open_ones.values()))
    gone = tuple(one.id for one in change_sets if one.id != own.id)
    return Spent((replace(own, execution_status="EXECUTE_COMPLETE"),), gone)


def to_creation(stack: Stack, operation: Operation, region: str, exports: Mapping[str, str]) -> Turn:
    begun = replace(stack, status=Status.CREATE_IN_PROGRESS, reason=ASKED_FOR, operation=operation)
    return Turn(_described(begun, stack.definition, region, exports))


def to_update(
    stack: Stack,
    resources: Resources,
    wanted: Definition,
    operation: Operation,
    region: str,
    exports: Mapping[str, str],
) -> Turn:
    """Of one that failed and was left so, a rollback goes back to where it was before that."""
    former = stack.former or (None if stack.status is Status.CREATE_FAILED else stack.definition)
    begun = replace(
        stack,
        status=Status.UPDATE_IN_PROGRESS,
        reason=ASKED_FOR,
        operation=operation,
        definition=wanted,
        former=former,
    )
    return Turn(_described(begun, wanted, region, exports), _rested(resources))


def to_rollback(stack: Stack, resources: Resources, operation: Operation) -> Turn:
    is_creation = stack.former is None
    status = Status.ROLLBACK_IN_PROGRESS if is_creation else Status.UPDATE_ROLLBACK_IN_PROGRESS
    return Turn(replace(stack, status=status, reason=ASKED_FOR, operation=operation), _rested(resources))


def to_deletion(stack: Stack, resources: Resources, operation: Operation) -> Turn:
    begun = replace(stack, status=Status.DELETE_IN_PROGRESS, reason=ASKED_FOR, operation=operation)
    return Turn(begun, tuple(_with_before(one) for one in _rested(resources)))


def _rested(resources: Resources) -> tuple[StackResource, ...]:
    return tuple(at_rest(one, one.updated_at) for one in resources.values())


def _with_before(resource: StackResource) -> StackResource:
    """What a rollback would have gone back to has to go as well."""
    before = resource.before
    is_other = before is not None and (resource.now is None or before.physical_id != resource.now.physical_id)
    leaving = resource.leaving
    if before is not None and is_other and not resource.is_swapped:
        leaving = (*leaving, before)
    return replace(resource, before=None, is_swapped=False, leaving=leaving)


def _described(stack: Stack, definition: Definition, region: str, exports: Mapping[str, str]) -> Stack:
    """``imports`` hold from the beginning: what it is going to need may not go meanwhile."""
    template = read_template(definition.tree)
    try:
        imports = imports_of(to_scope(stack, definition, template, region, exports, {}))
    except Fault:
        # The resource whose property it is fails with it, and tells.
        imports = frozenset()
    return replace(stack, imports=tuple(sorted(imports | {*stack.imports})), description=template.description)
