"""Applications and what runs in them, as the API shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

from stranglerfig.api.app_wire import AppWire, EnvironmentWire, ExecPlan, OneOffWire, RunWire, WorkloadWire
from stranglerfig.api.rendering import render_target
from stranglerfig.control.operations.app_views import Entrance, WorkloadView
from stranglerfig.control.operations.apps import AppView
from stranglerfig.control.operations.environments import EnvironmentView
from stranglerfig.control.operations.one_off import OneOff
from stranglerfig.core.json_values import to_json
from stranglerfig.core.runs import Run


def render_app(view: AppView) -> AppWire:
    return {
        "name": view.app.name,
        "root": view.app.root,
        "domain": view.app.domain,
        "tags": dict(view.app.tags),
        "environments": list(view.environments),
        "workloads": list(view.workloads),
    }


def render_environment(view: EnvironmentView) -> EnvironmentWire:
    environment = view.environment
    return {
        "app": environment.app,
        "name": environment.name,
        "runtime": "docker" if environment.runtime.value == "docker" else "process",
        "url": view.url,
        "port": environment.port,
        "network": view.network,
        "variables": view.variables,
        "workloads": list(view.workloads),
    }


def render_workload(view: WorkloadView, *, unchanged: bool = False, ordered: int | None = None) -> WorkloadWire:
    workload = view.deployment.workload
    target = None if view.target is None else render_target(view.target)
    if target is not None and ordered is not None:
        target["ordered_revision"] = ordered
    return {
        "app": workload.app,
        "environment": workload.environment,
        "name": workload.name,
        "kind": workload.kind.value,
        "deployed_at": workload.deployed_at,
        "tag": workload.tag,
        "paused": workload.paused,
        "digest": workload.digest,
        "manifest": json.loads(workload.manifest),
        "revision": view.deployment.revision,
        "urls": list(view.urls),
        "endpoints": list(view.endpoints),
        "unchanged": unchanged,
        "target": cast("dict[str, Any] | None", target),
        "targets": cast("dict[str, Any] | None", to_json(view.targets)),
    }


def render_run(run: Run) -> RunWire:
    return {
        "id": run.id,
        "name": run.name,
        "started_at": render_time(run.started_at),
        "ended_at": None if run.ended_at is None else render_time(run.ended_at),
        "attempts": run.attempts,
        "state": run.state.value,
        "exit_status": run.exit_status,
        "cause": run.cause,
    }


def render_one_off(one_off: OneOff) -> OneOffWire:
    first, outcome = one_off.runs[0], one_off.outcome
    return {
        "name": first.name,
        "app": first.app,
        "environment": first.environment,
        "started_at": render_time(first.started_at),
        "ended_at": None if one_off.ended_at is None else render_time(one_off.ended_at),
        "state": outcome.state.value,
        "exit_status": outcome.exit_status,
        "runs": [render_run(run) for run in one_off.runs],
    }


def render_entrance(entrance: Entrance) -> ExecPlan:
    return {
        "task": entrance.task,
        "container": entrance.container,
        "pid": entrance.pid,
        "cwd": entrance.cwd,
        "env": dict(entrance.env),
    }


def render_time(moment: float) -> str:
    """UTC, to the millisecond."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
