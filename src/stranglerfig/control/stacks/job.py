"""One operation on a stack, from where the books say it stands to its end."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from stranglerfig.control.stacks.books import StackBooks
from stranglerfig.control.stacks.provider import Provide, StepFailure, Wish
from stranglerfig.control.stacks.telling import to_event, to_stack_event
from stranglerfig.core.cloudformation.stacks import effects
from stranglerfig.core.cloudformation.stacks.deeds import Deed, Step
from stranglerfig.core.cloudformation.stacks.effects import Effect, Made
from stranglerfig.core.cloudformation.stacks.records import Incarnation, Stack, StackResource
from stranglerfig.core.cloudformation.stacks.scene import Goal, Scene, to_goal
from stranglerfig.core.cloudformation.stacks.states import BUSY, RUNNING
from stranglerfig.core.cloudformation.stacks.steps import next_steps
from stranglerfig.core.cloudformation.stacks.turns import Turn, give_up, turn
from stranglerfig.core.faults import Fault
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Live:
    step: Step
    task: asyncio.Task[None]


@dataclass(slots=True)
class Job:
    """``wall`` tells UTC seconds. Harmless to cancel, and to begin anew."""

    stack_id: str
    books: StackBooks
    provide: Provide
    region: str
    wall: Callable[[], float]
    #: something beside the steps has changed what is to be done
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    _live: dict[str, _Live] = field(default_factory=dict)
    _goal: Goal | None = None
    _reached: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Raises ``FigError`` for what may go better the next time."""
        try:
            while (stack := self.books.stacks.get(self.stack_id)) is not None and stack.status in RUNNING:
                try:
                    await self._advance(stack)
                except FigError:
                    raise
                except Exception as error:
                    log.error("stack %s: a defect in fig", stack.name, exc_info=error)
                    await self._drop(self._live.values())
                    self._live.clear()
                    known = self.books.resources(stack.id)
                    self._take_turn(give_up(stack, known, f"A defect in fig: {error!r}", self.wall()))
        finally:
            await self._drop(self._live.values())

    async def _advance(self, stack: Stack) -> None:
        scene = self._scene(self._timed(stack))
        if scene.is_failing and await self._cancel_creations():
            return
        outlook = next_steps(scene)
        self._reached = outlook.reached
        begun = [step for step in outlook.steps if step.logical_id not in self._live and not self._begin(scene, step)]
        if begun:
            # Done in no time: what hangs on it may follow.
            return
        if self._live:
            await self._wait(stack)
        elif not outlook.steps:
            self._take_turn(turn(scene, self.wall()))

    def _begin(self, scene: Scene, step: Step) -> bool:
        """Whether it goes on by itself now; else it is done."""
        resource, now = scene.resources.get(step.logical_id), self.wall()
        match step.deed:
            case Deed.REFUSE:
                self._write(effects.fail(step, resource, step.reason, now))
                return False
            case Deed.RESTORE if resource is not None:
                self._write(effects.restore(resource, now))
                return False
            case Deed.DELETE if resource is not None:
                self._write(effects.begin_deletion(step, resource, now))
                work = self._delete(step)
            case _:
                self._write(effects.begin(step, resource, now))
                work = self._make(step)
        self._live[step.logical_id] = _Live(step, asyncio.create_task(work))
        return True

    async def _make(self, step: Step) -> None:
        token = self._token(step.logical_id)
        await self._clear_away(step)
        try:
            made = await self._made(step, token)
        except Exception as error:  # noqa: BLE001 - whatever it is, the stack goes back
            self._write(effects.fail(step, self._resource(step), _reason(step, error), self.wall()))
        else:
            self._write(effects.complete(step, self._resource(step), made, token, self.wall()))

    async def _made(self, step: Step, token: str) -> Made:
        resource, stack = self._resource(step), self.books.stacks[self.stack_id]
        assert stack.operation is not None

        def started(physical_id: str) -> None:
            self._write(effects.start(step, self._resource(step), physical_id, token, self.wall()))

        wish = Wish(
            stack=stack,
            logical_id=step.logical_id,
            type=step.type,
            properties=step.properties,
            caller=stack.operation.caller,
            token=token,
            known="" if resource.coming is None else resource.coming.physical_id,
            started=started,
        )
        provider = self.provide(step.type)
        if step.deed is Deed.CREATE or resource.now is None:
            return await provider.create(wish)
        return await (provider.replace if step.deed is Deed.REPLACE else provider.update)(wish, resource.now)

    async def _clear_away(self, step: Step) -> None:
        """What failed before may be in the way. What stays is deleted in the end, with its reason if it cannot be."""
        for one in step.doomed:
            try:
                await self._remove(one)
            except (StepFailure, Fault, FigError):
                continue
            resource = self._resource(step)
            rest = tuple(left for left in resource.leaving if left != one)
            self._write(Effect(replace(resource, leaving=rest)))

    async def _delete(self, step: Step) -> None:
        try:
            for one in step.doomed:
                await self._remove(one)
        except Exception as error:  # noqa: BLE001 - as above
            effect = effects.fail_deletion(step, self._resource(step), _reason(step, error), self.wall())
        else:
            effect = effects.finish_deletion(step, self._resource(step), self.wall())
        self._write(effect)

    async def _remove(self, one: Incarnation) -> None:
        operation = self.books.stacks[self.stack_id].operation
        assert operation is not None
        await self.provide(one.type).delete(operation.caller, one)

    def _timed(self, stack: Stack) -> Stack:
        """With the mark of one that is late, once it is."""
        deadline, operation = stack.deadline, stack.operation
        if deadline is None or operation is None or operation.is_late or self.wall() < deadline:
            return stack
        late = replace(stack, operation=replace(operation, is_late=True))
        self.books.write(late)
        return late

    async def _wait(self, stack: Stack) -> None:
        """Until something may have to be done."""
        deadline = None if stack.operation is None or stack.operation.is_late else stack.deadline
        ringing = asyncio.create_task(self.bell.wait())
        try:
            tasks = {live.task for live in self._live.values()}
            patience = None if deadline is None else max(0.0, deadline - self.wall())
            await asyncio.wait({*tasks, ringing}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ringing.cancel()
        self.bell.clear()
        over = {name: live for name, live in self._live.items() if live.task.done()}
        for name, live in over.items():
            del self._live[name]
            live.task.result()

    async def _cancel_creations(self) -> bool:
        """Nothing is lost by that: what they have begun is deleted. Updates and swaps go on to their end."""
        creations = {name: live for name, live in self._live.items() if live.step.deed is Deed.CREATE}
        await self._drop(creations.values())
        for name, live in creations.items():
            self._live.pop(name, None)
            resource = self._resource(live.step)
            if resource.status in BUSY:
                self._write(effects.cancel(live.step, resource, self.wall()))
        return bool(creations)

    async def _drop(self, lives: Iterable[_Live]) -> None:
        tasks = [live.task for live in lives]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take_turn(self, after: Turn) -> None:
        self.books.write(after.stack, after.resources, [to_stack_event(after.stack, self.wall())], after.gone)
        self._goal, self._reached = None, frozenset()

    def _scene(self, stack: Stack) -> Scene:
        if self._goal is None:
            self._goal = to_goal(stack, self.region)
        exports = self.books.exports(stack.account)
        others = {name: one.stack_id for name, one in exports.items() if one.stack_id != stack.id}
        return Scene(
            stack=stack,
            resources=self.books.resources(stack.id),
            goal=self._goal,
            region=self.region,
            exports={name: one.value for name, one in exports.items()},
            exporters={name: self.books.stacks[stack_id].name for name, stack_id in others.items()},
            users=self.books.users(stack),
            reached=self._reached,
        )

    def _resource(self, step: Step) -> StackResource:
        return self.books.resources(self.stack_id)[step.logical_id]

    def _write(self, effect: Effect) -> None:
        stack, now = self.books.stacks[self.stack_id], self.wall()
        events = [to_event(stack, note, now) for note in effect.notes]
        self.books.write(stack, [effect.resource], events)

    def _token(self, logical_id: str) -> str:
        """The same one after a crash, another one in each phase."""
        stack = self.books.stacks[self.stack_id]
        assert stack.operation is not None
        name = f"{stack.operation.serial}/{stack.status.value}/{logical_id}"
        return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def _reason(step: Step, error: Exception) -> str:
    match error:
        case StepFailure():
            return error.reason
        case Fault():
            return error.message
        case FigError():
            return error.message if error.hint is None else f"{error.message}. {error.hint}"
        case _:
            log.error("resource %s: a defect in fig", step.logical_id, exc_info=error)
            return f"A defect in fig: {error!r}"
