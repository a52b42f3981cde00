"""What moves the number of a service's tasks by itself. Pure.

A queue's backlog for each task is worked out by CloudWatch: messages that wait, by the samples of CPU use in the same
minute, of which each running task gives one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stranglerfig.aws.synth.balancing.fronts import front_of
from stranglerfig.aws.synth.balancing.http import target_group_id
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import EVENTS_QUEUE, env_export, queue_id
from stranglerfig.aws.synth.reading.queues import topic_of
from stranglerfig.aws.synth.reading.scaling import Aim, Scaling, read_scaling
from stranglerfig.aws.synth.template import Fragment, GetAtt, Ref, Resource, Value, import_value, join
from stranglerfig.aws.synth.workload.cluster import CLUSTER, SERVICE_NAME
from stranglerfig.core.application import Kind

TARGET = "AutoScalingTarget"
OF_BALANCER, OF_QUEUES, OF_TASKS = "AWS/ApplicationELB", "AWS/SQS", "AWS/ECS"


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """``measure`` is the property that says what is measured, with its name."""

    id: str
    name: tuple[Value, ...]
    measure: Mapping[str, Value]
    aim: Aim
    description: str = ""


def scaling(release: Release) -> Fragment:
    """Empty where the number is fixed."""
    found = read_scaling(release.manifest.body)
    if found is None:
        return Fragment()
    policies = {policy.id: _resource(policy) for policy in _policies(release, found)}
    return Fragment({TARGET: _target(found), **policies})


def _target(found: Scaling) -> Resource:
    """Who changes the number is AWS's own role for it, which ECS takes in any case."""
    properties: dict[str, Value] = {
        "MinCapacity": found.least,
        "MaxCapacity": found.most,
        "ResourceId": join("/", "service", CLUSTER, SERVICE_NAME),
        "ScalableDimension": "ecs:service:DesiredCount",
        "ServiceNamespace": "ecs",
    }
    description = "An autoscaling target to scale your service's desired count"
    return Resource("AWS::ApplicationAutoScaling::ScalableTarget", properties, description=description)


def _resource(policy: ScalingPolicy) -> Resource:
    configuration: dict[str, Value] = {
        **policy.measure,
        "ScaleInCooldown": policy.aim.cooldown_in_s,
        "ScaleOutCooldown": policy.aim.cooldown_out_s,
        "TargetValue": policy.aim.value,
    }
    properties: dict[str, Value] = {
        "PolicyName": join("-", Ref("WorkloadName"), *policy.name),
        "PolicyType": "TargetTrackingScaling",
        "ScalingTargetId": Ref(TARGET),
        "TargetTrackingScalingPolicyConfiguration": configuration,
    }
    return Resource("AWS::ApplicationAutoScaling::ScalingPolicy", properties, description=policy.description)


def _policies(release: Release, found: Scaling) -> Iterator[ScalingPolicy]:
    if found.cpu:
        yield _predefined("ECSServiceAverageCPUUtilization", found.cpu)
    if found.memory:
        yield _predefined("ECSServiceAverageMemoryUtilization", found.memory)
    if found.requests:
        measure = _of_main_rule(release, "RequestCountPerTarget", "Sum")
        yield _by_rule("ALBSumRequestCountPerTarget", measure, found.requests)
    if found.response_s:
        measure = _of_main_rule(release, "TargetResponseTime", "Average")
        yield _by_rule("ALBAverageResponseTime", measure, found.response_s)
    if found.backlog:
        yield from (_by_queue(queue, found.backlog) for queue in _queues(release))


def _predefined(metric: str, aim: Aim) -> ScalingPolicy:
    measure: Mapping[str, Value] = {"PredefinedMetricSpecification": {"PredefinedMetricType": metric}}
    return ScalingPolicy(f"AutoScalingPolicy{metric}", (metric, "ScalingPolicy"), measure, aim)


def _by_rule(name: str, measure: Mapping[str, Value], aim: Aim) -> ScalingPolicy:
    return ScalingPolicy(f"AutoScalingPolicy{name}", (name, "ScalingPolicy"), measure, aim)


def _of_main_rule(release: Release, metric: str, statistic: str) -> Mapping[str, Value]:
    specification: dict[str, Value] = {
        "Dimensions": [
            {"Name": "LoadBalancer", "Value": _balancer(release)},
            {"Name": "TargetGroup", "Value": GetAtt(target_group_id(front_of(release), 0), "TargetGroupFullName")},
        ],
        "MetricName": metric,
        "Namespace": OF_BALANCER,
        "Statistic": statistic,
    }
    return {"CustomizedMetricSpecification": specification}


def _balancer(release: Release) -> Value:
    """Its name as CloudWatch has it: what stands behind ``loadbalancer/`` in its ARN."""
    if release.balancer is not None:
        return release.balancer.arn.partition(":loadbalancer/")[2]
    public = release.manifest.kind is Kind.LOAD_BALANCED
    return import_value(env_export("PublicLoadBalancerFullName" if public else "InternalLoadBalancerFullName"))


def _queues(release: Release) -> tuple[str, ...]:
    """Logical ids: the default one, and those that subscriptions have for themselves."""
    manifest = release.manifest
    own = (queue_id(one.service, topic_of(manifest, one)) for one in manifest.subscriptions if one.queue)
    return EVENTS_QUEUE, *own


def _by_queue(queue: str, aim: Aim) -> ScalingPolicy:
    name = GetAtt(queue, "QueueName")
    messages = _metric(OF_QUEUES, "ApproximateNumberOfMessagesVisible", "Sum", {"QueueName": name})
    of_service: dict[str, Value] = {"ClusterName": CLUSTER, "ServiceName": SERVICE_NAME}
    tasks = _metric(OF_TASKS, "CPUUtilization", "SampleCount", of_service)
    backlog: dict[str, Value] = {
        "Id": "backlog",
        "Label": "Messages that wait, for each task",
        # Without a task there is no sample either.
        "Expression": "messages / FILL(tasks, 1)",
        "ReturnData": True,
    }
    metrics: list[Value] = [
        {"Id": "messages", "MetricStat": messages, "ReturnData": False},
        {"Id": "tasks", "MetricStat": tasks, "ReturnData": False},
        backlog,
    ]
    return ScalingPolicy(
        f"AutoScalingPolicy{queue}",
        ("BacklogPerTask", name),
        {"CustomizedMetricSpecification": {"Metrics": metrics}},
        aim,
        f"An autoscaling policy to maintain {aim.value:g} messages/task for {queue}",
    )


def _metric(namespace: str, name: str, statistic: str, dimensions: Mapping[str, Value]) -> Value:
    found: list[Value] = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": found}, "Stat": statistic}
