"""Wire values with defaults: a test names only what it is about."""

from __future__ import annotations

from typing import Any, cast

from stranglerfig.api.shifts.wire import DecisionWire, ShiftWire
from stranglerfig.api.wire import BalancerWire, IngressWire, ProxyWire, RouteWire, ServerWire, TargetWire


def a_route(**given: Any) -> RouteWire:
    route: RouteWire = {
        "id": "r1",
        "proxy": "shop",
        "path": "/api/users",
        "exact": False,
        "pattern": False,
        "methods": [],
        "hosts": [],
        "headers": [],
        "queries": [],
        "sources": [],
        "to": "users",
        "strip": False,
        "weight": 100.0,
        "legacy": "monolith",
        "sticky": "none",
        "priority": None,
        "state": "ACTIVE",
        "owner": "",
        "expires": "",
        "declared": False,
    }
    return cast("RouteWire", {**route, **given})


def a_proxy(**given: Any) -> ProxyWire:
    proxy: ProxyWire = {
        "name": "shop",
        "url": "http://127.0.0.1:8080",
        "host": "127.0.0.1",
        "port": 8080,
        "default": "monolith",
        "stage": "",
        "order": "specific",
        "http2": False,
        "declared_by": "",
        "requests": 0,
        "rate": 0.0,
        "routes": [],
    }
    return cast("ProxyWire", {**proxy, **given})


def a_balancer(*rules: IngressWire, **given: Any) -> BalancerWire:
    balancer: BalancerWire = {
        "name": "shop.test",
        "url": "http://127.0.0.1:8081",
        "host": "127.0.0.1",
        "port": 8081,
        "requests": 0,
        "rate": 0.0,
        "rules": list(rules),
    }
    return cast("BalancerWire", {**balancer, **given})


def a_rule(**given: Any) -> IngressWire:
    rule: IngressWire = {
        "id": "users.http",
        "path": "/api/users",
        "pattern": False,
        "hosts": [],
        "sources": [],
        "to": "shop.test.users",
        "state": "ACTIVE",
    }
    return cast("IngressWire", {**rule, **given})


def a_server(**given: Any) -> ServerWire:
    server: ServerWire = {
        "id": "users-1-0-1",
        "address": "127.0.0.1:40001",
        "health": "UP",
        "sessions": 0,
        "detail": "L7OK/200",
        "task": "users-1-0-1",
        "pid": 4242,
        "revision": 1,
    }
    return cast("ServerWire", {**server, **given})


def a_target(**given: Any) -> TargetWire:
    target: TargetWire = {
        "name": "users",
        "kind": "process",
        "urls": [],
        "command": ["./serve"],
        "replicas": 1,
        "revision": 1,
        "state": "ACTIVE",
        "problem": None,
        "failed_revision": None,
        "servers": [a_server()],
        "requests": 0,
        "rate": 0.0,
        "responses": {},
        "in_flight": 0,
        "response_ms": 0.0,
        "p50_ms": None,
        "p99_ms": None,
        "used_by": [],
        "health": {},
    }
    return cast("TargetWire", {**target, **given})


def a_shift(**given: Any) -> ShiftWire:
    """In its second step, with figures of both sides."""
    candidate = {"requests": 500, "errors": 2, "p50_ms": 12.04, "p99_ms": 48.0, "rate": 25.0}
    legacy = {"requests": 1500, "errors": 3, "p50_ms": 11.0, "p99_ms": None, "rate": 75.0}
    finding = {
        "measure": "errors",
        "verdict": "INCONCLUSIVE",
        "reason": "0.4 % failed",
        "candidate": 0.4,
        "legacy": 0.2,
        "limit": 0.7,
    }
    shift = {
        "id": "s1",
        "proxy": "shop",
        "route": "r1",
        "path": "/api/users",
        "candidate": "users",
        "legacy": "monolith",
        "phase": "BAKING",
        "weight": 25.0,
        "step": 2,
        "steps": [5.0, 25.0, 100.0],
        "bake_s": 60.0,
        "limits": {},
        "cohorts": ["header:X-Beta=1"],
        "reason": "0.1 % failed",
        "started_at": "2023-11-14T22:13:20.000Z",
        "since": "2023-11-14T22:15:00.000Z",
        "ended_at": None,
        "webhook": None,
        "command": None,
        "seen": {
            "verdict": "INCONCLUSIVE",
            "reason": "0.4 % failed",
            "candidate": candidate,
            "legacy": legacy,
            "compared": 0,
            "different": 0,
            "findings": [finding],
        },
    }
    return cast("ShiftWire", {**shift, **given})


def a_decision(**given: Any) -> DecisionWire:
    figures = {"requests": 100, "errors": 0, "p99_ms": None}
    decision = {
        "shift": "s1",
        "at": "2023-11-14T22:13:20.000Z",
        "event": "start",
        "phase": "BAKING",
        "step": 1,
        "weight": 5.0,
        "reason": "started",
        "candidate": figures,
        "legacy": figures,
        "findings": [],
        "log": [],
        "examples": [],
    }
    return cast("DecisionWire", {**decision, **given})
