"""Core values as the API shows them. Pure."""

from __future__ import annotations

from collections.abc import Callable

from stranglerfig.api.wire import (
    BalancerWire,
    ExplanationWire,
    HealthWire,
    IngressWire,
    ProxyWire,
    RouteWire,
    ServerWire,
    TargetKind,
    TargetWire,
)
from stranglerfig.control.fleet import TaskRecord
from stranglerfig.control.operations.views import BalancerView, ProxyView, TargetView
from stranglerfig.core.conditions_text import render_conditions, render_sticky, render_weight
from stranglerfig.core.desired import ProcessTargets, Proxy, Route, TaskTargets, UrlTargets
from stranglerfig.core.ingress import Claim, to_group_name, to_rules
from stranglerfig.core.observed import ObservedServer, ServerHealth, TaskIdentity, TaskState
from stranglerfig.core.plan import Place
from stranglerfig.core.routing.explain import Explanation
from stranglerfig.core.routing.rules import Rule
from stranglerfig.core.topology import HealthCheck

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def render_proxy(view: ProxyView) -> ProxyWire:
    proxy = view.proxy
    return {
        "name": proxy.name,
        "url": render_url(proxy),
        "host": proxy.host,
        "port": proxy.port,
        "default": proxy.default,
        "stage": proxy.stage,
        "order": "specific" if proxy.order.value == "specific" else "priority",
        "http2": proxy.http2,
        "declared_by": proxy.declared_by,
        "requests": view.requests,
        "rate": round(view.rate, 1),
        "routes": [render_route(proxy.name, route) for route in proxy.routes],
    }


def render_url(proxy: Proxy) -> str:
    """Where clients go."""
    host = _EVERYWHERE.get(proxy.host, proxy.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{proxy.port}{f'/{proxy.stage}' if proxy.stage else ''}"


def render_balancer(view: BalancerView) -> BalancerWire:
    balancer = view.balancer
    return {
        "name": balancer.name,
        "url": f"http://{balancer.host}:{balancer.port}",
        "host": balancer.host,
        "port": balancer.port,
        "requests": view.requests,
        "rate": round(view.rate, 1),
        "rules": [_render_ingress(claim, rule) for claim, rule in zip(view.claims, to_rules(view.claims), strict=True)],
    }


def _render_ingress(claim: Claim, rule: Rule) -> IngressWire:
    text = render_conditions(rule.conditions)
    return {
        "id": rule.id,
        "path": text.path,
        "pattern": text.pattern,
        "hosts": list(text.hosts),
        "sources": list(text.sources),
        "to": claim.group.name,
        "state": "PAUSED" if claim.is_paused else "ACTIVE",
    }


def render_route(proxy: str, route: Route) -> RouteWire:
    text = render_conditions(route.conditions)
    return {
        "id": route.id,
        "proxy": proxy,
        "path": text.path,
        "exact": text.exact,
        "pattern": text.pattern,
        "methods": list(text.methods),
        "hosts": list(text.hosts),
        "headers": list(text.headers),
        "queries": list(text.queries),
        "sources": list(text.sources),
        "to": route.candidate.group,
        "strip": route.candidate.strip > 0,
        "weight": render_weight(route.weight),
        "legacy": route.legacy.group,
        "sticky": render_sticky(route.sticky),
        "priority": route.priority,
        "state": "ACTIVE" if route.state.value == "ACTIVE" else "INACTIVE",
        "owner": route.owner,
        "expires": route.expires,
        "declared": route.declared,
    }


def render_target(view: TargetView) -> TargetWire:
    group, targets, counters = view.group, view.group.targets, view.counters
    kind = _kind_of(targets)
    return {
        "name": group.name,
        "kind": kind,
        "urls": list(targets.urls) if isinstance(targets, UrlTargets) else [],
        "command": list(targets.command) if isinstance(targets, ProcessTargets) else [],
        "replicas": len(targets.urls) if isinstance(targets, UrlTargets) else targets.replicas,
        "revision": group.revision,
        "state": view.state.value,
        "problem": view.problem,
        "failed_revision": view.failed_revision,
        "servers": _render_servers(view, has_tasks=kind != "url"),
        "requests": counters.requests,
        "rate": round(view.rate, 1),
        "responses": dict(counters.responses),
        "in_flight": counters.in_flight,
        "response_ms": counters.response_ms,
        "p50_ms": round(view.latency.half, 1) if view.latency else None,
        "p99_ms": round(view.latency.most, 1) if view.latency else None,
        "used_by": list(view.used_by),
        "health": render_health(group.health),
    }


def _kind_of(targets: UrlTargets | TaskTargets) -> TargetKind:
    if isinstance(targets, UrlTargets):
        return "url"
    return "process" if isinstance(targets, ProcessTargets) else "docker"


def render_health(health: HealthCheck) -> HealthWire:
    return {
        "path": health.path,
        "expect": health.expect,
        "interval_s": health.interval_s,
        "timeout_s": health.timeout_s,
        "rise": health.rise,
        "fall": health.fall,
    }


def render_explanation(explanation: Explanation, to_origin: Callable[[str], str]) -> ExplanationWire:
    """``to_origin`` gives the scheme and address that a target group's requests go to."""
    return {
        "verdict": explanation.verdict.value,
        "rule": explanation.winner.rule.id if explanation.winner is not None else None,
        "why": explanation.why,
        "canonical": explanation.canonical_path,
        "upstreams": [
            {"group": group, "share": share.share, "url": f"{to_origin(group)}{share.target}"}
            for share in explanation.shares
            for group in (to_group_name(share.group),)
        ],
        "location": explanation.location,
        "status": explanation.status,
        "shadowed": [{"rule": loser.rule.id, "because": loser.reason} for loser in explanation.shadowed],
    }


def _render_servers(view: TargetView, *, has_tasks: bool) -> list[ServerWire]:
    if not has_tasks:
        return [_render_server(server) for server in view.servers]
    seen = {server.id: server for server in view.servers}
    return [_render_task(task, seen.get(task.task.id), view) for task in view.tasks]


def _render_server(server: ObservedServer) -> ServerWire:
    return {
        "id": server.id,
        "address": server.address,
        "health": server.health.value,
        "sessions": server.sessions,
        "detail": server.detail,
        "task": None,
        "pid": None,
        "revision": None,
    }


def _render_task(record: TaskRecord, server: ObservedServer | None, view: TargetView) -> ServerWire:
    task = record.task
    is_routed = server is not None or (record.place is not Place.OUT and view.is_applied)
    # HAProxy was asked a moment ago, and checks a new server only after a while; that a task answers is known before.
    # A server is added asleep, and woken at once: one that looks as if it was leaving, but is not, was seen in between.
    own = task.state.value
    if task.state is TaskState.HEALTHY:
        # It answers, and yet a request may come before HAProxy knows it.
        own = ServerHealth.UP.value if is_routed else TaskState.STARTING.value
    is_asleep = server is not None and server.health is ServerHealth.DRAINING and not record.is_draining
    is_judged = server is not None and server.health is not ServerHealth.CHECKING and not is_asleep
    health = server.health.value if server is not None and is_judged else own
    if record.place is Place.LEAVING and health == ServerHealth.UP.value:
        # decided; HAProxy hears of it in a moment
        health = ServerHealth.DRAINING.value
    return {
        "id": task.id,
        "address": f"127.0.0.1:{task.port}",
        "health": health,
        "sessions": server.sessions if server is not None else 0,
        "detail": server.detail if server is not None else record.remark,
        "task": task.id,
        "pid": task.identity.pid if isinstance(task.identity, TaskIdentity) else None,
        "revision": task.revision,
    }
