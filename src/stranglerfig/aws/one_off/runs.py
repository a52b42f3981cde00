"""What runs of a one-off task: its copies, started, looked at and stopped."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
INCOMPLETE = "stopped by fig task run: not all copies could be started"
#: So many looks in a row may find nothing of a copy. ECS may not know yet what it has just started; it forgets what
#: has ended.
MOST_MISSED = 60


@dataclass(frozen=True, slots=True)
class Order:
    """``system`` is the operating system in ECS's words."""

    cluster: str
    network: Network
    count: int = 1
    system: str = "LINUX"


@dataclass(frozen=True, slots=True)
class Copy:
    """One task of ECS, of a ``run`` of perhaps several. ``exit_status`` None: it runs, or it never did. ``missed``: how
    many looks, up to the last, have found nothing of it."""

    arn: str
    cluster: str
    status: str
    started: str
    run: str = ""
    exit_status: int | None = None
    why: str = ""
    was_stopped: bool = False
    missed: int = 0

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
    copies = [to_copy(one) for one in answer["tasks"]]
    for one in answer.get("failures") or ():
        raise incomplete(place, one.get("reason") or "no reason is given", copies)
    return copies


def incomplete(place: TaskPlace, why: str, copies: Sequence[Copy]) -> Unavailable:
    """``copies`` are those that ECS has started all the same, and are stopped: the next run starts all of them."""
    text, hint = f"ECS could not start the task: {why}", "Run the command again: what it has made already is there."
    if not copies:
        return Unavailable(text, hint=hint)
    text = f"{text}; of its copies {', '.join(one.id for one in copies)} were started"
    try:
        stop(place, copies, INCOMPLETE)
    except FigError as error:
        return Unavailable(
            f"{text}, and are not stopped: {error}", hint="`fig task delete` stops them; then run the command again."
        )
    return Unavailable(f"{text}, and are stopped", hint=hint)


def look(place: TaskPlace, copies: Sequence[Copy]) -> list[Copy]:
    """As they are now. One that ECS does not answer for stays as it was, and counts as ended when that goes on."""
    found: dict[str, Copy] = {}
    for cluster in dict.fromkeys(one.cluster for one in copies):
        found |= describe(place, cluster, [one.arn for one in copies if one.cluster == cluster])
    return [found.get(one.arn) or missed(one) for one in copies]


def missed(copy: Copy) -> Copy:
    copy = replace(copy, missed=copy.missed + 1)
    if copy.is_over or copy.missed < MOST_MISSED:
        return copy
    return replace(copy, status=STOPPED, why="ECS knows nothing of it")


def describe(place: TaskPlace, cluster: str, arns: Sequence[str]) -> dict[str, Copy]:
    """By ARN, those that ECS knows of."""
    ecs = place.client("ecs")
    found = (
        to_copy(one)
        for at in range(0, len(arns), MOST_TASKS)
        for one in ecs.describe_tasks(cluster=cluster, tasks=arns[at : at + MOST_TASKS])["tasks"]
    )
    return {one.arn: one for one in found}


def copies_of(place: TaskPlace, group: str) -> list[Copy]:
    """All that ECS knows of, which forgets them within an hour after their end; those that were started last come
    last."""
    ecs = place.client("ecs")
    found: list[Copy] = []
    for cluster in place.clusters():
        asked = {"cluster": cluster, "family": task_family(group)}
        for status in ("RUNNING", STOPPED):
            arns = list(ecs.pages("list_tasks", "taskArns", desiredStatus=status, **asked))
            found += describe(place, cluster, arns).values()
    return sorted(found, key=lambda copy: copy.started)


def last_run(copies: Sequence[Copy]) -> list[Copy]:
    """Those of the run that was started last."""
    return [one for one in copies if one.run == copies[-1].run]


def stop(place: TaskPlace, copies: Iterable[Copy], reason: str = REASON) -> None:
    ecs = place.client("ecs")
    for one in copies:
        if not one.is_over:
            ecs.stop_task(cluster=one.cluster, task=one.arn, reason=reason)


def to_copy(task: Mapping[str, Any]) -> Copy:
    # Its own container has the task's name; GuardDuty may add another to it.
    family = str(task["taskDefinitionArn"]).rpartition("/")[2].partition(":")[0]
    containers = task.get("containers") or ()
    container: Mapping[str, Any] = next((one for one in containers if task_family(one["name"]) == family), {})
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
