"""Environments of one account that others work in, by resource policies, and keys that may not do all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.acceptance.spaces import OWNER, STRANGER, TEAM, Space, a_route, a_service, a_shop, a_space, refused

#: What a share by AWS Resource Access Manager lets another account do, unless it says more.
DEFAULT_ACTIONS = (
    *("CreateApplication", "CreateRoute", "CreateService", "DeleteApplication", "DeleteRoute", "DeleteService"),
    *("GetApplication", "GetEnvironment", "GetRoute", "GetService", "UpdateRoute"),
    *("ListApplications", "ListEnvironmentVpcs", "ListRoutes", "ListServices"),
)
PATH = "refactor-spaces:SourcePath"


@pytest.fixture(scope="module")
def shop() -> Iterator[Space]:
    """With a monolith behind the default route, and one route of the owner's."""
    with a_space() as space:
        shop = a_shop(space)
        service = shop.new_service("monolith", space.machine.start_upstream("monolith"))
        shop.new_default(service)
        shop.new_route(service, "/owned")
        yield shop


@pytest.fixture(scope="module")
def arn(shop: Space) -> str:
    return str(shop.ask("GetEnvironment")["Arn"])


@pytest.fixture(scope="module")
def service(shop: Space) -> str:
    return str(shop.ask("ListServices")["ServiceSummaryList"][0]["ServiceId"])


@pytest.fixture(scope="module")
def owned(shop: Space) -> str:
    return next(str(one["RouteId"]) for one in shop.ask("ListRoutes")["RouteSummaryList"] if "SourcePath" in one)


@pytest.fixture
def team(shop: Space) -> Space:
    return shop.as_key("team", account=TEAM)


def a_statement(*actions: str, **more: Any) -> dict[str, Any]:
    """Allows the team."""
    names = [f"refactor-spaces:{action}" for action in actions]
    return {"Effect": "Allow", "Principal": {"AWS": TEAM}, "Action": names, **more}


@contextmanager
def shared(shop: Space, *statements: dict[str, Any]) -> Iterator[None]:
    arn = shop.ask("GetEnvironment")["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    shop.ask("PutResourcePolicy", ResourceArn=arn, Policy=policy)
    try:
        yield
    finally:
        shop.ask("DeleteResourcePolicy", Identifier=arn)


def test_a_policy_is_kept_as_it_was_written_until_it_is_deleted(shop: Space, arn: str) -> None:
    with refused("ResourceNotFoundException") as error:
        shop.ask("GetResourcePolicy", Identifier=arn)
    assert error()["ResourceType"] == "RESOURCE_SHARE"
    policy = json.dumps({"Statement": a_statement("*")}, separators=(" ,", "  : "))
    for text in (policy, policy.replace("Allow", "Deny")):
        shop.ask("PutResourcePolicy", ResourceArn=arn, Policy=text)
        assert shop.ask("GetResourcePolicy", Identifier=arn)["Policy"] == text
    for _ in range(2):
        shop.ask("DeleteResourcePolicy", Identifier=arn)
    with refused("ResourceNotFoundException"):
        shop.ask("GetResourcePolicy", Identifier=arn)


@pytest.mark.parametrize(
    "statement",
    [
        a_statement("Get*", Principal={"AWS": "somebody"}),
        a_statement("Get*", Principal={"Service": "ec2.amazonaws.com"}),
        a_statement("Get*", NotAction="refactor-spaces:Delete*"),
        {**a_statement(), "Action": "ec2:RunInstances"},
        a_statement("Get*", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.1"}}),
        a_statement("Get*", Condition={"StringLike": {PATH: "/${aws:username}/*"}}),
        a_statement("Get*", Condition={"StringLike": {PATH: []}}),
        a_statement("Get*", Effect="allow"),
        {"Effect": "Allow", "Action": "refactor-spaces:*"},
    ],
    ids=range(9),
)
def test_a_policy_that_would_be_misread_is_refused(shop: Space, arn: str, statement: dict[str, Any]) -> None:
    with refused("InvalidResourcePolicyException"):
        shop.ask("PutResourcePolicy", ResourceArn=arn, Policy=json.dumps({"Statement": [statement]}))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n "])
def test_a_policy_has_no_line_breaks(shop: Space, arn: str, end: str) -> None:
    policy = json.dumps({"Statement": a_statement("Get*")})
    with refused("InvalidResourcePolicyException", "single line"):
        shop.ask("PutResourcePolicy", ResourceArn=arn, Policy=policy.replace("{", "{" + end, 1))
    with refused("InvalidResourcePolicyException", "single line"):
        shop.ask("PutResourcePolicy", ResourceArn=arn, Policy=policy + end)


def test_a_policy_is_of_an_environment(shop: Space) -> None:
    arn = shop.ask("GetApplication")["Arn"]
    with refused("ResourceNotFoundException"):
        shop.ask("PutResourcePolicy", ResourceArn=arn, Policy=json.dumps({"Statement": a_statement("*")}))


@pytest.mark.parametrize("principal", [TEAM, f"arn:aws:iam::{TEAM}:root", [STRANGER, TEAM], "*"], ids=str)
def test_an_account_is_named_by_number_or_arn(shop: Space, team: Space, principal: Any) -> None:
    with refused("AccessDeniedException", "no resource policy"):
        team.ask("GetEnvironment")
    with shared(shop, a_statement("GetEnvironment", Principal={"AWS": principal})):
        assert team.ask("GetEnvironment")["OwnerAccountId"] == OWNER
        stranger = shop.as_key("stranger", account=STRANGER)
        if principal in (TEAM, f"arn:aws:iam::{TEAM}:root"):
            with refused("AccessDeniedException"):
                stranger.ask("GetEnvironment")


def test_a_team_does_its_whole_work_with_what_a_share_lets_it_do(shop: Space, arn: str, team: Space) -> None:
    with shared(shop, a_statement(*DEFAULT_ACTIONS, Resource=arn)):
        assert [one["EnvironmentId"] for one in team.ask("ListEnvironments")["EnvironmentSummaryList"]] == [
            shop.environment
        ]
        own = team.within(team.environment, team.new_application("team shop")["ApplicationId"])
        made = own.settled(own.ask("CreateService", **a_service("posts", shop.machine.start_upstream("posts"))))
        default = own.new_default(made["ServiceId"])
        route = own.new_route(made["ServiceId"], "/posts")
        for one in (own.ask("GetApplication"), made, route):
            assert (one["OwnerAccountId"], one["CreatedByAccountId"]) == (OWNER, TEAM)
        assert own.request("/posts").by == "posts"
        assert own.switched(route["RouteId"], "INACTIVE")["State"] == "INACTIVE"
        for operation in ("ListApplications", "ListServices", "ListRoutes", "ListEnvironmentVpcs", "GetEnvironment"):
            own.ask(operation)
        with refused("AccessDeniedException", "DeleteEnvironment"):
            own.ask("DeleteEnvironment")
        for operation, parameters in (
            ("PutResourcePolicy", {"ResourceArn": arn, "Policy": "{}"}),
            ("GetResourcePolicy", {"Identifier": arn}),
            ("DeleteResourcePolicy", {"Identifier": arn}),
        ):
            with refused("AccessDeniedException", "belongs to account"):
                own.ask(operation, **parameters)
        own.deleted("DeleteRoute", RouteIdentifier=route["RouteId"])
        own.deleted("DeleteRoute", RouteIdentifier=default)
        own.deleted("DeleteService", ServiceIdentifier=made["ServiceId"])
        own.deleted("DeleteApplication")


def test_a_team_has_the_subtree_that_its_policy_names(shop: Space, team: Space, service: str, owned: str) -> None:
    condition = {"StringLike": {PATH: ["/posts", "/posts/*"]}}
    with shared(
        shop,
        a_statement("Get*", "List*"),
        a_statement("CreateRoute", "UpdateRoute", "DeleteRoute", Condition=condition),
    ):
        for path in ("/posts", "/posts/new"):
            route = team.new_route(service, path)["RouteId"]
            assert team.switched(route, "INACTIVE")["State"] == "INACTIVE"
            team.deleted("DeleteRoute", RouteIdentifier=route)
        for path in ("/users", "/postscript", "/Posts"):
            with refused("AccessDeniedException", "CreateRoute"):
                team.ask("CreateRoute", **a_route(service, path))
        for operation, more in (("UpdateRoute", {"ActivationState": "INACTIVE"}), ("DeleteRoute", {})):
            with refused("AccessDeniedException", operation):
                team.ask(operation, RouteIdentifier=owned, **more)


def test_two_teams_have_a_subtree_each_and_not_the_others(shop: Space, team: Space, service: str) -> None:
    other = shop.as_key("stranger", account=STRANGER)
    teams = {"/posts": (TEAM, team), "/users": (STRANGER, other)}
    statements = [
        a_statement(
            *("CreateRoute", "GetRoute", "DeleteRoute"),
            Principal={"AWS": account},
            Condition={"StringLike": {PATH: [path, f"{path}/*"]}},
        )
        for path, (account, _) in teams.items()
    ]
    with shared(shop, *statements):
        made = {path: who.new_route(service, f"{path}/new")["RouteId"] for path, (_, who) in teams.items()}
        for path, (_, who) in teams.items():
            others = next(one for one in teams if one != path)
            with refused("AccessDeniedException"):
                who.ask("CreateRoute", **a_route(service, f"{others}/old"))
            with refused("AccessDeniedException"):
                who.ask("DeleteRoute", RouteIdentifier=made[others])
        for path, (_, who) in teams.items():
            who.deleted("DeleteRoute", RouteIdentifier=made[path])


def test_who_made_a_thing_may_be_asked_of_it(shop: Space, team: Space, service: str, owned: str) -> None:
    mine = {
        "StringEquals": {"refactor-spaces:RouteCreatedByAccount": "${aws:PrincipalAccount}"},
        "StringNotEquals": {"refactor-spaces:ServiceCreatedByAccount": STRANGER},
        "ForAnyValue:StringEquals": {"REFACTOR-SPACES:CreatedByAccountIds": ["${aws:PrincipalAccount}"]},
    }
    with shared(shop, a_statement("Get*"), a_statement("createroute", "UpdateRoute", "Delete*", Condition=mine)):
        made = team.new_route(service, "/made")["RouteId"]
        team.switched(made, "INACTIVE")
        team.deleted("DeleteRoute", RouteIdentifier=made)
        with refused("AccessDeniedException"):
            team.ask("UpdateRoute", RouteIdentifier=owned, ActivationState="INACTIVE")
    application = {"StringEquals": {"refactor-spaces:ApplicationCreatedByAccount": TEAM}}
    with shared(shop, a_statement("Get*", "Create*", "Delete*", Condition=application)):
        own = team.settled(team.ask("CreateApplication", Name="own", ProxyType="API_GATEWAY", VpcId="vpc-00000000"))
        with refused("AccessDeniedException"):
            team.ask("CreateService", **a_service("posts", "http://127.0.0.1:9"))
        team.within(team.environment, own["ApplicationId"]).deleted("DeleteApplication")


def test_who_gives_tags_to_what_is_made_may_do_both(shop: Space, team: Space, service: str) -> None:
    tagged = {**a_route(service, "/tagged"), "Tags": {"team": "posts"}}
    with shared(shop, a_statement("CreateRoute", "Get*")), refused("AccessDeniedException", "TagResource"):
        team.ask("CreateRoute", **tagged)
    wanted = {"StringEquals": {"aws:RequestTag/team": "posts"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    its = {"StringEquals": {"aws:ResourceTag/team": "posts"}}
    with shared(
        shop,
        a_statement("CreateRoute", "TagResource", Condition=wanted),
        a_statement("Get*", "DeleteRoute", Condition=its),
    ):
        for tags in ({}, {"team": "users"}, {"team": "posts", "more": ""}):
            with refused("AccessDeniedException"):
                team.ask("CreateRoute", **{**tagged, "Tags": tags})
        made = team.ask("CreateRoute", **tagged)
        team.removed(team.settled({**made, "EnvironmentId": shop.environment}))


def test_what_is_denied_stays_denied_whatever_else_is_allowed(shop: Space, team: Space, service: str) -> None:
    deny = a_statement("createRoute", Effect="Deny", Condition={"StringLike": {PATH.upper(): "/admin*"}})
    with shared(shop, a_statement("*"), deny):
        with refused("AccessDeniedException"):
            team.ask("CreateRoute", **a_route(service, "/admin"))
        team.removed(team.new_route(service, "/other"))


def test_a_policy_may_name_one_application(shop: Space, team: Space) -> None:
    other = shop.within(shop.environment, shop.new_application("other")["ApplicationId"])
    arn = other.ask("GetApplication")["Arn"]
    with shared(shop, a_statement("GetApplication", "ListRoutes", Resource=[arn, f"{arn}/*"])):
        own = team.within(shop.environment, other.application)
        assert own.ask("GetApplication")["Name"] == "other"
        assert own.ask("ListRoutes")["RouteSummaryList"] == []
        with refused("AccessDeniedException"):
            team.ask("GetApplication")
    other.deleted("DeleteApplication")


def test_an_account_owns_what_it_makes_itself(shop: Space, team: Space) -> None:
    own = a_shop(team, "team")
    assert own.ask("GetEnvironment")["OwnerAccountId"] == TEAM
    assert TEAM in own.ask("GetApplication")["Arn"]
    with refused("AccessDeniedException"):
        shop.ask("GetEnvironment", EnvironmentIdentifier=own.environment)
    assert own.environment not in {
        one["EnvironmentId"] for one in shop.ask("ListEnvironments")["EnvironmentSummaryList"]
    }
    own.deleted("DeleteApplication")
    own.deleted("DeleteEnvironment")


def test_a_key_of_one_path_changes_what_is_below_it_alone(shop: Space, arn: str, service: str, owned: str) -> None:
    key = shop.as_key("posts", path_prefix="/posts")
    for path in ("/posts", "/posts/{id}"):
        route = key.new_route(service, path)
        assert key.switched(route["RouteId"], "INACTIVE")["State"] == "INACTIVE"
        key.ask("TagResource", ResourceArn=route["Arn"], Tags={"a": "b"})
        key.ask("UntagResource", ResourceArn=route["Arn"], TagKeys=["a"])
        key.deleted("DeleteRoute", RouteIdentifier=route["RouteId"])
    made = key.settled(key.ask("CreateService", **a_service("posts", "http://127.0.0.1:9")))
    key.ask("TagResource", ResourceArn=made["Arn"], Tags={"a": "b"})
    key.removed(made)

    default = next(one for one in shop.ask("ListRoutes")["RouteSummaryList"] if one["RouteType"] == "DEFAULT")
    forbidden: tuple[tuple[str, dict[str, Any]], ...] = (
        *(("CreateRoute", a_route(service, path)) for path in ("/users", "/postscript", "/{any}", "/Posts")),
        *(
            ("UpdateRoute", {"RouteIdentifier": one, "ActivationState": "ACTIVE"})
            for one in (owned, default["RouteId"])
        ),
        *(("DeleteRoute", {"RouteIdentifier": one}) for one in (owned, default["RouteId"])),
        *(("TagResource", {"ResourceArn": one, "Tags": {"a": "b"}}) for one in (arn, default["Arn"])),
        ("UntagResource", {"ResourceArn": arn, "TagKeys": ["a"]}),
        ("CreateEnvironment", {"Name": "another", "NetworkFabricType": "NONE"}),
        ("CreateApplication", {"Name": "another", "ProxyType": "API_GATEWAY", "VpcId": "vpc-00000000"}),
        ("DeleteApplication", {}),
        ("DeleteEnvironment", {}),
        ("PutResourcePolicy", {"ResourceArn": arn, "Policy": "{}"}),
        ("DeleteResourcePolicy", {"Identifier": arn}),
    )
    for operation, parameters in forbidden:
        with refused("AccessDeniedException", "limited to routes below /posts"):
            key.ask(operation, **parameters)
    for operation in ("ListEnvironments", "ListApplications", "ListServices", "ListRoutes", "GetEnvironment"):
        key.ask(operation)
