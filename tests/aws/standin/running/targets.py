"""Targets of target groups: registered, checked as their group says, drained, gone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from stranglerfig.core.topology import HealthCheck, Server
from stranglerfig.runtimes.probe import probe_address
from tests.aws.standin.balancers import TargetHealth
from tests.aws.standin.running.topology import TargetGroup

INITIAL, HEALTHY, UNHEALTHY, DRAINING = "initial", "healthy", "unhealthy", "draining"
#: as AWS words them
REASONS = {
    INITIAL: ("Elb.InitialHealthChecking", "Initial health checks in progress"),
    UNHEALTHY: ("Target.FailedHealthChecks", "Health checks failed"),
    DRAINING: ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
}
#: checks are made no more often, whatever the pace
SHORTEST_S = 0.1


@dataclass
class Target:
    """``given``: by somebody who registered it, not by a service."""

    address: str
    port: int
    given: bool = False
    state: str = INITIAL
    detail: str = ""
    streak: int = 0
    checking: asyncio.Task[None] | None = None

    @property
    def server(self) -> Server:
        name = f"{self.address.replace('.', '-')}-{self.port}"
        return Server(name, self.address, self.port)

    def health(self) -> TargetHealth:
        reason, description = REASONS.get(self.state, (None, None))
        if self.state == UNHEALTHY:
            description = f"{description}: {self.detail}"
        return TargetHealth(self.address, self.port, self.state, reason, description)

    def note(self, check: HealthCheck, *, passed: bool, detail: str) -> None:
        """Counts results in a row that contradict what it is taken for."""
        self.detail = detail
        wanted = HEALTHY if passed else UNHEALTHY
        self.streak = self.streak + 1 if self.state != wanted else 0
        if self.streak >= (check.rise if passed else check.fall):
            self.state, self.streak = wanted, 0


@dataclass
class Membership:
    """Targets by group. ``pace``: how much faster time goes than the groups' settings say."""

    pace: float
    changed: Callable[[], None]
    #: comes back when balancers know all that has been said of targets
    settled: Callable[[], Awaitable[None]]
    #: whether requests are under way there; and what ends them
    is_busy: Callable[[str, Target], Awaitable[bool]]
    cut_off: Callable[[str, Target], Awaitable[None]]
    groups: dict[str, TargetGroup] = field(default_factory=dict)
    targets: dict[str, list[Target]] = field(default_factory=dict)
    #: of groups that are gone, too
    delays: dict[str, float] = field(default_factory=dict)

    def follow(self, groups: dict[str, TargetGroup]) -> None:
        """What moto has by now. Targets that somebody registered there are targets like others."""
        for arn in [arn for arn in self.groups if arn not in groups]:
            for target in self.targets.pop(arn, []):
                self.stop_checks(target)
        self.groups = groups
        self.delays |= {arn: group.drain_s / self.pace for arn, group in groups.items()}
        for arn, group in groups.items():
            known = {(one.address, one.port): one for one in self.targets.setdefault(arn, []) if one.given}
            for address, port in set(group.targets) - known.keys():
                self.register(arn, address, port, given=True)
            for gone in known.keys() - set(group.targets):
                self.remove(arn, known[gone])

    def register(self, arn: str, address: str, port: int, *, given: bool = False) -> Target:
        target = Target(address, port, given)
        self.targets.setdefault(arn, []).append(target)
        target.checking = asyncio.create_task(self.check(arn, target))
        return target

    async def check(self, arn: str, target: Target) -> None:
        while True:
            check = self.groups[arn].check
            answer = await probe_address(target.address, target.port, check)
            before = target.state
            target.note(check, passed=bool(answer), detail=answer.detail)
            if target.state != before:
                self.changed()
            await asyncio.sleep(max(SHORTEST_S, check.interval_s / self.pace))

    def begin_drain(self, arn: str, target: Target) -> None:
        self.stop_checks(target)
        target.state = DRAINING

    async def drained(self, arn: str, target: Target) -> None:
        """Comes back when nothing is under way there any more; what still is when the delay is over is cut off."""
        deadline = time.monotonic() + self.delays[arn]
        await self.settled()
        while await self.is_busy(arn, target):
            if time.monotonic() > deadline:
                await self.cut_off(arn, target)
                return
            await asyncio.sleep(SHORTEST_S)

    def remove(self, arn: str, target: Target) -> None:
        self.stop_checks(target)
        with contextlib.suppress(ValueError, KeyError):
            self.targets[arn].remove(target)

    def stop_checks(self, target: Target) -> None:
        if target.checking is not None:
            target.checking.cancel()

    def servers(self, arn: str) -> tuple[Server, ...]:
        """Healthy ones; all that were found unhealthy where none is healthy, as balancers do. Those that are drained
        have what they have, and get nothing more."""
        found = self.targets.get(arn, [])
        serving = [one for one in found if one.state == HEALTHY] or [one for one in found if one.state == UNHEALTHY]
        return tuple(replace(one.server, check_port=None) for one in serving)

    def healths(self, arn: str) -> tuple[TargetHealth, ...]:
        return tuple(one.health() for one in self.targets.get(arn, []))


def to_target_group(group: Any) -> TargetGroup:
    """``group`` is moto's."""
    matcher = (group.matcher or {}).get("HttpCode", "200") if group.health_check_protocol != "TCP" else "200-399"
    check = HealthCheck(
        path=(group.health_check_path or "/") if group.health_check_protocol in ("HTTP", "HTTPS") else None,
        expect=matcher,
        interval_s=float(group.health_check_interval_seconds),
        timeout_s=float(group.health_check_timeout_seconds),
        rise=int(group.healthy_threshold_count),
        fall=int(group.unhealthy_threshold_count),
    )
    attributes = group.attributes
    return TargetGroup(
        group.arn,
        check,
        float(attributes["deregistration_delay.timeout_seconds"]),
        str(attributes["stickiness.enabled"]).lower() == "true",
        tuple((one["Id"], int(one["Port"])) for one in list(group.targets.values()) if is_address(one["Id"])),
    )


def is_address(target: str) -> bool:
    return target[:1].isdigit()
