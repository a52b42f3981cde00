"""``count``: how many tasks, on which capacity, and what moves their number. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from stranglerfig.manifest.rules.given import Body, has, number, seconds, section, text
from stranglerfig.manifest.rules.scaling import range_of

COOLDOWN_IN_S, COOLDOWN_OUT_S = 120, 60


@dataclass(frozen=True, slots=True)
class Aim:
    """A value to hold, and how long to wait after a step."""

    value: float
    cooldown_in_s: int = COOLDOWN_IN_S
    cooldown_out_s: int = COOLDOWN_OUT_S


@dataclass(frozen=True, slots=True)
class Scaling:
    """``backlog`` is the number of messages a task that may wait."""

    least: int
    most: int
    cpu: Aim | None = None
    memory: Aim | None = None
    requests: Aim | None = None
    response_s: Aim | None = None
    backlog: Aim | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """A provider's share: the first ``base`` tasks, and by weight of the others."""

    provider: str
    weight: int
    base: int | None = None


def read_scaling(body: Body) -> Scaling | None:
    count = section(body, "count")
    least, most = _limits(count)
    if least is None or most is None:
        return None
    return Scaling(
        least=least,
        most=most,
        cpu=_aim(count, "cpu_percentage"),
        memory=_aim(count, "memory_percentage"),
        requests=_aim(count, "requests"),
        response_s=_aim(count, "response_time"),
        backlog=_backlog(count),
    )


def read_capacity(body: Body) -> tuple[Capacity, ...]:
    """Empty for Fargate's plain capacity."""
    count = section(body, "count")
    if has(count, "spot"):
        return (Capacity("FARGATE_SPOT", 1),)
    first = number(count, "range", "spot_from")
    if first is None:
        return ()
    spot = Capacity("FARGATE_SPOT", 1)
    if first < (number(count, "range", "min") or 0) or first <= 1:
        return (spot,)
    return (spot, Capacity("FARGATE", 0, first - 1))


def _limits(count: Body) -> tuple[int | None, int | None]:
    span = range_of(text(count, "range") or "")
    return span or (number(count, "range", "min"), number(count, "range", "max"))


def _aim(count: Body, metric: str) -> Aim | None:
    """Of a metric that is given plainly, or with a cooldown of its own."""
    found = count.get(metric)
    if found is None:
        return None
    given = seconds(found, "value") if isinstance(found, Mapping) else seconds(count, metric)
    return Aim(given or 0.0, *_cooldown(count, section(count, metric)))


def _backlog(count: Body) -> Aim | None:
    delay = section(count, "queue_delay")
    latency, processing = seconds(delay, "acceptable_latency"), seconds(delay, "msg_processing_time")
    if not latency or not processing:
        return None
    return Aim(math.ceil(latency / processing), *_cooldown(count, delay))


def _cooldown(count: Body, metric: Body) -> tuple[int, int]:
    """The metric's own, else that of all, else Copilot's."""

    def wait(direction: str, absent: int) -> int:
        own, shared = seconds(metric, "cooldown", direction), seconds(count, "cooldown", direction)
        found = own if own is not None else shared
        return absent if found is None else int(found)

    return wait("in", COOLDOWN_IN_S), wait("out", COOLDOWN_OUT_S)
