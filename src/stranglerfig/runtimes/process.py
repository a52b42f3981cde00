"""The Runtime port over real processes.

Each task leads a session of its own, writes to its own log file and is no pipe's other end, so nothing happens to it
when the control plane dies; its pid with its start time and its mark let the next control plane adopt it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.excerpts import EVERYTHING, Excerpt
from stranglerfig.core.observed import ObservedTask, TaskIdentity
from stranglerfig.core.secret_source import SecretSource
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import Conflict, NotFound, Unavailable, UsageError
from stranglerfig.runtimes.census import Census, Inhabitant, read_mark
from stranglerfig.runtimes.diagnosis import Findings, describe_misplaced, render_diagnosis
from stranglerfig.runtimes.ending import Ending
from stranglerfig.runtimes.free_ports import PortPool
from stranglerfig.runtimes.identity import ProcessStat, check_pidfd, is_running, read_identity
from stranglerfig.runtimes.lines import read_last_lines
from stranglerfig.runtimes.log_folder import LogFolder
from stranglerfig.runtimes.probe import probe_address
from stranglerfig.runtimes.sockets import ListeningSocket, read_listeners
from stranglerfig.runtimes.spawn import Birth, end_process, start_process
from stranglerfig.runtimes.task import Role, Task

#: how long the children of a task that has ended by itself may finish what they have
LEFTOVER_GRACE_S = 10.0
LOG_CHECK_S = 0.25
FLOOD_CHECK_S = 0.05
DIAGNOSIS_LINES = 20
KEPT_LOGS = 10
LOOPBACK = "127.0.0.1"
#: of a task that does not listen
NO_PORT = 0

log = logging.getLogger(__name__)


class ProcessRuntime:
    """Belongs to one event loop. ``watch`` must run beside it: it rotates logs, marks when they were written to, and
    ends what ended tasks left behind.

    ``on_change`` is called from the event loop whenever a task has ended. ``ports`` are those to choose from.
    ``secrets`` is asked at each start of a task that has some.
    """

    def __init__(
        self,
        log_dir: Path,
        *,
        on_change: Callable[[], None] | None = None,
        ports: PortPool | None = None,
        secrets: SecretSource | None = None,
    ) -> None:
        self._folder = LogFolder(log_dir)
        self._on_change = on_change
        self._tasks: dict[str, Task] = {}
        self._starting: set[str] = set()
        self._ports = ports or PortPool()
        self._secrets = secrets or refuse_secret
        self._census = Census()
        self._ended: asyncio.Queue[Task] = asyncio.Queue()
        check_pidfd()

    async def start(self, task_id: str, group: str, revision: int, spec: ProcessTargets) -> ObservedTask:
        """See the port. Raises ``StateUnusable`` when its log cannot be written, ``Conflict`` for an id under watch."""
        if task_id in self._tasks or task_id in self._starting:
            raise Conflict(f"task {task_id} is there already", hint="See it with `fig status`.")
        path = self._folder.path(group, task_id)
        secrets = {variable: self._secrets(group, name) for variable, name in spec.secrets}
        port = self._ports.take() if spec.listens else NO_PORT
        self._starting.add(task_id)
        try:
            process = await start_process(Birth(task_id, group, revision, port, path, spec, secrets))
        except BaseException:
            self._ports.give_back(port)
            raise
        finally:
            self._starting.discard(task_id)
        role = Role(task_id, group, revision, port, spec.memory_bytes)
        try:
            # Nobody has waited for it, so it is there, at least as a zombie.
            identity = read_identity(process.pid)
            task = Task(role, identity, self._folder.log(group, task_id), self._census, process)
            task.watch(self._note_end)
        except OSError as error:
            end_process(process)
            self._ports.give_back(port)
            raise Unavailable(
                f"cannot watch task {task_id}: {os.strerror(error.errno or 0).lower()}",
                hint="See with `fig doctor` what this machine is short of.",
            ) from error
        self._tasks[task_id] = task
        return task.observe()

    async def adopt(self, task_id: str, group: str, revision: int, port: int, identity: TaskIdentity) -> ObservedTask:
        """See the port. A task of our own that is watched already is left as it is."""
        if task_id in self._tasks:
            return self._tasks[task_id].observe()
        task_log = self._folder.log(group, task_id)
        # After a reboot the same pid may have started at the same tick: the mark tells.
        is_ours = is_running(identity) and read_mark(identity.pid) == os.fspath(task_log.path)
        task = Task(Role(task_id, group, revision, port), identity, task_log, self._census, None)
        self._ports.hold(port)
        self._tasks[task_id] = task
        if is_ours:
            task.watch(self._note_end)
        else:
            task.disown(self._note_end)
        return task.observe()

    async def probe(self, task_id: str, health: HealthCheck) -> bool:
        task = self._task(task_id)
        # Its port may be somebody else's by the time an ended task is asked about.
        answer = not task.ended.is_set() and await self._ask(task, health)
        is_healthy = bool(answer) and not task.ended.is_set()
        task.vitals.note(health, is_healthy=is_healthy)
        return is_healthy

    async def _ask(self, task: Task, health: HealthCheck) -> bool:
        return task.role.port == NO_PORT or bool(await probe_address(LOOPBACK, task.role.port, health))

    async def stop(self, task_id: str, grace_s: float) -> ObservedTask:
        """See the port. Callers at the same time share one wait and the shortest grace."""
        task = self._task(task_id)
        task.is_stopping = True
        await task.ending.run(grace_s)
        await task.ended.wait()
        return task.observe()

    def observe(self) -> tuple[ObservedTask, ...]:
        return tuple(task.observe() for task in self._tasks.values())

    def forget(self, task_id: str) -> None:
        """See the port. Raises ``Conflict`` when the task has not ended."""
        task = self._task(task_id)
        if not task.ended.is_set():
            raise Conflict(f"task {task_id} still runs", hint="Stop it first, with `fig down` or by its target.")
        self._ports.give_back(task.role.port)
        del self._tasks[task_id]

    def logs(
        self, group: str, *, tail: int, follow: bool, excerpt: Excerpt = EVERYTHING
    ) -> AsyncIterator[tuple[str, str]]:
        """See the port. When a line was written is known to a second or so, as ``log_times`` says."""
        return self._folder.lines(group, tail=tail, follow=follow, is_running=self._is_running, excerpt=excerpt)

    async def prune(self, group: str, *, keep: int = KEPT_LOGS) -> tuple[str, ...]:
        """Remove the logs of the group's ended tasks but for the last ``keep`` and those under watch."""
        written = await asyncio.to_thread(self._folder.task_ids, group)
        # Asked after the files were listed: a task is known before it has one.
        ended = [task_id for task_id in written if task_id not in self._tasks and task_id not in self._starting]
        gone = ended[: max(0, len(ended) - keep)]
        if gone:
            await asyncio.to_thread(self._folder.remove, group, gone)
        return tuple(gone)

    async def remark(self, task_id: str) -> str:
        """See the port."""
        task = self._task(task_id)
        if task.role.port == NO_PORT or task.ended.is_set():
            return ""
        return describe_misplaced(task.role.port, await self._listeners(task), of_manifest=_is_of_manifest(task))

    async def _listeners(self, task: Task) -> tuple[ListeningSocket, ...]:
        members = [stat.identity.pid for stat in task.find_members(await self._census.take())]
        return await asyncio.to_thread(read_listeners, members)

    async def diagnose(self, task_id: str) -> str:
        """Why the task is not healthy, as far as can be seen from outside, and its last output."""
        task = self._task(task_id)
        listeners = await self._listeners(task)
        answers = any(socket.port == task.role.port for socket in listeners)
        health = task.vitals.health if answers else HealthCheck()
        is_mute = task.ended.is_set() or task.role.port == NO_PORT
        findings = Findings(
            port=task.role.port,
            health=health,
            answer=None if is_mute else await probe_address(LOOPBACK, task.role.port, health),
            has_exited=task.ended.is_set(),
            exit_status=task.exit_status,
            memory_bytes=task.role.memory_bytes,
            listeners=listeners,
            output=tuple(await asyncio.to_thread(read_last_lines, task.log, DIAGNOSIS_LINES)),
            of_manifest=_is_of_manifest(task),
        )
        return render_diagnosis(findings)

    async def stop_strays(self, grace_s: float) -> tuple[str, ...]:
        """End the processes of tasks of ours that are not under watch, and return their tasks' ids.

        There are some when an earlier control plane died after it had started a task and before its books said so: call
        this once all tasks in the books are adopted.
        """

        def find_strays(inhabitants: tuple[Inhabitant, ...]) -> tuple[ProcessStat, ...]:
            return tuple(inhabitant.stat for inhabitant in inhabitants if self._to_stray(inhabitant.mark))

        strays = {self._to_stray(inhabitant.mark) for inhabitant in await self._census.take()}
        await Ending(self._census, find_strays, leader=None).run(grace_s)
        return tuple(sorted(stray for stray in strays if stray))

    async def watch(self) -> None:
        """Runs until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._rotate_logs())
            while True:
                group.create_task(self._end_leftovers(await self._ended.get()))

    def close(self) -> None:
        """Let go of all tasks; they run on."""
        for task in self._tasks.values():
            task.unwatch()
        self._tasks.clear()

    async def _rotate_logs(self) -> None:
        while True:
            # A thousand tasks are looked at once a second, so that looking stays cheap; a few more often.
            pause_s = max(LOG_CHECK_S, len(self._tasks) / 1000)
            for task in tuple(self._tasks.values()):
                if not task.log.look(time.time()):
                    continue
                pause_s = FLOOD_CHECK_S
                try:
                    await asyncio.to_thread(task.log.rotate)
                except OSError as error:
                    log.warning("cannot rotate %s: %s", task.log.path, error.strerror)
                    pause_s = 1.0
            await asyncio.sleep(pause_s)

    async def _end_leftovers(self, task: Task) -> None:
        try:
            # Whoever stops the task has said what grace it has.
            await task.ending.run(math.inf if task.ending.has_begun() else LEFTOVER_GRACE_S)
        except Unavailable as error:
            # Whoever stops the task hears of it; the watch over all the others must go on.
            log.warning("task %s: %s", task.role.id, error.message)

    def _note_end(self, task: Task) -> None:
        self._ended.put_nowait(task)
        if self._on_change is not None:
            self._on_change()

    def _to_stray(self, mark: str | None) -> str | None:
        """The task that a mark of ours names, unless it is under watch or about to be."""
        if mark is None or Path(mark).parent.parent != self._folder.root:
            return None
        task_id = Path(mark).name.removesuffix(".log")
        return None if task_id in self._tasks or task_id in self._starting else task_id

    def _is_running(self, task_id: str) -> bool:
        task = self._tasks.get(task_id)
        return task is not None and not task.ended.is_set()

    def _task(self, task_id: str) -> Task:
        task = self._tasks.get(task_id)
        if task is None:
            raise NotFound(f"task {task_id} is not known", hint="See the tasks there are with `fig status`.")
        return task


def _is_of_manifest(task: Task) -> bool:
    """Names that users give have no dots."""
    return "." in task.role.group


def refuse_secret(group: str, name: str) -> str:
    """For a runtime that was given no secrets."""
    raise UsageError(
        f"target {group!r} asks for the secret {name!r}, and only services of an environment have secrets",
        hint="Deploy it as a service with `fig svc deploy`, or give the value with `fig target run --env`.",
    )
