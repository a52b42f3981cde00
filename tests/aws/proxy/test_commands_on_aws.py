"""The commands of proxies, routes and shifts, with an environment that is on AWS.

Those that are killed are processes of their own; the others run in this one, for the SDK takes long to load.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator

import pytest

from tests.aws.goldens import APP, ENV
from tests.aws.proxy.desk import SHOP, Desk, begin_desk
from tests.aws.proxy.places import NAME, deregister, health, register, rules_of
from tests.aws.standin.cloud import Cloud


@pytest.fixture(scope="module")
def desk_of_module(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = begin_desk(cloud, tmp_path_factory.mktemp("desk"))
    desk.write(SHOP)
    desk.run("proxy", "deploy", "shop", "--env", ENV)
    return desk


@pytest.fixture
def desk(desk_of_module: Desk) -> Iterator[Desk]:
    yield desk_of_module
    desk_of_module.cloud.faults.clear()


def test_a_deploy_of_the_same_changes_nothing_and_says_what_waits(desk: Desk) -> None:
    found = desk.run("proxy", "deploy", "shop", "--env", ENV)

    assert "shop is unchanged: nothing to deploy." in found.stderr
    assert "Route posts waits for its shift: `fig shift start forum.test.shop posts`" in found.stderr
    assert desk.run("proxy", "diff", "shop", "--env", ENV).stdout == "No changes.\n"


def test_a_proxy_is_shown_and_written_down_as_it_is_in_force(desk: Desk) -> None:
    shown = desk.run("proxy", "show", "forum.test.shop", "--json").json()
    exported = desk.run("proxy", "export", "shop", "--env", ENV).stdout
    assert desk.run("proxy", "export", "--env", ENV).stdout == exported, "it is the only one"

    assert shown["url"].startswith("http://")
    assert [(one["id"], one["weight"]) for one in shown["routes"]] == [("users", 25.0), ("posts", 0.0)]
    assert "weight: 25" in exported
    assert "port" not in exported


def test_a_request_is_explained_by_the_rules_on_the_balancer(desk: Desk) -> None:
    explained = desk.run("route", "explain", "shop", "/users/3", "--env", ENV, "--json").json()

    assert explained["rule"] == "users"
    assert [(one["group"], one["share"]) for one in explained["upstreams"]] == [
        ("forum.test.users", 0.25),
        ("forum.test.monolith", 0.75),
    ]


def test_a_package_has_what_is_in_force_and_takes_nothing(desk: Desk) -> None:
    desk.run("route", "set", "shop", "users", "--weight", "30", "--env", ENV)
    desk.cloud.calls.clear()
    shown = desk.run("proxy", "package", "shop", "--env", ENV)
    desk.run("proxy", "package", "shop", "--env", ENV, "--output-dir", "infra")

    assert not any(one.startswith(("Put", "Create", "Delete", "Modify", "Update")) for one in desk.cloud.actions())
    given = json.loads((desk.root / "infra" / f"shop-{ENV}.params.json").read_text())
    assert given["Parameters"]["WeightsOfusers"] == "300,700"
    assert given["Parameters"]["TargetGroupOfusers"] == desk.groups["users"]
    assert given["Tags"]["fig-proxy"] == "shop"
    template = (desk.root / "infra" / f"shop-{ENV}.stack.yml").read_text()
    assert shown.stdout.startswith(template)
    assert desk.run("proxy", "package", "shop", "--env", ENV, "--diff").stdout == "No changes.\n"
    desk.write(SHOP.replace("/users", "/members"))
    assert "members" in desk.run("proxy", "package", "shop", "--env", ENV, "--diff", status=1).stdout
    desk.write(SHOP)


def test_a_proxy_of_this_machine_has_no_package(desk: Desk) -> None:
    found = desk.run("proxy", "package", "shop", "--env", "local", status=2)

    assert "proxy shop in environment local is no stack: it is on this machine" in found.stderr
    assert "`fig proxy diff shop` shows what a deploy changes there" in found.stderr


def test_a_weight_is_set_and_taken_back_by_a_word(desk: Desk) -> None:
    found = desk.run("route", "set", "forum.test.shop", "/users", "--weight", "12.34")
    assert "A balancer has shares by tenths of a percent: 12.34 % became 12.3 %." in found.stderr
    assert "12.3 % forum.test.users, 87.7 % forum.test.monolith" in desk.run("route", "ls", "forum.test.shop").stdout

    desk.run("rollback", "shop", "users", "--env", ENV)
    assert desk.weights()["users"] == 0
    assert desk.place.require(NAME).stack.parameters["WeightsOfusers"] == "0,999"


def test_a_rollback_stays_and_says_what_it_watches_where_an_update_is_under_way(desk: Desk) -> None:
    stack, hooks = "forum-test-shop", desk.cloud.hooks
    desk.cloud.stacks.held.add(stack)
    desk.run("route", "set", "shop", "users", "--weight", "40", "--env", ENV)

    def finish() -> None:
        del hooks["DescribeStacks"]
        desk.cloud.stacks.release(stack)

    def watch() -> None:
        del hooks["ModifyRule"]
        hooks["DescribeStacks"] = lambda: hooks.__setitem__("DescribeStacks", finish)

    hooks["ModifyRule"] = watch
    found = desk.run("rollback", "shop", "users", "--env", ENV)

    assert f"Stack {stack} is being changed already: waiting for that first." in found.stderr
    assert desk.weights()["users"] == 0
    assert desk.place.require(NAME).stack.parameters["WeightsOfusers"] == "0,999"


def test_what_is_the_manifests_is_not_set_by_hand(desk: Desk) -> None:
    found = desk.run("route", "set", "shop", "users", "--state", "inactive", "--env", ENV, status=2)

    assert "on AWS state of a route is what the manifest says" in found.stderr


def test_a_weight_outlives_who_set_it_killed_before_cloudformation_was_told(desk: Desk) -> None:
    desk.cloud.calls.clear()
    with desk.cloud.failing("CreateChangeSet", "hang up"):
        process = desk.begin("route", "set", "shop", "users", "--weight", "60", "--env", ENV)
        deadline = time.monotonic() + 60
        while "CreateChangeSet" not in desk.cloud.actions() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert desk.weights()["users"] == 6_000
    assert desk.place.require(NAME).stack.parameters["WeightsOfusers"] != "600,400"

    found = desk.run("proxy", "deploy", "shop", "--env", ENV)

    assert "Route users has 60 %, set since: the manifest's 25 % is left aside until it says another." in found.stderr
    assert desk.weights()["users"] == 6_000
    assert desk.place.require(NAME).stack.parameters["WeightsOfusers"] == "600,400"


def test_a_shift_is_watched_by_who_starts_it_and_taken_back_with_a_status(desk: Desk) -> None:
    deregister(desk.place, desk.groups["posts"], "10.0.1.2")
    try:
        refused = desk.run("shift", "start", "shop", "posts", "--env", ENV, status=4)
        found = desk.run("shift", "start", "shop", "posts", "--env", ENV, "--force", status=7)
    finally:
        register(desk.place, desk.groups["posts"], "10.0.1.2")

    assert "forum.test.posts has no healthy target" in refused.stderr
    assert "10 % of forum.test.shop/posts (/api/posts) goes to forum.test.posts: step 1 of 2." in found.stderr
    assert "the shift of forum.test.shop/posts is ROLLED_BACK: forum.test.posts has no healthy target" in found.stderr
    assert desk.weights()["posts"] == 0


def test_a_shift_is_steered_from_anywhere(desk: Desk) -> None:
    process = desk.begin("shift", "start", "shop", "/api/posts", "--env", ENV)
    assert process.stderr is not None
    while "CloudWatch has no figures" not in (line := process.stderr.readline()) and line:
        pass
    process.kill()
    process.communicate()

    for place in (("--env", ENV), ("--target", "aws")):
        assert desk.run("shift", "ls", *place, "--json").json()[0]["phase"] == "BAKING"
        assert [one["name"] for one in desk.run("proxy", "ls", *place, "--json").json()] == ["forum.test.shop"]
    refused = desk.run("route", "set", "shop", "posts", "--weight", "50", "--env", ENV, status=4)
    assert "is being shifted to forum.test.posts" in refused.stderr
    with health(desk.groups["posts"], unhealthy=1):
        refused = desk.run("shift", "promote", "shop", "posts", "--env", ENV, status=4)
        desk.run("shift", "promote", "shop", "posts", "--env", ENV, "--force")
    assert "forum.test.posts has no healthy target, and would answer its share with errors: 10.0.9.0" in refused.stderr
    assert desk.weights()["posts"] == 10_000
    shown = desk.run("shift", "status", "shop", "posts", "--env", ENV, "--json").json()
    assert (shown["step"], shown["seen"]["verdict"]) == (2, "INCONCLUSIVE")
    desk.run("shift", "abort", "shop", "posts", "--env", ENV)
    assert desk.weights()["posts"] == 0
    told = desk.run("shift", "history", "shop", "posts", "--env", ENV, "--json").json()
    assert [one["event"] for one in told][-3:] == ["start", "promote", "abort"]


def test_a_proxy_that_was_deployed_by_hand_keeps_its_numbers(desk: Desk) -> None:
    desk.run("proxy", "package", "shop", "--env", ENV, "--output-dir", "infra")
    given = json.loads((desk.root / "infra" / f"shop-{ENV}.params.json").read_text())
    before = rules_of(desk.place)
    desk.run("proxy", "delete", "shop", "--env", ENV, "--yes")
    desk.place.session.client("cloudformation").create_stack(
        StackName=f"{APP}-{ENV}-shop",
        TemplateBody=(desk.root / "infra" / f"shop-{ENV}.stack.yml").read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given["Parameters"].items()],
        Tags=[{"Key": key, "Value": value} for key, value in given["Tags"].items()],
    )
    assert [one["Priority"] for one in rules_of(desk.place)] == [one["Priority"] for one in before]

    assert desk.run("proxy", "package", "shop", "--env", ENV, "--diff").stdout == "No changes.\n"
    desk.run("route", "set", "shop", "users", "--weight", "20", "--env", ENV)
    assert desk.run("proxy", "package", "shop", "--env", ENV, "--diff").stdout == "No changes.\n"
    assert "nothing to deploy" in desk.run("proxy", "deploy", "shop", "--env", ENV).stderr
    assert [one["Priority"] for one in rules_of(desk.place)] == [one["Priority"] for one in before]


def test_a_proxy_is_taken_away_with_its_rules_and_numbers(desk: Desk) -> None:
    refused = desk.run("env", "delete", "--name", ENV, "--yes", status=4)
    assert "environment test of forum still has the proxies shop" in refused.stderr

    desk.run("proxy", "delete", "shop", "--env", ENV, "--yes")

    assert desk.place.find(NAME) is None
    below = desk.place.session.client("ssm").pages(
        "get_parameters_by_path", "Parameters", Path=f"/copilot/applications/{APP}/environments/{ENV}", Recursive=True
    )
    assert [one["Name"] for one in below if "proxy:" in one["Value"] or "/shifts/" in one["Name"]] == []
    gone = desk.run("route", "ls", "shop", "--env", ENV, status=3)
    assert "proxy shop is not deployed to test" in gone.stderr
