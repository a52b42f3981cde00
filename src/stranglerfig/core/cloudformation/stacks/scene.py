"""All that a decision about a stack is made of (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from stranglerfig.core.cloudformation.stacks.order import Needs, needs_of
from stranglerfig.core.cloudformation.stacks.records import Definition, Stack, StackResource
from stranglerfig.core.cloudformation.stacks.states import Status
from stranglerfig.core.cloudformation.templates.evaluation import active_resources
from stranglerfig.core.cloudformation.templates.scope import Pseudo, Scope
from stranglerfig.core.cloudformation.templates.template import ResourceDeclaration, Template, read_template


class Phase(Enum):
    """Of an operation. FORWARD and BACK make resources what a definition says, CLEANUP deletes what that has left
    over, and CLEAR deletes everything."""

    FORWARD = "forward"
    BACK = "back"
    CLEANUP = "cleanup"
    CLEAR = "clear"


PHASES = {
    Status.CREATE_IN_PROGRESS: Phase.FORWARD,
    Status.UPDATE_IN_PROGRESS: Phase.FORWARD,
    Status.UPDATE_ROLLBACK_IN_PROGRESS: Phase.BACK,
    Status.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: Phase.CLEANUP,
    Status.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: Phase.CLEANUP,
    Status.ROLLBACK_IN_PROGRESS: Phase.CLEAR,
    Status.DELETE_IN_PROGRESS: Phase.CLEAR,
}


_NOTHING = Template(None, None, {}, {}, {}, {}, {})


@dataclass(frozen=True, slots=True)
class Goal:
    """A definition that resources are to follow. ``active`` are the declarations whose condition holds."""

    definition: Definition
    template: Template
    needs: Needs
    active: Mapping[str, ResourceDeclaration]


@dataclass(frozen=True, slots=True)
class Scene:
    """``exports`` are those of all stacks of the account, and ``users`` the stacks that need one of this stack's, by
    its name. ``reached`` are the resources that were found to be as wanted in this phase."""

    stack: Stack
    resources: Mapping[str, StackResource]
    goal: Goal
    region: str
    exports: Mapping[str, str]
    exporters: Mapping[str, str]
    users: Mapping[str, tuple[str, ...]]
    reached: frozenset[str] = frozenset()

    @property
    def phase(self) -> Phase:
        return PHASES[self.stack.status]

    @property
    def failed(self) -> tuple[str, ...]:
        """Logical ids of what has failed in this phase."""
        return tuple(one.logical_id for one in self.resources.values() if one.has_failed)

    @property
    def is_failing(self) -> bool:
        """Nothing new is begun."""
        operation = self.stack.operation
        is_ended = operation is not None and (operation.is_cancelled or operation.is_late)
        return self.phase is Phase.FORWARD and (bool(self.failed) or is_ended)

    def scope(self) -> Scope:
        there = [one for one in self.resources.values() if one.is_there]
        attributes = {one.logical_id: one.now.attributes for one in there if one.now is not None}
        goal = self.goal
        return to_scope(self.stack, goal.definition, goal.template, self.region, self.exports, attributes)


def to_goal(stack: Stack, region: str) -> Goal:
    """What the present phase is to reach. Costly for large templates: once a phase. A deletion looks at no template."""
    if PHASES[stack.status] is Phase.CLEAR:
        return Goal(stack.definition, _NOTHING, {}, {})
    is_back = PHASES[stack.status] is Phase.BACK
    definition = stack.former if is_back and stack.former is not None else stack.definition
    template = read_template(definition.tree)
    active = active_resources(to_scope(stack, definition, template, region, {}, {}))
    return Goal(definition, template, needs_of(template), active)


def to_scope(
    stack: Stack,
    definition: Definition,
    template: Template,
    region: str,
    exports: Mapping[str, str],
    attributes: Mapping[str, Mapping[str, Any]],
) -> Scope:
    pseudo = Pseudo(stack.account, region, stack.name, stack.id, definition.notification_arns)
    return Scope(template, definition.values, pseudo, exports, attributes)
