"""What a service takes from the balancers, and how its tasks prove that they answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from stranglerfig.core.application import Kind, Runtime, balancer_name, group_name, listener_name
from stranglerfig.core.desired import Balancer, Ingress
from stranglerfig.core.routing.rules import (
    Conditions,
    HostCondition,
    PathCondition,
    PathPattern,
    PathPrefix,
    SourceCondition,
)
from stranglerfig.core.topology import HealthCheck
from stranglerfig.manifest.model import ContainerSpec, HttpHealth, HttpRule, NlbListener, WorkloadManifest
from stranglerfig.workspace.values import LocalContext

#: Asking a neighbour on the same machine costs nothing; the load balancer's 5 times 30 s would be waited for.
INTERVAL_S = 1.0
HTTPS = 443
_ASKED_URL = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::[^/\s'\"]+)?(/[^\s'\"|;&)]*)?")
_CLIENTS = re.compile(r"\b(?:curl|wget)\b")


@dataclass(frozen=True, slots=True)
class Entrances:
    """``health`` is the target group's, by which its tasks are let in."""

    ingress: tuple[Ingress, ...] = ()
    balancers: tuple[Balancer, ...] = ()
    health: HealthCheck = HealthCheck()
    notes: tuple[str, ...] = ()


def to_entrances(manifest: WorkloadManifest, context: LocalContext) -> Entrances:
    rules = public_rules(manifest, context)
    listeners, balancers, notes = tcp_listeners(manifest, context)
    ingress = (*rules, *internal(manifest, context), *listeners)
    return Entrances(
        ingress,
        balancers,
        main_health(manifest, context),
        (*notes, *health_notes(manifest, context), *source_notes(manifest)),
    )


def public_rules(manifest: WorkloadManifest, context: LocalContext) -> tuple[Ingress, ...]:
    """A Backend Service's rules are for its own endpoint, which takes all its requests anyway."""
    if manifest.kind is Kind.BACKEND or manifest.private:
        return ()
    # Outside of a load balancer that is shared, a site has its host to itself: without an alias there is no rule here.
    if manifest.kind is Kind.STATIC_SITE:
        rules = site_rules(manifest)
    elif manifest.kind is Kind.REQUEST_DRIVEN:
        rules = tuple(rule for rule in manifest.http if rule.aliases)
    else:
        rules = manifest.http
    return tuple(to_ingress(rule, index, manifest, context) for index, rule in enumerate(rules))


def site_rules(manifest: WorkloadManifest) -> tuple[HttpRule, ...]:
    http = manifest.body.get("http")
    alias = http.get("alias") if isinstance(http, Mapping) else None
    if not isinstance(alias, str):
        return ()
    return (HttpRule("/", target_container=manifest.name, target_port=0, aliases=(alias,)),)


def to_ingress(rule: HttpRule, index: int, manifest: WorkloadManifest, context: LocalContext) -> Ingress:
    return Ingress(
        id="http" if index == 0 else f"http-{index}",
        balancer=balancer_name(context.app, context.environment),
        conditions=to_conditions(rule),
        port=other_port(rule.target_port, manifest, context),
        health=None if index == 0 else to_health(rule, context),
        sticky=rule.stickiness,
        http2=speaks_http2(rule),
        tls=rule.target_port == HTTPS,
    )


def to_conditions(rule: HttpRule) -> Conditions:
    return Conditions(
        paths=to_paths(rule.path),
        host=HostCondition(patterns=rule.aliases) if rule.aliases else None,
        source=SourceCondition(rule.allowed_source_ips) if rule.allowed_source_ips else None,
    )


def to_paths(path: str) -> tuple[PathCondition, ...]:
    """``/x`` is itself and all below it; with wildcards the same, spelt as the load balancer would."""
    bare = path.rstrip("/")
    if not bare:
        return ()
    if "*" in bare or "?" in bare:
        return (PathPattern(bare), PathPattern(f"{bare}/*"))
    return (PathPrefix(bare),)


def speaks_http2(rule: HttpRule) -> bool:
    return rule.version.lower() in ("http2", "grpc")


def other_port(port: int, manifest: WorkloadManifest, context: LocalContext) -> int | None:
    """None for the main one; a process has no other."""
    if context.runtime is Runtime.PROCESS or not manifest.containers or port == main_port(manifest):
        return None
    return port


def main_port(manifest: WorkloadManifest) -> int | None:
    """Where requests go, and health checks with them, unless another rule says otherwise: the main rule's target."""
    if manifest.http and manifest.containers:
        return manifest.http[0].target_port
    if manifest.containers and manifest.containers[0].port is not None:
        return manifest.containers[0].port
    tcp = [listener.target_port for listener in manifest.nlb if listener.protocol != "udp"]
    return tcp[0] if tcp else None


def internal(manifest: WorkloadManifest, context: LocalContext) -> tuple[Ingress, ...]:
    if manifest.kind is not Kind.STATIC_SITE and main_port(manifest) is None:
        return ()
    rule = manifest.http[0] if manifest.http else None
    return (
        Ingress(
            id="internal",
            balancer=group_name(context.app, context.environment, manifest.name),
            sticky=rule.stickiness if rule else False,
            http2=speaks_http2(rule) if rule else False,
            tls=rule.target_port == HTTPS if rule else False,
        ),
    )


def tcp_listeners(
    manifest: WorkloadManifest, context: LocalContext
) -> tuple[tuple[Ingress, ...], tuple[Balancer, ...], tuple[str, ...]]:
    ingress, balancers, notes = [], [], []
    for index, listener in enumerate(manifest.nlb):
        if listener.protocol == "udp":
            notes.append(f"nlb: UDP port {listener.port} is not served here")
            continue
        if listener.protocol == "tls":
            notes.append(f"nlb: port {listener.port} takes plain TCP here, without TLS")
        name = listener_name(context.app, context.environment, manifest.name, listener.port)
        balancers.append(Balancer(name, "127.0.0.1", listener.port, tcp=True))
        ingress.append(
            Ingress(
                id="nlb" if index == 0 else f"nlb-{index}",
                balancer=name,
                port=other_port(listener.target_port, manifest, context),
                health=tcp_health(listener, context),
            )
        )
    return tuple(ingress), tuple(balancers), tuple(notes)


def main_health(manifest: WorkloadManifest, context: LocalContext) -> HealthCheck:
    if manifest.http:
        return to_health(manifest.http[0], context)
    tcp = [listener for listener in manifest.nlb if listener.protocol != "udp"]
    if tcp:
        return tcp_health(tcp[0], context)
    path = asked_path(manifest.containers[0]) if manifest.containers else None
    # In Docker the engine runs the image's own check; a process is asked what that check would ask.
    if path is not None and context.runtime is Runtime.PROCESS:
        return HealthCheck(path=path, expect="200-399", interval_s=INTERVAL_S, timeout_s=5.0)
    return HealthCheck(interval_s=INTERVAL_S)


def to_health(rule: HttpRule, context: LocalContext) -> HealthCheck:
    """The first good answer lets a task in: a balancer's patience is for networks, and there is none in between."""
    path = None if rule.version.lower() == "grpc" else rule.health.path
    port = checked_port(rule.health, rule.target_port, context)
    return replace(timing(rule.health), path=path, expect=rule.health.success_codes, port=port)


def tcp_health(listener: NlbListener, context: LocalContext) -> HealthCheck:
    return replace(timing(listener.health), port=checked_port(listener.health, listener.target_port, context))


def checked_port(health: HttpHealth, target_port: int, context: LocalContext) -> int | None:
    """None for the one that takes the requests; a process has no other."""
    return None if context.runtime is Runtime.PROCESS or health.port == target_port else health.port


def timing(health: HttpHealth) -> HealthCheck:
    return HealthCheck(
        interval_s=min(health.interval_s, INTERVAL_S),
        timeout_s=health.timeout_s,
        rise=1,
        fall=health.unhealthy_threshold,
    )


def asked_path(spec: ContainerSpec) -> str | None:
    """The path that the container's own check gets with curl or wget; None when it does something else."""
    if spec.health is None:
        return None
    text = " ".join(spec.health.command)
    match = _ASKED_URL.search(text)
    if match is None or not _CLIENTS.search(text):
        return None
    return match[1] or "/"


def health_notes(manifest: WorkloadManifest, context: LocalContext) -> tuple[str, ...]:
    if context.runtime is Runtime.DOCKER:
        return ()
    return tuple(
        f"http: health checks go to port {rule.target_port}, which takes the requests, not to {rule.health.port}"
        for rule in manifest.http
        if rule.health.port not in (None, rule.target_port)
    )


def source_notes(manifest: WorkloadManifest) -> tuple[str, ...]:
    """Clients on this machine come from its loopback address, which no list written for AWS has in it."""
    here = ip_address("127.0.0.1")
    return tuple(
        f"http: {rule.path} lets in {', '.join(rule.allowed_source_ips)} alone, and so nobody on this machine: "
        "allow 127.0.0.1/32 in this environment"
        for rule in manifest.http
        if rule.allowed_source_ips and not any(here in ip_network(one, strict=False) for one in rule.allowed_source_ips)
    )
