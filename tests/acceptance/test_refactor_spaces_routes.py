"""Which routes the Refactor Spaces API lets be made and switched, and what comes of services that do not answer."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from tests.acceptance.spaces import Shown, Space, a_default, a_route, a_service, a_shop, a_space, refused
from tests.ports import free_port

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:posts"


@pytest.fixture(scope="module")
def space() -> Iterator[Space]:
    with a_space() as found:
        yield found


@pytest.fixture(scope="module")
def monolith(space: Space) -> str:
    return space.machine.start_upstream("monolith")


@pytest.fixture(scope="module")
def ground(space: Space, monolith: str) -> tuple[Space, str, str]:
    """An application with its default route, and the ids of that and of its service."""
    shop = a_shop(space)
    service = shop.new_service("monolith", monolith)
    return shop, service, shop.new_default(service)


@pytest.fixture
def shop(ground: tuple[Space, str, str]) -> Iterator[Space]:
    """With no other route than the default one."""
    yield ground[0]
    ground[0].cleared()


@pytest.fixture
def service(ground: tuple[Space, str, str]) -> str:
    return ground[1]


@pytest.fixture
def default(ground: tuple[Space, str, str]) -> str:
    return ground[2]


def test_the_first_route_is_the_default_one_and_there_is_one_of_it(space: Space, monolith: str) -> None:
    shop = a_shop(space)
    service = shop.new_service("monolith", monolith)
    with refused("ConflictException", "no default route") as error:
        shop.ask("CreateRoute", **a_route(service, "/posts"))
    assert (error()["ResourceType"], error()["ResourceId"]) == ("APPLICATION", shop.application)
    default = shop.settled({**shop.ask("CreateRoute", **a_default(service)), "EnvironmentId": shop.environment})
    with refused("ConflictException", "default route already") as error:
        shop.ask("CreateRoute", **a_default(service, "INACTIVE"))
    assert (error()["ResourceType"], error()["ResourceId"]) == ("ROUTE", default["RouteId"])


def test_a_default_route_sleeps_only_when_all_others_do(shop: Space, service: str, default: str) -> None:
    route = shop.new_route(service, "/posts")["RouteId"]
    with refused("ValidationException", "cannot be inactive"):
        shop.ask("UpdateRoute", RouteIdentifier=default, ActivationState="INACTIVE")
    assert shop.switched(route, "INACTIVE")["State"] == "INACTIVE"
    assert shop.switched(default, "INACTIVE")["State"] == "INACTIVE"
    with refused("ConflictException", "is the default route and inactive"):
        shop.ask("CreateRoute", **a_route(service, "/users"))
    with refused("ValidationException", "while the default route is not"):
        shop.ask("UpdateRoute", RouteIdentifier=route, ActivationState="ACTIVE")
    assert shop.new_route(service, "/users", state="INACTIVE")["State"] == "INACTIVE"
    assert shop.request("/x").status == 403
    assert shop.switched(default, "ACTIVE")["State"] == "ACTIVE"
    assert shop.switched(route, "ACTIVE")["State"] == "ACTIVE"
    assert shop.request("/x").by == "monolith"


@pytest.mark.parametrize(
    ("before", "wanted", "code"),
    [
        ("", "/users/{id}/version/{id} A", "ValidationException"),
        ("/users/{id} A", "/users/{name} A", "ConflictException"),
        ("/users/{id} A", "/users/{name}/posts A", "ConflictException"),
        ("/users/{id}/posts A", "/users/{name} A", "ConflictException"),
        ("/{a}/x A", "/{b}/y A", "ConflictException"),
        ("/users CA", "/users/{id} A", "ConflictException"),
        ("/users/{id} A", "/users CA", "ConflictException"),
        ("/users/{id} CA", "/users/{id}/{post} A", "ConflictException"),
        ("", "/users/{id} -", "ValidationException"),
        ("", "/users/{id} C", "ValidationException"),
        ("/users A", "/users CA", "ConflictException"),
        ("/users A GET", "/users A GET", "ConflictException"),
        ("/users A GET POST", "/users A PUT POST", "ConflictException"),
        ("/users/{id} A GET", "/users/{id} CA GET", "ConflictException"),
    ],
)
def test_what_would_be_ambiguous_is_refused(shop: Space, service: str, before: str, wanted: str, code: str) -> None:
    if before:
        shop.new_route(service, *to_route(before))
    with refused(code) as error:
        shop.ask("CreateRoute", **a_route(service, *to_route(wanted)))
    if code == "ConflictException":
        assert error()["ResourceType"] == "ROUTE"


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("/users/{id} A", "/users/{id}/posts/{post} A"),
        ("/users/{id} A", "/users/me A"),
        ("/a/{x} A", "/b/{y} A"),
        ("/users CA", "/users/a/{id} A"),
        ("/users CA", "/users/a CA"),
        ("/users A", "/users/{id} A"),
        ("/users A GET", "/users CA POST"),
        ("/users A", "/users A GET"),
        ("/users A POST", "/users A"),
        ("/users A", "/Users A"),
    ],
)
def test_what_is_plain_stands_side_by_side(shop: Space, service: str, before: str, wanted: str) -> None:
    for text in (before, wanted):
        assert shop.new_route(service, *to_route(text))["State"] == "ACTIVE"


def test_methods_of_one_path_go_to_several_services(shop: Space, service: str) -> None:
    posts = shop.new_service("writing", shop.machine.start_upstream("writing"))
    shop.new_route(service, "/posts", "A", "GET HEAD")
    shop.new_route(posts, "/posts", "A", "POST")
    shop.new_route(posts, "/users", "A", "POST")
    assert shop.request("/posts").by == "monolith"
    assert post(shop, "/posts") == "writing"
    # A method that no route of the path has goes on to the next, here the default one.
    assert shop.request("/users").by == "monolith"


def test_a_function_takes_parameters_without_their_path(shop: Space) -> None:
    function = shop.settled(
        shop.ask("CreateService", Name="function", EndpointType="LAMBDA", LambdaEndpoint={"Arn": FUNCTION})
    )["ServiceId"]
    made = shop.new_route(function, "/fn/{id}", "C", state="INACTIVE")
    assert (made["State"], made["AppendSourcePath"]) == ("INACTIVE", False)
    failed = shop.switched(made["RouteId"], "ACTIVE")
    assert (failed["State"], failed["Error"]["Code"]) == ("FAILED", "SERVICE_ENDPOINT_HEALTH_CHECK_FAILURE")
    assert "fig invokes no Lambda functions" in failed["Error"]["Message"]
    assert shop.request("/fn/1").by == "monolith"


def test_a_route_to_nobody_fails_and_is_tried_again_when_somebody_is_there(shop: Space) -> None:
    port = free_port()
    late = shop.new_service("late", f"http://127.0.0.1:{port}")
    failed = shop.new_route(late, "/late")
    assert failed["State"] == "FAILED"
    assert failed["Error"]["Code"] == "SERVICE_ENDPOINT_HEALTH_CHECK_FAILURE"
    assert (failed["Error"]["ResourceType"], failed["Error"]["ResourceIdentifier"]) == ("SERVICE", late)
    assert f"127.0.0.1:{port}" in failed["Error"]["Message"]
    assert shop.request("/late").by == "monolith"

    shop.machine.start_upstream("late", port)
    mended = shop.switched(failed["RouteId"], "ACTIVE")

    assert (mended["State"], mended.get("Error")) == ("ACTIVE", None)
    assert shop.request("/late").by == "late"


@pytest.mark.parametrize("path", ["/health", "/health?deep=1", None])
def test_a_service_that_says_that_it_is_well_is_let_in(shop: Space, monolith: str, path: str | None) -> None:
    health = {} if path is None else {"HealthUrl": monolith + path}
    made = shop.new_route(shop.new_service("well", monolith, **health), "/well")
    assert made["State"] == "ACTIVE"


def test_a_service_that_says_that_it_is_ill_is_not_let_in(shop: Space, monolith: str, ill: str) -> None:
    asked, nobody = [], "http://127.0.0.1:9"
    for name, url, health_url in (("short", ill, f"{ill}/health"), ("long", nobody, f"{nobody}/{'a' * 900}")):
        checked = shop.new_service(name, url, HealthUrl=health_url)
        asked.append(shop.ask("CreateRoute", **a_route(checked, f"/{name}")))
    short, long = [shop.settled({**one, "EnvironmentId": shop.environment}) for one in asked]
    assert (short["State"], long["State"]) == ("FAILED", "FAILED")
    assert "/health" in short["Error"]["Message"]
    assert len(long["Error"]["Message"]) == 255
    # What failed can be put to sleep, and deleted.
    asleep = shop.switched(long["RouteId"], "INACTIVE")
    assert (asleep["State"], asleep.get("Error")) == ("INACTIVE", None)
    for route in (asleep, short):
        with refused("ConflictException", route["RouteId"]):
            shop.ask("DeleteService", ServiceIdentifier=route["ServiceId"])
        shop.removed(route)
        shop.deleted("DeleteService", ServiceIdentifier=route["ServiceId"])
    # Without a URL for it, it is enough that somebody takes the connection; another port may be asked.
    assert shop.new_route(shop.new_service("unchecked", ill), "/unchecked")["State"] == "ACTIVE"
    assert shop.new_route(shop.new_service("else", ill, HealthUrl=f"{monolith}/health"), "/else")["State"] == "ACTIVE"


def test_no_route_is_active_over_a_default_that_failed(space: Space) -> None:
    shop = a_shop(space)
    port = free_port()
    service = shop.new_service("late", f"http://127.0.0.1:{port}")
    default = {**shop.ask("CreateRoute", **a_default(service)), "EnvironmentId": shop.environment}
    # While it is looked at, another one may be asked for.
    assert shop.new_route(service, "/asleep", state="INACTIVE")["State"] == "INACTIVE"
    assert shop.settled(default)["State"] == "FAILED"
    posts = shop.new_service("posts", shop.machine.start_upstream("posts"))
    failed = shop.new_route(posts, "/posts")
    assert (failed["State"], failed["Error"]["Code"]) == ("FAILED", "INVALID_RESOURCE_STATE")
    assert (failed["Error"]["ResourceType"], failed["Error"]["ResourceIdentifier"]) == ("ROUTE", default["RouteId"])
    shop.machine.start_upstream("late", port)
    for route in (default["RouteId"], failed["RouteId"]):
        assert shop.switched(route, "ACTIVE")["State"] == "ACTIVE"
    assert (shop.request("/posts").by, shop.request("/").by) == ("posts", "late")


@pytest.fixture(scope="module")
def ill(space: Space) -> str:
    """The URL of a service whose health check answers 503."""
    port = free_port()
    space.machine.start_upstream("ill", port, HEALTH="503")
    return f"http://127.0.0.1:{port}"


def to_route(text: str) -> tuple[str, str, str]:
    """``path flags methods…``"""
    path, flags, *methods = text.split()
    return path, flags, " ".join(methods)


def post(shop: Space, path: str) -> str:
    url: Shown = shop.ask("GetApplication")["ApiGatewayProxy"]
    authority, _, stage = str(url["ProxyUrl"]).removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(authority, timeout=30)
    try:
        connection.request("POST", f"/{stage}{path}", body=b"{}")
        return connection.getresponse().read().decode().partition('"from":"')[2].partition('"')[0]
    finally:
        connection.close()


def test_a_service_may_be_needed_by_nothing(shop: Space, monolith: str) -> None:
    made = shop.settled(shop.ask("CreateService", **a_service("unused", monolith)))
    shop.removed(made)
    with refused("ResourceNotFoundException"):
        shop.ask("CreateRoute", **a_route(made["ServiceId"], "/unused"))
