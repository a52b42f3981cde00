"""Policies of stacks: which resources an update may touch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.cloudformation.finding import Parameters, find_stack
from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.faults import invalid, no_stack
from stranglerfig.core.cloudformation.stacks.policy import check_stack_policy
from stranglerfig.core.cloudformation.stacks.wishes import refuse_elsewhere

Answer = dict[str, Any]


async def set_stack_policy(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    """In the place of the one that is there; there is no way to be without one again."""
    refuse_elsewhere(parameters)
    text = parameters.get("StackPolicyBody")
    if text is None:
        raise invalid("Either StackPolicyBody or StackPolicyURL must be specified.")
    stack = find_stack(control, caller, parameters["StackName"])
    check_stack_policy(text)
    control.stacks.books.write(replace(stack, policy=text))
    return {}


async def get_stack_policy(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    stack = control.stacks.books.find(caller.account, parameters["StackName"])
    if stack is None or not stack.is_live:
        raise no_stack(parameters["StackName"])
    return {"StackPolicyBody": stack.policy}
