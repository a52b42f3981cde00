"""What the template of a proxy is made of, and how things in it are called. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stranglerfig.aws.synth.balancing.priorities import PROXY
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.names import logical_id
from stranglerfig.core.compile import DEFAULT_RULE
from stranglerfig.core.desired import Proxy, Route, RouteState
from stranglerfig.core.urls import TargetUrl

_ROUTE_RULE = "RouteRule"
DEFAULT_RULE_ID = "DefaultRule"
HTTPS_RULE_ID = "HTTPSRedirectRule"
#: where the plain listener leads to the one with TLS
TO_HTTPS = "to-https"


@dataclass(frozen=True, slots=True)
class ProxyRelease:
    """One proxy as it is to be in one environment.

    ``proxy`` is settled: each route has both its sides, and the weight that its manifest declares. A target group of
    ``urls`` is made with it; all others are services', whose ARNs ``groups`` has. ``weights`` are those that are in
    force, by route: they have the say. ``numbers`` are those of the rules, by route, ``DEFAULT_RULE`` and ``TO_HTTPS``.
    ``networks`` are the VPC's, CIDR.
    """

    env: EnvFacts
    name: str
    proxy: Proxy
    text: str
    urls: Mapping[str, TargetUrl] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    networks: tuple[str, ...] = ()

    @property
    def routes(self) -> tuple[Route, ...]:
        """Those that are in force."""
        return tuple(route for route in self.proxy.routes if route.state is RouteState.ACTIVE)

    @property
    def is_secure(self) -> bool:
        """Whether the balancer has a listener for HTTPS."""
        return self.env.has_own_domain or self.env.public_certificates

    def weight(self, route: Route) -> int:
        return self.weights.get(route.id, route.weight)


def is_split(route: Route) -> bool:
    """Whether there is anything to weigh."""
    return route.candidate.group != route.legacy.group


def rule_id(route: str) -> str:
    return f"{_ROUTE_RULE}{_key(route)}"


def logical_rule(rule: str) -> str:
    """Of any that has a number."""
    return {DEFAULT_RULE: DEFAULT_RULE_ID, TO_HTTPS: HTTPS_RULE_ID}.get(rule) or rule_id(rule)


def is_rule(logical: str) -> bool:
    return logical.startswith(_ROUTE_RULE) or logical in (DEFAULT_RULE_ID, HTTPS_RULE_ID)


def weights_id(route: str) -> str:
    return f"WeightsOf{_key(route)}"


def rests_id(route: str) -> str:
    """The condition that the candidate has nothing."""
    return f"Rests{_key(route)}"


def splits_id(route: str) -> str:
    """The condition that both sides have something."""
    return f"Splits{_key(route)}"


def group_id(group: str) -> str:
    """Of a parameter that names a service's target group, or of a target group of URLs."""
    return f"TargetGroupOf{_key(group.rpartition('.')[2])}"


def owner_of_rule(release: ProxyRelease, rule: str) -> str:
    """Among all that may have rules on a balancer."""
    return f"{PROXY}{release.env.app.name}/{release.env.name}/{release.name}/{rule}"


def _key(name: str) -> str:
    """What stands for a dash keeps two names apart."""
    return logical_id(name.replace("-", "DASH").replace("_", "LINE"))
