"""Carries out operations on stacks, each by a job of its own beside the request that asked.

A job looks at nothing but the books: one that is begun anew after a crash does what the first one would have done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.control.stacks.books import StackBooks
from stranglerfig.core.access import Caller, Identity
from stranglerfig.core.cloudformation.stacks.records import Definition, Operation, Stack

#: runs a job beside everything else, until the daemon ends
Spawn = Callable[[Coroutine[Any, Any, None], str], None]


@dataclass(slots=True)
class Stacks:
    """``wall`` tells UTC seconds. Each ``begin_…`` returns the stack as it is once it is in the books, with its job
    begun; whether the stack is in a state for it is the caller's to check (see ``core…stacks.states``)."""

    books: StackBooks
    identity: Identity
    spawn: Spawn
    wall: Callable[[], float]
    _settled: dict[str, asyncio.Event] = field(default_factory=dict)

    def new_stack(self, account: str, name: str, definition: Definition) -> Stack:
        """Under review, with an id of its own; in no books yet."""
        raise NotImplementedError

    def new_operation(self, caller: Caller, token: str = "") -> Operation:
        """With a serial of its own; ``dataclasses.replace`` sets what else is wanted of it."""
        raise NotImplementedError

    def begin_review(self, stack: Stack) -> Stack:
        """For a change set that is to create it."""
        raise NotImplementedError

    def begin_create(self, stack: Stack, operation: Operation) -> Stack:
        """Of a new one or of one under review."""
        raise NotImplementedError

    def begin_update(self, stack: Stack, wanted: Definition, operation: Operation) -> Stack:
        raise NotImplementedError

    def begin_rollback(self, stack: Stack, operation: Operation) -> Stack:
        """Of a failed creation, a failed update, or a rollback that failed."""
        raise NotImplementedError

    def begin_delete(self, stack: Stack, operation: Operation) -> Stack:
        """Raises ``Fault`` while another stack needs one of its exports."""
        raise NotImplementedError

    def cancel_update(self, stack: Stack) -> None:
        """The update that is running is rolled back."""
        raise NotImplementedError

    async def settled(self, stack_id: str) -> Stack | None:
        """The stack, once no operation is running on it."""
        raise NotImplementedError

    def resume(self) -> None:
        """What an earlier daemon left in its middle."""
        raise NotImplementedError
