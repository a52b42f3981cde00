"""How an ECS service fares: its tasks with their health, those that stopped with the reason, and its alarms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.environments import Environment
from stranglerfig.aws.session import Client
from stranglerfig.aws.stacks.services import SERVICE_TYPE
from stranglerfig.aws.stacks.values import StackResource
from stranglerfig.errors import NotFound

ALARM = "AWS::CloudWatch::Alarm"
#: of one question for each
MOST_TASKS, MOST_ALARMS = 100, 100
UNKNOWN = ("", "UNKNOWN")
#: said of a service for a while after it was deleted
GONE = "INACTIVE"


@dataclass(frozen=True, slots=True)
class Running:
    """A service's tasks are looked for in ``cluster``. ``name`` is its own there."""

    cluster: str
    name: str


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """``http`` are answers of the target groups that it is in, ``container`` that of its own check; empty: none.
    ``capacity`` is where it runs: ``FARGATE_SPOT`` may be taken away."""

    id: str
    status: str
    revision: str
    started: str
    http: str = ""
    container: str = ""
    capacity: str = ""

    @property
    def is_healthy(self) -> bool:
        return self.status == "RUNNING" and self.http in ("", "healthy") and self.container in ("", "HEALTHY")


@dataclass(frozen=True, slots=True)
class TaskStopped:
    id: str
    stopped: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeploymentSeen:
    revision: str
    state: str
    desired: int
    running: int
    failed: int


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    name: str
    state: str
    condition: str
    updated: str


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    place: Running
    desired: int
    deployments: tuple[DeploymentSeen, ...]
    tasks: tuple[TaskSeen, ...]
    stopped: tuple[TaskStopped, ...]
    alarms: tuple[AlarmSeen, ...]


def service_of(one: Deployed) -> tuple[Running, list[StackResource]]:
    """With all that its stack has. Raises ``NotFound`` for what is no ECS service."""
    resources = one.env.stacks.resources(one.stack.name)
    place = find_service(resources)
    if place is None:
        raise no_service(one)
    return place, resources


def no_service(one: Deployed) -> NotFound:
    return NotFound(
        f"{one.record.name} of {one.record.app} is a {one.record.kind}: it runs no tasks in {one.env.name}",
        hint=f"`fig env show --name {one.env.name} --resources` shows what there is.",
    )


def find_service(resources: Iterable[StackResource]) -> Running | None:
    for found in resources:
        if found.type == SERVICE_TYPE and found.physical.count("/") > 1:
            _, cluster, name = found.physical.split("/", 2)
            return Running(cluster, name)
    return None


def describe_service(ecs: Client, place: Running) -> dict[str, Any]:
    """Raises ``NotFound`` where somebody has deleted it, whose stack does not know."""
    found = ecs.describe_services(cluster=place.cluster, services=[place.name])["services"]
    if not any(one.get("status") != GONE for one in found):
        raise NotFound(
            f"ECS has no service {place.name} in {place.cluster}: it was deleted, and its stack does not know",
            hint="`fig svc delete` takes away what is left of it, and `fig svc deploy` makes it anew.",
        )
    return dict(found[0])


def tasks_with_health(env: Environment, place: Running, service: Mapping[str, Any]) -> tuple[TaskSeen, ...]:
    """Those that run. ``service`` is as ECS describes it."""
    health = target_health(env.session.client("elbv2", env.record.region), service)
    running = tasks_of(env.session.client("ecs", env.record.region), place, "RUNNING")
    return tuple(to_task(task, health) for task in running)


def look_at_service(one: Deployed) -> ServiceSeen:
    place, resources = service_of(one)
    ecs = one.env.session.client("ecs", one.env.record.region)
    service = describe_service(ecs, place)
    stopped = sorted(tasks_of(ecs, place, "STOPPED"), key=lambda task: moment(task, "stoppedAt"), reverse=True)
    names = [found.physical for found in resources if found.type == ALARM]
    names += ((service.get("deploymentConfiguration") or {}).get("alarms") or {}).get("alarmNames") or []
    names += scaling_alarms(one.env.session.client("application-autoscaling", one.env.record.region), place)
    return ServiceSeen(
        place,
        service.get("desiredCount") or 0,
        tuple(map(to_deployment, service.get("deployments") or ())),
        tasks_with_health(one.env, place, service),
        tuple(map(to_stopped, stopped)),
        tuple(alarms_of(one.env.session.client("cloudwatch", one.env.record.region), names)),
    )


def tasks_of(ecs: Client, place: Running, status: str) -> list[dict[str, Any]]:
    """ECS tells of stopped ones for an hour."""
    arns = list(
        ecs.pages("list_tasks", "taskArns", cluster=place.cluster, serviceName=place.name, desiredStatus=status)
    )
    return [
        task
        for at in range(0, len(arns), MOST_TASKS)
        for task in ecs.describe_tasks(cluster=place.cluster, tasks=arns[at : at + MOST_TASKS])["tasks"]
    ]


def target_health(balancers: Client, service: Mapping[str, Any]) -> dict[str, list[str]]:
    """By address: what each target group says of it."""
    found: dict[str, list[str]] = {}
    groups = dict.fromkeys(
        one["targetGroupArn"] for one in service.get("loadBalancers") or () if "targetGroupArn" in one
    )
    for group in groups:
        for one in balancers.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]:
            found.setdefault(one["Target"]["Id"], []).append(one["TargetHealth"]["State"])
    return found


def scaling_alarms(scaling: Client, place: Running) -> list[str]:
    policies = scaling.pages(
        "describe_scaling_policies",
        "ScalingPolicies",
        ServiceNamespace="ecs",
        ResourceId=f"service/{place.cluster}/{place.name}",
    )
    return [alarm["AlarmName"] for policy in policies for alarm in policy.get("Alarms") or ()]


def alarms_of(watch: Client, names: Iterable[str]) -> Iterator[AlarmSeen]:
    wanted = list(dict.fromkeys(names))
    for at in range(0, len(wanted), MOST_ALARMS):
        for one in watch.describe_alarms(AlarmNames=wanted[at : at + MOST_ALARMS])["MetricAlarms"]:
            yield AlarmSeen(
                one["AlarmName"],
                one["StateValue"],
                one.get("AlarmDescription") or one.get("MetricName") or "",
                moment(one, "StateUpdatedTimestamp"),
            )


def to_task(task: Mapping[str, Any], health: Mapping[str, list[str]]) -> TaskSeen:
    states = [state for address in addresses(task) for state in health.get(address, ())]
    worst = next((state for state in states if state != "healthy"), states[0] if states else "")
    own = task.get("healthStatus") or ""
    return TaskSeen(
        to_id(task),
        task.get("lastStatus") or "",
        to_revision(task.get("taskDefinitionArn")),
        moment(task, "startedAt"),
        worst,
        "" if own in UNKNOWN else own,
        task.get("capacityProviderName") or task.get("launchType") or "",
    )


def addresses(task: Mapping[str, Any]) -> Iterator[str]:
    for attachment in task.get("attachments") or ():
        for detail in attachment.get("details") or ():
            if detail.get("name") == "privateIPv4Address":
                yield detail["value"]


def to_stopped(task: Mapping[str, Any]) -> TaskStopped:
    reasons = [task.get("stoppedReason") or "no reason is given"]
    for one in task.get("containers") or ():
        if one.get("exitCode") or one.get("reason"):
            ended = f"ended with status {one['exitCode']}" if one.get("exitCode") is not None else "did not start"
            reasons.append(f"{one['name']} {ended}{': ' + one['reason'] if one.get('reason') else ''}")
    return TaskStopped(to_id(task), moment(task, "stoppedAt"), "; ".join(reasons))


def to_deployment(one: Mapping[str, Any]) -> DeploymentSeen:
    return DeploymentSeen(
        to_revision(one.get("taskDefinition")),
        str(one.get("rolloutState") or one.get("status") or "").lower().replace("_", " "),
        one.get("desiredCount") or 0,
        one.get("runningCount") or 0,
        one.get("failedTasks") or 0,
    )


def to_id(task: Mapping[str, Any]) -> str:
    return str(task["taskArn"]).rpartition("/")[2]


def to_revision(arn: object) -> str:
    return str(arn or "").rpartition(":")[2]


def moment(shown: Mapping[str, Any], key: str) -> str:
    found = shown.get(key)
    return found.isoformat(timespec="seconds") if found else ""
