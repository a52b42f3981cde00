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


@dataclass(frozen=True, slots=True)
class Listening:
    """Who listens where, before anything is sent to them."""

    main: str
    main_port: int | None
    sidecars: dict[str, tuple[int, str]]
    owners: dict[int, str]

    def port_of(self, container: str) -> int | None:
        if container == self.main:
            return self.main_port
        found = self.sidecars.get(container)
        return found[0] if found else None

    def owner(self, port: int) -> str:
        """The sidecar that listens there, else the main container."""
        return self.owners.get(port, self.main)


def listening(body: Body) -> Listening:
    sidecars = sidecar_ports(body)
    # The first one that claims a port has it.
    owners = {port: name for name, (port, _) in reversed(sidecars.items())}
    return Listening(main_name(body), main_port(body), sidecars, owners)


def http_targets(body: Body) -> Iterator[Target]:
    """The main rule's first. None if there is no ``http`` that is a mapping."""
    containers, http = listening(body), section(body, "http")
    if has(http, "path"):
        yield _http_target(containers, "http", http)
    for index, rule in items(http, "additional_rules"):
        yield _http_target(containers, f"http.additional_rules[{index}]", rule)


def nlb_targets(body: Body) -> Iterator[Target]:
    containers, nlb = listening(body), section(body, "nlb")
    if has(nlb, "port"):
        yield _nlb_target(containers, "nlb", nlb)
    for index, listener in items(nlb, "additional_listeners"):
        yield _nlb_target(containers, f"nlb.additional_listeners[{index}]", listener)


def listener_of(listener: Body) -> tuple[int, str]:
    """Port and protocol, ``tls`` kept apart."""
    return port_and_protocol(text(listener, "port") or "") or (0, "tcp")


def _http_target(containers: Listening, path: str, rule: Body) -> Target:
    container, port = text(rule, "target_container"), number(rule, "target_port")
    if port is None:
        container = container or containers.main
        return Target(path, rule, container, containers.port_of(container))
    return Target(path, rule, container or containers.owner(port), port)


def _nlb_target(containers: Listening, path: str, listener: Body) -> Target:
    """Without a port of its own the target is the listener's, or the named container's."""
    listens, protocol = listener_of(listener)
    container, port = text(listener, "target_container"), number(listener, "target_port")
    if port is None:
        port = containers.port_of(container) or listens if container else listens
    return Target(path, listener, container or containers.owner(port), port, "udp" if protocol == "udp" else "tcp")
