"""What runs of a one-off task: its copies, started, looked at and stopped."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stranglerfig.aws.one_off.place import Network, TaskPlace
from stranglerfig.aws.refusals import said
from stranglerfig.aws.running.status import MOST_TASKS, moment
from stranglerfig.aws.stacks.telling import Patience
from stranglerfig.aws.synth.names import task_family
from stranglerfig.aws.synth.workload.platform import version_for
from stranglerfig.errors import FigError, Unavailable

#: with letters of its own for each run, whose copies are known by that
STARTED_BY = "copilot-task/"
STOPPED = "STOPPED"
#: A role that was made a moment ago is not known everywhere yet; for half a minute that is waited out.
ATTEMPTS = 14
NOT_YET = "unable to assume"
BY_USER = "UserInitiated"
REASON = "stopped by fig task delete"


@dataclass(frozen=True, slots=True)
class Order:
    """``system`` is the operating system in ECS's words."""

    cluster: str
    network: Network
    count: int = 1
    system: str = "LINUX"


@dataclass(frozen=True, slots=True)
class Copy:
    """One task of ECS, of a ``run`` of perhaps several. ``exit_status`` None: it runs, or it never did."""

    arn: str
    cluster: str
    status: str
    started: str
    run: str = ""
    exit_status: int | None = None
    why: str = ""
    was_stopped: bool = False

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def is_over(self) -> bool:
        return self.status == STOPPED


def start(place: TaskPlace, definition: str, order: Order, patience: Patience) -> list[Copy]:
    """``definition`` is its ARN."""
    for _ in range(ATTEMPTS):
        try:
            return run(place, definition, order)
        except FigError as error:
            if NOT_YET not in said(error):
                raise
        patience.pause()
    return run(place, definition, order)


def run(place: TaskPlace, definition: str, order: Order) -> list[Copy]:
    network = {
        "subnets": list(order.network.subnets),
        "assignPublicIp": "ENABLED" if order.network.has_public_address else "DISABLED",
        **({"securityGroups": list(order.network.groups)} if order.network.groups else {}),
    }
    answer = place.client("ecs").run_task(
        cluster=order.cluster,
        taskDefinition=definition,
        count=order.count,
        launchType="FARGATE",
        startedBy=f"{STARTED_BY}{secrets.token_hex(8)}",
        networkConfiguration={"awsvpcConfiguration": network},
        platformVersion=version_for(order.system),
        enableExecuteCommand=not order.system.startswith("WINDOWS"),
        # Whoever manages the environment may look into what bears its tags.
        propagateTags="TASK_DEFINITION",
    )
    for one in answer.get("failures") or ():
        raise Unavailable(
            f"ECS could not start the task: {one.get('reason') or 'no reason is given'}",
            hint="Run the command again: what it has made already is there.",
        )
    return [to_copy(one) for one in answer["tasks"]]


def look(place: TaskPlace, cluster: str, arns: Iterable[str]) -> list[Copy]:
    ecs, wanted = place.client("ecs"), list(arns)
    return [
        to_copy(one)
        for at in range(0, len(wanted), MOST_TASKS)
        for one in ecs.describe_tasks(cluster=cluster, tasks=wanted[at : at + MOST_TASKS])["tasks"]
    ]


def copies_of(place: TaskPlace, group: str) -> list[Copy]:
    """All that ECS knows of, which forgets them within an hour after their end; those that were started last come
    last."""
    ecs = place.client("ecs")
    found: list[Copy] = []
    for cluster in place.clusters():
        asked = {"cluster": cluster, "family": task_family(group)}
        for status in ("RUNNING", STOPPED):
            found += look(place, cluster, ecs.pages("list_tasks", "taskArns", desiredStatus=status, **asked))
    return sorted(found, key=lambda copy: copy.started)


def last_run(copies: Sequence[Copy]) -> list[Copy]:
    """Those of the run that was started last."""
    return [one for one in copies if one.run == copies[-1].run]


def stop(place: TaskPlace, copies: Iterable[Copy]) -> None:
    ecs = place.client("ecs")
    for one in copies:
        if not one.is_over:
            ecs.stop_task(cluster=one.cluster, task=one.arn, reason=REASON)


def to_copy(task: Mapping[str, Any]) -> Copy:
    # The container that is the task's own: there is no other.
    container: Mapping[str, Any] = next(iter(task.get("containers") or ()), {})
    is_over = task.get("lastStatus") == STOPPED
    reasons = (task.get("stoppedReason"), container.get("reason"))
    return Copy(
        arn=str(task["taskArn"]),
        cluster=str(task.get("clusterArn") or ""),
        status=str(task.get("lastStatus") or ""),
        started=moment(task, "startedAt") or moment(task, "createdAt"),
        run=str(task.get("startedBy") or ""),
        exit_status=container.get("exitCode") if is_over else None,
        why="; ".join(dict.fromkeys(filter(None, reasons))) if is_over else "",
        was_stopped=task.get("stopCode") == BY_USER,
    )
