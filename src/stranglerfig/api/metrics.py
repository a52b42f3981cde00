"""Prometheus text: exact totals as HAProxy counted them, and what the control plane knows of the tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from stranglerfig import __version__
from stranglerfig.control.context import Control
from stranglerfig.control.operations.views import ProxyView, TargetView, view_proxies, view_targets
from stranglerfig.core.desired import UrlTargets
from stranglerfig.core.observed import GroupCounters

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

Pick = Callable[[GroupCounters], float]
#: metric name, what it says, and where it stands
_TOTALS: tuple[tuple[str, str, Pick], ...] = (
    ("fig_target_bytes_in", "Bytes of requests sent to the target.", lambda counters: counters.bytes_in),
    ("fig_target_bytes_out", "Bytes of responses of the target.", lambda counters: counters.bytes_out),
    ("fig_target_connect_errors", "Connections to the target that failed.", lambda counters: counters.connect_errors),
    ("fig_target_response_errors", "Responses that HAProxy could not read.", lambda counters: counters.response_errors),
    ("fig_target_broken_off", "Answers that ended in their middle.", lambda counters: counters.broken_off),
    ("fig_target_retries", "Requests that were sent again.", lambda counters: counters.retries),
)
_GAUGES: tuple[tuple[str, str, Pick], ...] = (
    ("fig_target_in_flight", "Requests in flight.", lambda counters: counters.in_flight),
    (
        "fig_target_response_seconds",
        "Mean time to the first byte over the last 1,024 requests.",
        lambda counters: counters.response_ms / 1000,
    ),
    (
        "fig_target_total_seconds",
        "Mean time to the last byte over the last 1,024 requests.",
        lambda counters: counters.total_ms / 1000,
    ),
)


async def render_metrics(control: Control) -> bytes:
    proxies, targets = await view_proxies(control), await view_targets(control)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(proxies, targets))
    return generate_latest(registry)


class _Snapshot(Collector):
    def __init__(self, proxies: list[ProxyView], targets: list[TargetView]) -> None:
        self.proxies = proxies
        self.targets = targets

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        info = GaugeMetricFamily("fig_info", "This fig.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield self._proxy_requests()
        yield self._target_requests()
        for name, meaning, pick in _TOTALS:
            family = CounterMetricFamily(name, meaning, labels=["target"])
            for view in self.targets:
                family.add_metric([view.group.name], pick(view.counters))
            yield family
        for name, meaning, pick in _GAUGES:
            gauge = GaugeMetricFamily(name, meaning, labels=["target"])
            for view in self.targets:
                gauge.add_metric([view.group.name], pick(view.counters))
            yield gauge
        yield self._latencies()
        yield from self._tasks()

    def _proxy_requests(self) -> Metric:
        family = CounterMetricFamily("fig_proxy_requests", "Requests accepted by the proxy.", labels=["proxy"])
        for view in self.proxies:
            family.add_metric([view.proxy.name], view.requests)
        return family

    def _target_requests(self) -> Metric:
        family = CounterMetricFamily(
            "fig_target_requests", "Responses of the target by status class.", labels=["target", "class"]
        )
        for view in self.targets:
            for status_class, total in view.counters.responses:
                family.add_metric([view.group.name, status_class], total)
        return family

    def _latencies(self) -> Metric:
        family = HistogramMetricFamily(
            "fig_target_latency_seconds",
            "Time to the first byte, from access lines, since the daemon began.",
            labels=["target"],
        )
        for view in self.targets:
            if view.sums is not None:
                family.add_metric([view.group.name], view.sums.cumulative(), view.sums.seconds)
        return family

    def _tasks(self) -> Iterable[Metric]:
        tasks = GaugeMetricFamily("fig_tasks", "Tasks of the target by state.", labels=["target", "state"])
        wanted = GaugeMetricFamily("fig_tasks_wanted", "Tasks that the target should have.", labels=["target"])
        for view in self.targets:
            if not isinstance(view.group.targets, UrlTargets):
                wanted.add_metric([view.group.name], view.group.targets.replicas)
                for state, number in Counter(record.task.state.value for record in view.tasks).items():
                    tasks.add_metric([view.group.name, state], number)
        yield tasks
        yield wanted
