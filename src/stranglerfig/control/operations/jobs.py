"""Scheduled Jobs: run now, and what became of their runs."""

from __future__ import annotations

from collections.abc import AsyncIterator

from stranglerfig.control.apps.runner import refuse_second
from stranglerfig.control.context import Control
from stranglerfig.control.operations.deploying import in_force_of
from stranglerfig.core.application import Deployment
from stranglerfig.core.excerpts import Excerpt
from stranglerfig.core.runs import Run, RunKind
from stranglerfig.errors import NotFound, UsageError


def run_job(control: Control, app: str, environment: str, name: str) -> Run:
    """Now, schedule or not."""
    control.require_running()
    deployment = _job(control, app, environment, name)
    refuse_second(list_runs(control, app, environment, name))
    return control.applications.scheduler.start(deployment, "asked for by its user")


def list_runs(control: Control, app: str, environment: str, name: str) -> tuple[Run, ...]:
    """Newest first."""
    _job(control, app, environment, name)
    found = control.applications.runs.runs(app, environment, name)
    return tuple(run for run in found if run.kind is RunKind.JOB)


def find_run(control: Control, app: str, environment: str, name: str, run_id: str) -> Run:
    for run in list_runs(control, app, environment, name):
        if run.id == run_id:
            return run
    raise NotFound(f"job {name} has no run {run_id!r}", hint=f"`fig job logs --name {name}` names its runs.")


async def stop_run(control: Control, app: str, environment: str, name: str, run_id: str) -> Run:
    find_run(control, app, environment, name, run_id)
    return await control.applications.runner.stop(run_id, "stopped by its user")


def read_run_logs(
    control: Control, run: Run, *, tail: int, follow: bool, excerpt: Excerpt
) -> AsyncIterator[tuple[str, str]]:
    """With ``follow`` until soon after its end."""
    return control.applications.runner.lines((run.id,), tail=tail, follow=follow, excerpt=excerpt)


def _job(control: Control, app: str, environment: str, name: str) -> Deployment:
    deployment = in_force_of(control, control.applications.newest(app, environment, name))
    if deployment.workload.job is None:
        raise UsageError(
            f"{name} is a {deployment.workload.kind.value}, not a job", hint="`fig job ls` lists the jobs."
        )
    return deployment
