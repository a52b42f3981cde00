"""What is known of stacks: state, events, resources, exports and who imports them."""

from __future__ import annotations

from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.cloudformation.finding import Parameters
from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.faults import invalid, no_stack, no_stack_with_id
from stranglerfig.core.cloudformation.stacks.paging import MOST, page
from stranglerfig.core.cloudformation.stacks.records import Stack, StackResource
from stranglerfig.core.cloudformation.stacks.rendering import (
    show_event,
    show_resource,
    show_resource_detail,
    show_resource_summary,
    show_stack,
    show_stack_summary,
)

Answer = dict[str, Any]


async def describe_stacks(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    """A deleted one by its id only."""
    name = parameters.get("StackName")
    if name:
        return {"Stacks": [show_stack(_find(control, caller, name, with_id=True))]}
    stacks = [one for one in reversed(control.stacks.books.all(caller.account)) if one.is_live]
    shown, token = page(stacks, lambda stack: stack.id, parameters.get("NextToken"))
    return {"Stacks": [show_stack(one) for one in shown], "NextToken": token}


async def list_stacks(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    """The newest first, and deleted ones too."""
    wanted = parameters.get("StackStatusFilter")
    stacks = list(reversed(control.stacks.books.all(caller.account)))
    matching = [one for one in stacks if not wanted or one.status.value in wanted]
    shown, token = page(matching, lambda stack: stack.id, parameters.get("NextToken"))
    return {"StackSummaries": [show_stack_summary(one) for one in shown], "NextToken": token}


async def describe_stack_events(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    stack = _find(control, caller, parameters["StackName"])
    events = control.stacks.books.store.events(stack.id)
    shown, token = page(events, lambda event: event.id, parameters.get("NextToken"))
    return {"StackEvents": [show_event(one) for one in shown], "NextToken": token}


async def describe_stack_resources(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    name, physical_id = parameters.get("StackName"), parameters.get("PhysicalResourceId")
    if (name is None) is (physical_id is None):
        raise invalid("Either StackName or PhysicalResourceId has to be specified, and not both.")
    stack = _find(control, caller, name) if name is not None else _holder(control, caller, str(physical_id))
    wanted = parameters.get("LogicalResourceId")
    found = [one for one in _resources(control, stack) if wanted in (None, one.logical_id)]
    return {"StackResources": [show_resource(stack, one) for one in found[:MOST]]}


async def describe_stack_resource(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    stack, wanted = _find(control, caller, parameters["StackName"]), parameters["LogicalResourceId"]
    found = control.stacks.books.resources(stack.id).get(wanted)
    if found is None:
        raise invalid(f"Resource {wanted} does not exist for stack {stack.name}")
    return {"StackResourceDetail": show_resource_detail(stack, found)}


async def list_stack_resources(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    stack = _find(control, caller, parameters["StackName"], with_id=True)
    shown, token = page(_resources(control, stack), lambda one: one.logical_id, parameters.get("NextToken"))
    return {"StackResourceSummaries": [show_resource_summary(one) for one in shown], "NextToken": token}


async def list_exports(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    exports = sorted(control.stacks.books.exports(caller.account).values(), key=lambda export: export.name)
    shown, token = page(exports, lambda export: export.name, parameters.get("NextToken"))
    members = [{"ExportingStackId": one.stack_id, "Name": one.name, "Value": one.value} for one in shown]
    return {"Exports": members, "NextToken": token}


async def list_imports(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    """Names of the stacks that import an export."""
    name = parameters["ExportName"]
    importers = sorted(control.stacks.books.importers(caller.account, name))
    if not importers:
        raise invalid(f"Export '{name}' is not imported by any stack.")
    shown, token = page(importers, lambda stack: stack, parameters.get("NextToken"))
    return {"Imports": shown, "NextToken": token}


def _find(control: Control, caller: Caller, name: str, *, with_id: bool = False) -> Stack:
    """``with_id``: clients look for the words of that operation."""
    found = control.stacks.books.find(caller.account, name)
    if found is None:
        raise no_stack_with_id(name) if with_id else no_stack(name)
    return found


def _holder(control: Control, caller: Caller, physical_id: str) -> Stack:
    """The stack that a resource belongs to."""
    for stack in control.stacks.books.all(caller.account):
        if stack.is_live and any(one.physical_id == physical_id for one in _resources(control, stack)):
            return stack
    raise invalid(f"Stack for {physical_id} does not exist")


def _resources(control: Control, stack: Stack) -> list[StackResource]:
    return sorted(control.stacks.books.resources(stack.id).values(), key=lambda one: one.logical_id)
