"""Rules about numbers of tasks. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from stranglerfig.manifest.rules.given import Problems, has, number, quoted, seconds, section
from stranglerfig.manifest.schema import Rule

METRICS = ("cpu_percentage", "memory_percentage", "requests", "response_time", "queue_delay")
#: they count what comes over HTTP
OF_HTTP = ("requests", "response_time")
SCALING = ("range", "cooldown", *METRICS)
_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


def range_of(given: str) -> tuple[int, int] | None:
    found = _RANGE.fullmatch(given)
    return (int(found[1]), int(found[2])) if found else None


def wrong_range(given: str) -> str | None:
    found = range_of(given)
    if found is None:
        return "must be the fewest and the most tasks, like 1-10"
    return _wrong_order(*found)


def least_before_most(body: dict[str, object]) -> Problems:
    least, most = number(body, "min"), number(body, "max")
    problem = None if least is None or most is None else _wrong_order(least, most)
    return [("", problem)] if problem else []


def spot_or_scaling(body: dict[str, object]) -> Problems:
    given = [name for name in SCALING if has(body, name)]
    if has(body, "spot") and given:
        return [("", f'must specify one, not both, of "spot" and "{"/".join(given)}"')]
    return []


def needs_a_range(body: dict[str, object]) -> Problems:
    metrics = [name for name in METRICS if has(body, name)]
    if metrics and not has(body, "range"):
        verb = "is" if len(metrics) == 1 else "are"
        return [("range", f"must be specified if {quoted(metrics)} {verb} specified")]
    if has(body, "cooldown") and not metrics and not has(body, "range"):
        return [("range", 'must be specified if "cooldown" is specified')]
    return []


def backlog_is_possible(body: dict[str, object]) -> Problems:
    latency, processing = seconds(body, "acceptable_latency"), seconds(body, "msg_processing_time")
    problems: Problems = [
        (name, "must not be 0")
        for name, given in (("acceptable_latency", latency), ("msg_processing_time", processing))
        if given == 0
    ]
    if not problems and latency is not None and processing is not None and processing > latency:
        problems.append(("msg_processing_time", 'must be at most "acceptable_latency"'))
    return problems


def metrics_of(*valid: str) -> Rule:
    """For kinds of workload that scale by these alone."""

    def check(body: dict[str, object]) -> Problems:
        count = section(body, "count")
        kind = body.get("type")
        problems: Problems = [
            (f"count.{name}", f"cannot scale a {kind}; possible are {quoted(valid)}")
            for name in METRICS
            if has(count, name) and name not in valid
        ]
        if any(has(count, name) for name in METRICS):
            return problems
        return [
            ("count", f'must specify at least one of {quoted(valid)} if "{name}" is specified')
            for name in ("range", "cooldown")
            if has(count, name)
        ][:1]

    return check


def requests_need_http(body: dict[str, object]) -> Problems:
    if isinstance(body.get("http"), Mapping):
        return []
    count = section(body, "count")
    return [(f"count.{name}", 'needs "http": it counts requests') for name in OF_HTTP if has(count, name)]


def one_task_at_a_time(body: dict[str, object]) -> Problems:
    if isinstance(body.get("count"), Mapping):
        return [("count", f"a {body.get('type')} cannot scale: it runs one task at a time")]
    return []


def _wrong_order(least: int, most: int) -> str | None:
    return f"min value {least} cannot be greater than max value {most}" if least > most else None
