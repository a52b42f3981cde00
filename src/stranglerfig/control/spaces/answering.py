"""Whether a service answers: looked at once, when a route of its is to become active."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from stranglerfig.control.fleet import Fleet
from stranglerfig.core.desired import TargetGroup, UrlTargets
from stranglerfig.core.refactor_spaces.endpoints import to_health, to_url
from stranglerfig.core.refactor_spaces.resources import Failure, Service
from stranglerfig.core.topology import HealthCheck, Tls
from stranglerfig.core.urls import parse_target_url

#: ``(host, port, check, tls)`` -> what was seen instead of a healthy answer, None for one
Check = Callable[[str, int, HealthCheck, Tls | None], Awaitable[str | None]]

#: with pauses between them: a service that is just starting may answer by then
ATTEMPTS = 8
PAUSE_S = 0.25
#: ours; the load balancer's would be 10 s, for each of several attempts
TIMEOUT_S = 2.0


async def find_failure(
    service: Service, group: TargetGroup | None, check: Check, fleet: Fleet, pause_s: float
) -> Failure | None:
    """None: it is healthy. Looks again some times before it says that it is not. ``group`` stands for it."""
    for attempt in range(ATTEMPTS):
        reason = await _look(service, group, check, fleet)
        if reason is None:
            return None
        if service.url is None and not service.is_joined:
            break
        if attempt < ATTEMPTS - 1:
            await asyncio.sleep(pause_s)
    return to_failure(service, reason or "")


def to_failure(service: Service, reason: str) -> Failure:
    return Failure("SERVICE_ENDPOINT_HEALTH_CHECK_FAILURE", reason, service.facts.id, "SERVICE")


async def _look(service: Service, group: TargetGroup | None, check: Check, fleet: Fleet) -> str | None:
    if service.is_joined and group is not None and isinstance(group.targets, UrlTargets):
        return await _look_at_urls(group, group.targets, check)
    if service.is_joined:
        healthy = any(not server.draining for server in fleet.servers(service.group))
        return None if healthy else f"{service.group} has no healthy task"
    if service.url is None:
        return "fig invokes no Lambda functions: tag the service with fig:service and who answers instead"
    url = to_url("Url", service.url)
    health = to_health(url, service.health_url)
    tls = Tls() if url.scheme == "https" and health.path is not None else None
    seen = await check(
        url.host, health.port or url.port, HealthCheck(health.path, health.expect, timeout_s=TIMEOUT_S), tls
    )
    return None if seen is None else f"{service.health_url or service.url} {seen}"


async def _look_at_urls(group: TargetGroup, targets: UrlTargets, check: Check) -> str | None:
    """By the group's own check. One that answers is enough."""
    health, reasons = group.health, []
    for url in targets.urls:
        at = parse_target_url(url)
        seen = await check(at.host, health.port or at.port, health, targets.tls if health.path is not None else None)
        if seen is None:
            return None
        reasons.append(f"{url} {seen}")
    return "; ".join(reasons)
