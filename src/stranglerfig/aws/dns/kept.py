"""Records of a site's or a network balancer's hosts that a function of Copilot's has written, outside of any stack.

They stay as they are when the workload is taken over, and its template says which they are. As the function did, fig
takes them away with the workload, or when it has the host no more. A host whose record is gone is one for the stack.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from stranglerfig.aws.dns.hosted_zone import HostedZone, Record, leads_to
from stranglerfig.aws.dns.loose_records import LooseRecords
from stranglerfig.aws.environments import Environment, session_that_stays
from stranglerfig.aws.stacks.template_text import parse_template, section
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth.facts import KEPT_HOSTS
from stranglerfig.aws.synth.names import OWN_ZONE

#: outputs of a workload's stack with what its own hosts lead to
ENTRANCES = ("CloudFrontDistributionDomainName", "PublicNetworkLoadBalancerDNSName")


def kept_hosts(env: Environment, stack: Stack) -> frozenset[str]:
    """Those that have their record still."""
    written = section(parse_template(env.stacks.template(stack.name)), "Metadata").get(KEPT_HOSTS)
    if not isinstance(written, list):
        return frozenset()
    records = _records(env)
    return frozenset(host for host in written if any(zone.aliases(host) for _, zone in records.places([host])))


def drop_hosts(env: Environment, stack: Stack, hosts: Collection[str]) -> None:
    """Those that lead to the workload: what somebody has led elsewhere is theirs."""
    for zone, records in _led_here(env, stack, hosts):
        zone.change("DELETE", records)


def going_with(env: Environment, stack: Stack, zone: HostedZone) -> list[Record]:
    """Those in that zone that go when the workload is deleted."""
    found = _led_here(env, stack, kept_hosts(env, stack))
    return [record for place, records in found if place.id == zone.id for record in records]


def _led_here(env: Environment, stack: Stack, hosts: Collection[str]) -> Iterator[tuple[HostedZone, list[Record]]]:
    entrances = [found for name in ENTRANCES if (found := stack.outputs.get(name))]
    for host, zone in _records(env).places(hosts):
        yield zone, [one for one in zone.aliases(host) if any(leads_to(one, entrance) for entrance in entrances)]


def _records(env: Environment) -> LooseRecords:
    stack = env.stack()
    own_zone = stack.outputs.get(OWN_ZONE, "") if stack else ""
    return LooseRecords(env.facts({}), env.app.session, session_that_stays(env), own_zone)
