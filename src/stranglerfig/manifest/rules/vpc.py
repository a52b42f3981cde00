"""Rules about an environment's VPC: one that exists, or a new one, and never half of each. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations

from stranglerfig.manifest.rules.given import Body, Problems, has, items, section, text

KINDS_OF_SUBNETS = ("public", "private")
FEWEST_ZONES = 2
#: where a manifest says nothing
VPC = "10.0.0.0/16"
#: lengths of what AWS makes
WIDEST, NARROWEST = 16, 28
#: of a VPC that is to have four subnets
NARROWEST_VPC = 26
Network = IPv4Network | IPv6Network


def imported_or_managed(body: dict[str, object]) -> Problems:
    if has(body, "id") and has(body, "cidr"):
        return [("", 'must specify one, not both, of "id" and "cidr"')]
    subnets = section(body, "subnets")
    if has(body, "id"):
        return list(_imported(subnets))
    return [*_managed(subnets), *_wrong_blocks(body, subnets)]


def _imported(subnets: Body) -> Iterator[tuple[str, str]]:
    counts = {kind: len(list(items(subnets, kind))) for kind in KINDS_OF_SUBNETS}
    if not any(counts.values()):
        yield "subnets", 'must specify at least one of "public" and "private" if "id" is specified'
    for kind, count in counts.items():
        if count == 1:
            yield f"subnets.{kind}", f"must have two {kind} subnets at least, or none"
    for kind in KINDS_OF_SUBNETS:
        ids = [text(subnet, "id") for _, subnet in items(subnets, kind)]
        yield from (
            (f"subnets.{kind}[{at}].id", f"{one} is named twice")
            for at, one in enumerate(ids)
            if one and one in ids[:at]
        )
    for path, subnet in _all(subnets):
        if not has(subnet, "id"):
            yield f"{path}.id", "must be specified: the VPC is imported"
        yield from (
            (f"{path}.{name}", 'must not be specified beside "id"') for name in ("cidr", "az") if has(subnet, name)
        )


def _managed(subnets: Body) -> Iterator[tuple[str, str]]:
    if not any(True for _ in _all(subnets)):
        return
    for path, subnet in _all(subnets):
        if has(subnet, "id"):
            yield f"{path}.id", 'needs "network.vpc.id": only an imported VPC has subnets already'
        elif not has(subnet, "cidr"):
            yield f"{path}.cidr", "must be specified"
    zones = {kind: [text(subnet, "az") for _, subnet in items(subnets, kind)] for kind in KINDS_OF_SUBNETS}
    yield from _wrong_zones(zones)


def _wrong_blocks(body: Body, subnets: Body) -> Iterator[tuple[str, str]]:
    """Addresses that no VPC can have, and subnets outside of it or in each other's way."""
    vpc = _network(text(body, "cidr") or VPC)
    given = {f"{path}.cidr": found for path, one in _all(subnets) if (found := _network(text(one, "cidr") or ""))}
    if vpc is None:
        return
    if not _is_block(vpc):
        yield "cidr", f"must be an IPv4 network of /{WIDEST} to /{NARROWEST}, but is {vpc}"
    elif not given and vpc.prefixlen > NARROWEST_VPC:
        yield "cidr", f"has no room for four subnets: give it a length of /{NARROWEST_VPC} at most, or say its subnets"
    for path, network in given.items():
        if not _is_block(network):
            yield path, f"must be an IPv4 network of /{WIDEST} to /{NARROWEST}, but is {network}"
        elif _is_block(vpc) and not _is_within(network, vpc):
            yield path, f"{network} is not within the VPC's {vpc}"
    for (first, one), (path, other) in combinations(given.items(), 2):
        if one.overlaps(other):
            yield path, f"{other} overlaps with {one} of {first.removesuffix('.cidr')}"


def _network(cidr: str) -> Network | None:
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        return None


def _is_block(network: Network) -> bool:
    return network.version == 4 and WIDEST <= network.prefixlen <= NARROWEST


def _is_within(inner: Network, outer: Network) -> bool:
    return isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network) and inner.subnet_of(outer)


def _wrong_zones(zones: dict[str, list[str | None]]) -> Iterator[tuple[str, str]]:
    public, private = ({zone for zone in zones[kind] if zone} for kind in KINDS_OF_SUBNETS)
    every = [zone for kind in KINDS_OF_SUBNETS for zone in zones[kind]]
    if not any(every):
        yield from _unsaid_zones(*(len(zones[kind]) for kind in KINDS_OF_SUBNETS))
    elif not all(every):
        yield "subnets", 'must all have an "az", or none: those without are in the first zones of the region'
    elif public != private:
        yield "subnets", "public and private subnets must be in the same availability zones"
    elif len(public) == 1:
        yield "subnets", f"must be in {FEWEST_ZONES} availability zones at least"
    else:
        for kind in KINDS_OF_SUBNETS:
            if len(zones[kind]) != len(public):
                yield f"subnets.{kind}", f"has {len(zones[kind])} subnets for {len(public)} availability zones"


def _unsaid_zones(public: int, private: int) -> Iterator[tuple[str, str]]:
    """The first of a kind is in the region's first zone, the second in its second."""
    if public != private:
        yield "subnets", "public and private subnets must be as many, so that they are in the same availability zones"
    elif public < FEWEST_ZONES:
        yield "subnets", f"must be in {FEWEST_ZONES} availability zones at least"


def _all(subnets: Body) -> Iterator[tuple[str, Body]]:
    for kind in KINDS_OF_SUBNETS:
        for index, subnet in items(subnets, kind):
            yield f"subnets.{kind}[{index}]", subnet
