"""Which one-off tasks there are: each has a stack."""

from __future__ import annotations

from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.stacks.stacks import to_stack
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth.names import TASK_TAG


def stacks_of(place: TaskPlace) -> list[Stack]:
    """By name."""
    found = map(to_stack, place.client("cloudformation").pages("describe_stacks", "Stacks"))
    return sorted((one for one in found if place.has(one)), key=group_of)


def group_of(stack: Stack) -> str:
    """What the task is called."""
    return stack.tags[TASK_TAG]
