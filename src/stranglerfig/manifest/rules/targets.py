"""Where requests and connections go: the container and its port, resolved as Copilot does. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stranglerfig.manifest.rules.given import Body, has, items, number, section, sections, text
from stranglerfig.manifest.rules.texts import port_and_protocol


@dataclass(frozen=True, slots=True)
class Target:
    """Of the rule or listener at ``path``. ``port`` None: the container has none, and none is said."""

    path: str
    body: Body
    container: str
    port: int | None
    protocol: str = "tcp"


def main_name(body: Body) -> str:
    return text(body, "name") or ""


def main_port(body: Body) -> int | None:
    return number(body, "image", "port")


def sidecar_ports(body: Body) -> dict[str, tuple[int, str]]:
    """Of the sidecars that listen, the port and its protocol."""
    found = {name: port_and_protocol(text(sidecar, "port") or "") for name, sidecar in sections(body, "sidecars")}
    return {name: port for name, port in found.items() if port is not None}


def http_targets(body: Body) -> Iterator[Target]:
    """The main rule's first. None if there is no ``http`` that is a mapping."""
    http = section(body, "http")
    if has(body, "http", "path"):
        yield _http_target(body, "http", http)
    for index, rule in items(http, "additional_rules"):
        yield _http_target(body, f"http.additional_rules[{index}]", rule)


def nlb_targets(body: Body) -> Iterator[Target]:
    nlb = section(body, "nlb")
    if has(body, "nlb", "port"):
        yield _nlb_target(body, "nlb", nlb)
    for index, listener in items(nlb, "additional_listeners"):
        yield _nlb_target(body, f"nlb.additional_listeners[{index}]", listener)


def listener_of(listener: Body) -> tuple[int, str]:
    """Port and protocol, ``tls`` kept apart."""
    return port_and_protocol(text(listener, "port") or "") or (0, "tcp")


def _http_target(body: Body, path: str, rule: Body) -> Target:
    container, port = text(rule, "target_container"), number(rule, "target_port")
    if port is None:
        container = container or main_name(body)
        return Target(path, rule, container, _port_of(body, container))
    return Target(path, rule, container or _owner(body, port), port)


def _nlb_target(body: Body, path: str, listener: Body) -> Target:
    """Without a port of its own the target is the listener's, or the named container's."""
    listens, protocol = listener_of(listener)
    container, port = text(listener, "target_container"), number(listener, "target_port")
    if port is None:
        port = _port_of(body, container) or listens if container else listens
    to = "udp" if protocol == "udp" else "tcp"
    return Target(path, listener, container or _owner(body, port), port, to)


def _port_of(body: Body, container: str) -> int | None:
    if container == main_name(body):
        return main_port(body)
    found = sidecar_ports(body).get(container)
    return found[0] if found else None


def _owner(body: Body, port: int) -> str:
    """The sidecar that listens there, else the main container."""
    return next((name for name, found in sidecar_ports(body).items() if found[0] == port), main_name(body))
