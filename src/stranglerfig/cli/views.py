"""What tables say of routes and targets. Values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stranglerfig.cli.output import percent, plural

if TYPE_CHECKING:
    from stranglerfig.api.wire import RouteWire, ServerWire, TargetWire

ROUTE_HEADERS = ("ID", "PATH", "ONLY", "ANSWERS", "STICKY", "STATE")
#: only where one of the routes has either
OWNED_HEADERS = ("OWNER", "EXPIRES")
TARGET_HEADERS = ("NAME", "KIND", "HEALTH", "STATE", "REV", "REQ/S", "MS", "5XX", "IN FLIGHT", "USED BY")
SERVER_HEADERS = ("ID", "ADDRESS", "HEALTH", "REV", "PID", "IN FLIGHT", "LAST CHECK")


def remarks(servers: Sequence[ServerWire], revision: int) -> str:
    """What is odd about tasks of the revision that are starting, each thing once; empty if nothing is."""
    found = {one["detail"]: None for one in servers if one["revision"] == revision and one["health"] == "STARTING"}
    return "; ".join(f"so far {text}" for text in found if text)


def route_table(routes: Sequence[RouteWire]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headers and rows."""
    if not any(route["owner"] or route["expires"] for route in routes):
        return ROUTE_HEADERS, [route_row(route) for route in routes]
    rows = [(*route_row(route), route["owner"] or "-", expiry(route) or "-") for route in routes]
    return (*ROUTE_HEADERS, *OWNED_HEADERS), rows


def expiry(route: RouteWire) -> str:
    """The last day that it is meant to live, and whether that is over."""
    from datetime import UTC, datetime

    is_over = route["expires"] and route["expires"] < datetime.now(UTC).date().isoformat()
    return f"{route['expires']} (over)" if is_over else route["expires"]


def route_row(route: RouteWire) -> tuple[str, ...]:
    state = route["state"] if route["priority"] is None else f"{route['state']} #{route['priority']}"
    return (route["id"], route_path(route), route_limits(route) or "-", who_answers(route), route["sticky"], state)


def route_path(route: RouteWire) -> str:
    """The path and how it matches: with all below (``/api/…``), exactly (``= /api``), or as a pattern."""
    if route["pattern"]:
        return f"pattern {route['path']}"
    if route["exact"]:
        return f"= {route['path']}"
    return route["path"].rstrip("/") + "/…"


def route_limits(route: RouteWire) -> str:
    """Whatever else the route asks for."""
    return " ".join(
        [
            *([",".join(route["methods"])] if route["methods"] else []),
            *(f"host={host}" for host in route["hosts"]),
            *(f"'{header}'" for header in route["headers"]),
            *(f"?{query}" for query in route["queries"]),
            *(f"from={source}" for source in route["sources"]),
        ]
    )


def who_answers(route: RouteWire) -> str:
    to, legacy, weight = route["to"], route["legacy"], route["weight"]
    if weight >= 100 or to == legacy:
        return to
    if weight <= 0:
        return f"{legacy} (0 % {to})"
    return f"{percent(weight)} {to}, {percent(100 - weight)} {legacy}"


def route_sentence(route: RouteWire) -> str:
    what = f"Route {route['id']} ({' '.join(filter(None, (route_limits(route), route_path(route))))})"
    if route["state"] == "INACTIVE":
        return f"{what} is kept, but not in force."
    return f"{what} is answered by {who_answers(route)}."


def target_row(target: TargetWire) -> tuple[str, ...]:
    return (
        target["name"],
        target["kind"],
        target_health(target),
        target["state"],
        str(target["revision"]),
        f"{target['rate']:.1f}",
        f"{target['response_ms']:.1f}",
        str(target["responses"].get("5xx", 0)),
        str(target["in_flight"]),
        ",".join(target["used_by"]) or "-",
    )


def target_health(target: TargetWire) -> str:
    """How many answer, of how many there should be; more of them while some come or go is no better."""
    wanted = len(target["urls"]) if target["kind"] == "url" else target["replicas"]
    return f"{min(count_up(target['servers']), wanted)}/{wanted} up"


def count_up(servers: list[ServerWire], revision: int | None = None) -> int:
    return sum(server["health"] == "UP" and revision in (None, server["revision"]) for server in servers)


def server_row(server: ServerWire) -> tuple[str, ...]:
    return (
        server["task"] or server["id"],
        server["address"],
        server["health"],
        dash(server["revision"]),
        dash(server["pid"]),
        str(server["sessions"]),
        server["detail"] or "-",
    )


def target_sentence(target: TargetWire) -> str:
    if target["kind"] == "url":
        return f"Target {target['name']} is {', '.join(target['urls'])} ({target_health(target)})."
    return (
        f"Target {target['name']} runs revision {target['revision']}"
        f" with {plural(target['replicas'], 'task')} ({target_health(target)})."
    )


def dash(value: object) -> str:
    return "-" if value is None else str(value)
