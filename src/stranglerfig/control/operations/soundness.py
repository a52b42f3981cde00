"""Whether what is to run can be run at all: the same for `fig target run`, for a deploy, for a job and for one task."""

from __future__ import annotations

import math
import os
import re
from dataclasses import replace

from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import ProcessTargets, TargetGroup, TaskTargets, UrlTargets
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import UsageError

MOST_REPLICAS = 1_000
LARGEST_PORT = 65_535
ANY_GOOD = HealthCheck().expect
_CODE = "[1-5][0-9]{2}"
_HEALTH_PATH = re.compile(r"/[!-~]*")
_EXPECT = re.compile(f"{_CODE}(-{_CODE})?(,{_CODE}(-{_CODE})?)*")


def check_group(group: TargetGroup) -> None:
    """All of a revision: tasks, of which there may be none, health checks, and time to drain."""
    if not isinstance(group.targets, UrlTargets):
        check_tasks(group.targets)
        check_replicas(group.targets.replicas, least=0)
    for health in (group.health, *(ingress.health for ingress in group.ingress)):
        if health is not None:
            # Without a path nothing has a status: gRPC's codes, say, stand there and are not asked for.
            check_health(health if health.path is not None else replace(health, expect=ANY_GOOD))
    check_drain(group.drain_s)


def check_tasks(targets: TaskTargets) -> None:
    if isinstance(targets, ProcessTargets):
        _check_process(targets)
    else:
        _check_containers(targets)
    if not _is_time(targets.start_timeout_s) or targets.start_timeout_s == 0 or not _is_time(targets.grace_s):
        raise UsageError("times must be positive", hint="Give seconds, as in `--start-timeout 30`.")


def check_replicas(replicas: int, *, least: int = 1) -> None:
    if not least <= replicas <= MOST_REPLICAS:
        raise UsageError(
            f"bad number of tasks {replicas}: it is from {least} to {MOST_REPLICAS}",
            hint="To have none, delete the target with `fig target delete NAME`."
            if least
            else "Mend `count` in the manifest.",
        )


def check_health(health: HealthCheck) -> None:
    if health.path is not None and not _HEALTH_PATH.fullmatch(health.path):
        raise UsageError(
            f"bad health path {health.path!r}: it must start with / and hold no spaces",
            hint="Write it like `/healthz`.",
        )
    times = (health.interval_s, health.timeout_s)
    if not all(_is_time(one) and one > 0 for one in times) or min(health.rise, health.fall) < 1:
        raise UsageError("bad health check: times and counts must be positive", hint="Leave them out for the defaults.")
    if not _EXPECT.fullmatch(health.expect):
        raise UsageError(
            f"bad expected statuses {health.expect!r}: they are codes and ranges from 100 to 599",
            hint="Write them like `200,204` or `200-399`.",
        )
    if health.port is not None:
        _check_port(health.port)


def check_drain(drain_s: float) -> None:
    if not _is_time(drain_s):
        raise UsageError(f"bad drain time {drain_s:g}: it is negative", hint="Give seconds, as in `--drain 30`.")


def _check_process(targets: ProcessTargets) -> None:
    if not targets.command or not targets.command[0]:
        raise UsageError(
            "the command is empty",
            hint="Give it after `--`, as in `fig target run NAME -- COMMAND`, or as `local.command` in the manifest.",
        )
    if not os.path.isabs(targets.cwd) or not os.path.isdir(targets.cwd):
        raise UsageError(f"there is no folder {targets.cwd}", hint="Give the full path of the folder to run in.")
    if targets.listens and any(name == "PORT" for name, _ in targets.env):
        raise UsageError("PORT cannot be set: every task is given its own", hint="Leave PORT out of the variables.")
    for what, limit in (("memory", targets.memory_bytes), ("open files", targets.open_files)):
        _check_limit(what, limit)


def _check_containers(targets: ContainerTargets) -> None:
    names = [container.name for container in targets.containers]
    if not names:
        raise UsageError("the task has no container", hint="Name an image, as in `fig task run --image`.")
    if len(set(names)) < len(names):
        raise UsageError("two containers of the task have one name", hint="Give each sidecar a name of its own.")
    for container in targets.containers:
        if not container.name or not container.image:
            raise UsageError("a container lacks its name or its image", hint="Name an image in the manifest's `image`.")
        for port in container.ports:
            _check_port(port)
    if targets.port is not None:
        _check_port(targets.port)
    for what, limit in (("cpu", targets.cpu_units), ("memory", targets.memory_mib)):
        _check_limit(what, limit)


def _check_limit(what: str, limit: int | None) -> None:
    if limit is not None and limit < 1:
        raise UsageError(f"bad limit of {what} {limit}: it is not positive", hint="Leave it out to have none.")


def _check_port(port: int) -> None:
    if not 1 <= port <= LARGEST_PORT:
        raise UsageError(f"bad port {port}: it is a number from 1 to {LARGEST_PORT}", hint="Mend it in the manifest.")


def _is_time(seconds: float) -> bool:
    return math.isfinite(seconds) and seconds >= 0
