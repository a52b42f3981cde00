"""One attempt of a run as a task of the runtime: started, adopted, seen out, and its output.

The exit status of a process is known to its parent alone, and the parent of an adopted one is gone. So a shell stands
between, which leaves the status in a file before it ends with it.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from stranglerfig.control.apps.run_lines import Source, read_lines
from stranglerfig.control.ports import Runtime
from stranglerfig.core.application import group_name
from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.runs import Run, RunKind
from stranglerfig.errors import FigError, StateUnusable

WITNESS = 'file=$1; shift; "$@"; status=$?; echo "$status" >"$file"; exit "$status"'
CAUSE_LINES = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    exit_status: int | None
    cause: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """``folder`` takes the files of exit statuses. ``redact`` takes secrets out of what a group's tasks said."""

    runtime: Runtime
    folder: Path
    serial: Callable[[], str]
    redact: Callable[[str, str], str]

    def group_of(self, run: Run) -> str:
        """A one-off task may have the name of a service."""
        name = group_name(run.app, run.environment, run.name)
        return f"{name}.task" if run.kind is RunKind.TASK else name

    def intend(self, run: Run) -> ObservedTask:
        group = self.group_of(run)
        task_id = f"{group}-{run.revision}-{run.copy}-{self.serial()}"
        return ObservedTask(task_id, group, run.revision, 0, TaskState.STARTING)

    async def start(self, run: Run, intent: ObservedTask) -> ObservedTask:
        spec = run.targets
        if isinstance(spec, ProcessTargets):
            witness = ("/bin/sh", "-c", WITNESS, "fig-run", str(self._status_path(intent.id)))
            spec = replace(spec, command=(*witness, *spec.command), listens=False)
            self._make_folder()
        return await self.runtime.start(intent.id, intent.group, intent.revision, spec)

    async def adopt(self, task: ObservedTask) -> None:
        """One that was booked and perhaps never started is not taken up: if it was, it is a stray."""
        if task.identity is not None:
            await self.runtime.adopt(task.id, task.group, task.revision, task.port, task.identity)

    def see(self, task: ObservedTask) -> ObservedTask:
        """As it is now; one that the runtime does not know has ended."""
        gone = replace(task, state=TaskState.EXITED)
        return next((seen for seen in self.runtime.observe() if seen.id == task.id), gone)

    async def conclude(self, run: Run, seen: ObservedTask) -> Outcome:
        """What became of an attempt that has ended. It stays known until that is booked, and is then forgotten."""
        status = seen.exit_status if seen.exit_status is not None else self._read_status(seen.id)
        return Outcome(status, "" if status == 0 else await self._explain(run, seen.id, status))

    async def end(self, run: Run, task: ObservedTask) -> None:
        """When this returns, nothing of it runs. Idempotent."""
        if any(seen.id == task.id for seen in self.runtime.observe()):
            await self.runtime.stop(task.id, run.targets.grace_s)
            await self.forget(task)

    async def forget(self, task: ObservedTask) -> None:
        """One that has ended: nobody will ask for it again."""
        self._status_path(task.id).unlink(missing_ok=True)
        with contextlib.suppress(FigError):
            self.runtime.forget(task.id)
        await self.runtime.prune(task.group)

    async def _explain(self, run: Run, task_id: str, status: int | None) -> str:
        if not isinstance(run.targets, ProcessTargets):
            try:
                return self._redact(run, await self.runtime.diagnose(task_id))
            except FigError as error:
                return error.message
        source = Source(self.runtime, self.group_of(run), lambda one: one == task_id)
        lines = await read_lines(source, CAUSE_LINES)
        text = "\n".join((_describe(status), "its last output:", *(f"  {line}" for _, line in lines)))
        return self._redact(run, text if lines else f"{_describe(status)}\nit wrote nothing")

    def _redact(self, run: Run, text: str) -> str:
        return self.redact(self.group_of(run), text)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StateUnusable(
                f"{self.folder} cannot be made: {(error.strerror or str(error)).lower()}",
                hint="`fig doctor` says what is wrong with the folder.",
            ) from error

    def _read_status(self, task_id: str) -> int | None:
        try:
            return int(self._status_path(task_id).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _status_path(self, task_id: str) -> Path:
        return self.folder / f"{task_id}.status"


def _describe(status: int | None) -> str:
    if status is None:
        return "it has ended, and nobody saw with which exit status"
    # A shell says of a signal what the status would be, plus 128.
    number = -status if status < 0 else status - 128
    try:
        return f"it was killed by {signal.Signals(number).name} (exit status {status})"
    except ValueError:
        return f"it ended with exit status {status}"
