"""One-off tasks: some copies of a command run to the end, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from stranglerfig.control.apps.runner import refuse_second
from stranglerfig.control.context import Control
from stranglerfig.control.operations.app_views import Entrance, choose_task, to_entrance
from stranglerfig.control.operations.leftovers import remove_logs
from stranglerfig.control.operations.soundness import check_tasks
from stranglerfig.core.application import group_name
from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import TaskTargets
from stranglerfig.core.names import parse_name
from stranglerfig.core.runs import Run, RunKind, RunState
from stranglerfig.errors import NotFound, UsageError

MOST_COPIES = 50


@dataclass(frozen=True, slots=True)
class OneOff:
    """``runs`` in the order of their copies."""

    runs: tuple[Run, ...]

    @property
    def ended_at(self) -> float | None:
        ends = [run.ended_at for run in self.runs if run.ended_at is not None]
        return max(ends) if len(ends) == len(self.runs) else None

    @property
    def outcome(self) -> Run:
        """The one that speaks for all: one that still runs, else the first that did not succeed."""
        by_weight = sorted(self.runs, key=lambda run: (run.is_over, run.state is RunState.SUCCEEDED, run.copy))
        return by_weight[0]


async def start_one_off(
    control: Control, place: tuple[str, str], name: str, targets: TaskTargets, count: int
) -> OneOff:
    """``place`` is application and environment. One of that name that has ended makes room."""
    control.require_running()
    app, environment = place
    applications = control.applications
    applications.environment(app, environment)
    parse_name(name, "task name")
    if not 1 <= count <= MOST_COPIES:
        raise UsageError(
            f"bad number of tasks {count}: it is from 1 to {MOST_COPIES}", hint="Leave `--count` out for one."
        )
    check_tasks(targets)
    before = _runs(control, app, environment, name)
    refuse_second(before)
    if before:
        applications.runs.delete_runs(app, environment, name, RunKind.TASK)
    now, serial = applications.scheduler.wall(), applications.scheduler.serial
    runs = tuple(
        Run(
            id=serial(),
            app=app,
            environment=environment,
            name=name,
            kind=RunKind.TASK,
            targets=_to_run(targets),
            started_at=now,
            copy=copy,
        )
        for copy in range(count)
    )
    applications.runner.begin(*runs, reason="asked for by its user")
    return OneOff(runs)


def list_one_offs(control: Control, app: str, environment: str) -> list[OneOff]:
    """The newest first."""
    control.applications.environment(app, environment)
    by_name: dict[str, list[Run]] = {}
    for run in control.applications.runs.runs(app, environment):
        if run.kind is RunKind.TASK:
            by_name.setdefault(run.name, []).append(run)
    return [_to_one_off(runs) for runs in by_name.values()]


def find_one_off(control: Control, app: str, environment: str, name: str) -> OneOff:
    control.applications.environment(app, environment)
    runs = _runs(control, app, environment, name)
    if not runs:
        raise NotFound(f"no task {name!r} in {environment}", hint=f"`fig task run --task-group-name {name}` runs one.")
    return _to_one_off(list(runs))


async def delete_one_off(control: Control, app: str, environment: str, name: str) -> None:
    """What still runs of it is stopped; its logs go too."""
    for run in find_one_off(control, app, environment, name).runs:
        await control.applications.runner.stop(run.id, "deleted by its user")
    control.applications.runs.delete_runs(app, environment, name, RunKind.TASK)
    await remove_logs(control, f"{group_name(app, environment, name)}.task")


def enter_one_off(control: Control, app: str, environment: str, name: str, wanted: str | None) -> Entrance:
    runs = find_one_off(control, app, environment, name).runs
    task = choose_task([run.task for run in runs if run.task is not None], wanted, name)
    return to_entrance(task, runs[0].targets)


def read_one_off_logs(control: Control, one_off: OneOff, *, tail: int, follow: bool) -> AsyncIterator[tuple[str, str]]:
    """With ``follow`` until soon after the last copy has ended."""
    ids = tuple(run.id for run in one_off.runs)
    return control.applications.runner.lines(ids, tail=tail, follow=follow)


def _runs(control: Control, app: str, environment: str, name: str) -> tuple[Run, ...]:
    found = control.applications.runs.runs(app, environment, name)
    return tuple(run for run in found if run.kind is RunKind.TASK)


def _to_one_off(runs: list[Run]) -> OneOff:
    return OneOff(tuple(sorted(runs, key=lambda run: run.copy)))


def _to_run(targets: TaskTargets) -> TaskTargets:
    """A service's own targets may be given: a copy of it takes no requests, and answers to no name of the service."""
    if isinstance(targets, ContainerTargets):
        return replace(targets, replicas=1, port=None, aliases=())
    return replace(targets, replicas=1, listens=False)
