"""What the Refactor Spaces API takes and refuses, value by value. boto3 checks the least of it, and here nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.spaces import VPC, Shown, Space, a_route, a_service, a_shop, a_space, an_application, refused

URL = "http://127.0.0.1:9"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:posts"
LONG = "a" * 2048


@pytest.fixture(scope="module")
def shop() -> Iterator[Space]:
    """With an inactive default route, so that routes are made without anybody who answers."""
    with a_space() as space:
        shop = a_shop(space)
        service = shop.new_service("nobody", URL)
        shop.new_default(service, "INACTIVE")
        yield shop.within(shop.environment, shop.application)


@pytest.fixture(scope="module")
def service(shop: Space) -> str:
    return str(shop.ask("ListServices")["ServiceSummaryList"][0]["ServiceId"])


def a_url(url: str, health_url: str | None = None) -> Shown:
    return {"UrlEndpoint": {"Url": url, **({} if health_url is None else {"HealthUrl": health_url})}}


GOOD: dict[str, tuple[Shown, ...]] = {
    "CreateEnvironment": (
        {"Name": "abc"},
        {"Name": "A 1_b-c" + "d" * 56},
        {"Name": "application of app-123"},
        {"Description": "It's #1 @ home! * two.\tor_three-four"},
        {"Description": "a" * 256},
        {"Tags": {f"key {number}": "" for number in range(50)}},
        {"Tags": {"k" * 128: "v" * 256, "ключ": "значение", "a=b&c": "%2F+/"}},
        {"ClientToken": "~" * 64},
    ),
    "CreateApplication": (
        {"VpcId": "vpc-0123456789abcdef0"},
        {"Name": "env-is no prefix here"},
        {"ApiGatewayProxy": {"StageName": "-live_1-"}},
        {"ApiGatewayProxy": {"EndpointType": "PRIVATE"}},
        {"Tags": {"fig:port": "0", "fig:host": "127.0.0.2"}},
    ),
    "CreateService": (
        a_url("http://localhost:8080"),
        a_url("https://shop.example.com/base/", "http://shop.example.com:8080/health?deep=1"),
        a_url("http://127.0.0.1:9/a", "http://127.0.0.1:10/"),
        {"EndpointType": "LAMBDA", "UrlEndpoint": None, "LambdaEndpoint": {"Arn": FUNCTION}},
        {"EndpointType": "LAMBDA", "UrlEndpoint": None, "LambdaEndpoint": {"Arn": f"{FUNCTION}:$LATEST"}},
        {"EndpointType": "LAMBDA", "UrlEndpoint": None, "LambdaEndpoint": {"Arn": f"{FUNCTION}:12"}},
        {"Name": "app-is no prefix here"},
        {"VpcId": "vpc-12ab34cd"},
    ),
    "CreateRoute": (
        {"SourcePath": "/a.b/c_d/e-f:g/{h.i}"},
        {"SourcePath": "/" + "b" * 2047},
        {"SourcePath": "/none", "Methods": []},
        {"SourcePath": "/all", "Methods": ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]},
        {"SourcePath": "/bare", "IncludeChildPaths": None, "AppendSourcePath": None},
    ),
}
BAD: dict[str, tuple[Shown, ...]] = {
    "CreateEnvironment": (
        *({"Name": name} for name in (None, "ab", "a" * 64, "env-mine", "a!!", "-abc", "ab/c", "äbc", "abc\n")),
        *({"Description": text} for text in ("", "a" * 257, "one, two", "(three)", "ü")),
        *({"NetworkFabricType": fabric} for fabric in (None, "", "none", "VPC_PEERING")),
        {"Tags": {f"key {number}": "" for number in range(51)}},
        *({"Tags": {key: "v"}} for key in ("", "aws:mine", "AWS:mine", "k" * 129)),
        {"Tags": {"key": "v" * 257}},
        *({"ClientToken": token} for token in ("", "a" * 65, "tab\t", "é")),
    ),
    "CreateApplication": (
        *({"Name": name} for name in (None, "app-mine", "ab", "a" * 64)),
        *({"VpcId": vpc} for vpc in (None, "vpc-1234", "vpc-1234567g", "vpc-0123456789abcdef01", "subnet-12345678")),
        *({"ProxyType": kind} for kind in (None, "api_gateway", "ALB")),
        *({"ApiGatewayProxy": {"StageName": stage}} for stage in ("", "a b", "a/b", "s" * 129)),
        {"ApiGatewayProxy": {"EndpointType": "EDGE"}},
        *({"Tags": {"fig:port": port}} for port in ("http", "70000", "-1")),
        {"Tags": {"fig:host": "somewhere.example.com"}},
    ),
    "CreateService": (
        *({"Name": name} for name in (None, "svc-mine", "ab")),
        *(a_url(url) for url in ("", "ftp://a.example.com", "a.example.com", f"{URL}/a&b", f"{URL}/a b", "http://")),
        *(
            a_url(url)
            for url in (f"{URL}/a?b=c", f"{URL}/#a", "http://user@a.example.com", "http://a:99999", "http://" + LONG)
        ),
        *(a_url(URL, health) for health in ("http://127.0.0.2:9/", "http://localhost:9/", "health", f"{URL}/a&b")),
        a_url("https://127.0.0.1"),
        {"UrlEndpoint": None},
        {"UrlEndpoint": {}},
        {"LambdaEndpoint": {"Arn": FUNCTION}},
        {"EndpointType": "LAMBDA"},
        {"EndpointType": "LAMBDA", "UrlEndpoint": None},
        {"EndpointType": "LAMBDA", "UrlEndpoint": None, "LambdaEndpoint": {"Arn": "arn:aws:lambda:x:1:function:f"}},
        *({"VpcId": vpc} for vpc in ("", "vpc-1")),
        *({"Description": text} for text in ("", "one, two")),
        {"Tags": {"fig:service": "nobody-is-named-so"}},
    ),
    "CreateRoute": (
        *({"SourcePath": path} for path in (None, "", "/", "posts", "/posts/", "//posts", "/a//b", "/a/{b", "/a/{b}c")),
        *({"SourcePath": path} for path in ("/a b", "/~me", "/50%", "/a*", "/a@b", "/a+b", "/é", "/{}", "/" + LONG)),
        *({"SourcePath": path} for path in ("/posts\n", "/a?b", "/a#b", "/a&b")),
        *({"Methods": methods} for methods in (["get"], ["GET", "TRACE"], ["CONNECT"])),
        *({"ActivationState": state} for state in (None, "FAILED", "active")),
    ),
}
FIRST: dict[str, Shown] = {
    "CreateEnvironment": {"Name": "valid", "NetworkFabricType": "NONE"},
    "CreateApplication": an_application("valid"),
    "CreateService": a_service("valid", URL),
    "CreateRoute": {"SourcePath": "/valid", "ActivationState": "INACTIVE", "AppendSourcePath": True},
}
KINDS = sorted(FIRST)


def wanted(operation: str, change: Shown, service: str) -> Shown:
    """None takes a member away."""
    parameters = {name: value for name, value in {**FIRST[operation], **change}.items() if value is not None}
    if operation != "CreateRoute":
        return parameters
    return {"RouteType": "URI_PATH", "ServiceIdentifier": service, "UriPathRoute": parameters}


def cases(table: dict[str, tuple[Shown, ...]]) -> pytest.MarkDecorator:
    found = [(operation, change) for operation in KINDS for change in table[operation]]
    return pytest.mark.parametrize(
        ("operation", "change"), found, ids=lambda one: str(one)[:60].encode("ascii", "replace").decode()
    )


@cases(GOOD)
def test_what_the_model_allows_is_made(shop: Space, service: str, operation: str, change: Shown) -> None:
    made = shop.ask(operation, **wanted(operation, change, service))
    found = shop.settled({"EnvironmentId": shop.environment, **made})
    assert found["State"] == ("INACTIVE" if operation == "CreateRoute" else "ACTIVE")
    given = {**change, "UrlEndpoint": change.get("UrlEndpoint")}
    assert all(
        found[name] == value for name, value in given.items() if value and name in found and name != "ApiGatewayProxy"
    )


@cases(BAD)
def test_what_the_model_forbids_is_refused(shop: Space, service: str, operation: str, change: Shown) -> None:
    before = shop.ask(f"List{operation.removeprefix('Create')}s")
    with refused("ValidationException"):
        shop.ask(operation, **wanted(operation, change, service))
    after = shop.ask(f"List{operation.removeprefix('Create')}s")
    assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}


def test_all_that_is_wrong_is_said_at_once(shop: Space) -> None:
    with refused("ValidationException", "3 validation errors detected") as error:
        shop.ask("CreateApplication", Name="a!!!", ProxyType="NGINX")
    for name in ("name", "proxyType", "vpcId"):
        assert f"at '{name}' failed to satisfy constraint" in error()["Message"]


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"RouteType": "URI_PATH"}, "UriPathRoute has to be given"),
        ({**a_route("", "/a"), "DefaultRoute": {"ActivationState": "ACTIVE"}}, "DefaultRoute cannot be"),
        ({**a_route("", "/a"), "RouteType": "DEFAULT"}, "UriPathRoute cannot be given"),
    ],
)
def test_a_routes_type_and_what_is_said_of_it_agree(shop: Space, service: str, parameters: Shown, reason: str) -> None:
    with refused("ValidationException", reason):
        shop.ask("CreateRoute", **{**parameters, "ServiceIdentifier": service})


def test_the_network_is_kept_as_it_was_said(shop: Space) -> None:
    assert shop.ask("GetApplication")["VpcId"] == VPC
