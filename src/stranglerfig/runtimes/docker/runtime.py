"""The Runtime port over containers. Whatever a later daemon must know of a task stands in its containers' labels."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.excerpts import EVERYTHING, Excerpt
from stranglerfig.core.observed import ContainerIdentity, ObservedTask
from stranglerfig.core.secret_source import SecretSource
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import Conflict, FigError, NotFound
from stranglerfig.runtimes.docker.attending import attend, end_containers, look
from stranglerfig.runtimes.docker.diagnosis import Findings, describe_misplaced, render_diagnosis
from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.following import Follower
from stranglerfig.runtimes.docker.labels import Role
from stranglerfig.runtimes.docker.output import Line, read_lines, read_saved
from stranglerfig.runtimes.docker.probing import probe_published, read_listeners
from stranglerfig.runtimes.docker.sequence import Verdict, decide_end
from stranglerfig.runtimes.docker.starting import Maker, remove_remains
from stranglerfig.runtimes.docker.strays import stop_strays
from stranglerfig.runtimes.docker.task import ContainerTask
from stranglerfig.runtimes.docker.watching import Watch
from stranglerfig.runtimes.log_folder import OF_CONTAINERS, LogFolder

DIAGNOSIS_LINES = 20
KEPT_LOGS = 10

log = logging.getLogger(__name__)


class DockerRuntime:
    """Belongs to one event loop. ``watch`` must run beside it: it hears from the engine what became of the tasks.

    ``home`` keeps apart what several figs have on one engine. ``on_change`` is called from the event loop whenever a
    task has ended. Nothing asks the engine before there is something to run or to adopt.
    """

    def __init__(
        self,
        log_dir: Path,
        *,
        home: str,
        secrets: SecretSource,
        on_change: Callable[[], None] | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.engine = engine or Engine()
        self._folder = LogFolder(log_dir, OF_CONTAINERS)
        self._home = home
        self._maker = Maker(self.engine, secrets)
        self._watch = Watch(self.engine, home, self._folder, on_change)
        self._tasks = self._watch.tasks

    async def start(self, task_id: str, group: str, revision: int, spec: ContainerTargets) -> ObservedTask:
        """See the port. Returns when the first containers have started; those that wait for others follow later.

        Raises ``Unavailable`` when the engine does not answer, ``NotFound`` for a secret, ``Conflict`` for a known id.
        """
        if task_id in self._tasks or task_id in self._watch.starting:
            raise Conflict(f"task {task_id} is there already", hint="See it with `fig status`.")
        self._folder.path(group, task_id)
        self._watch.starting.add(task_id)
        role = Role(self._home, task_id, group, revision, spec.port)
        try:
            self._watch.wake()
            task = await self._maker.make(role, spec)
            try:
                if await attend(self.engine, task):
                    self._watch.end(task)
            except BaseException:
                await remove_remains(self.engine, role, task.ids)
                raise
        finally:
            self._watch.starting.discard(task_id)
        self._watch.add(task)
        return task.observe()

    async def adopt(
        self, task_id: str, group: str, revision: int, port: int, identity: ContainerIdentity
    ) -> ObservedTask:
        """See the port. While the engine does not answer, the task is taken as it was; what became of it is found out
        as soon as the engine is back.
        """
        if task_id in self._tasks:
            return self._tasks[task_id].observe()
        self._watch.wake()
        task = ContainerTask(Role(self._home, task_id, group, revision), identity, {}, port=port, is_known=False)
        try:
            await self._watch.learn(task)
        except FigError as error:
            log.warning("task %s: %s", task_id, error.message)
        self._watch.add(task)
        return task.observe()

    async def probe(self, task_id: str, health: HealthCheck) -> bool:
        """Through the published port, where there is one; what has a health check of the engine must pass that, too."""
        task = self._task(task_id)
        is_healthy = False
        if not task.ended.is_set() and task.is_known:
            port = task.checked_port(health)
            answer = await probe_published(port, health) if port else True
            is_healthy = bool(answer) and task.has_healthy_containers() and not task.ended.is_set()
        task.vitals.note(health, is_healthy=is_healthy)
        return is_healthy

    async def stop(self, task_id: str, grace_s: float) -> ObservedTask:
        """See the port. Its last output stays on disk; containers and scratch volumes go."""
        task = self._task(task_id)
        if not task.is_known:
            await self._watch.learn(task)
        task.is_stopping = True
        await end_containers(self.engine, task, grace_s)
        if task.verdict is None:
            task.verdict = decide_end(task.parts, task.containers) or Verdict(None)
        await self._watch.remove(task)
        self._watch.end(task)
        return task.observe()

    def observe(self) -> tuple[ObservedTask, ...]:
        return tuple(task.observe() for task in self._tasks.values())

    def forget(self, task_id: str) -> None:
        """See the port. What is left of its containers is removed by ``watch``."""
        task = self._task(task_id)
        if not task.ended.is_set():
            raise Conflict(f"task {task_id} still runs", hint="Stop it first, with `fig down` or by its target.")
        self._watch.drop(task)

    async def prune(self, group: str, *, keep: int = KEPT_LOGS) -> tuple[str, ...]:
        """Remove the saved output of the group's ended tasks but for the last ``keep``."""
        written = await asyncio.to_thread(self._folder.task_ids, group)
        ended = [task_id for task_id in written if task_id not in self._watch]
        gone = ended[: max(0, len(ended) - keep)]
        if gone:
            await asyncio.to_thread(self._folder.remove, group, gone)
        return tuple(gone)

    async def remark(self, task_id: str) -> str:
        """See the port. Of a task with sidecars nobody knows who of them listens where."""
        task = self._task(task_id)
        wanted = self._checked_inside(task)
        if wanted is None or not task.is_single or task.ended.is_set():
            return ""
        return describe_misplaced(wanted, await read_listeners(self.engine, task) or ())

    def _checked_inside(self, task: ContainerTask) -> int | None:
        """The container's port that its health check asks."""
        return task.role.port if task.checked_port(task.vitals.health) == task.port else task.vitals.health.port

    async def diagnose(self, task_id: str) -> str:
        """Why the task is not healthy, as far as the engine knows, with the last output of whom it concerns."""
        task = self._task(task_id)
        ended = task.ended.is_set()
        if not ended:
            async with task.lock:
                await look(self.engine, task)
        health = task.vitals.health
        port = task.checked_port(health)
        culprit = task.verdict.culprit if task.verdict else None
        main = next((part.name for part in task.parts if not part.is_holder), "")
        speaker = culprit.part.name if culprit and not culprit.part.is_holder else main
        findings = Findings(
            port=self._checked_inside(task),
            health=health,
            verdict=task.verdict or (Verdict(None) if ended else None),
            containers=tuple(task.containers.values()),
            listeners=None if ended else await read_listeners(self.engine, task),
            answer=None if ended or not port else await probe_published(port, health),
            output=await self._read_last(task, speaker),
            speaker="" if task.is_single else speaker,
            was_killed=culprit is not None and culprit.id in task.killed,
        )
        return render_diagnosis(findings)

    async def stop_strays(self, grace_s: float) -> tuple[str, ...]:
        """See the port. Without an engine there are none that could be seen; ``watch`` looks again when it answers."""
        try:
            return await stop_strays(self.engine, self._home, self._watch, grace_s)
        except FigError as error:
            log.info("cannot look for stray containers: %s", error.message)
            self._watch.look_for_strays(grace_s)
            return ()

    async def logs(
        self, group: str, *, tail: int, follow: bool, excerpt: Excerpt = EVERYTHING
    ) -> AsyncIterator[tuple[str, str]]:
        """See the port. Merged by time; a line of a task with several containers begins with the container's name."""
        tasks = self._of(group)
        live = [line for task in tasks for line in await read_lines(self.engine, task, tail, excerpt)]
        running = {task.role.task_id for task in tasks if task.ids}
        ended = [task_id for task_id in self._folder.task_ids(group) if task_id not in running]
        saved = await asyncio.to_thread(read_saved, self._folder, group, ended, tail, excerpt)
        shown = sorted((*saved, *live))[-tail:] if tail > 0 else []
        for line in shown:
            yield line.task_id, line.render()
        if follow:
            latest = live if tail > 0 else [line for task in tasks for line in await read_lines(self.engine, task, 1)]
            seen = {(line.task_id, line.container): line.stamp for line in sorted(latest)}
            follower = Follower(self.engine, seen, excerpt).run(lambda: self._of(group))
            try:
                async for line in follower:
                    yield line.task_id, line.render()
            finally:
                await follower.aclose()

    async def watch(self) -> None:
        """Runs until it is cancelled."""
        await self._watch.run()

    def close(self) -> None:
        """Let go of all tasks; they run on."""
        self._tasks.clear()
        self.engine.close()

    async def _read_last(self, task: ContainerTask, container: str) -> tuple[str, ...]:
        lines: list[Line] = await read_lines(self.engine, task, DIAGNOSIS_LINES)
        wanted = "" if task.is_single else container
        return tuple(line.text for line in lines if line.container == wanted)[-DIAGNOSIS_LINES:]

    def _of(self, group: str) -> tuple[ContainerTask, ...]:
        return tuple(task for task in self._tasks.values() if task.role.group == group)

    def _task(self, task_id: str) -> ContainerTask:
        task = self._tasks.get(task_id)
        if task is None:
            raise NotFound(f"task {task_id} is not known", hint="See the tasks there are with `fig status`.")
        return task
