"""Alarms that take a deployment back. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import EVENTS_QUEUE
from stranglerfig.aws.synth.reading.deployment import read_deployment
from stranglerfig.aws.synth.template import Fragment, GetAtt, Resource, Value
from stranglerfig.aws.synth.workload.cluster import CLUSTER, SERVICE_NAME

#: of CloudWatch
LONGEST_NAME = 255
OF_SERVICE, OF_QUEUE = "AWS/ECS", "AWS/SQS"


@dataclass(frozen=True, slots=True)
class RollbackAlarm:
    """``id`` is logical; ``what`` is for people."""

    id: str
    ending: str
    what: str
    namespace: str
    metric: str
    unit: str


#: In the order of the thresholds.
ALARMS = (
    RollbackAlarm(
        "CPURollbackAlarm", "CopilotRollbackCPUAlarm", "CPU utilization", OF_SERVICE, "CPUUtilization", "Percent"
    ),
    RollbackAlarm(
        "MemoryRollbackAlarm",
        "CopilotRollbackMemAlarm",
        "memory utilization",
        OF_SERVICE,
        "MemoryUtilization",
        "Percent",
    ),
    RollbackAlarm(
        "MessagesDelayedRollbackAlarm",
        "CopilotRollbackMsgsDelayedAlarm",
        "number of messages delayed",
        OF_QUEUE,
        "ApproximateNumberOfMessagesDelayed",
        "Count",
    ),
)


def alarm_names(release: Release) -> list[Value]:
    """Those of the manifest, else those that are made."""
    named = read_deployment(release.manifest.body).alarms
    return [*named] or [_name(release, alarm) for alarm, _ in _wanted(release)]


def alarms(release: Release) -> Fragment:
    return Fragment({alarm.id: _alarm(release, alarm, threshold) for alarm, threshold in _wanted(release)})


def _wanted(release: Release) -> Iterator[tuple[RollbackAlarm, float]]:
    """With their thresholds."""
    found = read_deployment(release.manifest.body)
    thresholds = (found.cpu_percent, found.memory_percent, found.messages_delayed)
    for alarm, threshold in zip(ALARMS, thresholds, strict=True):
        if threshold is not None:
            yield alarm, threshold


def _alarm(release: Release, alarm: RollbackAlarm, threshold: float) -> Resource:
    percent = "%" if alarm.unit == "Percent" else ""
    properties: dict[str, Value] = {
        "AlarmDescription": f"Roll back ECS service if {alarm.what} is greater than or equal to"
        f" {threshold:g}{percent} twice in 3 minutes.",
        "AlarmName": _name(release, alarm),
        "Namespace": alarm.namespace,
        "Dimensions": _dimensions(alarm),
        "MetricName": alarm.metric,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "DatapointsToAlarm": 2,
        "EvaluationPeriods": 3,
        "Period": 60,
        "Statistic": "Average",
        "Threshold": threshold,
        "Unit": alarm.unit,
    }
    description = f"A CloudWatch alarm associated with {alarm.what} for deployment rollbacks"
    return Resource("AWS::CloudWatch::Alarm", properties, description=description)


def _dimensions(alarm: RollbackAlarm) -> list[Value]:
    if alarm.namespace == OF_QUEUE:
        return [{"Name": "QueueName", "Value": GetAtt(EVENTS_QUEUE, "QueueName")}]
    return [
        {"Name": "ClusterName", "Value": CLUSTER},
        {"Name": "ServiceName", "Value": SERVICE_NAME},
    ]


def _name(release: Release, alarm: RollbackAlarm) -> str:
    """Known before the alarm is there: the service names it, and is named by it."""
    env = release.env
    name = f"{env.app.name}-{env.name}-{release.manifest.name}-{alarm.ending}"
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    return f"{name[: LONGEST_NAME - len(alarm.ending) - len(digest) - 2]}-{digest}-{alarm.ending}"
