"""Finds the stack or the change set that a request names, and refuses what it is in no state for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.stacks.patterns import refuse_endless_patterns
from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.faults import (
    beyond_path,
    invalid,
    no_change_set,
    no_stack,
    not_in_state,
    token_used,
)
from stranglerfig.core.cloudformation.stacks.records import ChangeSet, Stack
from stranglerfig.core.cloudformation.stacks.states import Status
from stranglerfig.core.cloudformation.templates.template import read_template
from stranglerfig.core.refactor_spaces.rights import is_below

Parameters = Mapping[str, Any]

#: An answer waits that long for what it has begun: most stacks are done by then, and stock clients that found one at
#: work would look again after half a minute.
PATIENCE_S = 1.0


def find_stack(control: Control, caller: Caller, name: str) -> Stack:
    """By name or id, one that is to be changed."""
    found = control.stacks.books.find(caller.account, name)
    if found is None or not found.is_live:
        raise no_stack(name)
    require_reach(caller, found)
    return found


def require_reach(caller: Caller, stack: Stack) -> None:
    """A key of one path has stacks that such a key has worked on last: of another one it could undo what is no route.
    Raises a ``Fault``.
    """
    if caller.path_prefix is None or stack.operation is None:
        return
    prefix = stack.operation.caller.path_prefix
    if prefix is None or not is_below(prefix, caller.path_prefix):
        raise beyond_path(caller, stack)


async def refuse_endless(control: Control, caller: Caller, parameters: Parameters, tree: object) -> None:
    """To be called before anything else is looked at, for it takes its time. Raises a ``Fault`` for a template that
    is none, or that would never be done with its parameters.
    """
    known = control.stacks.books.find(caller.account, parameters["StackName"])
    if tree is None and known is None:
        return
    former = {} if known is None else known.definition.values
    given = {
        one["ParameterKey"]: one["ParameterValue"]
        for one in parameters.get("Parameters") or ()
        if one.get("ParameterKey") and one.get("ParameterValue") is not None
    }
    template = read_template(tree if tree is not None or known is None else known.definition.tree)
    await refuse_endless_patterns(template, (former, given))


def require_status(stack: Stack, among: Collection[Status], verb: str) -> None:
    if stack.status not in among:
        raise not_in_state(stack, verb)


def is_repeated(stack: Stack, parameters: Parameters, *words: str) -> bool:
    """Whether the request's token is that of the operation that the stack is at, or was last: one that was asked for
    again. ``words`` are what the operation's states begin with. Raises a ``Fault`` if it was another operation.
    """
    token = parameters.get("ClientRequestToken")
    if token is None or stack.operation is None or stack.operation.token != token:
        return False
    if not stack.status.value.startswith(words):
        raise token_used(token)
    return True


def find_change_set(control: Control, caller: Caller, parameters: Parameters) -> ChangeSet:
    name, stack_name = parameters["ChangeSetName"], parameters.get("StackName")
    books = control.stacks.books
    if stack_name is not None:
        stack = books.find(caller.account, stack_name)
        if stack is None:
            raise no_stack(stack_name)
        candidates = books.store.change_sets(stack.id)
    elif name.startswith("arn:"):
        candidates = tuple(one for stack in books.all(caller.account) for one in books.store.change_sets(stack.id))
    else:
        raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
    found = next((one for one in candidates if name in (one.id, one.name)), None)
    if found is None:
        raise no_change_set(name)
    return found


async def give_time(control: Control, stack: Stack) -> None:
    """For what was begun on it to end, within bounds."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await control.stacks.settled(stack.id)
    except TimeoutError:
        return
