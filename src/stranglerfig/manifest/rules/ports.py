"""Rules about ports. The containers of a task share one network: a port is one container's and one protocol's. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stranglerfig.manifest.rules.given import Body, Problems, has, number, quoted, section
from stranglerfig.manifest.rules.targets import Target, http_targets, main_name, main_port, nlb_targets, sidecar_ports


class Claim(NamedTuple):
    path: str
    container: str
    port: int
    protocol: str


def owned_ports(body: dict[str, object]) -> Problems:
    problems = list(_lost_targets(body))
    if problems:
        return problems
    owners: dict[int, Claim] = {}
    for claim in _claims(body):
        owner = owners.setdefault(claim.port, claim)
        if owner.container != claim.container:
            problems.append((claim.path, f'port {claim.port} belongs to "{owner.container}" already ({owner.path})'))
        elif owner.protocol != claim.protocol:
            problems.append((claim.path, f"port {claim.port} is for {owner.protocol} already ({owner.path})"))
    return problems + list(_unchecked(body, owners))


def alias_needs_a_port(body: dict[str, object]) -> Problems:
    """Service Connect serves the main container's port, or the one that requests go to."""
    listens = main_port(body) is not None or any(target.port for target in http_targets(body))
    if has(body, "network", "connect", "alias") and not listens:
        return [("network.connect.alias", f"a {body.get('type')} without a port can only reach others")]
    return []


def http_needs_a_port(body: dict[str, object]) -> Problems:
    lost = [target.path for target in http_targets(body) if target.port is None and target.container == main_name(body)]
    return [("image.port", f'must be specified if "{lost[0]}" is specified')] if lost else []


def _lost_targets(body: Body) -> Iterator[tuple[str, str]]:
    names = (main_name(body), *section(body, "sidecars"))
    known = {*names}
    for target in (*http_targets(body), *nlb_targets(body)):
        if target.container not in known:
            yield (
                f"{target.path}.target_container",
                f'container "{target.container}" does not exist; there is {quoted(list(names))}',
            )
        elif target.port is None and target.container != main_name(body):
            yield f"{target.path}.target_container", f'container "{target.container}" does not expose a port'


def _claims(body: Body) -> Iterator[Claim]:
    """In the order that decides who was first."""
    for name, (port, protocol) in sidecar_ports(body).items():
        yield Claim(f"sidecars.{name}.port", name, port, protocol)
    for target in (*http_targets(body), *nlb_targets(body)):
        if target.port is not None:
            yield Claim(_said_at(target), target.container, target.port, target.protocol)
    port_of_main = main_port(body)
    if port_of_main is not None:
        yield Claim("image.port", main_name(body), port_of_main, "tcp")


def _said_at(target: Target) -> str:
    names = ("target_port", "target_container", "port")
    return next((f"{target.path}.{name}" for name in names if has(target.body, name)), target.path)


def _unchecked(body: Body, owners: dict[int, Claim]) -> Iterator[tuple[str, str]]:
    """Health checks are made over TCP."""
    for target in (*http_targets(body), *nlb_targets(body)):
        said = number(target.body, "healthcheck", "port")
        port = said if said is not None else number(target.body, "target_port") or main_port(body)
        owner = owners.get(port or 0)
        if owner is not None and owner.protocol != "tcp":
            yield (
                f"{target.path}.healthcheck.port",
                f"must be a port for tcp, and {port} is for {owner.protocol} ({owner.path})",
            )
