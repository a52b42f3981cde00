"""Proxies as rules of a balancer: their weights, what is refused, and that calls and templates say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.aws.synth.proxy import ProxyRelease, proxy_parameters, proxy_template
from stranglerfig.aws.synth.proxy.actions import weight_of, weighted_change
from stranglerfig.aws.synth.proxy.conditions import count_values, path_texts, rule_conditions
from stranglerfig.aws.synth.proxy.limits import check_count, check_groups, check_parameters
from stranglerfig.aws.synth.proxy.numbers import numbered_alone
from stranglerfig.aws.synth.proxy.release import group_id, rule_id
from stranglerfig.aws.synth.proxy.settle import Settled, left_aside, settle
from stranglerfig.aws.synth.proxy.weights import fitting, from_pair, to_pair
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.core.cloudformation.templates.evaluation import properties_of
from stranglerfig.core.cloudformation.templates.scope import Pseudo, Scope
from stranglerfig.core.cloudformation.templates.template import read_template
from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.declared.declaration import ProxyDeclaration, RouteDeclaration
from stranglerfig.core.declared.shadowing import ShadowDeclaration
from stranglerfig.core.routing.match import matches
from stranglerfig.core.routing.precedence import expand
from stranglerfig.core.routing.rules import Conditions, FixedResponse, Order, Request, Rule, Sticky, StickyBy
from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.core.shift.terms import Hooks, Terms, to_plan
from stranglerfig.errors import UsageError
from tests.aws.goldens import env_facts

SERVICES = {f"forum.test.{name}": None for name in ("monolith", "users", "posts")}


def route(path: str = "/api/users", to: str = "forum.test.users", **others: Any) -> RouteDeclaration:
    conditions = others.pop("conditions", parse_conditions(ConditionsText(path=path, **others.pop("text", {}))))
    return RouteDeclaration(others.pop("id", "users"), conditions, to, **others)


def settled(*routes: RouteDeclaration, default: str = "forum.test.monolith", **others: Any) -> Settled:
    declaration = ProxyDeclaration("forum.test.shop", "forum/test/shop", default, routes=routes, **others)
    return settle("shop", "test", declaration, SERVICES, ("10.0.0.0/16",))


def released(*routes: RouteDeclaration, **others: Any) -> ProxyRelease:
    found = settled(*routes, **others)
    groups = {name: f"arn-of-{name}" for name in SERVICES}
    return numbered_alone(ProxyRelease(env_facts({}), "shop", found.proxy, "", found.urls, groups))


@pytest.mark.parametrize("weight", [0, 10, 20, 2_500, 5_000, 9_990, 10_000])
def test_a_share_in_tenths_of_a_percent_is_kept_exactly(weight: int) -> None:
    assert from_pair(to_pair(weight)) == weight


@pytest.mark.parametrize(("weight", "becomes"), [(1, 10), (1_234, 1_230), (1_238, 1_240), (9_999, 9_990)])
def test_a_finer_share_becomes_the_nearest_that_is_not_none_and_not_all(weight: int, becomes: int) -> None:
    assert fitting(weight) == becomes
    assert all(0 <= one <= 999 for one in to_pair(weight))


def test_weights_that_somebody_set_by_hand_are_read_as_the_share_that_they_are() -> None:
    assert from_pair((1, 3)) == 2_500


@pytest.mark.parametrize("weight", [0, 2_500, 10_000])
@pytest.mark.parametrize(
    "declared",
    [
        route(),
        route(sticky=Sticky(StickyBy.COOKIE)),
        route(strip=True, weight=0),
        route(to="http://10.0.3.8:8000/v2", weight=0),
        route(to="http://10.0.3.8:8000"),
    ],
    ids=["plain", "sticky", "strip", "base-path", "url"],
)
def test_a_call_says_of_a_rule_what_the_template_says_with_that_weight(declared: RouteDeclaration, weight: int) -> None:
    release = replace(released(declared), weights={"users": weight})
    one = release.routes[0]
    called = weighted_change(one, weight, arns(release), release.urls)

    rule = evaluated(release, "users")
    assert called["Actions"] == rule["Actions"]
    assert called.get("Transforms", []) == rule.get("Transforms", [])
    assert weight_of(one, called["Actions"], arns(release)) == weight


def test_a_rule_that_leads_elsewhere_has_no_weight() -> None:
    release = released(route())
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "arn-of-another", "Weight": 1}]}}

    assert weight_of(release.routes[0], [action], arns(release)) is None


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (route(to="https://users.example.com"), "has a name, and a balancer sends to addresses"),
        (route(to="http://93.184.216.34"), "is public, and a balancer sends to addresses in 10.0.0.0/8"),
        (route(to="http://[fd00::1]:80"), "is an IPv6 address"),
        (route(to="users"), "target users is not on AWS"),
        (route(sticky=Sticky(StickyBy.SOURCE)), "by a cookie of its own alone: write `sticky: cookie`"),
        (route(strip=True, weight=500), "5 % is not possible: a balancer rewrites the path for a whole rule"),
        (route(text={"hosts": ("localhost",)}), "'localhost' is no host for a balancer"),
        (route("/" + "a" * 127), "takes 130 characters on AWS, and 128 are the most"),
        (route(to="http://10.0.3.8/v$1", weight=0), "has a $ in its path"),
        (route(text={"methods": ("purge",)}), "'purge' is no method for a balancer"),
        (route(text={"headers": ("X-Path: a\\b",)}), "has a backslash, which a balancer does not compare"),
        (route(text={"queries": ("size=50%",)}), "'50%' has characters that a balancer does not compare"),
        (
            route(text={"headers": ("X-A: *a*b*", "X-B: *a*b*")}),
            "has 6 wildcards beside those of its path, and a rule has at most 5",
        ),
        (route(shift=Terms(), strip=True), ".shift.steps: 1 % is not possible: a balancer rewrites the path"),
        (route(shift=Terms(Plan((5, 10_000)))), ".shift.steps: a step of 0.05 % is not possible"),
        (route(shift=Terms(Plan(limits=Limits(mismatch=0.1)))), ".shift.limits.mismatch: answers are compared on this"),
        (route(shift=Terms(to_plan((10_000,), 60, Limits(), ("header:X-B=1",)))), ".shift.cohorts: cohorts go to a"),
        (route(shift=Terms(hooks=Hooks("https://chat.example.com"))), ".shift.webhook: nobody would be told"),
        (route(shift=Terms(hooks=Hooks(command="say"))), ".shift.on_change: nobody would be told"),
        (
            route(text={"methods": ("GET", "PUT", "POST", "PATCH", "DELETE")}),
            "has 6 values in its conditions, and a rule has at most 5; split it into routes that differ in nothing"
            " else: users-1: methods: [GET, PUT, POST, PATCH], users-2: methods: [DELETE]",
        ),
    ],
    ids=[
        *("name", "public", "ipv6", "target", "sticky", "strip", "host", "long", "dollar", "method", "header", "query"),
        *("wildcards", "strip-shift", "steps", "mismatch", "cohorts", "webhook", "on-change", "values"),
    ],
)
def test_what_a_balancer_cannot_do_is_refused_with_the_route_and_the_reason(
    declared: RouteDeclaration, told: str
) -> None:
    with pytest.raises(UsageError) as refused:
        settled(declared)

    assert refused.value.message.startswith("proxy shop cannot be deployed to test:\nroutes.users")
    assert told in refused.value.message


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        settled(route(to="https://users.example.com"), default="http://93.184.216.34")

    assert [line.partition(":")[0] for line in refused.value.message.splitlines()[1:]] == ["default", "routes.users.to"]


def test_what_is_this_machines_alone_is_left_aside_by_name() -> None:
    plain = ProxyDeclaration("forum.test.shop", "forum/test/shop", "forum.test.monolith", routes=(route(),))
    shadowed = route(shadow=ShadowDeclaration())

    assert left_aside(plain) == []
    local = replace(plain, name="shop", host="127.0.0.1", port=8080, http2=True, routes=(shadowed,))
    assert left_aside(local) == ["host", "port", "http2", "proxy", "routes.users.shadow"]
    assert settle("shop", "test", local, SERVICES).proxy.name == "forum.test.shop"


def test_addresses_are_checked_by_the_protocol_that_they_speak() -> None:
    release = released(route(to="https://10.0.3.8", weight=0), default="http://10.0.3.9:8000")
    groups = [one["Properties"] for one in resources_of(release) if one["Type"].endswith("TargetGroup")]

    assert [(one["Protocol"], one["HealthCheckProtocol"]) for one in groups] == [("HTTP", "HTTP"), ("HTTPS", "HTTPS")]


def test_an_order_by_priority_is_refused() -> None:
    with pytest.raises(UsageError, match="order: on AWS the most specific route wins"):
        settled(route(priority=3), order=Order.PRIORITY)


def test_too_many_rules_are_refused_with_routes_that_one_may_stand_for() -> None:
    many = [route(f"/api/users/{at}", id=f"u{at}") for at in range(90)]
    proxy = settled(*many).proxy

    check_count(proxy, 91, 9)
    check_count(proxy, 91, 10, most=200)
    with pytest.raises(UsageError, match="wants 91 rules, and the balancer has room for 90") as refused:
        check_count(proxy, 91, 10)
    assert refused.value.hint == (
        "90 routes lead from below /api/users to users (u0, u1, u2, u3, u4 …): one for /api/users may do."
    )


def test_more_target_groups_than_a_balancer_has_are_refused() -> None:
    proxy = settled(route("/api/users", id="users")).proxy

    check_groups(proxy, 3, 97)
    with pytest.raises(UsageError, match="wants 3 target groups for its addresses, and the balancer has room for 2 of"):
        check_groups(proxy, 3, 98)


def test_more_parameters_than_a_template_has_are_refused() -> None:
    many = [route(f"/api/users/{at}", id=f"u{at}") for at in range(190)]
    found = settled(*many)
    groups = {name: f"arn-of-{name}" for name in SERVICES}
    release = ProxyRelease(env_facts({}), "shop", found.proxy, "", found.urls, groups)
    count = len(proxy_parameters(release))
    assert count == 2 + 2 + 190, "the application and its environment, two services, and each weight"

    check_parameters(release.proxy, count + 6)
    with pytest.raises(
        UsageError, match=r"takes 201 parameters of its stack, .* and CloudFormation has 200"
    ) as refused:
        check_parameters(release.proxy, count + 7)
    assert "one for /api/users may do" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("given", "samples"),
    [
        (ConditionsText("/a/{id}/b"), {"/a/1/b": True, "/a/1/b/c": True, "/a/1/2/b": False, "/a/1/bc": False}),
        (ConditionsText("/a/{id}", exact=True), {"/a/1": True, "/a/1/": True, "/a/1/b": False, "/a/": False}),
        (ConditionsText("/a,b"), {"/a,b": True, "/a,b/c": True, "/a,bc": False}),
        (ConditionsText("/a.b", methods=tuple("ABCD")), {"/a.b": True, "/a.b/c": True, "/axb": False}),
        (
            ConditionsText("/img/*.p?g", pattern=True, methods=tuple("ABCDE")),
            {"/img/a/b.png": True, "/img/a.jpeg": False},
        ),
        (ConditionsText("/*a*b*c*d*e*f", pattern=True), {"/.a.b.c.d.e.f": True, "/.a.b.c.e.d.f": False}),
    ],
    ids=["template", "exact-template", "character", "scarce", "scarce-pattern", "wildcards"],
)
def test_a_regular_expression_matches_what_the_route_does(given: ConditionsText, samples: Mapping[str, bool]) -> None:
    conditions = parse_conditions(given)
    (regex,) = path_texts(conditions)

    assert {sample: re.search(regex, sample) is not None for sample in samples} == samples
    assert {sample: takes(conditions, sample) for sample in samples} == samples
    assert rule_conditions(conditions)[-1] == {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": (regex,)}}


def test_a_prefix_takes_one_value_where_there_is_no_room_for_two() -> None:
    assert count_values(parse_conditions(ConditionsText("/a", methods=("GET", "PUT", "POST")))) == 5
    assert count_values(parse_conditions(ConditionsText("/a", methods=("GET", "PUT", "POST", "PATCH")))) == 5


def takes(conditions: Conditions, path: str) -> bool:
    """As the router of this machine has it."""
    request = Request(conditions.methods[0] if conditions.methods else "GET", path)
    alternatives = expand((Rule("any", conditions, FixedResponse(503)),))
    return any(matches(one, request, path) is None for one in alternatives)


def arns(release: ProxyRelease) -> dict[str, str]:
    return {**release.groups, **{name: group_id(name) for name in release.urls}}


def resources_of(release: ProxyRelease) -> list[dict[str, Any]]:
    found: Any = to_tree(proxy_template(release))["Resources"]
    return list(found.values())


def evaluated(release: ProxyRelease, name: str) -> dict[str, Any]:
    """The properties of a route's rule by the parameters of its stack."""
    tree = to_tree(proxy_template(release))
    exports = {f"forum-test-{export}": export for export in ("HTTPListenerArn", "VpcId")}
    targets = {group_id(url): {"Ref": group_id(url)} for url in release.urls}
    pseudo = Pseudo("111122223333", "eu-west-1", "stack", "id")
    scope = Scope(read_template(tree), proxy_parameters(release), pseudo, exports, targets)
    found = properties_of(scope, rule_id(name))
    for group in found["Actions"][0].get("ForwardConfig", {}).get("TargetGroups", []):
        group["Weight"] = int(group["Weight"])
    return found
