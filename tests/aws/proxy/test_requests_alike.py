"""A request goes where it goes on this machine, by the rules that a balancer is given, and asks for the same path.

The balancer is a table of rules by number, read from the template as the stand-in for AWS reads rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.aws.synth.proxy import ProxyRelease, proxy_parameters, proxy_template
from stranglerfig.aws.synth.proxy.release import group_id, is_rule
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.core.cloudformation.templates.evaluation import properties_of
from stranglerfig.core.cloudformation.templates.scope import Pseudo, Scope
from stranglerfig.core.cloudformation.templates.template import read_template
from stranglerfig.core.compile import compile_proxy
from stranglerfig.core.routing.explain import Share, explain
from stranglerfig.core.routing.rules import Order, Request, Rule
from tests.aws.goldens import CASES, GoldenCase, proxy_release
from tests.aws.standin.running.topology import to_action, to_conditions, to_rewrite

HERE, OUTSIDE = "10.1.2.3", "203.0.113.9"
#: by golden case
REQUESTS: dict[str, list[Request]] = {
    "proxy-of-every-condition": [
        *(Request(method, "/reports/2026") for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "get")),
        *(Request("GET", path) for path in ("/reports", "/reports/", "/reportsage", "/REPORTS", "/%72eports")),
        *(
            Request("GET", path, host, (("x-beta", beta),))
            for path in (
                "/users/7/orders",
                "/users/7/orders/",
                "/users/7/orders/1",
                "/users/7/8/orders",
                "/users//orders",
            )
            for host, beta in (("SHOP.example.com", "Yes, please"), ("a.b.example.com:80", "yes"), ("shop.org", "yes"))
        ),
        Request("GET", "/users/7/orders", "shop.example.com", (("X-Beta", "no"), ("X-Beta", "yes"))),
        Request("GET", "/users/7/orders", "shop.example.com"),
        *(Request("GET", path) for path in ("/health", "/health/", "/health/live", "/healthy")),
        *(Request("GET", path) for path in ("/users/7/carts", "/users/7/carts/1", "/users/carts", "/users/7/cartsage")),
        *(
            Request("GET", f"/img/a/b.png{query}")
            for query in ("", "?size=small", "?SIZE=Small", "?size=smaller", "?x=tiny", "?tiny", "?a=1&size=small")
        ),
        Request("GET", "/img/b.jpeg?size=small"),
        *(
            Request("GET", path, source=source, headers=(("X-Forwarded-For", HERE),))
            for path in ("/admin", "/admin/users", "/administer")
            for source in (HERE, OUTSIDE, "192.0.2.7", "192.0.2.8")
        ),
        *(Request("GET", path) for path in ("/a,b", "/a,b/c", "/a,bc", "/", "/else")),
    ],
    "proxy-that-rewrites": [
        Request("GET", path)
        for path in (
            *("/", "/else?x=1", "/api/users", "/api/users/7?x=1", "/api/users?x=/1", "/api/usersage"),
            *("/api/posts", "/api/posts/", "/api/posts/1/2?x=1", "/api/old", "/api/old/1?x=1"),
        )
    ],
}


def by_numbers(release: ProxyRelease) -> list[Rule]:
    tree = to_tree(proxy_template(release))
    targets = {group_id(url): {"Ref": f"arn/{url}"} for url in release.urls}
    exports = {f"forum-test-{export}": export for export in ("HTTPListenerArn", "VpcId")}
    pseudo = Pseudo("111122223333", "eu-west-1", "stack", "id")
    scope = Scope(read_template(tree), proxy_parameters(release), pseudo, exports, targets)
    resources: Any = tree["Resources"]
    return [to_rule(properties_of(scope, logical)) for logical in resources if is_rule(logical)]


def to_rule(properties: dict[str, Any]) -> Rule:
    transforms = [to_rewrite(one) for one in properties.get("Transforms", ())]
    action = to_action(properties["Actions"][0], transforms[0] if transforms else None)
    return Rule(f"at-{properties['Priority']}", to_conditions(properties["Conditions"]), action, properties["Priority"])


def told(shares: Iterable[Share]) -> list[tuple[str, float, str]]:
    """A slash at the end aside, which a balancer takes off no exact path."""
    return sorted(
        (one.group.removeprefix("tg-"), round(one.share, 3), one.target.rstrip("/")) for one in shares if one.share
    )


@pytest.mark.parametrize("weight", [0, 2_500, 10_000])
@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_goes_where_it_goes_on_this_machine(name: str, weight: int) -> None:
    release = proxy_release(GoldenCase(name, CASES / name))
    release = replace(release, groups={group: f"arn/{group}" for group in release.groups})
    # What is asked by different paths is split by none.
    weights = {
        route.id: weight if name == "proxy-of-every-condition" else weight // 10_000 * 10_000
        for route in release.routes
    }
    weights |= {"both": weight} if name == "proxy-that-rewrites" else {}
    release = replace(release, weights=weights)
    here = replace(release.proxy, routes=tuple(replace(one, weight=weights[one.id]) for one in release.routes))
    rules, bases = compile_proxy(here).listener.rules, {url: one.base_path for url, one in release.urls.items()}
    balancer = by_numbers(release)

    for request in REQUESTS[name]:
        on_aws = explain(balancer, Order.PRIORITY, request, {})
        on_this_machine = explain(rules, Order.SPECIFIC, request, bases)
        assert told(on_aws.shares) == told(on_this_machine.shares), request
