"""What a rule asks for: as the balancer has it, and as ``core.routing`` compares it. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.balancing.hosts import Hosts
from stranglerfig.aws.synth.template import Value
from stranglerfig.core.routing.glob import has_wildcard
from stranglerfig.core.routing.rules import (
    Conditions,
    HostCondition,
    PathCondition,
    PathPattern,
    PathPrefix,
    SourceCondition,
)
from stranglerfig.manifest.model import HttpRule


def listener_conditions(rule: HttpRule, hosts: Hosts) -> list[Value]:
    sources, names, paths = rule.allowed_source_ips, hosts.values, path_values(rule.path)
    found: list[Value] = []
    if sources:
        found.append({"Field": "source-ip", "SourceIpConfig": {"Values": sources}})
    if names:
        found.append({"Field": "host-header", "HostHeaderConfig": {"Values": names}})
    found.append({"Field": "path-pattern", "PathPatternConfig": {"Values": paths}})
    return found


def path_values(path: str) -> tuple[str, ...]:
    """A prefix ends where a segment ends, so it takes two of the balancer's patterns."""
    bare = path.rstrip("/")
    return (bare, f"{bare}/*") if bare else ("/*",)


def routing_conditions(rule: HttpRule, hosts: Hosts) -> Conditions:
    return Conditions(
        paths=(_widest(rule.path),),
        host=HostCondition(hosts.names) if hosts.names else None,
        source=SourceCondition(rule.allowed_source_ips) if rule.allowed_source_ips else None,
    )


def _widest(path: str) -> PathCondition:
    """The balancer has one number for both patterns."""
    bare = path.rstrip("/")
    return PathPattern(f"{bare}/*") if has_wildcard(bare) else PathPrefix(bare or "/")
