"""What is kept of stacks. Values only (pure). Times are UTC seconds; trees and properties are JSON values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.states import GONE, OnFailure, ResourceStatus, Status

Tags = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """What a stack is to be: ``tree`` is ``template_text`` as read, with functions in their long forms."""

    template_text: str
    tree: dict[str, Any]
    values: dict[str, str] = field(default_factory=dict)
    tags: Tags = ()
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()
    role_arn: str | None = None


@dataclass(frozen=True, slots=True)
class StackOutput:
    key: str
    value: str
    description: str | None = None
    export_name: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """What is being done to a stack, or was last. ``serial`` is unique; ``token`` is the client's own. ``retain`` are
    logical ids that a deletion leaves alone; ``is_cancelled``: an update is to be rolled back; ``is_late``: a creation
    has taken longer than the stack may.
    """

    serial: str
    caller: Caller
    token: str = ""
    on_failure: OnFailure = OnFailure.ROLLBACK
    retain: tuple[str, ...] = ()
    is_cancelled: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    """``id`` is its ARN. ``former`` is what a rollback goes back to, while there is something to go back from.

    ``imports`` are the names of exports that it needs, those of ``former`` too.
    """

    id: str
    name: str
    account: str
    definition: Definition
    created_at: float
    status: Status = Status.REVIEW_IN_PROGRESS
    reason: str | None = None
    description: str | None = None
    updated_at: float | None = None
    deleted_at: float | None = None
    outputs: tuple[StackOutput, ...] = ()
    imports: tuple[str, ...] = ()
    operation: Operation | None = None
    former: Definition | None = None
    change_set_id: str | None = None
    termination_protection: bool = False
    policy: str | None = None
    timeout_minutes: int | None = None

    @property
    def deadline(self) -> float | None:
        """Until when its creation may take; None: as long as it takes."""
        if self.timeout_minutes is None or self.status is not Status.CREATE_IN_PROGRESS:
            return None
        return self.created_at + 60.0 * self.timeout_minutes

    @property
    def is_live(self) -> bool:
        """It can be found by its name."""
        return self.status is not Status.DELETE_COMPLETE


@dataclass(frozen=True, slots=True)
class Incarnation:
    """One thing that stands, or stood, for a resource of a stack. ``properties`` are evaluated, with the stack's tags.

    ``attributes`` are what Ref (under that name) and GetAtt give. ``needs`` are the logical ids it was made after, and
    ``token`` is what it was made with.
    """

    type: str
    physical_id: str
    properties: dict[str, Any]
    attributes: dict[str, Any]
    needs: tuple[str, ...] = ()
    token: str = ""
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"


@dataclass(frozen=True, slots=True)
class StackResource:
    """``now`` is what stands for it, ``coming`` what is being made, or was made and failed.

    While an operation may still be rolled back, ``before`` is what stood for it when that began; ``is_swapped`` says
    that this is gone, for its successor took its place in one. ``leaving`` are to be deleted. ``has_failed`` in the
    present phase of the operation; ``is_unsure``: it may be something between ``now`` and what it was to become.
    """

    logical_id: str
    type: str
    status: ResourceStatus
    updated_at: float
    reason: str | None = None
    now: Incarnation | None = None
    coming: Incarnation | None = None
    before: Incarnation | None = None
    is_swapped: bool = False
    leaving: tuple[Incarnation, ...] = ()
    has_failed: bool = False
    is_unsure: bool = False
    metadata: Any = None

    @property
    def physical_id(self) -> str:
        """As shown; empty while there is none."""
        shown = self.coming or self.now
        return "" if shown is None else shown.physical_id

    @property
    def is_there(self) -> bool:
        return self.now is not None and self.status not in GONE


@dataclass(frozen=True, slots=True)
class StackEvent:
    """``type`` is AWS::CloudFormation::Stack and ``logical_id`` the stack's name in the stack's own events.

    ``properties`` is JSON text, as the API shows it.
    """

    id: str
    stack_id: str
    stack_name: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    at: float
    reason: str | None = None
    properties: str | None = None
    token: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """``id`` is its ARN, ``kind`` CREATE or UPDATE; ``changes`` are as the API's model names their members."""

    id: str
    name: str
    stack_id: str
    stack_name: str
    kind: str
    definition: Definition
    created_at: float
    status: str
    execution_status: str
    reason: str | None = None
    description: str | None = None
    changes: tuple[dict[str, Any], ...] = ()
    on_failure: OnFailure | None = None
