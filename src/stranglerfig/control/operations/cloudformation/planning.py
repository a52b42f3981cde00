"""What an update would do to a stack, before it is begun."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.control.context import Control
from stranglerfig.core.cloudformation.stacks.changes import Change, changes_of, outputs_change
from stranglerfig.core.cloudformation.stacks.faults import invalid
from stranglerfig.core.cloudformation.stacks.policy import find_denial
from stranglerfig.core.cloudformation.stacks.records import Stack
from stranglerfig.core.cloudformation.stacks.scene import to_scope
from stranglerfig.core.cloudformation.stacks.states import Status
from stranglerfig.core.cloudformation.stacks.wishes import Wish


@dataclass(frozen=True, slots=True)
class Plan:
    """``has_changes`` also where only tags or outputs change, or what failed is to be tried again."""

    changes: tuple[Change, ...]
    has_changes: bool

    def refuse_protected(self, policy: str | None) -> None:
        """Raises a ``Fault`` if the stack's policy denies it."""
        touches = (change.touch() for change in self.changes)
        denial = None if policy is None else find_denial(policy, (one for one in touches if one is not None))
        if denial is not None:
            raise invalid(denial)


def plan_update(control: Control, stack: Stack, wish: Wish) -> Plan:
    """Also of a stack that is yet to be made. Raises a ``Fault`` for what can never be."""
    exports = {
        name: export.value
        for name, export in control.stacks.books.exports(stack.account).items()
        if export.stack_id != stack.id
    }
    definition = wish.definition
    scope = to_scope(stack, definition, wish.template, control.identity.region, exports, {})
    resources = control.stacks.books.resources(stack.id)
    changes = changes_of(scope, resources, definition.tags)
    has_failed = stack.status in {Status.CREATE_FAILED, Status.UPDATE_FAILED}
    is_other = has_failed or definition.tags != stack.definition.tags
    return Plan(changes, bool(changes) or is_other or outputs_change(scope, resources, stack.outputs))
