"""Change sets: what would be done, to be looked at, and carried out or not."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any
from uuid import UUID

from stranglerfig.control.context import Control
from stranglerfig.control.operations.cloudformation.finding import (
    Parameters,
    find_change_set,
    find_stack,
    give_time,
    refuse_endless,
    require_reach,
    require_status,
)
from stranglerfig.control.operations.cloudformation.planning import Plan, plan_update
from stranglerfig.control.operations.cloudformation.stacks import check_name
from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.faults import (
    change_set_exists,
    invalid,
    no_stack,
    wrong_change_set_status,
)
from stranglerfig.core.cloudformation.stacks.paging import page
from stranglerfig.core.cloudformation.stacks.records import ChangeSet, Stack
from stranglerfig.core.cloudformation.stacks.rendering import show_change, show_change_set, show_change_set_summary
from stranglerfig.core.cloudformation.stacks.states import UPDATABLE, OnFailure, Status
from stranglerfig.core.cloudformation.stacks.wishes import Wish, to_on_failure, to_wish
from stranglerfig.core.cloudformation.templates.template import read_template
from stranglerfig.core.faults import Fault

Answer = dict[str, Any]

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


async def create_change_set(control: Control, caller: Caller, parameters: Parameters, tree: object) -> Answer:
    """Complete, or failed, when this returns."""
    await refuse_endless(control, caller, parameters, tree)
    kind = parameters.get("ChangeSetType") or "UPDATE"
    if kind == "IMPORT" or parameters.get("ResourcesToImport"):
        raise invalid("Resources cannot be imported into a stack here: ChangeSetType is CREATE or UPDATE.")
    stack = _find_subject(control, caller, parameters, kind)
    known = () if stack is None else control.stacks.books.store.change_sets(stack.id)
    spent = [one for one in known if one.name == parameters["ChangeSetName"]]
    if any(one.execution_status == "AVAILABLE" for one in spent):
        raise change_set_exists(parameters["ChangeSetName"])
    wish = to_wish(parameters, tree, None if stack is None or kind == "CREATE" else stack.definition)
    if stack is None:
        stack = control.stacks.begin_review(
            control.stacks.new_stack(caller.account, parameters["StackName"], wish.definition)
        )
    made = _make(control, stack, parameters, wish)
    with control.books.together():
        # The command line names them by the second, and several deploys here are done in one.
        for one in spent:
            control.stacks.books.store.delete_change_set(one.id)
        control.stacks.books.store.save_change_set(made)
    return {"Id": made.id, "StackId": stack.id}


async def describe_change_set(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    found = find_change_set(control, caller, parameters)
    shown, token = page(
        found.changes, lambda change: str(change["ResourceChange"]["LogicalResourceId"]), parameters.get("NextToken")
    )
    return {**show_change_set(found), "Changes": shown, "NextToken": token}


async def execute_change_set(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    found = find_change_set(control, caller, parameters)
    stack = control.stacks.books.stacks[found.stack_id]
    require_reach(caller, stack)
    if found.execution_status != "AVAILABLE":
        raise wrong_change_set_status(
            f"ChangeSet [{found.id}] cannot be executed in its current status of [{found.status}] with the execution "
            f"status [{found.execution_status}]"
        )
    is_new = found.kind == "CREATE"
    require_status(stack, {Status.REVIEW_IN_PROGRESS} if is_new else UPDATABLE, "executed upon")
    wish = Wish(found.definition, read_template(found.definition.tree))
    plan_update(control, stack, wish).refuse_protected(stack.policy)
    stack = _begin(control, caller, stack, found, parameters)
    await give_time(control, stack)
    return {}


async def delete_change_set(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    """One that is not there is no error. The stack that was to be made of it stays under review."""
    try:
        found = find_change_set(control, caller, parameters)
    except Fault as fault:
        if fault.code == "ChangeSetNotFound":
            return {}
        raise
    require_reach(caller, control.stacks.books.stacks[found.stack_id])
    control.stacks.books.store.delete_change_set(found.id)
    return {}


async def list_change_sets(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    stack = control.stacks.books.find(caller.account, parameters["StackName"])
    if stack is None:
        raise no_stack(parameters["StackName"])
    shown, token = page(
        control.stacks.books.store.change_sets(stack.id), lambda one: one.id, parameters.get("NextToken")
    )
    return {"Summaries": [show_change_set_summary(one) for one in shown], "NextToken": token}


def _find_subject(control: Control, caller: Caller, parameters: Parameters, kind: str) -> Stack | None:
    """None: the stack is to be made. Raises a ``Fault`` for one that is in no state for it."""
    name = parameters["StackName"]
    if kind == "UPDATE":
        stack = find_stack(control, caller, name)
        require_status(stack, UPDATABLE, "updated")
        return stack
    found = control.stacks.books.find(caller.account, name)
    if found is None:
        check_name(name)
    elif found.status is not Status.REVIEW_IN_PROGRESS:
        change_set = parameters["ChangeSetName"]
        raise invalid(f"Stack [{name}] already exists and cannot be created again with the changeSet [{change_set}].")
    return found


def _make(control: Control, stack: Stack, parameters: Parameters, wish: Wish) -> ChangeSet:
    name, reason, plan = parameters["ChangeSetName"], None, Plan((), has_changes=False)
    try:
        plan = plan_update(control, stack, wish)
    except Fault as fault:
        reason = fault.message
    # A new stack is a change by itself, also where no condition holds yet.
    if reason is None and not plan.has_changes and stack.status is not Status.REVIEW_IN_PROGRESS:
        reason = NO_CHANGES
    on_failure = parameters.get("OnStackFailure")
    number = UUID(bytes=os.urandom(16), version=4)
    return ChangeSet(
        id=f"arn:aws:cloudformation:{control.identity.region}:{stack.account}:changeSet/{name}/{number}",
        name=name,
        stack_id=stack.id,
        stack_name=stack.name,
        kind=parameters.get("ChangeSetType") or "UPDATE",
        definition=wish.definition,
        created_at=control.refactoring.wall(),
        status="CREATE_COMPLETE" if reason is None else "FAILED",
        execution_status="AVAILABLE" if reason is None else "UNAVAILABLE",
        reason=reason,
        description=parameters.get("Description"),
        changes=tuple(show_change(change) for change in plan.changes),
        on_failure=None if on_failure is None else OnFailure(on_failure),
    )


def _begin(control: Control, caller: Caller, stack: Stack, found: ChangeSet, parameters: Parameters) -> Stack:
    stacks = control.stacks
    on_failure = found.on_failure or to_on_failure(parameters)
    made = stacks.new_operation(caller, parameters.get("ClientRequestToken") or "")
    operation, wanted = replace(made, on_failure=on_failure), replace(stack, change_set_id=found.id)
    if found.kind == "CREATE":
        return stacks.begin_create(replace(wanted, definition=found.definition), operation)
    return stacks.begin_update(wanted, found.definition, operation)
