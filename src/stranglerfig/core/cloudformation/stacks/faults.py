"""What CloudFormation refuses, in its own words, which clients read (pure)."""

from __future__ import annotations

from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.records import Stack
from stranglerfig.core.faults import Fault


def invalid(message: str) -> Fault:
    return Fault("ValidationError", message)


def no_stack_with_id(name: str) -> Fault:
    """As operations answer that look: the command line takes this one for "there is none yet"."""
    return invalid(f"Stack with id {name} does not exist")


def no_stack(name: str) -> Fault:
    """As operations answer that change something."""
    return invalid(f"Stack [{name}] does not exist")


def beyond_path(caller: Caller, stack: Stack) -> Fault:
    reason = f"its key is limited to {caller.path_prefix}, and another one has worked on the stack"
    return Fault("AccessDenied", f"{caller.arn} is not authorized to change {stack.id}: {reason}", http_status=403)


def no_change_set(name: str) -> Fault:
    return Fault("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", http_status=404)


def stack_exists(name: str) -> Fault:
    return Fault("AlreadyExistsException", f"Stack [{name}] already exists")


def change_set_exists(name: str) -> Fault:
    return Fault("AlreadyExistsException", f"ChangeSet {name} already exists.")


def no_updates() -> Fault:
    return invalid("No updates are to be performed.")


def not_in_state(stack: Stack, verb: str) -> Fault:
    """``verb`` as in "can not be updated"."""
    return invalid(f"Stack:{stack.id} is in {stack.status.value} state and can not be {verb}.")


def token_used(token: str) -> Fault:
    return Fault("TokenAlreadyExistsException", f"The ClientRequestToken {token} was used for another operation.")


def wrong_change_set_status(message: str) -> Fault:
    return Fault("InvalidChangeSetStatus", message)
