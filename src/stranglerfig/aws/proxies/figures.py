"""Figures of target groups, asked of CloudWatch in one call for both sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from stranglerfig.aws.proxies.minutes import MINUTE_S, PERCENTILES, Minute
from stranglerfig.aws.proxies.place import Place

NAMESPACE = "AWS/ApplicationELB"
REQUESTS, LATENCY = "RequestCount", "TargetResponseTime"
#: answers of targets
FAILED = "HTTPCode_Target_5XX_Count"
ANSWERED = ("HTTPCode_Target_2XX_Count", "HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count")
_SIDES = ("candidate", "legacy")
_WHOLE_PERCENTILE = 100.0


def read_figures(
    place: Place, balancer: str, groups: tuple[str, str], begin: int, end: int
) -> tuple[list[Minute], list[Minute]]:
    """Of candidate and legacy, by ARNs of target groups; UTC seconds of whole minutes."""
    if end <= begin:
        return [], []
    values: dict[str, dict[int, float]] = defaultdict(dict)
    queries = [
        query
        for side, group in zip(_SIDES, groups, strict=True)
        for query in _queries(side, to_dimensions(balancer, group))
    ]
    times = {"StartTime": datetime.fromtimestamp(begin, UTC), "EndTime": datetime.fromtimestamp(end, UTC)}
    asked: dict[str, Any] = {"MetricDataQueries": queries, "ScanBy": "TimestampAscending", **times}
    for found in place.session.client("cloudwatch", place.env.region).pages(
        "get_metric_data", "MetricDataResults", **asked
    ):
        for at, value in zip(found["Timestamps"], found["Values"], strict=True):
            values[found["Id"]][int(at.timestamp())] = float(value)
    candidate, legacy = (list(_minutes(side, values, begin, end)) for side in _SIDES)
    return candidate, legacy


def to_dimensions(balancer: str, group: str) -> list[dict[str, str]]:
    """As the metrics have them: the ends of both ARNs."""
    return [
        {"Name": "LoadBalancer", "Value": balancer.partition(":loadbalancer/")[2]},
        {"Name": "TargetGroup", "Value": group.rpartition(":")[2]},
    ]


def to_stat(percentile: float) -> str:
    return "Maximum" if percentile == _WHOLE_PERCENTILE else f"p{percentile:g}"


def _queries(side: str, dimensions: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    wanted = [(_id(side, name), name, "Sum") for name in (REQUESTS, FAILED, *ANSWERED)]
    wanted += [(_latency_id(side, one), LATENCY, to_stat(one)) for one in PERCENTILES]
    for name, metric, stat in wanted:
        about = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
        yield {"Id": name, "MetricStat": {"Metric": about, "Period": MINUTE_S, "Stat": stat}}


def _minutes(side: str, values: Mapping[str, Mapping[int, float]], begin: int, end: int) -> Iterator[Minute]:
    def count(name: str, at: int) -> int:
        return int(values.get(_id(side, name), {}).get(at, 0))

    # What is answered in the minute after it was asked for may be all that there is of that one.
    told = {at for name in (REQUESTS, FAILED, *ANSWERED) for at in values.get(_id(side, name), {})}
    for at in sorted(told):
        if begin <= at < end:
            latencies = {
                one: values[_latency_id(side, one)][at] * 1000
                for one in PERCENTILES
                if at in values.get(_latency_id(side, one), {})
            }
            answered = sum(count(name, at) for name in ANSWERED)
            yield Minute(at, count(REQUESTS, at), count(FAILED, at), answered, latencies)


def _id(side: str, metric: str) -> str:
    return f"{side}_{metric.lower()}"


def _latency_id(side: str, percentile: float) -> str:
    return f"{side}_latency_{int(percentile * 10)}"
