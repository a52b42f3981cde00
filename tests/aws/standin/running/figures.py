"""What HAProxy has counted becomes figures of CloudWatch, as a balancer's do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.elbv2.models import FakeTargetGroup

from stranglerfig.core.observed import GroupCounters, ObservedGroup
from tests.aws.standin.running.topology import group_name

NAMESPACE = "AWS/ApplicationELB"


@dataclass
class Figures:
    """Puts what is new since the last time. ``cloudwatch`` is a client, ``now`` tells the seconds that figures are of.
    Latencies are the mean of the last requests, for HAProxy counts no others."""

    cloudwatch: Any
    now: Callable[[], float]
    seen: dict[str, GroupCounters] = field(default_factory=dict)

    def put(self, observed: Iterable[ObservedGroup], groups: Iterable[FakeTargetGroup]) -> None:
        counted = {one.name: one.counters for one in observed}
        for group in groups:
            counters = counted.get(group_name(group.arn))
            if counters is not None:
                data = list(to_data(self.seen.get(group.arn, GroupCounters()), counters))
                self.seen[group.arn] = counters
                for balancer in set(group.load_balancer_arns) if data else ():
                    self.put_of(balancer, group, data)

    def put_of(self, balancer: str, group: FakeTargetGroup, data: Iterable[tuple[str, float]]) -> None:
        dimensions = [
            {"Name": "LoadBalancer", "Value": balancer.partition(":loadbalancer/")[2]},
            {"Name": "TargetGroup", "Value": group.arn.rpartition(":")[2]},
        ]
        stamp = {"Timestamp": datetime.fromtimestamp(self.now(), UTC), "Dimensions": dimensions}
        told = [{**stamp, "MetricName": name, "Value": one} for name, one in data]
        self.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=told)


def to_data(before: GroupCounters, after: GroupCounters) -> Iterable[tuple[str, float]]:
    """What is nothing is not told, as of a balancer; what HAProxy has answered itself is nobody's answer."""
    answers, answered = dict(before.responses), dict(after.responses)
    requests = after.requests - before.requests
    if requests:
        yield "RequestCount", requests
        yield "TargetResponseTime", after.response_ms / 1000
    own = after.connect_errors + after.response_errors - before.connect_errors - before.response_errors
    for name in ("2xx", "3xx", "4xx", "5xx"):
        count = answered.get(name, 0) - answers.get(name, 0) - (own if name == "5xx" else 0)
        if count > 0:
            yield f"HTTPCode_Target_{name.upper()}_Count", count
