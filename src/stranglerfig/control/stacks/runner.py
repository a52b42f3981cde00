"""Carries out operations on stacks, each by a job of its own beside the request that asked.

A job looks at nothing but the books: one that is begun anew after a crash does what the first one would have done.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from stranglerfig.control.stacks.books import StackBooks
from stranglerfig.control.stacks.job import Job
from stranglerfig.control.stacks.provider import Provide
from stranglerfig.control.stacks.telling import to_stack_event
from stranglerfig.core.access import Caller, Identity
from stranglerfig.core.backoff import delay_after
from stranglerfig.core.cloudformation.stacks.beginnings import (
    NOTHING_SPENT,
    Spent,
    spend,
    to_creation,
    to_deletion,
    to_rollback,
    to_update,
)
from stranglerfig.core.cloudformation.stacks.records import Definition, Operation, Stack
from stranglerfig.core.cloudformation.stacks.states import RUNNING, Status
from stranglerfig.core.cloudformation.stacks.turns import Turn, check_users
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)

#: how long a deleted stack can still be described
KEPT_DELETED_S = 90 * 86_400.0

#: runs a job beside everything else, until the daemon ends
Spawn = Callable[[Coroutine[Any, Any, None], str], None]


@dataclass(slots=True)
class Stacks:
    """``wall`` tells UTC seconds. Each ``begin_…`` returns the stack as it is once it is in the books, with its job
    begun; whether the stack is in a state for it is the caller's to check (see ``core…stacks.states``)."""

    books: StackBooks
    identity: Identity
    provide: Provide
    spawn: Spawn
    wall: Callable[[], float]
    _jobs: dict[str, Job] = field(default_factory=dict)
    _settled: dict[str, asyncio.Event] = field(default_factory=dict)

    def new_stack(self, account: str, name: str, definition: Definition) -> Stack:
        """Under review, with an id of its own; in no books yet."""
        stack_id = f"arn:aws:cloudformation:{self.identity.region}:{account}:stack/{name}/{uuid.uuid4()}"
        return Stack(stack_id, name, account, definition, self.wall())

    def new_operation(self, caller: Caller, token: str = "") -> Operation:
        """With a serial of its own; ``dataclasses.replace`` sets what else is wanted of it."""
        return Operation(str(uuid.uuid4()), caller, token)

    def begin_review(self, stack: Stack) -> Stack:
        """For a change set that is to create it."""
        self.books.write(stack, events=[to_stack_event(stack, self.wall())])
        return stack

    def begin_create(self, stack: Stack, operation: Operation) -> Stack:
        """Of a new one or of one under review."""
        self._forget_old()
        begun = to_creation(stack, operation, self.identity.region, self._exports(stack))
        return self._begin(begun, self._spent(begun.stack))

    def begin_update(self, stack: Stack, wanted: Definition, operation: Operation) -> Stack:
        known, exports = self.books.resources(stack.id), self._exports(stack)
        begun = to_update(stack, known, wanted, operation, self.identity.region, exports)
        begun = replace(begun, stack=replace(begun.stack, updated_at=self.wall()))
        return self._begin(begun, self._spent(begun.stack))

    def begin_rollback(self, stack: Stack, operation: Operation) -> Stack:
        """Of a failed creation, a failed update, or a rollback that failed."""
        return self._begin(to_rollback(stack, self.books.resources(stack.id), operation))

    def begin_delete(self, stack: Stack, operation: Operation) -> Stack:
        """Raises ``Fault`` while another stack needs one of its exports."""
        exported = {one.export_name: one.value for one in stack.outputs if one.export_name is not None}
        check_users(exported, {}, self.books.users(stack))
        return self._begin(to_deletion(stack, self.books.resources(stack.id), operation))

    def cancel_update(self, stack: Stack) -> None:
        """The update that is running is rolled back."""
        if stack.operation is not None and stack.status is Status.UPDATE_IN_PROGRESS:
            self.books.write(replace(stack, operation=replace(stack.operation, is_cancelled=True)))
            self._jobs[stack.id].bell.set()

    async def settled(self, stack_id: str) -> Stack | None:
        """The stack, once no operation is running on it."""
        while (event := self._settled.get(stack_id)) is not None:
            await event.wait()
        return self.books.stacks.get(stack_id)

    def resume(self) -> None:
        """What an earlier daemon left in its middle."""
        for stack in tuple(self.books.stacks.values()):
            if stack.status in RUNNING:
                self._spawn(stack)

    def _spent(self, begun: Stack) -> Spent:
        return spend(begun, self.books.store.change_sets(begun.id))

    def _begin(self, begun: Turn, spent: Spent = NOTHING_SPENT) -> Stack:
        event = to_stack_event(begun.stack, self.wall())
        self.books.write(begun.stack, begun.resources, [event], spent=spent)
        self._spawn(begun.stack)
        return begun.stack

    def _spawn(self, stack: Stack) -> None:
        job = Job(stack.id, self.books, self.provide, self.identity.region, self.wall)
        self._jobs[stack.id], self._settled[stack.id] = job, asyncio.Event()
        self.spawn(self._carry_out(job), f"stack {stack.name}")

    async def _carry_out(self, job: Job) -> None:
        failures = 0
        try:
            while True:
                try:
                    await job.run()
                    return
                except FigError as error:
                    failures += 1
                    log.warning("stack %s: %s", job.stack_id, error.message)
                    await asyncio.sleep(delay_after(failures))
        finally:
            self._jobs.pop(job.stack_id, None)
            self._settled.pop(job.stack_id).set()

    def _exports(self, stack: Stack) -> dict[str, str]:
        return {name: one.value for name, one in self.books.exports(stack.account).items()}

    def _forget_old(self) -> None:
        for stack in tuple(self.books.stacks.values()):
            if stack.deleted_at is not None and stack.deleted_at < self.wall() - KEPT_DELETED_S:
                self.books.remove(stack.id)
