"""Parameters against the model: each kind of constraint, in the words of AWS, on members that have it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from stranglerfig.api.aws.constraints import check
from stranglerfig.api.aws.models import load_model
from stranglerfig.api.aws.throttle import Throttle
from stranglerfig.core.faults import Fault
from tests.api.aws.rig import Desk

ENVIRONMENT = {"Name": "estate", "NetworkFabricType": "NONE"}
ROUTE = {
    "EnvironmentIdentifier": "env-0123456789",
    "ApplicationIdentifier": "app-0123456789",
    "ServiceIdentifier": "svc-0123456789",
    "RouteType": "URI_PATH",
    "UriPathRoute": {"SourcePath": "/a/{b}", "ActivationState": "ACTIVE", "Methods": ["GET"]},
}
ARN = "arn:aws:refactor-spaces:us-east-1:000000000000:environment/env-0123456789"


def problems(operation: str, parameters: dict[str, Any]) -> str:
    """None of them: an empty text."""
    shape = load_model("refactor-spaces").operation_model(operation).input_shape
    try:
        check(shape, parameters)
    except Fault as fault:
        return f"{fault.code}: {fault.message}"
    return ""


def in_route(**changes: Any) -> dict[str, Any]:
    return {**ROUTE, "UriPathRoute": {**ROUTE["UriPathRoute"], **changes}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("CreateEnvironment", ENVIRONMENT),
        ("CreateEnvironment", {**ENVIRONMENT, "Name": "a" * 63, "Tags": {"k" * 128: "v" * 256}, "Description": "a b."}),
        ("CreateRoute", ROUTE),
        ("CreateRoute", in_route(SourcePath="/" + "a" * 2047, Methods=[])),
        ("ListEnvironments", {"MaxResults": 1}),
        ("ListEnvironments", {"MaxResults": 100, "NextToken": "a" * 2048}),
        ("TagResource", {"ResourceArn": ARN, "Tags": {}}),
    ],
)
def test_what_the_model_allows_is_taken(operation: str, parameters: dict[str, Any]) -> None:
    assert problems(operation, parameters) == ""


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("CreateEnvironment", {"Name": "estate"}, "Value null at 'networkFabricType' … Member must not be null"),
        ("CreateEnvironment", {**ENVIRONMENT, "Name": "a" * 64}, "'name' … length less than or equal to 63"),
        ("CreateEnvironment", {**ENVIRONMENT, "Name": "ab"}, "'name' … length greater than or equal to 3"),
        ("CreateEnvironment", {**ENVIRONMENT, "Name": "env-x"}, "'name' … regular expression pattern: ^(?!env-)"),
        ("CreateEnvironment", {**ENVIRONMENT, "Name": "estate\n"}, "'name' … regular expression pattern"),
        ("CreateEnvironment", {**ENVIRONMENT, "Name": "éstate"}, "'name' … regular expression pattern"),
        ("CreateEnvironment", {**ENVIRONMENT, "NetworkFabricType": "none"}, "enum value set: [TRANSIT_GATEWAY, NONE]"),
        ("CreateEnvironment", {**ENVIRONMENT, "Tags": {"aws:x": "v"}}, "'tags' … Map keys must satisfy constraint: ["),
        ("CreateEnvironment", {**ENVIRONMENT, "Tags": {"k": "v" * 257}}, "'tags' … Map value must satisfy constraint"),
        (
            "CreateEnvironment",
            {**ENVIRONMENT, "Tags": {f"k{number}": "" for number in range(51)}},
            "'tags' … length less than or equal to 50",
        ),
        ("ListEnvironments", {"MaxResults": 0}, "'maxResults' … value greater than or equal to 1"),
        ("ListEnvironments", {"MaxResults": 101}, "'maxResults' … value less than or equal to 100"),
        ("CreateRoute", in_route(SourcePath="/a//b"), "'uriPathRoute.sourcePath' … regular expression pattern"),
        ("CreateRoute", in_route(SourcePath=None), "'uriPathRoute.sourcePath' … Member must not be null"),
        ("CreateRoute", in_route(Methods=["GET", "BREW"]), "'uriPathRoute.methods.2.member' … enum value set"),
        ("TagResource", {"ResourceArn": "arn:aws:s3:::bucket/key", "Tags": {}}, "'resourceArn' … regular expression"),
        ("UntagResource", {"ResourceArn": ARN, "TagKeys": []}, "'tagKeys' … length greater than or equal to 1"),
        (
            "UntagResource",
            {"ResourceArn": ARN, "TagKeys": ["a" * 129]},
            "'tagKeys.1.member' … less than or equal to 128",
        ),
        ("PutResourcePolicy", {"ResourceArn": ARN, "Policy": "{" * 300_001}, "'policy' … less than or equal to 300000"),
    ],
)
def test_each_kind_of_constraint_is_told_with_its_place(operation: str, parameters: Any, words: str) -> None:
    found = problems(operation, parameters)

    assert found.startswith("ValidationException: 1 validation error detected: ")
    place = 0
    for part in words.split(" … "):
        assert part in found[place:], found
        place = found.index(part, place)


def test_all_problems_are_told_at_once_and_never_without_end() -> None:
    assert problems("CreateEnvironment", {"Name": "a"}).startswith(
        "ValidationException: 3 validation errors detected: "
    )
    many = problems("UntagResource", {"ResourceArn": ARN, "TagKeys": ["x" * 100_000] * 500})
    assert "501 validation errors" in many
    assert len(many) < 50_000


def test_the_daemon_checks_what_clients_do_not(desk: Desk) -> None:
    """boto3 itself is told to check nothing."""
    careless = desk.client(parameter_validation=False)
    for parameters, word in (
        ({"Name": "a" * 64, "NetworkFabricType": "NONE"}, "less than or equal to 63"),
        ({"Name": 7, "NetworkFabricType": "NONE"}, "NUMBER_VALUE can not be converted to a string"),
        ({}, "2 validation errors detected"),
    ):
        with pytest.raises(ClientError) as found:
            careless.create_environment(**parameters)
        assert word in found.value.response["Error"]["Message"]


def test_a_bucket_is_emptied_by_a_burst_and_fills_again() -> None:
    now = [0.0]
    throttle = Throttle(4.0, lambda: now[0])
    for _ in range(8):
        throttle.take("one", "sts")
    for _ in range(2):
        with pytest.raises(Fault) as found:
            throttle.take("one", "sts")
    assert (found.value.http_status, found.value.retry_after_s) == (429, 1)
    throttle.take("other", "sts")
    now[0] = 0.25
    throttle.take("one", "sts")
    with pytest.raises(Fault):
        throttle.take("one", "sts")
    now[0] = 1000.0
    for _ in range(8):
        throttle.take("one", "sts")


def test_a_rate_of_nought_has_no_limit() -> None:
    throttle = Throttle(0, lambda: 0.0)
    refused = 0
    for _ in range(10_000):
        try:
            throttle.take("one", "sts")
        except Fault:
            refused += 1
    assert refused == 0
