"""Every operation of the Refactor Spaces API by boto3: what it answers, in which states, and how all goes again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.spaces import (
    OWNER,
    VPC,
    Space,
    a_default,
    a_route,
    a_service,
    a_shop,
    a_space,
    an_application,
    refused,
)

TAGS = {"team": "forum"}


@pytest.fixture(scope="module")
def space() -> Iterator[Space]:
    with a_space() as found:
        yield found


@pytest.fixture(scope="module")
def monolith(space: Space) -> str:
    return space.machine.start_upstream("monolith")


def said(shown: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(shown.get(name) for name in names)


def test_an_environment_has_what_it_was_given_and_a_transit_gateway_once_it_is_there(space: Space) -> None:
    wanted = {"Name": "estate 1", "NetworkFabricType": "TRANSIT_GATEWAY", "Description": "Ours"}
    made = space.ask("CreateEnvironment", **wanted, Tags=TAGS)

    assert said(made, *wanted) == (*wanted.values(),)
    assert said(made, "State", "Tags", "OwnerAccountId", "TransitGatewayId") == ("CREATING", TAGS, OWNER, None)
    assert re.fullmatch("env-[0-9A-Za-z]{10}", made["EnvironmentId"])
    assert made["Arn"] == f"arn:aws:refactor-spaces:us-east-1:{OWNER}:environment/{made['EnvironmentId']}"
    found = space.settled(made)
    assert said(found, "State", *wanted) == ("ACTIVE", *wanted.values())
    assert re.fullmatch("tgw-[0-9a-f]{17}", found["TransitGatewayId"])
    assert "TransitGatewayId" not in space.new_environment("without a fabric")


def test_times_are_numbers_of_this_moment_and_move_with_the_state(space: Space) -> None:
    before = datetime.now(UTC)
    found = space.new_environment("timed")

    assert before - timedelta(seconds=1) <= found["CreatedTime"] <= found["LastUpdatedTime"]
    assert found["LastUpdatedTime"] <= datetime.now(UTC) + timedelta(seconds=1)


def test_an_application_is_a_proxy_that_its_creation_does_not_tell_of(space: Space, monolith: str) -> None:
    inner = space.within(space.new_environment()["EnvironmentId"])
    gateway = {"EndpointType": "PRIVATE", "StageName": "live-1"}
    made = inner.ask("CreateApplication", **an_application("shop", ApiGatewayProxy=gateway, Tags=TAGS))

    assert (made["ApiGatewayProxy"], made["State"], made["Tags"]) == (gateway, "CREATING", TAGS)
    assert said(made, "OwnerAccountId", "CreatedByAccountId", "VpcId") == (OWNER, OWNER, VPC)
    found = inner.settled(made)
    proxy = found["ApiGatewayProxy"]
    assert (found["State"], {**proxy, **gateway}) == ("ACTIVE", proxy)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/live-1", proxy["ProxyUrl"])
    assert {"ApiGatewayId", "NlbArn", "NlbName", "VpcLinkId"} <= proxy.keys()
    shop = inner.within(inner.environment, found["ApplicationId"])
    shop.new_default(shop.new_service("monolith", monolith))
    assert (shop.request("/a?b=c").by, shop.request("/a?b=c").path) == ("monolith", "/a?b=c")


def test_what_an_application_leaves_out_is_as_documented(space: Space) -> None:
    proxy = space.within(space.new_environment()["EnvironmentId"]).new_application()["ApiGatewayProxy"]

    assert said(proxy, "EndpointType", "StageName") == ("REGIONAL", "prod")


def test_a_service_is_a_url_or_a_function(space: Space, monolith: str) -> None:
    shop = a_shop(space)
    url = {"Url": monolith, "HealthUrl": f"{monolith}/health"}
    given = {"EndpointType": "URL", "UrlEndpoint": url, "VpcId": VPC, "Description": "as it was", "Tags": TAGS}
    made = shop.ask("CreateService", Name="monolith", **given)
    assert (made["State"], *said(made, *given)) == ("CREATING", *given.values())
    found = shop.settled(made)
    assert (found["State"], *said(found, *given)) == ("ACTIVE", *given.values())

    arn = "arn:aws:lambda:us-east-1:000000000000:function:posts:live"
    function = shop.ask("CreateService", Name="function", EndpointType="LAMBDA", LambdaEndpoint={"Arn": arn})
    found = shop.settled(function)
    assert (found["State"], found["LambdaEndpoint"]) == ("ACTIVE", {"Arn": arn})
    assert found.keys().isdisjoint({"UrlEndpoint", "VpcId", "Description"})


def test_a_default_route_shows_no_path(space: Space, monolith: str) -> None:
    shop = a_shop(space)
    service = shop.new_service("monolith", monolith)
    made = shop.ask("CreateRoute", RouteType="DEFAULT", ServiceIdentifier=service, Tags=TAGS)
    assert said(made, "State", "RouteType", "ServiceId", "Tags") == ("CREATING", "DEFAULT", service, TAGS)
    assert made.keys().isdisjoint({"UriPathRoute", "DefaultRoute", "EnvironmentId"})
    found = shop.settled({**made, "EnvironmentId": shop.environment})
    assert said(found, "State", "EnvironmentId") == ("ACTIVE", shop.environment)
    assert found.keys().isdisjoint({"SourcePath", "Methods", "PathResourceToId", "UriPathRoute"})


def test_a_path_route_is_nested_when_it_is_created_and_flat_afterwards(space: Space, monolith: str) -> None:
    shop = a_shop(space)
    service = shop.new_service("monolith", monolith)
    shop.new_default(service)
    wanted = a_route(service, "/posts/{id}", "CA", "GET POST")
    made = shop.ask("CreateRoute", **wanted)
    assert (made["UriPathRoute"], made["State"]) == (wanted["UriPathRoute"], "CREATING")
    assert "EnvironmentId" not in made
    found = shop.settled({**made, "EnvironmentId": shop.environment})
    flat = {name: value for name, value in wanted["UriPathRoute"].items() if name != "ActivationState"}
    assert (found["State"], *said(found, *flat)) == ("ACTIVE", *flat.values())
    assert found["PathResourceToId"].keys() == {"/posts/{id}", "/posts/{id}/{proxy+}"}
    bare = shop.ask(
        "CreateRoute",
        RouteType="URI_PATH",
        ServiceIdentifier=service,
        UriPathRoute={"SourcePath": "/users", "ActivationState": "INACTIVE"},
    )
    found = shop.settled({**bare, "EnvironmentId": shop.environment})
    assert said(found, "State", "IncludeChildPaths", "AppendSourcePath", "Methods") == ("INACTIVE", False, False, None)
    assert found["PathResourceToId"].keys() == {"/users"}


def test_lists_show_what_the_single_answers_show(space: Space, monolith: str) -> None:
    shop = a_shop(space)
    service = shop.new_service("monolith", monolith, VpcId="vpc-0123456789abcdef0")
    default = shop.new_default(service)
    route = shop.new_route(service, "/posts")["RouteId"]
    for kind, summaries, ids in (
        ("Route", shop.ask("ListRoutes")["RouteSummaryList"], [default, route]),
        ("Service", shop.ask("ListServices")["ServiceSummaryList"], [service]),
        ("Application", shop.ask("ListApplications")["ApplicationSummaryList"], [shop.application]),
    ):
        assert [one[f"{kind}Id"] for one in summaries] == ids
        for one in summaries:
            shown = shop.ask(f"Get{kind}", **{f"{kind}Identifier": one[f"{kind}Id"]})
            assert one == {name: value for name, value in shown.items() if name != "ResponseMetadata"}
    environments = {one["EnvironmentId"]: one for one in shop.ask("ListEnvironments")["EnvironmentSummaryList"]}
    shown = shop.ask("GetEnvironment")
    assert environments[shop.environment].items() <= shown.items()
    (vpc,) = shop.ask("ListEnvironmentVpcs")["EnvironmentVpcList"]
    assert said(vpc, "VpcId", "AccountId", "EnvironmentId") == ("vpc-0123456789abcdef0", OWNER, shop.environment)


def test_all_goes_children_first_and_the_default_route_last(space: Space, monolith: str) -> None:
    shop = a_shop(space)
    service = shop.new_service("monolith", monolith)
    default = shop.new_default(service)
    route = shop.new_route(service, "/posts")["RouteId"]

    for operation, ids, in_the_way in (
        ("DeleteEnvironment", {}, ("ENVIRONMENT", shop.environment)),
        ("DeleteApplication", {}, ("APPLICATION", shop.application)),
        ("DeleteService", {"ServiceIdentifier": service}, ("SERVICE", service)),
        ("DeleteRoute", {"RouteIdentifier": default}, ("ROUTE", default)),
    ):
        with refused("ConflictException", "delete them first") as error:
            shop.ask(operation, **ids)
        assert said(error(), "ResourceType", "ResourceId") == in_the_way

    for operation, ids, members in (
        ("DeleteRoute", {"RouteIdentifier": route}, {"ApplicationId", "RouteId", "ServiceId"}),
        ("DeleteRoute", {"RouteIdentifier": default}, {"ApplicationId", "RouteId", "ServiceId"}),
        (
            "DeleteService",
            {"ServiceIdentifier": service},
            {"ApplicationId", "EnvironmentId", "Name", "ServiceId"},
        ),
        ("DeleteApplication", {}, {"ApplicationId", "EnvironmentId", "Name"}),
        ("DeleteEnvironment", {}, {"EnvironmentId", "Name"}),
    ):
        answer = shop.ask(operation, **ids)
        assert answer["State"] == "DELETING"
        assert answer.keys() == members | {"Arn", "LastUpdatedTime", "State", "ResponseMetadata"}
        shop.gone({"EnvironmentId": shop.environment, **answer})
    with refused("ResourceNotFoundException"):
        shop.ask("DeleteEnvironment")


def test_a_route_is_switched_off_and_on_through_updating(space: Space, monolith: str) -> None:
    shop = a_shop(space)
    shop.new_default(shop.new_service("monolith", monolith))
    posts = shop.new_service("posts", shop.machine.start_upstream("posts"))
    route = shop.new_route(posts, "/posts")["RouteId"]
    assert shop.request("/posts").by == "posts"
    for state, by in (("INACTIVE", "monolith"), ("ACTIVE", "posts")):
        changed = shop.ask("UpdateRoute", RouteIdentifier=route, ActivationState=state)
        assert changed["State"] == "UPDATING"
        assert changed.keys() >= {"ApplicationId", "Arn", "LastUpdatedTime", "RouteId", "ServiceId"}
        assert shop.settled({**changed, "EnvironmentId": shop.environment})["State"] == state
        assert shop.request("/posts").by == by
        again = shop.ask("UpdateRoute", RouteIdentifier=route, ActivationState=state)
        assert again["State"] == state


def test_what_is_still_being_made_is_changed_and_deleted_later(space: Space, monolith: str) -> None:
    shop = a_shop(space)
    nobody = shop.new_service("nobody", "http://127.0.0.1:9")
    shop.new_default(shop.new_service("monolith", monolith))
    # Its endpoint is looked at for some seconds.
    route = {**shop.ask("CreateRoute", **a_route(nobody, "/posts")), "EnvironmentId": shop.environment}
    with refused("ValidationException", "CREATING"):
        shop.ask("UpdateRoute", RouteIdentifier=route["RouteId"], ActivationState="INACTIVE")
    with refused("ConflictException", "CREATING"):
        shop.ask("DeleteRoute", RouteIdentifier=route["RouteId"])
    assert shop.settled(route)["State"] == "FAILED"
    shop.deleted("DeleteRoute", RouteIdentifier=route["RouteId"])


def test_every_operation_there_is_has_been_answered(space: Space, monolith: str) -> None:
    shop = a_shop(space)
    service = shop.settled(shop.ask("CreateService", **a_service("monolith", monolith)))["ServiceId"]
    route = shop.settled({**shop.ask("CreateRoute", **a_default(service)), "EnvironmentId": shop.environment})
    arn = shop.ask("GetEnvironment")["Arn"]
    allow = f'{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{OWNER}"}},"Action":"refactor-spaces:Get*"}}}}'
    shop.ask("UpdateRoute", RouteIdentifier=route["RouteId"], ActivationState="INACTIVE")
    shop.settled(route)
    shop.ask("TagResource", ResourceArn=arn, Tags=TAGS)
    assert shop.ask("ListTagsForResource", ResourceArn=arn)["Tags"] == TAGS
    shop.ask("UntagResource", ResourceArn=arn, TagKeys=list(TAGS))
    shop.ask("PutResourcePolicy", ResourceArn=arn, Policy=allow)
    assert shop.ask("GetResourcePolicy", Identifier=arn)["Policy"] == allow
    shop.ask("DeleteResourcePolicy", Identifier=arn)
    for operation in ("ListEnvironments", "ListEnvironmentVpcs", "ListApplications", "ListServices", "ListRoutes"):
        shop.ask(operation)
    shop.deleted("DeleteRoute", RouteIdentifier=route["RouteId"])
    shop.deleted("DeleteService", ServiceIdentifier=service)
    shop.deleted("DeleteApplication")
    shop.deleted("DeleteEnvironment")

    assert space.witness.operations == set(space.client.meta.service_model.operation_names)
    assert len(space.witness.operations) == 24
