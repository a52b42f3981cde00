"""How many tasks there are and how they are called. Pure."""

from __future__ import annotations

from stranglerfig.manifest.rules.given import Body, number, section, text, value
from stranglerfig.manifest.rules.scaling import range_of
from stranglerfig.manifest.rules.targets import http_targets, main_name, main_port


def task_count(body: Body) -> int:
    """The number, else that on spare capacity, else the fewest of the range."""
    said = number(body, "count")
    if said is not None:
        return said
    count = section(body, "count")
    spot = number(count, "spot")
    if spot is not None:
        return spot
    span = range_of(text(count, "range") or "")
    least = span[0] if span else number(count, "range", "min")
    return 1 if least is None else least


def runs_commands(body: Body) -> bool:
    return body.get("exec") is True or value(body, "exec", "enable") is True


def connect_alias(body: Body) -> str | None:
    """None for one that is not reached so: it does not take part, or only reaches others, having no port."""
    connect = value(body, "network", "connect")
    listens = main_port(body) is not None or any(target.port for target in http_targets(body))
    if not connect or not listens:
        return None
    return text(body, "network", "connect", "alias") or main_name(body)
