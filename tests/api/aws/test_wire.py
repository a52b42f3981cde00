"""What the daemon lets in over the wire, and what keys with limits may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.acceptance.machine import a_machine, wait_until
from tests.api.aws.raw import Raw
from tests.api.aws.rig import Desk, a_desk

VPC = "vpc-12345678"


def refusal(call: Callable[..., Any], **parameters: Any) -> str:
    """Code and message."""
    with pytest.raises(ClientError) as found:
        call(**parameters)
    error = found.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


@pytest.mark.parametrize(
    "header",
    [
        ("host", "evil.example:4780"),
        ("host", "127.0.0.1.evil.example"),
        ("host", "127.0.0.1:1"),
        ("host", "127.0.0.1"),
        ("host", ""),
        ("origin", "http://127.0.0.1:8080"),
        ("origin", "null"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
    ],
)
def test_browsers_are_kept_out_even_with_a_signature(desk: Desk, raw: Raw, now: float, header: tuple[str, str]) -> None:
    """A name that was made to mean this machine shows by its Host."""
    asked = raw.request("GET", "/environments").having(*header)
    answer = raw.ask(desk.signer.sign(asked, now))

    assert (answer.status, answer.code) == (403, "AccessDeniedException")
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_this_machine_has_several_names(desk: Desk, raw: Raw, now: float) -> None:
    for name in ("localhost", "LOCALHOST", "127.0.0.1", "[::1]"):
        asked = raw.request("GET", "/environments").having("host", f"{name}:{desk.port}")
        assert raw.ask(desk.signer.sign(asked, now)).status == 200


def test_two_hosts_are_none(desk: Desk, raw: Raw, now: float) -> None:
    asked = raw.request("GET", "/environments").adding("host", raw.host)
    assert raw.ask(desk.signer.sign(asked, now)).status in (400, 403)


def test_a_preflight_is_refused(raw: Raw) -> None:
    answer = raw.ask(raw.request("OPTIONS", "/environments", origin="http://x", access_control_request_method="GET"))
    assert (answer.status, answer.code) == (403, "AccessDeniedException")


def test_a_body_that_is_too_large_is_refused_before_it_is_kept(desk: Desk, raw: Raw, now: float) -> None:
    large = desk.signer.sign(raw.request("POST", "/environments", b" " * 1_048_577), now)
    assert raw.ask(large).status == 413
    most = desk.signer.sign(raw.request("POST", "/environments", b" " * 1_048_576), now)
    assert raw.ask(most).code == "ValidationException"


def test_every_answer_names_its_request(desk: Desk, raw: Raw, now: float) -> None:
    asked = desk.signer.sign(raw.request("GET", "/environments"), now)
    ids = {raw.ask(one).headers["x-amzn-requestid"] for one in (asked, asked, raw.request("GET", "/"))}
    assert len(ids) == 3


def test_paths_and_methods_that_there_are_not(desk: Desk, raw: Raw, now: float) -> None:
    for method, target, status in (
        ("GET", "/nowhere", 404),
        ("GET", "/environments/", 404),
        ("PUT", "/environments", 405),
        ("BREW", "/environments", 405),
    ):
        answer = raw.ask(desk.signer.sign(raw.request(method, target), now))
        assert (answer.status, answer.code) == (status, "UnknownOperationException")


def test_a_read_only_key_reads_and_changes_nothing(desk: Desk) -> None:
    reader = desk.client(signer=desk.key("reader", "--read-only"))
    before = desk.client().list_environments()["EnvironmentSummaryList"]
    arn = "arn:aws:refactor-spaces:us-east-1:000000000000:environment/env-0123456789"

    assert reader.list_environments()["EnvironmentSummaryList"] == before
    for call, parameters in (
        (reader.create_environment, {"Name": "more", "NetworkFabricType": "NONE"}),
        (reader.delete_environment, {"EnvironmentIdentifier": "env-0123456789"}),
        (reader.tag_resource, {"ResourceArn": arn, "Tags": {"a": "b"}}),
        (reader.put_resource_policy, {"ResourceArn": arn, "Policy": "{}"}),
    ):
        assert "its key is for reading only" in refusal(call, **parameters)
    assert desk.client().list_environments()["EnvironmentSummaryList"] == before
    assert desk.client("sts", signer=desk.key("reader-2", "--read-only")).get_caller_identity()["Account"]


def test_a_key_below_a_path_changes_routes_there_and_nothing_else(desk: Desk) -> None:
    owner, team = desk.client(), desk.client(signer=desk.key("team", "--path-prefix", "/api/users"))
    url = desk.machine.start_upstream("users")
    environment = owner.create_environment(Name="estate", NetworkFabricType="NONE")["EnvironmentId"]
    place = {"EnvironmentIdentifier": environment}
    application = owner.create_application(Name="shop", ProxyType="API_GATEWAY", VpcId=VPC, **place)
    place["ApplicationIdentifier"] = application["ApplicationId"]
    wait_until(lambda: owner.get_application(**place)["State"] == "ACTIVE", "the application is there")
    service = {"Name": "users", "EndpointType": "URL", "UrlEndpoint": {"Url": url}, "VpcId": VPC}
    made = team.create_service(**service, **place)["ServiceId"]
    wait_until(lambda: owner.get_service(ServiceIdentifier=made, **place)["State"] == "ACTIVE", "the service is there")
    default = {"RouteType": "DEFAULT", "ServiceIdentifier": made, **place}
    below, beside = (
        {
            **{"RouteType": "URI_PATH", "ServiceIdentifier": made, **place},
            "UriPathRoute": {"SourcePath": path, "ActivationState": "ACTIVE"},
        }
        for path in ("/api/users/new", "/api/usersnew")
    )

    assert "AccessDenied" in refusal(team.create_environment, Name="other", NetworkFabricType="NONE")
    assert "AccessDenied" in refusal(team.create_route, **default)
    first = owner.create_route(**default)["RouteId"]
    wait_until(lambda: owner.get_route(RouteIdentifier=first, **place)["State"] == "ACTIVE", "the default is there")
    assert "AccessDenied" in refusal(team.create_route, **beside)
    route = team.create_route(**below)["RouteId"]
    assert "AccessDenied" in refusal(team.delete_application, **place)
    wait_until(lambda: owner.get_route(RouteIdentifier=route, **place)["State"] == "ACTIVE", "the route is there")
    team.delete_route(RouteIdentifier=route, **place)


def test_who_is_asked_for_by_the_account_of_its_key(desk: Desk) -> None:
    for flags, account in (((), "000000000000"), (("--account", "222222222222"), "222222222222")):
        found = desk.client("sts", signer=desk.key(f"of-{account}", *flags)).get_caller_identity()
        assert (found["Account"], account in found["Arn"]) == (account, True)


def test_who_asks_too_often_is_told_when_to_come_back_and_boto3_does() -> None:
    with a_machine(environ={"FIG_API_RATE": "2"}) as machine:
        desk = a_desk(machine)
        hasty, other = desk.client(), desk.client(signer=desk.key("other"))
        refused = [answer for answer in (status(hasty) for _ in range(8)) if answer["HTTPStatusCode"] == 429]
        assert 1 <= int(refused[0]["HTTPHeaders"]["retry-after"]) <= 2
        assert status(other)["HTTPStatusCode"] == 200, "each key has its own measure"

        patient = desk.client(retries={"mode": "standard", "total_max_attempts": 8})
        told = (patient.list_environments()["ResponseMetadata"] for _ in range(40))
        assert any(answer["RetryAttempts"] for answer in told), "it was refused once, and answered all the same"


def status(client: Any) -> dict[str, Any]:
    try:
        found = client.list_environments()
    except ClientError as refused:
        found = refused.response
    if "Error" in found:
        assert found["Error"] == {"Code": "ThrottlingException", "Message": "Rate exceeded"}
        assert found["QuotaCode"] == "FIG_API_RATE"
    return dict(found["ResponseMetadata"])
