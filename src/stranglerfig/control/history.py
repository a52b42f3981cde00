"""What each target group has been through: the memory that planning needs, and the problem that people are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from stranglerfig.control.fleet import TaskRecord
from stranglerfig.control.ports import Runtime, Store
from stranglerfig.core.actions import TakeBack
from stranglerfig.core.backoff import Memory, after_end, after_health, after_timeout, for_revision, is_failing
from stranglerfig.core.desired import TargetGroup
from stranglerfig.errors import FigError


@dataclass(slots=True)
class Histories:
    store: Store
    runtime: Runtime
    #: takes secrets out of what a target group's tasks said
    redact: Callable[[str, str], str]
    _memories: dict[str, Memory] = field(default_factory=dict)
    _problems: dict[str, str] = field(default_factory=dict)

    def memory(self, group: str, revision: int) -> Memory:
        memory = for_revision(self._memories.get(group, Memory()), revision)
        self._memories[group] = memory
        return memory

    def problem(self, group: str) -> str | None:
        return self._problems.get(group)

    def failed_revision(self, group: str) -> int | None:
        return self._memories.get(group, Memory()).failed_revision

    def has_failed(self, group: TargetGroup) -> bool:
        """Whether it is past hope that its first tasks are merely slow; they are tried again all the same."""
        memory = self._memories.get(group.name, Memory())
        return memory.revision == group.revision and is_failing(memory)

    def forget(self, group: str) -> None:
        """The group was deleted, or its user has asked for something new."""
        self._memories.pop(group, None)
        self._problems.pop(group, None)

    def note_health(self, record: TaskRecord) -> None:
        memory = self._of(record)
        if memory is None:
            return
        self._memories[record.task.group] = after_health(memory)
        if memory.failed_revision is None:
            self._problems.pop(record.task.group, None)

    async def explain_end(self, record: TaskRecord) -> None:
        await self._note_problem(record, f"task {record.task.id}")

    def note_end(self, record: TaskRecord, now: float) -> None:
        """The task ended by itself."""
        memory = self._of(record)
        if memory is not None:
            healthy_s = None if record.healthy_at is None else now - record.healthy_at
            self._memories[record.task.group] = after_end(memory, healthy_s=healthy_s, now=now)

    async def note_timeout(self, record: TaskRecord, reason: str, now: float) -> None:
        await self._note_problem(record, f"task {record.task.id} was {reason}")
        memory = self._of(record)
        if memory is not None:
            self._memories[record.task.group] = after_timeout(memory, now=now)

    def note_unstartable(self, record: TaskRecord, error: FigError, now: float) -> None:
        """It could not even be started: that will not be better the second time, so it counts as timed out."""
        self._tell(record, error.message if error.hint is None else f"{error.message}. {error.hint}")
        memory = self._of(record)
        if memory is not None:
            self._memories[record.task.group] = after_timeout(memory, now=now)

    def note_unfit(self, group: TargetGroup, error: FigError, now: float) -> None:
        """Its tasks are well, but the data plane does not take what it asks for."""
        problem = f"revision {group.revision} cannot be put in force: {error.message}"
        self.store.journal("not in force", problem, subject=f"target group {group.name}")
        self._problems[group.name] = problem
        self._memories[group.name] = after_timeout(self.memory(group.name, group.revision), now=now)

    def note_taken_back(self, group: str, action: TakeBack) -> None:
        self._memories[group] = Memory(revision=action.good, failed_revision=action.failed)
        details = self._problems.get(group)
        self._problems[group] = action.reason if details is None else f"{action.reason}: {details}"

    async def _note_problem(self, record: TaskRecord, what: str) -> None:
        diagnosis = await self.runtime.diagnose(record.task.id)
        self._tell(record, f"{what}: {diagnosis}")

    def _tell(self, record: TaskRecord, problem: str) -> None:
        problem = self.redact(record.task.group, problem)
        self.store.journal("task failed", problem, subject=f"target group {record.task.group}")
        # The problem of a revision that was taken back stays: what happens to the old one does not explain it.
        if self.failed_revision(record.task.group) is None:
            self._problems[record.task.group] = problem

    def _of(self, record: TaskRecord) -> Memory | None:
        """The memory, if it is about the task's revision."""
        memory = self._memories.get(record.task.group)
        return memory if memory is not None and memory.revision == record.task.revision else None
