"""Stacks: made, changed and deleted, without a change set between."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.cloudformation.finding import (
    Parameters,
    find_stack,
    give_time,
    is_repeated,
    refuse_endless,
    require_reach,
    require_status,
)
from stranglerfig.control.operations.cloudformation.planning import plan_update
from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.faults import invalid, no_updates, not_in_state, stack_exists
from stranglerfig.core.cloudformation.stacks.policy import check_stack_policy
from stranglerfig.core.cloudformation.stacks.records import Operation, Stack
from stranglerfig.core.cloudformation.stacks.states import FAILED, RUNNING, UPDATABLE, OnFailure, Status
from stranglerfig.core.cloudformation.stacks.wishes import to_on_failure, to_wish

Answer = dict[str, Any]

NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
LONGEST_NAME = 128


async def create_stack(control: Control, caller: Caller, parameters: Parameters, tree: object) -> Answer:
    name = parameters["StackName"]
    check_name(name)
    await refuse_endless(control, caller, parameters, tree)
    known = control.stacks.books.find(caller.account, name)
    if known is not None and is_repeated(known, parameters, "CREATE", "ROLLBACK"):
        return {"StackId": known.id}
    if known is not None:
        raise stack_exists(name)
    wish, on_failure = to_wish(parameters, tree), to_on_failure(parameters)
    new = replace(
        control.stacks.new_stack(caller.account, name, wish.definition),
        termination_protection=bool(parameters.get("EnableTerminationProtection")),
        policy=_policy(parameters),
        timeout_minutes=parameters.get("TimeoutInMinutes"),
    )
    stack = control.stacks.begin_create(new, _operation(control, caller, parameters, on_failure))
    await give_time(control, stack)
    return {"StackId": stack.id}


async def update_stack(control: Control, caller: Caller, parameters: Parameters, tree: object) -> Answer:
    await refuse_endless(control, caller, parameters, tree)
    stack = find_stack(control, caller, parameters["StackName"])
    if is_repeated(stack, parameters, "UPDATE"):
        return {"StackId": stack.id}
    require_status(stack, UPDATABLE, "updated")
    wish = to_wish(parameters, tree, stack.definition)
    plan = plan_update(control, stack, wish)
    if not plan.has_changes:
        raise no_updates()
    plan.refuse_protected(parameters.get("StackPolicyDuringUpdateBody") or stack.policy)
    policy = _policy(parameters)
    wanted = stack if policy is None else replace(stack, policy=policy)
    operation = _operation(control, caller, parameters, to_on_failure(parameters))
    stack = control.stacks.begin_update(wanted, wish.definition, operation)
    await give_time(control, stack)
    return {"StackId": stack.id}


async def delete_stack(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    """One that is not there is no error."""
    stack = control.stacks.books.find(caller.account, parameters["StackName"])
    if stack is not None and stack.status is Status.CREATE_IN_PROGRESS and not stack.termination_protection:
        # Others may protect or delete it meanwhile: only then it is looked at.
        stack = await control.stacks.settled(stack.id)
    if stack is None or not stack.is_live or stack.status is Status.DELETE_IN_PROGRESS:
        return {}
    require_reach(caller, stack)
    if is_repeated(stack, parameters, "DELETE"):
        return {}
    if stack.termination_protection:
        raise invalid(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    if stack.status in RUNNING:
        raise invalid(f"Stack [{stack.id}] cannot be deleted while in status {stack.status.value}")
    operation = replace(
        control.stacks.new_operation(caller, parameters.get("ClientRequestToken") or ""),
        retain=_retained(control, stack, parameters),
    )
    await give_time(control, control.stacks.begin_delete(stack, operation))
    return {}


async def cancel_update_stack(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    stack = find_stack(control, caller, parameters["StackName"])
    if stack.status is not Status.UPDATE_IN_PROGRESS:
        raise invalid(f"CancelUpdateStack cannot be called from current stack status {stack.status.value}")
    control.stacks.cancel_update(stack)
    await give_time(control, stack)
    return {}


async def rollback_stack(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    """Of what failed and was left as it was."""
    stack = find_stack(control, caller, parameters["StackName"])
    require_status(stack, {Status.CREATE_FAILED, Status.UPDATE_FAILED}, "rolled back")
    stack = control.stacks.begin_rollback(stack, _operation(control, caller, parameters))
    await give_time(control, stack)
    return {"StackId": stack.id}


async def continue_update_rollback(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    if parameters.get("ResourcesToSkip"):
        raise invalid("ResourcesToSkip is not offered here: mend what the events name, and continue without it.")
    stack = find_stack(control, caller, parameters["StackName"])
    if stack.status is not Status.UPDATE_ROLLBACK_FAILED:
        raise not_in_state(stack, "continued to be rolled back")
    await give_time(control, control.stacks.begin_rollback(stack, _operation(control, caller, parameters)))
    return {}


async def update_termination_protection(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    stack = find_stack(control, caller, parameters["StackName"])
    control.stacks.books.write(replace(stack, termination_protection=parameters["EnableTerminationProtection"]))
    return {"StackId": stack.id}


def check_name(name: str) -> None:
    """Of a stack that is to be made; the model has no rule for it. Raises a ``Fault``."""
    if not NAME.fullmatch(name):
        constraint = f"Member must satisfy regular expression pattern: {NAME.pattern}"
    elif len(name) > LONGEST_NAME:
        constraint = f"Member must have length less than or equal to {LONGEST_NAME}"
    else:
        return
    raise invalid(
        f"1 validation error detected: Value '{name[:256]}' at 'stackName' failed to satisfy constraint: {constraint}"
    )


def _operation(
    control: Control, caller: Caller, parameters: Parameters, on_failure: OnFailure = OnFailure.ROLLBACK
) -> Operation:
    made = control.stacks.new_operation(caller, parameters.get("ClientRequestToken") or "")
    return replace(made, on_failure=on_failure)


def _policy(parameters: Parameters) -> str | None:
    for text in (parameters.get("StackPolicyDuringUpdateBody"), parameters.get("StackPolicyBody")):
        if text is not None:
            check_stack_policy(text)
    return parameters.get("StackPolicyBody")


def _retained(control: Control, stack: Stack, parameters: Parameters) -> tuple[str, ...]:
    """Logical ids that the deletion leaves alone."""
    resources = control.stacks.books.resources(stack.id)
    named = parameters.get("RetainResources") or []
    is_forced = parameters.get("DeletionMode") == "FORCE_DELETE_STACK"
    if (named or is_forced) and stack.status is not Status.DELETE_FAILED:
        raise invalid(
            f"Stack [{stack.name}] is in {stack.status.value} state: resources can be retained, and the deletion be "
            "forced, only when the stack is in the DELETE_FAILED state"
        )
    unknown = [name for name in named if name not in resources]
    if unknown:
        raise invalid(f"The following resources to retain are not in stack [{stack.name}]: [{', '.join(unknown)}]")
    failed = [name for name, one in resources.items() if one.status in FAILED] if is_forced else []
    return tuple(dict.fromkeys([*named, *failed]))
