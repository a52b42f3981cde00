"""What is billed by traffic, as far as something is there that bills it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from stranglerfig.aws.cost.counting import is_public
from stranglerfig.aws.cost.parts import ENVIRONMENT, Found, Part
from stranglerfig.aws.cost.values import HOURS, Assumptions, Quantity

TRAFFIC = "traffic"
#: One capacity unit an hour, of a balancer for HTTP and of one for TCP, as their pages have it.
CONNECTIONS_PER_LCU, CONNECTIONS_PER_NLCU, GB_PER_LCU = 25, 800, 1
RULES_PER_LCU, FREE_RULES = 1000, 10
SECONDS = HOURS * 3600


def count_traffic(parts: tuple[Part, ...], assumed: Assumptions) -> Iterator[Quantity]:
    for one in _all(parts, "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        if one.properties.get("Type") == "network":
            yield Quantity(TRAFFIC, "capacity of a network load balancer", "nlb-lcu", nlcus(assumed) * HOURS)
        else:
            rules = len(_all(parts, "AWS::ElasticLoadBalancingV2::ListenerRule"))
            yield Quantity(TRAFFIC, "capacity of a load balancer", "alb-lcu", lcus(assumed, rules) * HOURS)
    if _goes_by_cdn(parts):
        yield Quantity(TRAFFIC, "out by CloudFront", "cdn-gb", assumed.out_gb)
        requests = assumed.requests_per_second * SECONDS
        yield Quantity(TRAFFIC, "requests to CloudFront", "cdn-requests", requests)
    else:
        yield Quantity(TRAFFIC, "out to the internet", "out-gb", assumed.out_gb)
    if _all(parts, "AWS::EC2::NatGateway"):
        yield Quantity(TRAFFIC, "through NAT gateways", "nat-gb", assumed.nat_gb)
    if _all(parts, "AWS::Logs::LogGroup"):
        yield Quantity(TRAFFIC, "logs", "log-gb", assumed.log_gb)


def _goes_by_cdn(parts: tuple[Part, ...]) -> bool:
    """Where sites have one and the balancer has none, all is counted as the balancer's: that costs more."""
    fronts = [part for part in parts if part.first("AWS::CloudFront::Distribution")]
    balanced = any(map(is_public, _all(parts, "AWS::ElasticLoadBalancingV2::LoadBalancer")))
    return bool(fronts) and (not balanced or any(part.name == ENVIRONMENT for part in fronts))


def lcus(assumed: Assumptions, rules: int) -> float:
    """The largest of what is measured is billed; every request on a connection of its own, and every rule tried."""
    tried = max(0, rules - FREE_RULES) * assumed.requests_per_second / RULES_PER_LCU
    return max(assumed.requests_per_second / CONNECTIONS_PER_LCU, assumed.out_gb / HOURS / GB_PER_LCU, tried)


def nlcus(assumed: Assumptions) -> float:
    return max(assumed.requests_per_second / CONNECTIONS_PER_NLCU, assumed.out_gb / HOURS / GB_PER_LCU)


def _all(parts: tuple[Part, ...], type: str) -> list[Found]:
    return [found for part in parts for found in part.all(type)]
