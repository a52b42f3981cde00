"""Services of Refactor Spaces that fig runs itself: named by a tag or by URL, and reached without a second hop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.machine import a_machine
from tests.acceptance.scenes import given_a_service, task_pids
from tests.acceptance.spaces import Space, a_route, a_service, a_shop, refused, signed, space_of
from tests.acceptance.stacks import asking
from tests.acceptance.workspaces import Answer, Folder, a_forum, ask

LAST = "/api/posts/in-thread/1"


@pytest.fixture(scope="module")
def forum() -> Iterator[Folder]:
    """The monolith takes every path of its environment but those of posts, which is a service of its own."""
    with a_machine() as machine:
        forum = a_forum(machine)
        forum.fig("app", "init", "forum")
        for name in ("api", "posts"):
            forum.fig("svc", "deploy", "--name", name, "--env", "test")
        yield forum


@pytest.fixture(scope="module")
def space(forum: Folder) -> Space:
    return space_of(forum.machine)


@pytest.fixture(scope="module")
def shop(space: Space, forum: Folder) -> Space:
    """With the environment's own address behind the default route."""
    shop = a_shop(space)
    shop.new_default(shop.new_service("monolith", forum.url()))
    return shop


@pytest.fixture(autouse=True)
def only_the_default_route(shop: Space) -> Iterator[None]:
    yield
    shop.cleared()


def target_of(shop: Space, service: str) -> str:
    path = f"/environments/{shop.environment}/applications/{shop.application}/services/{service}"
    status, answer = signed(shop, "GET", path)
    assert status == 200
    return str(answer["FigTarget"])


def targets(shop: Space) -> set[str]:
    return {target["name"] for target in shop.machine.fig("target", "ls", "--json").json()}


def through(shop: Space, path: str) -> Answer:
    proxy, _, stage = str(shop.ask("GetApplication")["ApiGatewayProxy"]["ProxyUrl"]).rpartition("/")
    return ask(proxy, f"/{stage}{path}")


@pytest.mark.parametrize("name", ["forum.test.posts", "forum/test/posts"])
def test_a_tag_names_a_deployed_service(shop: Space, name: str) -> None:
    before = targets(shop)
    service = shop.new_service("by tag", "http://posts.internal", Tags={"fig:service": name})
    shop.new_route(service, "/api/posts", "CA")

    assert (target_of(shop, service), targets(shop)) == ("forum.test.posts", before)
    answer = through(shop, LAST)
    assert (answer.status, answer.by) == (200, "posts")
    assert through(shop, "/api/users/1").by == "monolith"


def test_a_path_of_the_url_goes_in_front_for_a_service_that_is_named_by_a_tag(shop: Space) -> None:
    service = shop.new_service("by tag", "http://posts.internal/api", Tags={"fig:service": "forum.test.posts"})
    shop.new_route(service, "/posts", "CA")
    assert (through(shop, "/posts/in-thread/1").status, through(shop, "/posts/in-thread/1").by) == (200, "posts")


def test_a_url_of_an_environment_joins_the_service_that_answers_there(shop: Space, forum: Folder) -> None:
    before = targets(shop)
    service = shop.new_service("by URL", f"{forum.url()}/api/posts/")
    shop.new_route(service, "/moved", "C")

    assert (target_of(shop, service), targets(shop)) == ("forum.test.posts", before)
    answer = through(shop, "/moved/in-thread/1")
    assert (answer.status, answer.by, answer.text) == (200, "posts", ask(forum.url(), LAST).text)


def test_localhost_is_this_machine_too(shop: Space, forum: Folder) -> None:
    url = forum.url().replace("127.0.0.1", "localhost")
    assert target_of(shop, shop.new_service("by name", f"{url}/api/posts")) == "forum.test.posts"


@pytest.mark.parametrize("path", ["", "/api", "/api/users"])
def test_a_url_that_one_service_alone_does_not_answer_is_asked_like_any_other(
    shop: Space, forum: Folder, path: str
) -> None:
    service = shop.new_service("several", forum.url() + path)
    if path == "/api/users":
        # The monolith has it to itself.
        assert target_of(shop, service) == "forum.test.api"
    else:
        assert target_of(shop, service).startswith("shop-several")
    shop.new_route(service, "/several", "C")
    assert through(shop, "/several/users/1" if path != "/api/users" else "/several/1").status in (200, 404)
    shop.cleared()
    shop.deleted("DeleteService", ServiceIdentifier=service)


def test_a_new_revision_is_followed_and_no_request_fails(shop: Space, forum: Folder) -> None:
    service = shop.new_service("by tag", "http://posts.internal", Tags={"fig:service": "forum.test.posts"})
    shop.new_route(service, "/api/posts", "CA")
    url = shop.ask("GetApplication")["ApiGatewayProxy"]["ProxyUrl"]
    program = forum.path / "posts" / "app.py"
    with asking(url, [LAST, "/api/users/1"]) as asker:
        program.write_text(program.read_text() + "\n# another revision\n")
        forum.fig("svc", "deploy", "--name", "posts", "--env", "test")
    assert {by for _, by in asker.answered} == {"posts", "monolith"}


def test_a_service_that_is_joined_is_not_deleted_and_outlives_its_joining(shop: Space, forum: Folder) -> None:
    service = shop.new_service("by tag", "http://posts.internal", Tags={"fig:service": "forum.test.posts"})
    route = shop.new_route(service, "/api/posts", "CA")
    refusal = forum.try_fig("svc", "delete", "--name", "posts", "--env", "test", "--yes")
    assert refusal.status != 0
    assert "posts" in refusal.stderr
    shop.removed(route)
    shop.deleted("DeleteService", ServiceIdentifier=service)
    assert ask(forum.url(), LAST).by == "posts"


def test_a_service_that_is_paused_has_nobody_to_answer(shop: Space, forum: Folder) -> None:
    forum.fig("svc", "deploy", "--name", "users", "--env", "test")
    forum.fig("svc", "pause", "--name", "users", "--env", "test", "--yes")
    assert task_pids(shop.machine, "forum.test.users") == []
    service = shop.new_service("paused", "http://users.internal", Tags={"fig:service": "forum.test.users"})
    failed = shop.new_route(service, "/api/users", "CA")
    assert (failed["State"], failed["Error"]["Code"]) == ("FAILED", "SERVICE_ENDPOINT_HEALTH_CHECK_FAILURE")
    assert "forum.test.users has no healthy task" in failed["Error"]["Message"]
    forum.fig("svc", "resume", "--name", "users", "--env", "test")
    assert shop.switched(failed["RouteId"], "ACTIVE")["State"] == "ACTIVE"
    assert through(shop, "/api/users/1").by == "users"


def test_a_target_is_joined_by_its_name(shop: Space) -> None:
    given_a_service(shop.machine, "orders")
    service = shop.new_service("orders", "http://orders.internal/base", Tags={"fig:service": "orders"})
    shop.new_route(service, "/orders", "CA")
    answer = shop.request("/orders/7?full=1")
    assert (answer.by, answer.path) == ("orders", "/base/orders/7?full=1")


@pytest.mark.parametrize("name", ["nobody", "forum.test.nobody", "forum/test", ""])
def test_a_tag_that_names_nobody_is_refused(shop: Space, name: str) -> None:
    with refused("ValidationException", "neither a target nor a deployed service"):
        shop.ask("CreateService", **a_service("nobody", "http://127.0.0.1:9", Tags={"fig:service": name}))


def test_a_tag_that_was_read_once_stays(shop: Space) -> None:
    made = shop.settled(
        shop.ask("CreateService", **a_service("posts", "http://p.internal", Tags={"fig:service": "forum.test.posts"}))
    )
    with refused("ValidationException", "read when the resource is created"):
        shop.ask("TagResource", ResourceArn=made["Arn"], Tags={"fig:service": "forum.test.api"})
    with refused("ValidationException", "read when the resource is created"):
        shop.ask("UntagResource", ResourceArn=made["Arn"], TagKeys=["fig:service"])
    shop.removed(made)


def test_a_function_that_fig_runs_answers_for_the_one_of_aws(shop: Space) -> None:
    function = shop.settled(
        shop.ask(
            "CreateService",
            Name="function",
            EndpointType="LAMBDA",
            LambdaEndpoint={"Arn": "arn:aws:lambda:us-east-1:000000000000:function:posts"},
            Tags={"fig:service": "forum.test.posts"},
        )
    )
    made = shop.settled(
        {
            **shop.ask("CreateRoute", **a_route(function["ServiceId"], "/api/posts", "CA")),
            "EnvironmentId": shop.environment,
        }
    )
    assert made["State"] == "ACTIVE"
    assert through(shop, LAST).by == "posts"
