"""Beside everything else: hears what became of the tasks, brings them on, and tidies up after those that ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from stranglerfig.errors import FigError, UsageError
from stranglerfig.runtimes.docker.attending import attend, end_containers, remove_task
from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.output import save_output
from stranglerfig.runtimes.docker.probing import prove_health
from stranglerfig.runtimes.docker.sequence import Verdict, decide_end
from stranglerfig.runtimes.docker.strays import find_task, stop_strays
from stranglerfig.runtimes.docker.streams import Event, EventFeed
from stranglerfig.runtimes.docker.task import ContainerTask
from stranglerfig.runtimes.log_folder import LogFolder

#: how long the sidecars of a task that has ended by itself may finish what they have
LEFTOVER_GRACE_S = 10.0
#: the engine tells of everything; this is for what it did not tell of
LOOK_AGAIN_S = 30.0
HASTEN_S = 0.5
TIDY_AGAIN_S = 2.0

log = logging.getLogger(__name__)


class Watch:
    """``tasks`` are those under watch, by id. ``starting`` are about to be, and ``leaving`` are forgotten ones that are
    still being removed. All of these, and no others, are known: ``task_id in watch``.
    """

    def __init__(self, engine: Engine, home: str, folder: LogFolder, on_change: Callable[[], None] | None) -> None:
        self.tasks: dict[str, ContainerTask] = {}
        self.leaving: dict[str, ContainerTask] = {}
        self.starting: set[str] = set()
        self._engine = engine
        self._home = home
        self._folder = folder
        self._on_change = on_change
        self._news: asyncio.Queue[ContainerTask] = asyncio.Queue()
        self._forgotten: asyncio.Queue[ContainerTask] = asyncio.Queue()
        self._wanted = asyncio.Event()
        #: what grace strays have that nobody could look for yet
        self._stray_grace_s: float | None = None
        self._is_back = asyncio.Event()

    def __contains__(self, task_id: object) -> bool:
        return any(task_id in known for known in (self.tasks, self.starting, self.leaving))

    def wake(self) -> None:
        """From now on there is, or will be, something to watch."""
        self._wanted.set()

    def look_for_strays(self, grace_s: float) -> None:
        """As soon as the engine answers."""
        self._stray_grace_s = grace_s
        self.wake()

    def add(self, task: ContainerTask) -> None:
        self.tasks[task.role.task_id] = task
        # It may have ended between the last look at it and now.
        self._news.put_nowait(task)

    def drop(self, task: ContainerTask) -> None:
        del self.tasks[task.role.task_id]
        if task.ids:
            self.leaving[task.role.task_id] = task
            self._forgotten.put_nowait(task)

    async def run(self) -> None:
        """Until it is cancelled."""
        await self._wanted.wait()
        feed = EventFeed(self._engine, self._home, self._note_event, self._note_all)
        async with asyncio.TaskGroup() as group:
            group.create_task(feed.run())
            group.create_task(self._look_again())
            group.create_task(self._hasten())
            group.create_task(self._tidy())
            group.create_task(self._end_strays())
            while True:
                group.create_task(self._attend(await self._news.get()))

    async def learn(self, task: ContainerTask) -> None:
        """What its labels say of an adopted task; if that very task is gone, it has ended.

        Raises ``Unavailable`` when the engine does not answer.
        """
        found = await find_task(self._engine, self._home, task.role.task_id)
        if found is None or task.identity.id not in found.ids.values():
            task.is_known = True
            self.end(task)
            return
        task.role, task.ids, task.parts = found.role, found.ids, found.parts
        task.note(found.containers)
        task.verdict = decide_end(task.parts, task.containers)
        if task.verdict is not None:
            self.end(task)

    async def remove(self, task: ContainerTask) -> None:
        """Keep its last output, and nothing else."""
        if not task.ids:
            return
        try:
            await save_output(self._engine, task, self._folder)
        except OSError as error:
            log.warning("cannot keep the output of %s: %s", task.role.task_id, error.strerror)
        await remove_task(self._engine, task)

    def end(self, task: ContainerTask) -> None:
        if not task.ended.is_set():
            task.ended.set()
            task.changed.set()
            if self._on_change is not None:
                self._on_change()

    async def _attend(self, task: ContainerTask) -> None:
        try:
            if not task.is_known:
                await self.learn(task)
            if not await self._bring_on(task):
                return
            self.end(task)
            await end_containers(self._engine, task, LEFTOVER_GRACE_S)
        except FigError as error:
            log.warning("task %s: %s", task.role.task_id, error.message)

    async def _bring_on(self, task: ContainerTask) -> bool:
        try:
            return await attend(self._engine, task)
        except UsageError as error:
            task.verdict = Verdict(None, error.message)
            return True

    async def _tidy(self) -> None:
        while True:
            task = await self._forgotten.get()
            try:
                await end_containers(self._engine, task, LEFTOVER_GRACE_S)
                await self.remove(task)
                del self.leaving[task.role.task_id]
            except FigError as error:
                # Most likely the engine is away; were this daemon to end, the next one would find a stray.
                log.warning("task %s: %s", task.role.task_id, error.message)
                self._forgotten.put_nowait(task)
                await asyncio.sleep(TIDY_AGAIN_S)

    async def _end_strays(self) -> None:
        while True:
            await self._is_back.wait()
            self._is_back.clear()
            if self._stray_grace_s is None:
                continue
            try:
                for task_id in await stop_strays(self._engine, self._home, self, self._stray_grace_s):
                    log.warning("task %s was started, but never booked as running: it is stopped", task_id)
                self._stray_grace_s = None
            except FigError as error:
                log.info("cannot look for stray containers: %s", error.message)

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            self._note_all()

    async def _hasten(self) -> None:
        while True:
            await asyncio.sleep(HASTEN_S)
            for task in tuple(self.tasks.values()):
                if task.has_unproven() and await prove_health(self._engine, task):
                    self._news.put_nowait(task)

    def _note_event(self, event: Event) -> None:
        task = self.tasks.get(event.task_id) or self.leaving.get(event.task_id)
        if task is None:
            return
        if event.is_kill:
            task.killed.add(event.container_id)
        self._note(task)

    def _note(self, task: ContainerTask) -> None:
        task.changed.set()
        if task.role.task_id in self.tasks:
            self._news.put_nowait(task)

    def _note_all(self) -> None:
        self._is_back.set()
        for task in tuple(self.tasks.values()):
            self._note(task)
