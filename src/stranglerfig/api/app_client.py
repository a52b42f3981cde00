"""The typed client of applications: apps, environments, workloads, jobs, one-off tasks and secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from stranglerfig.api.client import STOP_TIMEOUT_S, segment, to_rest

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import (
        AppWire,
        CreateApp,
        CreateEnvironment,
        DeployOrder,
        EnvironmentWire,
        ExecPlan,
        OneOffWire,
        RunTask,
        RunWire,
        WorkloadWire,
    )
    from stranglerfig.api.client import Transport
    from stranglerfig.api.wire import LogLineWire


class AppClient:
    def __init__(self, transport: Transport) -> None:
        self.apps = Apps(transport)
        self.environments = Environments(transport)
        self.workloads = Workloads(transport)
        self.jobs = Jobs(transport)
        self.tasks = Tasks(transport)
        self.secrets = Secrets(transport)


class Apps:
    """``/v1/apps``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self) -> list[AppWire]:
        return cast("list[AppWire]", self._transport.call("GET", "/v1/apps"))

    def show(self, app: str) -> AppWire:
        return cast("AppWire", self._transport.call("GET", app_path(app)))

    def create(self, app: CreateApp) -> AppWire:
        """Idempotent: the same app again is brought up to date. ``Conflict`` for one of another workspace."""
        return cast("AppWire", self._transport.call("POST", "/v1/apps", app))

    def delete(self, app: str) -> list[str]:
        """With everything of it. Nothing of it is left when this returns, but for what is told."""
        return to_rest(self._transport.call("DELETE", app_path(app), timeout_s=STOP_TIMEOUT_S))


class Environments:
    """``/v1/apps/APP/environments``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self, app: str) -> list[EnvironmentWire]:
        return cast("list[EnvironmentWire]", self._transport.call("GET", f"{app_path(app)}/environments"))

    def show(self, app: str, environment: str) -> EnvironmentWire:
        return cast("EnvironmentWire", self._transport.call("GET", environment_path(app, environment)))

    def create(self, app: str, environment: CreateEnvironment) -> EnvironmentWire:
        """Idempotent; its balancer answers when this returns."""
        return cast("EnvironmentWire", self._transport.call("POST", f"{app_path(app)}/environments", environment))

    def delete(self, app: str, environment: str) -> list[str]:
        """``Conflict`` while workloads run there. What may be left of it is told."""
        return to_rest(self._transport.call("DELETE", environment_path(app, environment), timeout_s=STOP_TIMEOUT_S))

    def name_endpoints(self, app: str, environment: str, services: list[str]) -> dict[str, str]:
        """The loopback URL of each, opened now and kept. Services need not be deployed yet."""
        path = f"{environment_path(app, environment)}/endpoints"
        return cast("dict[str, str]", self._transport.call("PUT", path, {"services": services})["urls"])

    def start_broker(self, app: str, environment: str) -> EnvironmentWire:
        """The local stand-in for SNS, SQS, S3 and DynamoDB; its variables are in the answer. Idempotent."""
        path = f"{environment_path(app, environment)}/broker"
        return cast("EnvironmentWire", self._transport.call("POST", path, {}))


class Workloads:
    """``/v1/apps/APP/environments/ENV/workloads``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self, app: str, environment: str) -> list[WorkloadWire]:
        path = f"{environment_path(app, environment)}/workloads"
        return cast("list[WorkloadWire]", self._transport.call("GET", path))

    def show(self, app: str, environment: str, name: str) -> WorkloadWire:
        return cast("WorkloadWire", self._transport.call("GET", workload_path(app, environment, name)))

    def deploy(self, app: str, environment: str, order: DeployOrder) -> WorkloadWire:
        """The answer comes before its tasks are healthy; ``target.ordered_revision`` is what was asked for."""
        path = f"{environment_path(app, environment)}/workloads"
        return cast("WorkloadWire", self._transport.call("POST", path, order))

    def rollback(self, app: str, environment: str, name: str, revision: int | None) -> WorkloadWire:
        path = f"{workload_path(app, environment, name)}/rollback"
        return cast("WorkloadWire", self._transport.call("POST", path, {"revision": revision}))

    def pause(self, app: str, environment: str, name: str) -> WorkloadWire:
        """Its tasks are draining or gone when this returns; everything else stays."""
        return cast("WorkloadWire", self._transport.call("POST", f"{workload_path(app, environment, name)}/pause", {}))

    def resume(self, app: str, environment: str, name: str) -> WorkloadWire:
        return cast("WorkloadWire", self._transport.call("POST", f"{workload_path(app, environment, name)}/resume", {}))

    def delete(self, app: str, environment: str, name: str, *, force: bool = False) -> None:
        """When this returns, its tasks are gone. Without ``force`` it is refused while requests arrive there."""
        path = f"{workload_path(app, environment, name)}?force={int(force)}"
        self._transport.call("DELETE", path, timeout_s=STOP_TIMEOUT_S)

    def logs(
        self, app: str, environment: str, name: str, *, tail: int, follow: bool, **excerpt: str
    ) -> Iterator[LogLineWire]:
        """Of all its tasks, ended ones too; a job's runs likewise. ``excerpt`` may have since, until and container."""
        path = f"{workload_path(app, environment, name)}/logs?tail={tail}&follow={int(follow)}{to_query(excerpt)}"
        return cast("Iterator[LogLineWire]", self._transport.lines(path, endless=follow))

    def exec(self, app: str, environment: str, name: str, *, task: str | None = None) -> ExecPlan:
        """``task`` may be the beginning or the end of an id; None: the newest healthy one."""
        query = "" if task is None else f"?task={segment(task)}"
        return cast("ExecPlan", self._transport.call("GET", f"{workload_path(app, environment, name)}/exec{query}"))


class Jobs:
    """A Scheduled Job is a workload; these are its runs, newest first."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def run(self, app: str, environment: str, name: str) -> RunWire:
        """Begins now, schedule or not. ``Conflict`` while a run is going on."""
        return cast("RunWire", self._transport.call("POST", f"{workload_path(app, environment, name)}/run", {}))

    def runs(self, app: str, environment: str, name: str) -> list[RunWire]:
        return cast("list[RunWire]", self._transport.call("GET", f"{workload_path(app, environment, name)}/runs"))

    def show(self, app: str, environment: str, name: str, run: str) -> RunWire:
        path = f"{workload_path(app, environment, name)}/runs/{segment(run)}"
        return cast("RunWire", self._transport.call("GET", path))

    def stop(self, app: str, environment: str, name: str, run: str) -> RunWire:
        path = f"{workload_path(app, environment, name)}/runs/{segment(run)}/stop"
        return cast("RunWire", self._transport.call("POST", path, {}, timeout_s=STOP_TIMEOUT_S))

    def logs(
        self, app: str, environment: str, name: str, run: str, *, tail: int, follow: bool, **excerpt: str
    ) -> Iterator[LogLineWire]:
        """With ``follow`` the stream ends soon after the run has. ``excerpt`` may have since and until."""
        path = f"{workload_path(app, environment, name)}/runs/{segment(run)}/logs"
        path += f"?tail={tail}&follow={int(follow)}{to_query(excerpt)}"
        return cast("Iterator[LogLineWire]", self._transport.lines(path, endless=follow))


class Tasks:
    """``/v1/apps/APP/environments/ENV/tasks``: one-off tasks."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self, app: str, environment: str) -> list[OneOffWire]:
        return cast("list[OneOffWire]", self._transport.call("GET", f"{environment_path(app, environment)}/tasks"))

    def run(self, app: str, environment: str, task: RunTask) -> OneOffWire:
        """Starts ``count`` of it and answers; one of that name that has ended is replaced."""
        path = f"{environment_path(app, environment)}/tasks"
        return cast("OneOffWire", self._transport.call("POST", path, task))

    def show(self, app: str, environment: str, name: str) -> OneOffWire:
        return cast("OneOffWire", self._transport.call("GET", task_path(app, environment, name)))

    def delete(self, app: str, environment: str, name: str) -> None:
        """Stops what still runs of it; its logs go with it."""
        self._transport.call("DELETE", task_path(app, environment, name), timeout_s=STOP_TIMEOUT_S)

    def logs(self, app: str, environment: str, name: str, *, tail: int, follow: bool) -> Iterator[LogLineWire]:
        """With ``follow`` the stream ends soon after the last copy has."""
        path = f"{task_path(app, environment, name)}/logs?tail={tail}&follow={int(follow)}"
        return cast("Iterator[LogLineWire]", self._transport.lines(path, endless=follow))

    def exec(self, app: str, environment: str, name: str, *, task: str | None = None) -> ExecPlan:
        query = "" if task is None else f"?task={segment(task)}"
        return cast("ExecPlan", self._transport.call("GET", f"{task_path(app, environment, name)}/exec{query}"))


class Secrets:
    """``/v1/apps/APP/environments/ENV/secrets``: values go in and never come out."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def names(self, app: str, environment: str) -> list[str]:
        path = f"{environment_path(app, environment)}/secrets"
        return cast("list[str]", self._transport.call("GET", path)["names"])

    def put(self, app: str, environment: str, name: str, value: str) -> None:
        """Inserts or replaces; tasks that start from now on get it."""
        self._transport.call("PUT", secret_path(app, environment, name), {"value": value})

    def delete(self, app: str, environment: str, name: str) -> None:
        self._transport.call("DELETE", secret_path(app, environment, name))


def to_query(values: Mapping[str, str]) -> str:
    """To be added to what is there already."""
    return "".join(f"&{name}={segment(value)}" for name, value in values.items())


def app_path(app: str) -> str:
    return f"/v1/apps/{segment(app)}"


def environment_path(app: str, environment: str) -> str:
    return f"{app_path(app)}/environments/{segment(environment)}"


def workload_path(app: str, environment: str, name: str) -> str:
    return f"{environment_path(app, environment)}/workloads/{segment(name)}"


def task_path(app: str, environment: str, name: str) -> str:
    return f"{environment_path(app, environment)}/tasks/{segment(name)}"


def secret_path(app: str, environment: str, name: str) -> str:
    return f"{environment_path(app, environment)}/secrets/{segment(name)}"
