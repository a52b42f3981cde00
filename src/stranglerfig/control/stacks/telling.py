"""Events of stacks: what has become of them and of what they hold."""

from __future__ import annotations

import json
import uuid

from stranglerfig.core.cloudformation.stacks.effects import Note
from stranglerfig.core.cloudformation.stacks.records import Stack, StackEvent

STACK = "AWS::CloudFormation::Stack"


def to_stack_event(stack: Stack, at: float) -> StackEvent:
    return StackEvent(
        id=str(uuid.uuid4()),
        stack_id=stack.id,
        stack_name=stack.name,
        logical_id=stack.name,
        physical_id=stack.id,
        type=STACK,
        status=stack.status.value,
        at=at,
        reason=stack.reason,
        token=_token(stack),
    )


def to_event(stack: Stack, note: Note, at: float) -> StackEvent:
    return StackEvent(
        id=f"{note.logical_id}-{note.status.value}-{uuid.uuid4()}",
        stack_id=stack.id,
        stack_name=stack.name,
        logical_id=note.logical_id,
        physical_id=note.physical_id,
        type=note.type,
        status=note.status.value,
        at=at,
        reason=note.reason,
        properties=None if note.properties is None else json.dumps(note.properties),
        token=_token(stack),
    )


def _token(stack: Stack) -> str:
    return "" if stack.operation is None else stack.operation.token
