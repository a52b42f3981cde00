"""The status screen: what ``GET /v1/status`` says, as lines. Values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from stranglerfig.cli.output import one_line, plural, render_table
from stranglerfig.cli.views import route_limits, route_path, target_health, who_answers

if TYPE_CHECKING:
    from stranglerfig.api.shifts.wire import ShiftWire
    from stranglerfig.api.wire import BalancerWire, IngressWire, ProxyWire, RouteWire, StatusWire, TargetWire

#: cells of a bar that is a route's weight
BAR = 8
HEALTHY = {"ACTIVE": "green", "STARTING": "yellow", "UPDATING": "yellow", "FAILED": "red"}


def render_status(status: StatusWire) -> list[str]:
    lines = [head(status)]
    for proxy in status["proxies"]:
        shifts = [shift for shift in status.get("shifts", []) if shift["proxy"] == proxy["name"]]
        lines += ["", *proxy_lines(proxy, shifts)]
    for balancer in status.get("balancers", []):
        lines += ["", *balancer_lines(balancer)]
    if status["targets"]:
        lines += ["", *target_lines(status["targets"])]
    return lines


def head(status: StatusWire) -> str:
    if not status["running"]:
        return "Everything is down. `fig up` starts it again."
    return (
        f"fig {status['version']}, HAProxy {status['haproxy']}"
        f" ({plural(status['workers'], 'worker')}), state in {status['home']}"
    )


def proxy_lines(proxy: ProxyWire, shifts: Sequence[ShiftWire]) -> list[str]:
    title = f"{click.style(proxy['name'], bold=True)}  {proxy['url']}  {proxy['rate']:.1f} req/s"
    phases = {shift["route"]: phase_of(shift) for shift in shifts}
    rows = [(*route_cells(route), *([phases.get(route["id"], "")] if phases else [])) for route in proxy["routes"]]
    rows.append(("-", "everything else", "", "", proxy["default"] or "nobody", "", *([""] if phases else [])))
    headers = ("ID", "PATH", "ONLY", "MOVED", "ANSWERS", "STICKY", *(["SHIFT"] if phases else []))
    return [title, *indent(render_table(headers, rows))]


def phase_of(shift: ShiftWire) -> str:
    return f"{shift['phase']}, step {shift['step']} of {len(shift['steps'])}"


def moved_bar(weight: float) -> str:
    full = round(weight / 100 * BAR)
    return "█" * full + "░" * (BAR - full)


def balancer_lines(balancer: BalancerWire) -> list[str]:
    title = f"{click.style(balancer['name'], bold=True)}  {balancer['url']}  {balancer['rate']:.1f} req/s"
    if not balancer["rules"]:
        return [title, "  nothing answers here yet"]
    rows = [(rule["id"], rule_path(rule), rule_limits(rule), rule_answer(rule)) for rule in balancer["rules"]]
    return [title, *indent(render_table(("ID", "PATH", "ONLY", "ANSWERS"), rows))]


def rule_path(rule: IngressWire) -> str:
    return f"pattern {rule['path']}" if rule["pattern"] else rule["path"].rstrip("/") + "/…"


def rule_limits(rule: IngressWire) -> str:
    return " ".join([*(f"host={host}" for host in rule["hosts"]), *(f"from={source}" for source in rule["sources"])])


def rule_answer(rule: IngressWire) -> str:
    return rule["to"] if rule["state"] == "ACTIVE" else f"{rule['to']} (paused)"


def route_cells(route: RouteWire) -> tuple[str, ...]:
    answers = who_answers(route) if route["state"] == "ACTIVE" else "(inactive)"
    sticky = "" if route["sticky"] == "none" else route["sticky"]
    moved = moved_bar(route["weight"]) if route["state"] == "ACTIVE" else ""
    return (route["id"], route_path(route), route_limits(route), moved, answers, sticky)


def target_lines(targets: list[TargetWire]) -> list[str]:
    rows = [
        (
            target["name"],
            target_health(target),
            target["state"],
            f"{target['rate']:.1f}",
            f"{target['response_ms']:.1f}",
            "-" if target["p99_ms"] is None else f"{target['p99_ms']:.1f}",
            str(target["responses"].get("5xx", 0)),
            target["kind"],
        )
        for target in targets
    ]
    table = render_table(("TARGET", "HEALTH", "STATE", "REQ/S", "MS", "P99", "5XX", "KIND"), rows)
    lines = table[:1]
    for target, line in zip(targets, table[1:], strict=True):
        colour = HEALTHY.get(target["state"])
        lines.append(line.replace(target["state"], click.style(target["state"], fg=colour), 1) if colour else line)
        if target["problem"]:
            lines.append(f"  {click.style(one_line(target['problem']), fg='red')}")
    return lines


def indent(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
