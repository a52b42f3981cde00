"""Every row of Refactor Spaces' worked table, made by its API and asked of the real HAProxy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from stranglerfig.core.faults import Fault
from tests.dataplane.haproxy_rig import Upstream
from tests.spaces.rig import Desk, a_desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: the base path of each service's URL
BASES = {"M": "", "MB": "/app", "P": "/petclinic/api", "S": "", "SB": "/v2/"}


@dataclass(frozen=True)
class Row:
    """``routes`` are ``path flags service [methods]``; ``upstream`` the service and what it is asked for."""

    number: int
    routes: tuple[str, ...]
    request: str
    upstream: str


ROWS = (
    Row(1, (), "GET /a/b?x=1", "M /a/b?x=1"),
    Row(2, (), "GET /a", "M /a"),
    Row(4, (), "GET /", "M /"),
    Row(6, ("/posts - S",), "GET /posts", "S /"),
    Row(7, ("/posts - S",), "GET /posts/1", "M /posts/1"),
    Row(8, ("/posts C S",), "GET /posts/1?q=2", "S /1?q=2"),
    Row(9, ("/posts C S",), "GET /posts", "S /"),
    Row(10, ("/posts A S",), "GET /posts", "S /posts"),
    Row(11, ("/posts CA S",), "GET /posts/1/c", "S /posts/1/c"),
    Row(12, ("/posts CA SB",), "GET /posts/1", "SB /v2/posts/1"),
    Row(13, ("/posts C SB",), "GET /posts/1", "SB /v2/1"),
    Row(14, ("/pets/{id} A P",), "GET /pets/7", "P /petclinic/api/pets/7"),
    Row(15, ("/pets/{id} A P",), "GET /pets/7/toys", "M /pets/7/toys"),
    Row(16, ("/pets/{id} CA P",), "GET /pets/7/toys/2", "P /petclinic/api/pets/7/toys/2"),
    Row(17, ("/u/{uid}/o/{oid} A S",), "GET /u/4/o/9", "S /u/4/o/9"),
    Row(19, ("/users/me A S", "/users/{id} A P"), "GET /users/me", "S /users/me"),
    Row(20, ("/users/me A S POST", "/users/{id} A P"), "GET /users/me", "P /petclinic/api/users/me"),
    Row(21, ("/posts CA S GET",), "POST /posts/1", "M /posts/1"),
    Row(22, ("/basket - S POST", "/basket C P GET"), "GET /basket/3", "P /petclinic/api/3"),
    Row(23, ("/basket - S POST", "/basket C P GET"), "POST /basket/3", "M /basket/3"),
    Row(24, ("/api CA S", "/api/posts CA P"), "GET /api/posts/1", "P /petclinic/api/api/posts/1"),
    Row(25, ("/api CA S", "/api/posts CA P"), "GET /api/users", "S /api/users"),
    Row(28, ("/posts CA S",), "GET /postsx", "M /postsx"),
    Row(29, ("/posts CA S",), "GET /Posts", "M /Posts"),
    Row(30, ("/posts A S",), "GET /posts/", "S /posts"),
    Row(31, ("/posts A S GET",), "HEAD /posts", "M"),
    Row(32, ("/posts A S",), "OPTIONS /posts", "S /posts"),
    Row(35, ("/users CA S", "/users/a/{id} A P"), "GET /users/a/5", "P /petclinic/api/users/a/5"),
)
#: path flags service, and part of the reason
REFUSED = (
    (18, ("/pets/{id} - P",), "AppendSourcePath"),
    (34, ("/users CA S", "/users/{id} A P"), "one level below"),
)


@dataclass
class Bench:
    desk: Desk
    services: dict[str, str]
    default: str
    upstreams: list[Upstream] = field(default_factory=list)

    async def lay(self, routes: tuple[str, ...]) -> list[str]:
        laid = []
        for text in routes:
            path, flags, service, *methods = text.split()
            laid.append(await self.desk.add_route(self.services[service], path, flags, " ".join(methods)))
        return laid

    async def clear(self) -> None:
        for route in (await self.desk.ask("ListRoutes"))["RouteSummaryList"]:
            if route["RouteType"] == "URI_PATH":
                await self.desk.ask("DeleteRoute", RouteIdentifier=route["RouteId"])
                assert await self.desk.settled(route["RouteId"]) is None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    async with a_desk() as desk:
        upstreams = [await Upstream(name).start() for name in BASES]
        services = {
            one.name: await desk.add_service(f"svc {one.name}", f"http://127.0.0.1:{one.port}{BASES[one.name]}")
            for one in upstreams
        }
        yield Bench(desk, services, await desk.add_default(services["M"]), upstreams)
        for one in upstreams:
            one.stop()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"row-{row.number}")
async def test_a_row_reaches_its_upstream(bench: Bench, row: Row) -> None:
    await bench.lay(row.routes)
    method, target = row.request.split(" ")
    seen = {one.name: one.seen for one in bench.upstreams}
    answer = await bench.desk.request(target, method)
    if method == "HEAD":
        assert [one.name for one in bench.upstreams if one.seen > seen[one.name]] == [row.upstream]
    else:
        assert f"{answer.upstream} {answer.target}" == row.upstream
    await bench.clear()


@pytest.mark.parametrize(("number", "routes", "reason"), REFUSED, ids=lambda one: str(one) if one is int else None)
async def test_a_row_that_aws_refuses_is_refused(
    bench: Bench, number: int, routes: tuple[str, ...], reason: str
) -> None:
    *before, last = routes
    await bench.lay(tuple(before))
    with pytest.raises(Fault, match=reason) as refused:
        await bench.lay((last,))
    assert refused.value.code == ("ValidationException" if number == 18 else "ConflictException")
    await bench.clear()


@pytest.mark.parametrize(
    ("target", "upstream"), [("/users", "MB /app/users"), ("/", "MB /app/")], ids=["row-3", "row-5"]
)
async def test_a_default_with_a_base_path_has_it_in_front(bench: Bench, target: str, upstream: str) -> None:
    async with a_desk() as desk:
        port = next(one.port for one in bench.upstreams if one.name == "MB")
        await desk.add_default(await desk.add_service("mono base", f"http://127.0.0.1:{port}/app"))
        answer = await desk.request(target)
        assert f"{answer.upstream} {answer.target}" == upstream


async def test_row_26_an_inactive_route_is_as_if_it_were_not_there(bench: Bench) -> None:
    await bench.desk.add_route(bench.services["S"], "/api", "CA")
    await bench.desk.add_route(bench.services["P"], "/api/posts", "CA", state="INACTIVE")
    assert (await bench.desk.request("/api/posts")).upstream == "S"
    await bench.clear()


async def test_row_27_a_failed_route_carries_no_traffic(bench: Bench) -> None:
    nobody = await bench.desk.add_service("nobody", "http://127.0.0.1:9")
    route = await bench.desk.add_route(nobody, "/posts", "A")
    found = await bench.desk.ask("GetRoute", RouteIdentifier=route)
    assert (found["State"], found["Error"]["Code"]) == ("FAILED", "SERVICE_ENDPOINT_HEALTH_CHECK_FAILURE")
    assert (await bench.desk.request("/posts")).upstream == "M"
    await bench.clear()


async def test_row_33_without_a_default_what_no_route_takes_is_refused_as_by_the_gateway(bench: Bench) -> None:
    await bench.desk.ask("UpdateRoute", RouteIdentifier=bench.default, ActivationState="INACTIVE")
    await bench.desk.settled(bench.default)
    answer = await bench.desk.request("/x")
    assert (answer.status, answer.body) == (403, b'{"message":"Missing Authentication Token"}')
    await bench.desk.ask("UpdateRoute", RouteIdentifier=bench.default, ActivationState="ACTIVE")
    await bench.desk.settled(bench.default)
    assert (await bench.desk.request("/x")).upstream == "M"


async def test_row_36_a_function_is_not_invoked_and_its_path_stays_where_it_was(bench: Bench) -> None:
    made = await bench.desk.ask(
        "CreateService",
        Name="function",
        EndpointType="LAMBDA",
        LambdaEndpoint={"Arn": "arn:aws:lambda:us-east-1:000000000000:function:fn"},
    )
    await bench.desk.settled(made["ServiceId"])
    route = await bench.desk.add_route(made["ServiceId"], "/fn/{id}", "C")
    found = await bench.desk.ask("GetRoute", RouteIdentifier=route)
    assert found["State"] == "FAILED"
    assert "fig:service" in found["Error"]["Message"]
    assert (await bench.desk.request("/fn/3/z")).upstream == "M"
    await bench.clear()


async def test_what_is_not_below_the_stage_is_refused(bench: Bench) -> None:
    assert (await bench.desk.request("/posts", stage="")).status == 403
    assert (await bench.desk.request("x/posts", stage="/prod")).status == 403
