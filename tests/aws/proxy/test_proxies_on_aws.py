"""Proxies deployed to moto's balancer by our own code, and their weights changed where they act."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle

import pytest

from stranglerfig.aws.proxies.deploying import carry_out
from stranglerfig.aws.proxies.place import Place
from stranglerfig.aws.proxies.rules import health_of, live_weights, set_weight
from stranglerfig.aws.proxies.telling import move, tell, undone, untold
from stranglerfig.aws.session import Access, open_session
from stranglerfig.aws.stacks.telling import Interrupted, Interruption
from stranglerfig.aws.stacks.values import Ended, StackOrder
from stranglerfig.errors import Conflict, DeployFailed, NotFound, UsageError
from tests.acceptance.machine import wait_until
from tests.aws.proxy.places import (
    NAME,
    begin_place,
    bring_service,
    deployed,
    deregister,
    health,
    paths_of,
    planned,
    register,
    rules_of,
    weights_of,
)
from tests.aws.standin.cloud import Cloud

STACK = "forum-test-shop"
SHOP = """
    name: shop
    type: Strangler Proxy
    default: monolith
    routes:
      users:
        path: /users
        to: users
        weight: 25
"""
MORE = SHOP + "      old: {path: /old, to: 'http://10.0.7.7:9000', weight: 10}\n"


@dataclass
class Shop:
    """``groups`` are ARNs of target groups by service."""

    cloud: Cloud
    place: Place
    groups: dict[str, str]

    def weights(self) -> dict[str, int]:
        return live_weights(self.place, self.place.require(NAME))

    def set(self, route: str, weight: int, *, force: bool = False) -> int:
        proxy = self.place.require(NAME)
        return set_weight(self.place, proxy, proxy.route(route), weight, force=force)

    def told(self) -> str:
        return self.place.require(NAME).stack.parameters["WeightsOfusers"]


@pytest.fixture(scope="module")
def shop_of_module(cloud: Cloud) -> Shop:
    place = begin_place(open_session(Access()))
    groups = {name: bring_service(place, name) for name in ("monolith", "users", "posts")}
    for at, group in enumerate(groups.values()):
        register(place, group, f"10.0.1.{at}")
    return Shop(cloud, place, groups)


@pytest.fixture
def shop(shop_of_module: Shop) -> Iterator[Shop]:
    """As it was deployed first, whatever the test before has done."""
    found = shop_of_module
    found.cloud.stacks.clear()
    deployed(found.place, SHOP)
    found.set("users", 2_500, force=True)
    tell(found.place, found.place.require(NAME))
    found.cloud.calls.clear()
    yield found
    found.cloud.stacks.clear()
    found.cloud.hooks.clear()


def test_a_proxy_stands_before_its_services_own_rules(shop: Shop) -> None:
    tried = [paths_of(rule) for rule in rules_of(shop.place)]

    assert tried == [
        ["/own/posts", "/own/posts/*"],
        ["/users", "/users/*"],
        ["/users", "/users/*"],
        ["/*"],
        ["/*"],
    ]
    assert [weights_of(rule) for rule in rules_of(shop.place) if "ForwardConfig" in rule["Actions"][0]] == [[250, 750]]


def test_a_deploy_of_the_same_changes_nothing(shop: Shop) -> None:
    assert deployed(shop.place, SHOP).ended is Ended.UNCHANGED


def test_a_weight_is_set_by_one_call(shop: Shop) -> None:
    assert shop.set("users", 5_000) == 5_000

    assert shop.weights() == {"users": 5_000}
    changes = [action for action in shop.cloud.actions() if not action.startswith(("Describe", "Get", "List"))]
    assert changes == ["ModifyRule"]


def test_cloudformation_is_told_of_a_weight_with_the_template_that_it_has(shop: Shop) -> None:
    shop.set("users", 5_000)
    proxy = shop.place.require(NAME)

    outcome = tell(shop.place, proxy)

    assert outcome is not None
    assert outcome.ended is Ended.DEPLOYED
    assert shop.told() == "500,500"
    assert shop.place.require(NAME).text == proxy.text
    assert shop.weights() == {"users": 5_000}
    assert tell(shop.place, shop.place.require(NAME)) is None


def test_a_later_deploy_keeps_a_weight_that_cloudformation_was_not_told_of(shop: Shop) -> None:
    shop.set("users", 5_000)
    more = SHOP + "      posts: {path: /api/posts, to: posts}\n"

    plan = planned(shop.place, more)
    deployed(shop.place, more)

    assert [(left.route, left.weight, left.declared) for left in plan.left] == [("users", 5_000, 2_500)]
    assert shop.weights() == {"users": 5_000, "posts": 10_000}
    assert shop.told() == "500,500"
    assert untold(shop.place.require(NAME), shop.weights()) == {}


def test_a_deploy_that_is_rolled_back_does_not_undo_a_weight_either(shop: Shop) -> None:
    shop.set("users", 5_000)
    shop.cloud.stacks.broken["RouteRuleposts"] = "the rule is not liked"

    with pytest.raises(DeployFailed, match="the rule is not liked"):
        deployed(shop.place, SHOP + "      posts: {path: /api/posts, to: posts}\n")

    assert shop.weights() == {"users": 5_000}
    assert shop.told() == "500,500"


@contextmanager
def under_way(shop: Shop, weight: int) -> Iterator[None]:
    """CloudFormation is about to set it, until the end."""
    shop.set("users", weight, force=True)
    shop.cloud.stacks.held.add(STACK)
    tell(shop.place, shop.place.require(NAME), waits=False)
    try:
        yield
    finally:
        shop.cloud.stacks.release(STACK)


def test_who_gives_up_waiting_for_a_new_route_can_take_others_back_and_deploy_again(shop: Shop) -> None:
    shop.cloud.stacks.held.add(STACK)
    left = carry_out(replace(shop.place, how=replace(shop.place.how, detach=True)), planned(shop.place, MORE))[1]
    assert left.ended is Ended.LEFT
    proxy = shop.place.require(NAME)

    assert shop.weights() == {"users": 2_500}
    assert move(shop.place, proxy, "users", 0).weight == 0
    with pytest.raises(Conflict, match=r"the rule of route old is not as it is to be: .* UPDATE_IN_PROGRESS"):
        shop.set("old", 1_000)
    with pytest.raises(Conflict, match=r"the target group of http://10\.0\.7\.7:9000 is not as it is to be"):
        proxy.arn(proxy.route("old").candidate.group)
    with ThreadPoolExecutor() as beside:
        looks = shop.cloud.actions().count("DescribeStacks")
        again = beside.submit(deployed, shop.place, MORE)
        wait_until(lambda: shop.cloud.actions().count("DescribeStacks") > looks + 2, "it waits")
        shop.cloud.stacks.release(STACK)
        again.result(60)
    assert set(shop.weights()) == {"users", "old"}


def test_what_a_deploy_without_rollback_left_unmade_is_made_by_the_next(shop: Shop) -> None:
    shop.cloud.stacks.broken["RouteRuleold"] = "the rule is not liked"
    place = replace(shop.place, how=replace(shop.place.how, keep_failures=True))
    with pytest.raises(DeployFailed, match="the rule is not liked"):
        deployed(place, MORE)
    assert shop.weights() == {"users": 2_500}
    shop.cloud.stacks.broken.clear()

    assert deployed(shop.place, MORE).ended is Ended.DEPLOYED
    assert shop.weights() == {"users": 2_500, "old": 1_000}


def test_what_was_taken_back_stays_so_though_an_update_under_way_sets_more(shop: Shop) -> None:
    proxy = shop.place.require(NAME)
    with ThreadPoolExecutor() as beside:
        with under_way(shop, 5_000):
            moved = move(shop.place, proxy, "users", 0)
            assert shop.weights() == {"users": 0}
            told = beside.submit(tell, shop.place, proxy, moved.lowered)
            looks = shop.cloud.actions().count("DescribeStacks")
            wait_until(lambda: shop.cloud.actions().count("DescribeStacks") > looks, "it looks at the stack")
        told.result(60)

    assert shop.weights() == {"users": 0}
    assert shop.told() == "0,999"


def test_what_gives_more_waits_for_an_update_under_way(shop: Shop) -> None:
    proxy = shop.place.require(NAME)
    with ThreadPoolExecutor() as beside:
        with under_way(shop, 5_000):
            moved = beside.submit(move, shop.place, proxy, "users", 7_500)
            looks = shop.cloud.actions().count("DescribeStacks")
            wait_until(lambda: shop.cloud.actions().count("DescribeStacks") > looks + 2, "it waits")
            assert shop.weights() == {"users": 5_000}
        assert moved.result(60).weight == 7_500

    assert shop.weights() == {"users": 7_500}


def test_who_waited_to_give_more_finds_that_it_was_taken_back_meanwhile(shop: Shop) -> None:
    proxy = shop.place.require(NAME)
    with ThreadPoolExecutor() as beside:
        with under_way(shop, 5_000):
            moved = beside.submit(move, shop.place, proxy, "users", 7_500)
            looks = shop.cloud.actions().count("DescribeStacks")
            wait_until(lambda: shop.cloud.actions().count("DescribeStacks") > looks + 2, "it waits")
            shop.cloud.stacks.broken["RouteRuleusers"] = "taken back as well"
            shop.set("users", 1_000)
        with pytest.raises(Conflict, match="10 % of route 'users' are moved, set by somebody else"):
            moved.result(60)


def test_what_others_set_is_not_taken_for_an_updates(shop: Shop) -> None:
    told = [{"WeightsOfusers": "250,750"}, {"WeightsOfusers": "500,500"}]

    assert undone({"users": 0}, {"users": 5_000}, told) == ["users"]
    assert undone({"users": 0}, {"users": 7_500}, told) == []
    assert undone({"users": 5_000}, {"users": 2_500}, told) == []
    assert undone({"users": 0}, {}, told) == []


def test_a_weight_that_is_set_while_another_one_is_told_is_told_in_its_place(shop: Shop) -> None:
    shop.set("users", 5_000)

    def take_back() -> None:
        del shop.cloud.hooks["CreateChangeSet"]
        shop.set("users", 0)

    shop.cloud.hooks["CreateChangeSet"] = take_back
    tell(shop.place, shop.place.require(NAME))

    assert shop.weights() == {"users": 0}
    assert shop.told() == "0,999"


def test_what_cloudformation_is_never_let_know_is_no_success(shop: Shop) -> None:
    weights = cycle((1_000, 2_000))
    shop.set("users", 5_000)

    def set_another() -> None:
        shop.set("users", next(weights))

    shop.cloud.hooks["CreateChangeSet"] = set_another
    with pytest.raises(Conflict, match=r"weights of forum\.test\.shop are changed again and again"):
        tell(shop.place, shop.place.require(NAME))
    assert shop.told() == "250,750"


def test_a_weight_that_is_set_while_a_deploy_asks_its_question_stays(shop: Shop) -> None:
    shop.set("users", 5_000)
    more = SHOP + "      posts: {path: /api/posts, to: posts}\n"
    plan = planned(shop.place, more)
    shop.set("users", 1_000)

    plan, _ = carry_out(shop.place, plan)

    assert shop.weights() == {"users": 1_000, "posts": 10_000}
    assert [left.weight for left in plan.left] == [1_000]


def test_a_deploy_begins_anew_with_weights_that_are_set_while_it_asks_about_losses(shop: Shop) -> None:
    asked: list[str] = []

    def agree(order: StackOrder, changes: object) -> bool:
        asked.append(order.name)
        if len(asked) == 1:
            shop.set("users", 1_000)
        return True

    place = replace(shop.place, how=replace(shop.place.how, agree=agree))
    text = SHOP.replace("path: /users", "path: /people")
    carry_out(place, planned(place, text))

    assert asked == [STACK, STACK]
    assert shop.weights() == {"users": 1_000}


def test_a_share_that_is_finer_than_the_balancers_is_the_nearest_at_each_deploy(shop: Shop) -> None:
    text = SHOP.replace("weight: 25", "weight: 12.34")
    deployed(shop.place, text)

    plan = planned(shop.place, text)
    assert (shop.weights(), plan.left) == ({"users": 1_230}, ())
    assert deployed(shop.place, text).ended is Ended.UNCHANGED


def test_a_weight_that_the_manifest_changes_is_set_by_the_deploy(shop: Shop) -> None:
    deployed(shop.place, SHOP.replace("weight: 25", "weight: 75"))

    assert shop.weights() == {"users": 7_500}
    deployed(shop.place, SHOP)
    assert shop.weights() == {"users": 2_500}


def test_a_candidate_without_healthy_targets_gets_nothing_more(shop: Shop) -> None:
    deregister(shop.place, shop.groups["users"], "10.0.1.1")
    try:
        with pytest.raises(Conflict, match=r"forum\.test\.users has no healthy target, .*: it has no targets"):
            shop.set("users", 5_000)
        assert shop.weights() == {"users": 2_500}
        with pytest.raises(Conflict, match="has no healthy target"):
            planned(shop.place, SHOP.replace("weight: 25", "weight: 75"))
        forced = planned(shop.place, SHOP.replace("weight: 25", "weight: 75"), force=True)
        assert {route.id: route.weight for route in forced.after.routes}["users"] == 7_500
        # Back to legacy is always possible.
        assert shop.set("users", 0) == 0
        assert shop.set("users", 1_000, force=True) == 1_000
    finally:
        register(shop.place, shop.groups["users"], "10.0.1.1")


def test_a_deployment_of_a_candidate_and_a_target_that_comes_and_goes_hold_nothing_up(shop: Shop) -> None:
    group = shop.groups["users"]
    for states in ({"healthy": 2, "initial": 2}, {"healthy": 19, "unhealthy": 1}):
        with health(group, **states):
            assert health_of(shop.place, group).carries(10_000), states
    with health(group, healthy=1, initial=9):
        assert not health_of(shop.place, group).carries(2_000)


def test_a_candidate_gets_as_much_as_its_healthy_targets_are_there_for(shop: Shop) -> None:
    told = r"forum\.test\.users has 3 of 9 targets healthy, too few for 40 % of a route: 10\.0\.9\.3:8080 is initial"
    with health(shop.groups["users"], healthy=3, initial=1, unhealthy=6, draining=5):
        assert shop.set("users", 3_000) == 3_000
        with pytest.raises(Conflict, match=told):
            shop.set("users", 4_000)
        with pytest.raises(Conflict, match=told):
            planned(shop.place, SHOP.replace("weight: 25", "weight: 40"))
        assert shop.set("users", 4_000, force=True) == 4_000
        # Less of what is too much already.
        assert shop.set("users", 3_500) == 3_500
    with health(shop.groups["users"], healthy=2, draining=2):
        assert shop.set("users", 10_000) == 10_000
    with health(shop.groups["monolith"], healthy=1, unhealthy=9):
        assert shop.set("users", 0) == 0


def test_legacy_without_healthy_targets_gets_nothing_back(shop: Shop) -> None:
    deregister(shop.place, shop.groups["monolith"], "10.0.1.0")
    try:
        with pytest.raises(Conflict, match=r"forum\.test\.monolith has no healthy target"):
            shop.set("users", 0)
        assert shop.set("users", 0, force=True) == 0
    finally:
        register(shop.place, shop.groups["monolith"], "10.0.1.0")


def test_a_share_that_the_balancer_cannot_have_becomes_the_nearest(shop: Shop) -> None:
    assert shop.set("users", 1_234) == 1_230
    assert shop.weights() == {"users": 1_230}


def test_a_rule_that_leads_elsewhere_by_now_is_not_taken_for_ours(shop: Shop) -> None:
    proxy = shop.place.require(NAME)
    action = {"Type": "forward", "TargetGroupArn": shop.groups["posts"]}
    shop.place.session.client("elbv2").modify_rule(RuleArn=proxy.rule(proxy.route("users")), Actions=[action])

    with pytest.raises(Conflict, match="the rule of route users was changed by somebody else"):
        shop.set("users", 5_000)
    assert shop.weights() == {}
    assert deployed(shop.place, SHOP).ended is Ended.DEPLOYED
    assert shop.weights() == {"users": 2_500}


def test_an_address_gets_its_share_once_it_is_there(shop: Shop) -> None:
    plan = planned(shop.place, MORE)

    assert plan.later == {"old": 1_000}
    assert deployed(shop.place, MORE).ended is Ended.DEPLOYED
    assert shop.weights() == {"users": 2_500, "old": 1_000}
    assert untold(shop.place.require(NAME), shop.weights()) == {}
    with pytest.raises(UsageError, match="has a name, and a balancer sends to addresses"):
        planned(shop.place, MORE.replace("10.0.7.7", "old.example.com"))


def test_who_gives_up_waiting_for_an_address_moves_nothing_there(shop: Shop) -> None:
    how = replace(shop.place.how, interruption=Interruption())

    def come_too_late() -> None:
        del shop.cloud.hooks["DescribeTargetHealth"]
        register(shop.place, group(), "10.0.7.7")

    def give_up() -> None:
        shop.cloud.hooks["DescribeTargetHealth"] = come_too_late
        deregister(shop.place, group(), "10.0.7.7", port=9000)
        how.interruption.interrupt()

    def group() -> str:
        proxy = shop.place.require(NAME)
        return proxy.arn(proxy.route("old").candidate.group)

    shop.cloud.hooks["DescribeTargetHealth"] = give_up
    with pytest.raises(Interrupted):
        deployed(replace(shop.place, how=how), MORE)
    assert shop.weights() == {"users": 2_500, "old": 0}


def test_sides_that_are_asked_by_different_paths_change_as_a_whole(shop: Shop) -> None:
    deployed(shop.place, SHOP + "      api: {path: /api/users, to: users, strip: true, weight: 0}\n")

    assert shop.set("api", 10_000) == 10_000
    assert "Transforms.member.1.Type=url-rewrite" in shop.cloud.calls[-1].body
    with pytest.raises(UsageError, match="route api cannot be split on AWS: 50 % is not possible"):
        shop.set("api", 5_000)
    assert shop.set("api", 0) == 0
    assert "ResetTransforms=true" in shop.cloud.calls[-1].body


def test_a_client_that_sticks_to_its_side_is_let_go_when_one_side_has_all(shop: Shop) -> None:
    deployed(shop.place, SHOP + "      api: {path: /api/users, to: users, sticky: cookie, weight: 30}\n")

    def sticks() -> bool:
        (rule,) = (one for one in rules_of(shop.place) if "/api/users" in paths_of(one))
        return bool(rule["Actions"][0]["ForwardConfig"]["TargetGroupStickinessConfig"]["Enabled"])

    found = [(weight, shop.set("api", weight), sticks()) for weight in (3_000, 0, 10_000)]
    assert found == [(3_000, 3_000, True), (0, 0, False), (10_000, 10_000, False)]


def test_services_that_a_balancer_cannot_lead_to_are_refused_with_the_reason(shop: Shop) -> None:
    with pytest.raises(UsageError) as refused:
        planned(shop.place, SHOP.replace("to: users", "to: drafts"))

    assert refused.value.message == (
        "proxy shop cannot be deployed to test:\n"
        "routes.users.to: target drafts is not on AWS: name a service of the workspace, or a private address"
    )


def test_a_proxy_that_is_not_deployed_is_told_from_one_that_is(shop: Shop) -> None:
    assert shop.place.proxies() == [NAME]
    with pytest.raises(NotFound, match="proxy other is not deployed to test"):
        shop.place.require("other")
