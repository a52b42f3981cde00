"""The operations at work: states, what is refused, swaps, services of fig's own, and what fig's commands may touch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from stranglerfig.control.operations.proxies import NewProxy, change_default, create_proxy, delete_proxy
from stranglerfig.control.operations.refactor_spaces.routes import make_route, replace_route
from stranglerfig.control.operations.routes import NewRoute, RouteChange, change_route, create_route, delete_route
from stranglerfig.control.operations.targets import UrlOptions, create_url_target, delete_target
from stranglerfig.control.spaces.placing import RoutePlace
from stranglerfig.core.access import Caller
from stranglerfig.core.conditions_text import ConditionsText
from stranglerfig.core.desired import UrlTargets
from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.resources import Service, State
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import Refused
from tests.control.world import a_home, a_plane, a_target
from tests.dataplane.haproxy_rig import Upstream
from tests.spaces.requests import a_path_route
from tests.spaces.rig import OWNER, VPC, Desk, a_desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = Caller("222222222222", "AKIAOTHER")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstreams() -> AsyncIterator[dict[str, str]]:
    """URLs by name."""
    started = [await Upstream(name).start() for name in ("mono", "posts", "users")]
    yield {one.name: f"http://127.0.0.1:{one.port}" for one in started}
    for one in started:
        one.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(upstreams: dict[str, str]) -> AsyncIterator[Desk]:
    async with a_desk() as desk:
        yield desk


@contextmanager
def refused(code: str, reason: str | None = None) -> Iterator[None]:
    with pytest.raises(Fault, match=reason) as found:
        yield
    assert found.value.code == code


async def test_what_is_made_is_creating_first_and_active_soon(desk: Desk) -> None:
    made = await desk.ask("CreateEnvironment", Name="other", NetworkFabricType="TRANSIT_GATEWAY", Tags={"a": "b"})
    assert (made["State"], made["Tags"], made["TransitGatewayId"]) == ("CREATING", {"a": "b"}, None)
    await desk.settled(made["EnvironmentId"])
    found = await desk.ask("GetEnvironment", EnvironmentIdentifier=made["EnvironmentId"])
    assert (found["State"], found["TransitGatewayId"][:4]) == ("ACTIVE", "tgw-")


async def test_a_path_is_taken_off_up_to_fourteen_segments_deep(desk: Desk, upstreams: dict[str, str]) -> None:
    mono, posts = await desk.add_service("mono", upstreams["mono"]), await desk.add_service("posts", upstreams["posts"])
    await desk.add_default(mono)
    await desk.add_route(posts, "/a" * 14, "C")
    assert (await desk.request("/a" * 14 + "/b")).target == "/b"
    with refused("ValidationException", "has 15 segments"):
        await desk.add_route(posts, "/b" * 15, "C")
    await desk.add_route(posts, "/b" * 15, "CA")
    assert (await desk.request("/b" * 15 + "/c")).target == "/b" * 15 + "/c"


async def test_an_application_tells_its_address_once_it_has_one(desk: Desk) -> None:
    made = await desk.ask("CreateApplication", Name="second", ProxyType="API_GATEWAY", VpcId=VPC)
    assert made["ApiGatewayProxy"] == {"EndpointType": "REGIONAL", "StageName": "prod"}
    await desk.settled(made["ApplicationId"])
    found = await desk.ask("GetApplication", ApplicationIdentifier=made["ApplicationId"])
    assert found["ApiGatewayProxy"]["ProxyUrl"].endswith("/prod")
    assert len(found["ApiGatewayProxy"]["VpcLinkId"]) == 10


async def test_a_default_route_comes_first_and_goes_last(desk: Desk, upstreams: dict[str, str]) -> None:
    service = await desk.add_service("mono", upstreams["mono"])
    with refused("ConflictException", "no default route"):
        await desk.add_route(service, "/posts", "A")
    default = await desk.add_default(service)
    with refused("ConflictException", "default route already"):
        await desk.add_default(service)
    route = await desk.add_route(service, "/posts", "A")
    with refused("ConflictException", route):
        await desk.ask("DeleteRoute", RouteIdentifier=default)
    with refused("ValidationException", "cannot be inactive"):
        await desk.ask("UpdateRoute", RouteIdentifier=default, ActivationState="INACTIVE")
    with refused("ConflictException", "has routes"):
        await desk.ask("DeleteService", ServiceIdentifier=service)
    with refused("ConflictException", "routes or services"):
        await desk.ask("DeleteApplication")
    with refused("ConflictException", "has applications"):
        await desk.ask("DeleteEnvironment")


async def test_everything_goes_in_the_order_of_its_making_turned_round(desk: Desk, upstreams: dict[str, str]) -> None:
    service = await desk.add_service("mono", upstreams["mono"])
    default = await desk.add_default(service)
    steps: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("DeleteRoute", {"RouteIdentifier": default}, default),
        ("DeleteService", {"ServiceIdentifier": service}, service),
        ("DeleteApplication", {}, desk.application),
        ("DeleteEnvironment", {}, desk.environment),
    )
    for operation, parameters, resource_id in steps:
        assert (await desk.ask(operation, **parameters))["State"] == "DELETING"
        assert await desk.settled(resource_id) is None
    assert desk.control.books.desired.proxies == {} == desk.control.books.desired.groups
    with refused("ResourceNotFoundException"):
        await desk.ask("GetEnvironment")


async def test_paths_that_mean_the_same_cannot_stand_beside_each_other(desk: Desk, upstreams: dict[str, str]) -> None:
    service = await desk.add_service("mono", upstreams["mono"])
    await desk.add_default(service)
    await desk.add_route(service, "/users/{id}", "A")
    for path, code in (
        ("/users/{name}", "ConflictException"),
        ("/users/{name}/posts", "ConflictException"),
        ("/a/{id}/{id}", "ValidationException"),
        ("/a/../b", "ValidationException"),
        ("/.", "ValidationException"),
    ):
        with refused(code):
            await desk.add_route(service, path, "A")
    await desk.add_route(service, "/users/{id}", "A", "POST")
    with refused("ConflictException", "POST"):
        await desk.add_route(service, "/users/{id}", "CA", "POST PUT")


async def test_a_token_makes_one_thing_however_often_it_comes(desk: Desk) -> None:
    wanted: dict[str, Any] = {"Name": "twice", "NetworkFabricType": "NONE", "ClientToken": "once"}
    first, second = [await desk.ask("CreateEnvironment", **wanted) for _ in range(2)]
    assert first["EnvironmentId"] == second["EnvironmentId"]
    with refused("ConflictException", "ClientToken"):
        await desk.ask("CreateEnvironment", **{**wanted, "Name": "thrice"})


async def test_a_swap_loses_no_request(desk: Desk, upstreams: dict[str, str]) -> None:
    mono, posts = [await desk.add_service(name, upstreams[name]) for name in ("mono", "posts")]
    await desk.add_default(mono)
    route = await desk.add_route(mono, "/posts", "CA")
    answers: list[int] = []

    async def load(stop: asyncio.Event) -> None:
        while not stop.is_set():
            answers.append((await desk.request("/posts/1")).status)

    stop = asyncio.Event()
    loading = asyncio.create_task(load(stop))
    parameters = a_path_route(posts, "/posts", "CA")
    ids = {"EnvironmentIdentifier": desk.environment, "ApplicationIdentifier": desk.application}
    made = await replace_route(desk.control, OWNER, route, {**parameters, **ids})
    await desk.settled(made["RouteId"])
    stop.set()
    await loading
    assert set(answers) == {200}
    assert (await desk.request("/posts/1")).upstream == "posts"
    with refused("ResourceNotFoundException"):
        await desk.ask("GetRoute", RouteIdentifier=route)


async def test_a_route_that_is_being_swapped_is_left_alone_by_all_others(desk: Desk, upstreams: dict[str, str]) -> None:
    mono, posts = await desk.add_service("mono", upstreams["mono"]), await desk.add_service("posts", upstreams["posts"])
    await desk.add_default(mono)
    route = await desk.add_route(mono, "/posts", "CA")
    ids = {"EnvironmentIdentifier": desk.environment, "ApplicationIdentifier": desk.application}
    made = await replace_route(desk.control, OWNER, route, {**a_path_route(posts, "/posts", "CA"), **ids})
    await asyncio.sleep(0)
    with refused("ValidationException", f"is being replaced by {made['RouteId']}"):
        await desk.ask("UpdateRoute", RouteIdentifier=route, ActivationState="INACTIVE")
    with refused("ConflictException", f"is being replaced by {made['RouteId']}"):
        await desk.ask("DeleteRoute", RouteIdentifier=route)
    with refused("ValidationException", f"is being replaced by {made['RouteId']}"):
        await replace_route(desk.control, OWNER, route, {**a_path_route(posts, "/other", "CA"), **ids})
    await desk.settled(made["RouteId"])
    assert (await desk.state(made["RouteId"]), (await desk.request("/posts/1")).upstream) == ("ACTIVE", "posts")


async def test_a_swap_for_what_does_not_answer_leaves_the_old_route_in_force(
    desk: Desk, upstreams: dict[str, str]
) -> None:
    mono, nobody = (
        await desk.add_service("mono", upstreams["mono"]),
        await desk.add_service("nobody", "http://127.0.0.1:9"),
    )
    await desk.add_default(mono)
    route = await desk.add_route(await desk.add_service("posts", upstreams["posts"]), "/posts", "A")
    ids = {"EnvironmentIdentifier": desk.environment, "ApplicationIdentifier": desk.application}
    made = await replace_route(desk.control, OWNER, route, {**a_path_route(nobody, "/posts", "A"), **ids})
    await desk.settled(made["RouteId"])
    assert (await desk.state(made["RouteId"]), await desk.state(route)) == ("FAILED", "ACTIVE")
    assert (await desk.request("/posts")).upstream == "posts"
    await desk.ask("DeleteRoute", RouteIdentifier=made["RouteId"])
    assert await desk.settled(made["RouteId"]) is None
    assert (await desk.request("/posts")).upstream == "posts"


async def test_a_failed_route_can_be_tried_again(desk: Desk, upstreams: dict[str, str]) -> None:
    await desk.add_default(await desk.add_service("mono", upstreams["mono"]))
    late = await Upstream("late").start()
    late.stop()
    route = await desk.add_route(await desk.add_service("late", f"http://127.0.0.1:{late.port}"), "/late", "A")
    assert await desk.state(route) == "FAILED"
    await late.start()
    assert (await desk.ask("UpdateRoute", RouteIdentifier=route, ActivationState="ACTIVE"))["State"] == "UPDATING"
    await desk.settled(route)
    assert (await desk.state(route), (await desk.request("/late")).upstream) == ("ACTIVE", "late")
    late.stop()


async def test_a_service_may_be_one_that_fig_runs(upstreams: dict[str, str]) -> None:
    async with a_home() as home, a_plane(home) as plane:
        await plane.post("/v1/targets", a_target("posts"), status=202)
        await plane.until_state("posts", "ACTIVE")
        desk = Desk(plane.control)
        await desk.open()
        service = await desk.add_service("posts", "http://posts.internal/base", Tags={"fig:service": "posts"})
        await desk.add_default(service)
        answer = await desk.request("/all")
        assert (answer.status, b"/base/all" in answer.body) == (200, True)
        with refused("ValidationException", "neither a target nor a deployed service"):
            await desk.add_service("nobody", "http://x.internal", Tags={"fig:service": "nobody"})
        for client in desk.clients.values():
            client.close()


async def test_figs_own_commands_change_weights_and_nothing_else(desk: Desk, upstreams: dict[str, str]) -> None:
    mono, posts = [await desk.add_service(name, upstreams[name]) for name in ("mono", "posts")]
    await desk.add_default(mono)
    route = await desk.add_route(posts, "/posts", "A")
    shown = (await desk.ask("GetRoute", RouteIdentifier=route))["FigRoute"]
    proxy, rule = str(shown["Proxy"]), str(shown["Route"])
    await change_route(desk.control, proxy, rule, RouteChange(weight=0))
    assert (await desk.ask("GetRoute", RouteIdentifier=route))["FigRoute"]["Weight"] == 0
    assert (await desk.request("/posts")).upstream == "mono"
    for attempt in (
        change_route(desk.control, proxy, rule, RouteChange(methods=("GET",))),
        delete_route(desk.control, proxy, rule),
        change_default(desk.control, proxy, upstreams["users"], force=False),
        delete_proxy(desk.control, proxy),
        delete_target(desk.control, (await desk.ask("GetService", ServiceIdentifier=posts))["FigTarget"]),
    ):
        with pytest.raises(Refused, match="Refactor Spaces"):
            await attempt


async def test_what_was_begun_is_taken_up_by_the_next_daemon(upstreams: dict[str, str]) -> None:
    async with a_home() as home:
        async with a_plane(home) as plane:
            desk = Desk(plane.control)
            await desk.open()
            service = await desk.add_service("mono", upstreams["mono"])
            made = await desk.ask("CreateRoute", RouteType="DEFAULT", ServiceIdentifier=service)
            assert made["State"] == "CREATING"
        async with a_plane(home) as plane:
            again = Desk(plane.control, environment=desk.environment, application=desk.application)
            await again.settled(made["RouteId"])
            assert await again.state(made["RouteId"]) == "ACTIVE"
            assert (await again.request("/x")).upstream == "mono"
            for client in again.clients.values():
                client.close()


@pytest.mark.parametrize("is_default", [False, True])
async def test_a_swap_that_was_in_force_when_the_daemon_died_is_finished(
    upstreams: dict[str, str], is_default: bool
) -> None:
    """Its service does not answer any more: to look at it again would leave both routes in the place of one."""
    async with a_home() as home:
        async with a_plane(home) as plane:
            desk = Desk(plane.control)
            await desk.open()
            mono = await desk.add_service("mono", upstreams["mono"])
            gone = await desk.add_service("gone", "http://127.0.0.1:9")
            default = await desk.add_default(mono)
            former = default if is_default else await desk.add_route(mono, "/posts", "A")
            wanted = (
                {"RouteType": "DEFAULT", "ServiceIdentifier": gone} if is_default else a_path_route(gone, "/posts", "A")
            )
            ids = {"EnvironmentIdentifier": desk.environment, "ApplicationIdentifier": desk.application}
            refactoring = desk.control.refactoring
            route = make_route(desk.control, OWNER, {**ids, **wanted}, replaced=former)
            refactoring.books.save(route, "as far as it came")
            proxy = refactoring.books.spaces.application(desk.environment, desk.application).proxy
            service = refactoring.books.spaces.service(desk.environment, desk.application, gone)
            RoutePlace(desk.control.books, proxy).put(route, service)
        async with a_plane(home) as plane:
            again = Desk(plane.control, environment=desk.environment, application=desk.application)
            await again.settled(route.facts.id)

            assert await again.state(route.facts.id) == "ACTIVE"
            with refused("ResourceNotFoundException"):
                await again.state(former)


async def test_another_account_may_do_what_the_policy_says(desk: Desk, upstreams: dict[str, str]) -> None:
    mono = await desk.add_service("mono", upstreams["mono"])
    await desk.add_default(mono)
    arn = (await desk.ask("GetEnvironment"))["Arn"]
    with refused("AccessDeniedException"):
        await desk.ask("GetEnvironment", OTHER)
    assert (await desk.ask("ListEnvironments", OTHER))["EnvironmentSummaryList"] == []
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"222222222222"},'
        '"Action":["refactor-spaces:Get*","refactor-spaces:List*","refactor-spaces:CreateRoute"],"Resource":"*",'
        '"Condition":{"StringLikeIfExists":{"refactor-spaces:SourcePath":"/posts*"}}}]}'
    )
    with refused("InvalidResourcePolicyException"):
        await desk.ask("PutResourcePolicy", ResourceArn=arn, Policy=policy + "\n")
    await desk.ask("PutResourcePolicy", ResourceArn=arn, Policy=policy)
    assert (await desk.ask("GetResourcePolicy", Identifier=arn))["Policy"] == policy
    assert len((await desk.ask("ListEnvironments", OTHER))["EnvironmentSummaryList"]) == 1
    made = await desk.ask("CreateRoute", OTHER, **a_path_route(mono, "/posts/new", "A"))
    assert (made["OwnerAccountId"], made["CreatedByAccountId"]) == ("000000000000", "222222222222")
    with refused("AccessDeniedException"):
        await desk.ask("CreateRoute", OTHER, **a_path_route(mono, "/users", "A"))
    with refused("AccessDeniedException"):
        await desk.ask("DeleteResourcePolicy", OTHER, Identifier=arn)
    await desk.ask("DeleteResourcePolicy", Identifier=arn)
    with refused("ResourceNotFoundException"):
        await desk.ask("GetResourcePolicy", Identifier=arn)


async def test_a_key_of_one_path_changes_routes_below_it_alone(desk: Desk, upstreams: dict[str, str]) -> None:
    mono = await desk.add_service("mono", upstreams["mono"])
    await desk.add_default(mono)
    team = Caller("000000000000", "AKIATEAM", path_prefix="/posts")
    made = await desk.ask("CreateRoute", team, **a_path_route(mono, "/posts/new", "A"))
    await desk.settled(made["RouteId"])
    for path in ("/users", "/postscript"):
        with refused("AccessDeniedException", "/posts"):
            await desk.ask("CreateRoute", team, **a_path_route(mono, path, "A"))
    for operation in ("DeleteApplication", "DeleteEnvironment"):
        with refused("AccessDeniedException"):
            await desk.ask(operation, team)


async def test_tags_that_are_given_while_a_resource_settles_stay(desk: Desk, upstreams: dict[str, str]) -> None:
    mono = await desk.add_service("mono", upstreams["mono"])
    made = await desk.ask("CreateRoute", RouteType="DEFAULT", ServiceIdentifier=mono, Tags={"old": "1", "gone": "1"})
    await asyncio.sleep(0)
    await desk.ask("TagResource", ResourceArn=made["Arn"], Tags={"team": "a"})
    await desk.ask("UntagResource", ResourceArn=made["Arn"], TagKeys=["gone"])
    await desk.settled(made["RouteId"])
    found = await desk.ask("GetRoute", RouteIdentifier=made["RouteId"])
    assert (found["State"], found["Tags"]) == ("ACTIVE", {"old": "1", "team": "a"})


async def test_the_name_of_an_application_that_has_failed_is_not_anothers(
    desk: Desk, upstreams: dict[str, str]
) -> None:
    own = (await desk.ask("GetApplication"))["ApiGatewayProxy"]["ProxyUrl"]
    port = own.rpartition(":")[2].partition("/")[0]
    made = await desk.ask(
        "CreateApplication", Name="second", ProxyType="API_GATEWAY", VpcId=VPC, Tags={"fig:port": port}
    )
    failed = await desk.settled(made["ApplicationId"])
    assert failed is not None
    assert failed.facts.state is State.FAILED
    with pytest.raises(Refused, match="is the application app-"):
        await create_proxy(desk.control, NewProxy("second", upstreams["mono"]))
    with pytest.raises(Refused) as refused:
        await delete_proxy(desk.control, "shop")
    assert "delete-application --environment-identifier env-" in str(refused.value.hint)


async def test_a_route_fails_whose_target_goes_while_it_is_looked_at(desk: Desk, upstreams: dict[str, str]) -> None:
    await desk.add_default(await desk.add_service("mono", upstreams["mono"]))
    await create_url_target(desk.control, "users", (upstreams["users"],), UrlOptions(), HealthCheck(), 1.0)
    joined = await desk.add_service("users", upstreams["users"], Tags={"fig:service": "users"})
    made = await desk.ask("CreateRoute", **a_path_route(joined, "/users", "CA"))
    await asyncio.sleep(0)
    await delete_target(desk.control, "users")
    await desk.settled(made["RouteId"])
    found = await desk.ask("GetRoute", RouteIdentifier=made["RouteId"])
    assert (found["State"], found["Error"]["Code"]) == ("FAILED", "SERVICE_ENDPOINT_HEALTH_CHECK_FAILURE")
    await desk.ask("DeleteRoute", RouteIdentifier=made["RouteId"])
    assert await desk.settled(made["RouteId"]) is None
    assert (await desk.request("/users")).upstream == "mono"


async def test_whatever_goes_wrong_a_route_does_not_stay_on_its_way(desk: Desk, upstreams: dict[str, str]) -> None:
    """Nothing could be done about one that does."""
    await desk.add_default(await desk.add_service("mono", upstreams["mono"]))
    users = await desk.add_service("users", upstreams["users"])
    made = await desk.ask("CreateRoute", **a_path_route(users, "/users"))
    service = await desk.settled(users)
    assert service is not None
    desk.control.refactoring.books.remove(users, "behind its route's back")
    route = await desk.settled(made["RouteId"])
    assert route is not None
    assert route.facts.state is State.FAILED
    desk.control.refactoring.books.save(service, "back again")
    await desk.ask("DeleteRoute", RouteIdentifier=made["RouteId"])
    assert await desk.settled(made["RouteId"]) is None


async def test_a_route_of_figs_own_takes_no_name_that_a_service_is_about_to_have(
    desk: Desk, upstreams: dict[str, str]
) -> None:
    await desk.add_default(await desk.add_service("mono", upstreams["mono"]))
    made: list[str] = []

    async def a_service_comes_first(host: str, port: int) -> None:
        answer = await desk.ask(
            "CreateService", Name="users", EndpointType="URL", UrlEndpoint={"Url": upstreams["users"]}, VpcId=VPC
        )
        made.append(answer["ServiceId"])

    proxy = next(iter(desk.control.books.desired.proxies))
    control = replace(desk.control, reach=a_service_comes_first)
    route = await create_route(control, proxy, NewRoute(ConditionsText("/users"), upstreams["posts"]))
    service = await desk.settled(made[0])
    assert isinstance(service, Service)
    groups = desk.control.books.desired.groups
    assert [groups[name].targets for name in (service.group, route.candidate.group)] == [
        UrlTargets((upstreams[name],)) for name in ("users", "posts")
    ]
