"""Pages, tags, client tokens and ARNs of the Refactor Spaces API, as stock clients use them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ParamValidationError  # type: ignore[import-untyped]

from tests.acceptance.aws_clients import keys_of
from tests.acceptance.conformity import SERVICE
from tests.acceptance.spaces import (
    TEAM,
    Shown,
    Space,
    a_route,
    a_service,
    a_shop,
    a_space,
    an_application,
    refused,
    signed,
)

URL = "http://127.0.0.1:9"
PAGED = {
    "ListEnvironments": ("EnvironmentSummaryList", "EnvironmentId"),
    "ListApplications": ("ApplicationSummaryList", "ApplicationId"),
    "ListServices": ("ServiceSummaryList", "ServiceId"),
    "ListRoutes": ("RouteSummaryList", "RouteId"),
    "ListEnvironmentVpcs": ("EnvironmentVpcList", "VpcId"),
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Space]:
    """Five environments, and in the first one five of everything else."""
    with a_space() as space:
        shop = a_shop(space)
        for number in range(2, 6):
            space.new_environment(f"estate {number}")
            shop.ask("CreateApplication", Name=f"shop {number}", ProxyType="API_GATEWAY", VpcId="vpc-00000000")
        services = [shop.new_service(f"one {number}", URL, VpcId=f"vpc-0000000{number}") for number in range(5)]
        shop.new_default(services[0], "INACTIVE")
        for number in range(4):
            shop.new_route(services[0], f"/path-{number}", state="INACTIVE")
        yield shop


@pytest.fixture(scope="module")
def stock(shop: Space) -> Any:
    """A client as one gets it when nothing is said."""
    where, key = keys_of(shop.machine).show(), keys_of(shop.machine).key("default")
    made = boto3.Session(key["id"], key["secret"]).client(
        SERVICE, endpoint_url=where["endpoint"], region_name="us-east-1"
    )
    shop.witness.watch(made)
    return made


@pytest.mark.parametrize("operation", PAGED)
@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_pages_of_any_size_make_the_whole_list(shop: Space, stock: Any, operation: str, size: int) -> None:
    summaries, identifier = PAGED[operation]
    name = next(name for name, found in stock.meta.method_to_api_mapping.items() if found == operation)
    members = stock.meta.service_model.operation_model(operation).input_shape.members
    ids = {"EnvironmentIdentifier": shop.environment, "ApplicationIdentifier": shop.application}
    wanted = {key: value for key, value in ids.items() if key in members}

    pages = [
        page[summaries] for page in stock.get_paginator(name).paginate(**wanted, PaginationConfig={"PageSize": size})
    ]

    whole = [one[identifier] for one in shop.ask(operation)[summaries]]
    assert [one[identifier] for page in pages for one in page] == whole
    assert (len(whole), len(set(whole))) == (5, 5)
    assert {len(page) for page in pages[:-1]} <= {size}


def test_a_page_that_is_the_last_has_no_token(shop: Space) -> None:
    assert "NextToken" in shop.ask("ListRoutes", MaxResults=4)
    assert "NextToken" not in shop.ask("ListRoutes", MaxResults=5)


def test_what_comes_and_goes_between_two_pages_neither_repeats_nor_hides_another(shop: Space) -> None:
    first = shop.ask("ListServices", MaxResults=2)
    new = shop.new_service("in between", URL)
    shop.deleted("DeleteService", ServiceIdentifier=first["ServiceSummaryList"][1]["ServiceId"])
    rest = shop.ask("ListServices", NextToken=first["NextToken"])["ServiceSummaryList"]
    assert [one["Name"] for one in rest] == ["one 2", "one 3", "one 4", "in between"]
    shop.deleted("DeleteService", ServiceIdentifier=new)
    shop.new_service("one 1", URL, VpcId="vpc-00000001")


@pytest.mark.parametrize(
    "token", ["", "nonsense", "a" * 2049, "!?", "bm8gYmFyIGluIGl0", "bmFufGVudi0wMDAwMDAwMDAw", "/w=="]
)
def test_a_token_that_was_not_given_out_is_refused(shop: Space, token: str) -> None:
    with refused("ValidationException", "(?i)nextToken"):
        shop.ask("ListEnvironments", NextToken=token)


@pytest.mark.parametrize("most", [0, -1, 101, 10_000_000_000_000, "many", "1.5"])
def test_pages_have_from_1_to_100_entries(shop: Space, stock: Any, most: Any) -> None:
    with refused("ValidationException", "maxResults"):
        shop.ask("ListEnvironments", MaxResults=most)
    if most == 0:
        with pytest.raises(ParamValidationError):
            stock.list_environments(MaxResults=most)


def test_tags_are_given_with_everything_that_is_made(shop: Space) -> None:
    tags = {"team": "forum", "empty": "", "ключ": "a=b&c/%2F +"}
    made = [
        shop.ask("CreateEnvironment", Name="tagged", NetworkFabricType="NONE", Tags=tags),
        shop.ask("CreateService", **a_service("tagged", URL), Tags=tags),
        shop.ask("CreateRoute", **a_route(shop_service(shop), "/tagged", state="INACTIVE"), Tags=tags),
    ]
    for one in made:
        assert one["Tags"] == tags
        assert shop.ask("ListTagsForResource", ResourceArn=one["Arn"])["Tags"] == tags
        shop.removed(shop.settled({"EnvironmentId": shop.environment, **one}))


def test_tags_are_added_changed_and_removed_by_key(shop: Space) -> None:
    made = shop.new_environment("tagged", Tags={"a": "1", "b": "2"})
    arn = made["Arn"]
    shop.ask("TagResource", ResourceArn=arn, Tags={"b": "3", "c/d e": "4"})
    assert shop.ask("ListTagsForResource", ResourceArn=arn)["Tags"] == {"a": "1", "b": "3", "c/d e": "4"}
    shop.ask("UntagResource", ResourceArn=arn, TagKeys=["a", "c/d e", "not there"])
    assert shop.ask("ListTagsForResource", ResourceArn=arn)["Tags"] == {"b": "3"}
    shown = shop.ask("GetEnvironment", EnvironmentIdentifier=made["EnvironmentId"])
    assert shown["Tags"] == {"b": "3"}
    shop.removed(shop.settled(made))


def test_a_resource_has_fifty_tags_at_most_and_none_of_aws(shop: Space) -> None:
    made = shop.new_environment("tagged", Tags={f"key {number}": "" for number in range(49)})
    arn = made["Arn"]
    shop.ask("TagResource", ResourceArn=arn, Tags={"fiftieth": "", "key 1": "again"})
    with refused("ValidationException", "50"):
        shop.ask("TagResource", ResourceArn=arn, Tags={"one more": ""})
    for tags in ({"aws:mine": ""}, {"k" * 129: ""}, {"": ""}, {"k": "v" * 257}):
        with refused("ValidationException"):
            shop.ask("TagResource", ResourceArn=arn, Tags=tags)
    for keys in ([], ["k" * 129], [f"key {number}" for number in range(51)]):
        with refused("ValidationException"):
            shop.ask("UntagResource", ResourceArn=arn, TagKeys=keys)
    assert len(shop.ask("ListTagsForResource", ResourceArn=arn)["Tags"]) == 50
    shop.removed(shop.settled(made))


def test_only_the_owner_tags(shop: Space) -> None:
    arn = shop.ask("GetEnvironment")["Arn"]
    allow = {"Effect": "Allow", "Principal": {"AWS": TEAM}, "Action": "refactor-spaces:*"}
    shop.ask("PutResourcePolicy", ResourceArn=arn, Policy=json.dumps({"Statement": allow}))
    team = shop.as_key("team", account=TEAM)
    for operation, more in (("TagResource", {"Tags": {"a": "b"}}), ("UntagResource", {"TagKeys": ["a"]})):
        with refused("AccessDeniedException", "belongs to account"):
            team.ask(operation, ResourceArn=arn, **more)
    with refused("AccessDeniedException"):
        team.ask("ListTagsForResource", ResourceArn=arn)
    shop.ask("DeleteResourcePolicy", Identifier=arn)


@pytest.mark.parametrize("is_encoded", [True, False], ids=["encoded", "plain"])
def test_an_arn_stands_in_the_path_encoded_or_as_it_is(shop: Space, is_encoded: bool) -> None:
    arn = shop.ask("GetEnvironment")["Arn"]
    shop.ask("TagResource", ResourceArn=arn, Tags={"plain": "yes"})
    for path, member in (("/tags/", "Tags"), ("/resourcepolicy/", "Policy")):
        status, answer = signed(shop, "GET", path + (quote(arn, safe="") if is_encoded else arn))
        if member == "Tags":
            assert (status, answer) == (200, {"Tags": {"plain": "yes"}})
        else:
            assert (status, answer["ResourceType"], answer["ResourceId"]) == (404, "RESOURCE_SHARE", shop.environment)
    shop.ask("UntagResource", ResourceArn=arn, TagKeys=["plain"])


def test_an_arn_of_another_place_is_not_found(shop: Space) -> None:
    arn = shop.ask("GetEnvironment")["Arn"]
    for other in (arn.replace("us-east-1", "eu-west-1"), arn.replace("000000000000", TEAM), f"{arn}/application/app-0"):
        with refused("ResourceNotFoundException"):
            shop.ask("ListTagsForResource", ResourceArn=other)


def test_a_token_makes_one_thing_however_often_it_comes(shop: Space) -> None:
    wanted: dict[str, tuple[Shown, Shown]] = {
        "CreateEnvironment": ({"Name": "once", "NetworkFabricType": "NONE"}, {"Description": "now"}),
        "CreateApplication": (an_application("once"), {"Name": "twice"}),
        "CreateService": (a_service("once", URL), {"Description": "now"}),
        "CreateRoute": (a_route(shop_service(shop), "/once", state="INACTIVE"), {"Tags": {"a": "b"}}),
    }
    for operation, (parameters, change) in wanted.items():
        made = shop.settled({"EnvironmentId": shop.environment, **shop.ask(operation, **parameters, ClientToken="t 1")})
        with refused("ConflictException", "ClientToken") as error:
            shop.ask(operation, **{**parameters, **change}, ClientToken="t 1")
        assert error()["ResourceId"] == made[f"{operation.removeprefix('Create')}Id"]
        shop.removed(made)


def test_a_repeated_creation_answers_what_it_made(shop: Space) -> None:
    wanted = {"Name": "twice", "NetworkFabricType": "NONE", "Tags": {"b": "1", "a": "2"}, "ClientToken": "twice"}
    status, first = signed(shop, "POST", "/environments", wanted)
    again = [signed(shop, "POST", "/environments", wanted) for _ in range(3)]
    assert {(status, one["EnvironmentId"], one["Arn"]) for status, one in again} == {
        (status, first["EnvironmentId"], first["Arn"])
    }
    # Its tags may come in another order.
    reordered = {**wanted, "Tags": {"a": "2", "b": "1"}}
    assert signed(shop, "POST", "/environments", reordered)[1]["EnvironmentId"] == first["EnvironmentId"]
    # Another account's token is another token.
    team = shop.as_key("team", account=TEAM)
    other = team.ask("CreateEnvironment", **wanted)
    assert other["EnvironmentId"] != first["EnvironmentId"]
    team.removed(team.settled(other))
    shop.removed(shop.settled(first))
    # What it made is gone, and so is the token.
    status, last = signed(shop, "POST", "/environments", wanted)
    assert last["EnvironmentId"] != first["EnvironmentId"]
    shop.removed(shop.settled(last))


def test_tokens_that_boto3_makes_itself_are_each_another_one(shop: Space, stock: Any) -> None:
    made = [stock.create_environment(Name="the same", NetworkFabricType="NONE") for _ in range(2)]
    assert made[0]["EnvironmentId"] != made[1]["EnvironmentId"]
    for one in made:
        shop.removed(shop.settled(one))


def test_ids_are_as_documented_and_never_the_same(shop: Space) -> None:
    found = [
        one[identifier] for operation, (listed, identifier) in PAGED.items() for one in shop.ask(operation)[listed]
    ]
    assert len(found) == len(set(found)) == 25
    assert all(len(one) == (12 if one.startswith("vpc-") else 14) for one in found)


def shop_service(shop: Space) -> str:
    return str(shop.ask("ListServices")["ServiceSummaryList"][0]["ServiceId"])
