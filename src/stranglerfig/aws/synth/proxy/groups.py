"""Target groups of URLs: addresses that a balancer can reach from inside its network. Pure.

Source: Elastic Load Balancing User Guide, "Target type": RFC 1918, RFC 6598, and the VPC's own networks.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, ip_address, ip_network

from stranglerfig.aws.synth.balancing.target_groups import ANY_ANSWER, attributes, plain_target_group
from stranglerfig.aws.synth.template import Resource, Value, present
from stranglerfig.core.names import to_slug
from stranglerfig.core.urls import TargetUrl, to_address

_REACHED = tuple(map(ip_network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")))
DRAINS_S = 60


def url_name(url: TargetUrl) -> str:
    return to_slug(f"url {url.text.replace('://', '-')}", otherwise="url")


def url_problem(url: TargetUrl, networks: Collection[str]) -> str | None:
    """Why the balancer cannot send there."""
    address = to_address(url.host)
    if address is None:
        return f"{url.text} has a name, and a balancer sends to addresses: give the private one, or make it a service"
    if not isinstance(address, IPv4Address):
        return f"{url.text} is an IPv6 address, and the target groups of an environment have IPv4"
    if not any(address in one for one in (*_REACHED, *map(ip_network, networks))):
        inside = "10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16 and its VPC"
        return f"{url.text} is public, and a balancer sends to addresses in {inside} alone"
    if "$" in url.base_path:
        return f"{url.text} has a $ in its path, which stands for a part of the request's where a balancer rewrites it"
    return None


def url_group(name: str, url: TargetUrl, networks: Collection[str]) -> Resource:
    """``networks`` are the VPC's. Empty: the address is taken to be in it."""
    outside = bool(networks) and not any(ip_address(url.host) in ip_network(one) for one in networks)
    target: Value = present(Id=url.host, Port=url.port, AvailabilityZone="all" if outside else None)
    properties: dict[str, Value] = {
        "HealthCheckPath": url.base_path or "/",
        "HealthCheckProtocol": url.scheme.upper(),
        "Matcher": {"HttpCode": ANY_ANSWER},
        "Protocol": url.scheme.upper(),
        "TargetGroupAttributes": attributes(DRAINS_S, {}),
        "Targets": [target],
    }
    made = plain_target_group(url.port, properties, "load balancer")
    return Resource(made.type, made.properties, description=f"A target group for {url.text}")
