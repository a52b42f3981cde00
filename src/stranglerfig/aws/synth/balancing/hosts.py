"""The hosts that a workload's rules are for. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.aws.synth.balancing.fronts import is_internal, is_secure
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import env_export
from stranglerfig.aws.synth.template import Ref, Value, import_value, join
from stranglerfig.aws.synth.zones import env_zone, internal_zone
from stranglerfig.manifest.model import HttpRule

#: Stands for the name that AWS gave to the internal balancer. Shorter than all that are made of names of ours, so that
#: rules which have it beside one of their own rank alike by their hosts.
BALANCER_ITSELF = "lb.internal"


@dataclass(frozen=True, slots=True)
class Hosts:
    """``names`` are for comparing, ``values`` for the template. Empty: the rule is for every host."""

    names: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()


def hosts_of(release: Release, rule: HttpRule) -> Hosts:
    if rule.aliases:
        return Hosts(rule.aliases, rule.aliases)
    env, name = release.env, release.manifest.name
    if release.balancer is not None:
        return Hosts()
    if is_internal(release):
        zone = import_value(env_export("InternalWorkloadsHostedZoneName"))
        return Hosts(
            (BALANCER_ITSELF, f"{name}.{internal_zone(env)}"),
            (import_value(env_export("InternalLoadBalancerDNS")), join(".", Ref("WorkloadName"), zone)),
        )
    if is_secure(release) and env.has_own_domain:
        zone = import_value(env_export("SubDomain"))
        return Hosts((f"{name}.{env_zone(env)}",), (join(".", Ref("WorkloadName"), zone),))
    return Hosts()
