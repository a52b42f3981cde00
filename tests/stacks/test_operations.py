"""Stacks with real resources: made, changed, taken back and deleted, with somebody asking all the while."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from stranglerfig.api.aws.cloudformation import OPERATIONS
from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.states import OnFailure, Status
from stranglerfig.core.faults import Fault
from tests.control.world import a_home, until
from tests.dataplane.haproxy_rig import Upstream
from tests.spaces.rig import OWNER
from tests.stacks.rig import Bench, Tree, a_bench, a_definition, a_route, a_service, a_template

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOBODY = "http://127.0.0.1:9"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstreams() -> AsyncIterator[dict[str, str]]:
    """URLs by name."""
    started = [await Upstream(name).start() for name in ("mono", "posts", "users")]
    yield {one.name: f"http://127.0.0.1:{one.port}" for one in started}
    for one in started:
        one.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Bench]:
    async with a_bench() as bench:
        yield bench


@pytest_asyncio.fixture(loop_scope="module")
async def bench(shared: Bench) -> AsyncIterator[Bench]:
    """With no stacks, and nothing that stacks have made."""
    yield shared
    await shared.clear()


@asynccontextmanager
async def load(bench: Bench, target: str) -> AsyncIterator[None]:
    """Somebody asks all the while, and is answered each time."""
    stack, stop, seen = bench.stack(), asyncio.Event(), []

    async def ask() -> None:
        while not stop.is_set():
            seen.append((await bench.request(target, stack)).status)

    asking = asyncio.create_task(ask())
    yield
    stop.set()
    await asking
    assert set(seen) == {200}


def with_posts(upstreams: dict[str, str], url: str | None = None, path: str = "/posts", **posts: object) -> Tree:
    return a_template(
        upstreams["mono"],
        Posts=a_service("posts", url or upstreams["posts"], **posts),
        PostsRoute=a_route("Posts", path),
    )


def a_role(description: object) -> Tree:
    document = {"Version": "2012-10-17", "Statement": []}
    properties = {"AssumeRolePolicyDocument": document, "Description": description}
    return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}


async def test_a_stack_is_made_in_the_order_of_its_needs(bench: Bench, upstreams: dict[str, str]) -> None:
    stack = await bench.create(with_posts(upstreams))
    assert (stack.status, stack.reason) == (Status.CREATE_COMPLETE, None)
    completed = [name for name, status in bench.events(stack) if status == "CREATE_COMPLETE"]
    assert completed[:2] == ["Estate", "Shop"]
    assert completed.index("Default") < completed.index("PostsRoute") < completed.index("estate")
    assert [(await bench.request(target)).upstream for target in ("/x", "/posts/1")] == ["mono", "posts"]
    assert bench.physical_id("PostsRoute").startswith(f"{bench.physical_id('Shop')}|rte-")


async def test_a_deleted_stack_is_found_by_its_id_only_and_leaves_nothing(
    bench: Bench, upstreams: dict[str, str]
) -> None:
    stack = await bench.create(with_posts(upstreams))
    gone = await bench.delete()
    assert (gone.status, gone.outputs) == (Status.DELETE_COMPLETE, ())
    assert bench.kinds() == []
    deleted = [name for name, status in bench.events(stack) if status == "DELETE_COMPLETE"]
    assert deleted[0] == "PostsRoute"
    assert deleted[-3:] == ["Shop", "Estate", "estate"]
    books = bench.control.stacks.books
    assert (books.find(stack.account, "estate"), books.find(stack.account, stack.id)) == (None, gone)


async def test_what_cannot_be_made_takes_all_of_the_stack_back(bench: Bench, upstreams: dict[str, str]) -> None:
    stack = await bench.create(with_posts(upstreams, NOBODY))
    assert stack.status is Status.ROLLBACK_COMPLETE
    reasons = bench.reasons(stack)
    assert NOBODY in str(reasons["PostsRoute", "CREATE_FAILED"])
    assert reasons["estate", "ROLLBACK_IN_PROGRESS"] == (
        "The following resource(s) failed to create: [PostsRoute]. Rollback requested by user."
    )
    assert bench.kinds() == []
    assert (await bench.delete()).status is Status.DELETE_COMPLETE


@pytest.mark.parametrize(
    ("choice", "status", "left"),
    [(OnFailure.DELETE, Status.DELETE_COMPLETE, 0), (OnFailure.DO_NOTHING, Status.CREATE_FAILED, 6)],
)
async def test_a_failed_creation_ends_as_was_asked_for(
    bench: Bench, upstreams: dict[str, str], choice: OnFailure, status: Status, left: int
) -> None:
    stack = await bench.create(with_posts(upstreams, NOBODY), on_failure=choice)
    assert (stack.status, len(bench.kinds())) == (status, left)


async def test_a_failed_creation_that_was_left_can_be_mended_by_an_update(
    bench: Bench, upstreams: dict[str, str]
) -> None:
    await bench.create(with_posts(upstreams, NOBODY), on_failure=OnFailure.DO_NOTHING)
    stack = await bench.update(with_posts(upstreams))
    assert stack.status is Status.UPDATE_COMPLETE
    assert len(bench.kinds()) == 6
    assert (await bench.request("/posts")).upstream == "posts"


async def test_a_replaced_service_takes_its_route_along_and_no_request_is_lost(
    bench: Bench, upstreams: dict[str, str]
) -> None:
    await bench.create(with_posts(upstreams))
    before = {name: bench.physical_id(name) for name in ("Posts", "PostsRoute", "Mono")}
    async with load(bench, "/posts/1"):
        stack = await bench.update(with_posts(upstreams, upstreams["users"]))
    assert stack.status is Status.UPDATE_COMPLETE
    after = {name: bench.physical_id(name) for name in before}
    assert {name for name in before if before[name] != after[name]} == {"Posts", "PostsRoute"}
    assert (await bench.request("/posts/1")).upstream == "users"
    assert bench.kinds().count("Service") == 2


async def test_a_failed_update_puts_everything_back_and_no_request_is_lost(
    bench: Bench, upstreams: dict[str, str]
) -> None:
    await bench.create(with_posts(upstreams))
    wanted = with_posts(upstreams, upstreams["users"])
    wanted["Resources"] |= {"Nobody": a_service("nobody", NOBODY), "NobodyRoute": a_route("Nobody", "/nobody")}
    # After the swap of the other route, so that there is something to take back.
    wanted["Resources"]["NobodyRoute"]["DependsOn"] = "PostsRoute"
    before = bench.physical_id("Posts")
    async with load(bench, "/posts/1"):
        stack = await bench.update(wanted)
    assert stack.status is Status.UPDATE_ROLLBACK_COMPLETE
    assert ("PostsRoute", "UPDATE_COMPLETE") in bench.events(stack)
    assert bench.physical_id("Posts") == before
    assert (await bench.request("/posts/1")).upstream == "posts"
    assert bench.kinds() == ["Application", "Environment", "Route", "Route", "Service", "Service"]
    assert stack.definition.tree == with_posts(upstreams)


async def test_a_swap_that_fails_leaves_the_old_route_in_force(bench: Bench, upstreams: dict[str, str]) -> None:
    await bench.create(with_posts(upstreams))
    before = bench.physical_id("PostsRoute")
    async with load(bench, "/posts/1"):
        stack = await bench.update(with_posts(upstreams, NOBODY))
    assert stack.status is Status.UPDATE_ROLLBACK_COMPLETE
    assert bench.physical_id("PostsRoute") == before
    assert (await bench.request("/posts/1")).upstream == "posts"
    assert len(bench.kinds()) == 6


async def test_activation_and_tags_change_in_place(bench: Bench, upstreams: dict[str, str]) -> None:
    await bench.create(with_posts(upstreams))
    before = bench.physical_id("PostsRoute")
    wanted = with_posts(upstreams, Tags=[{"Key": "team", "Value": "posts"}])
    wanted["Resources"]["PostsRoute"] = a_route("Posts", "/posts", active=False)
    stack = await bench.update(wanted)
    assert stack.status is Status.UPDATE_COMPLETE
    assert bench.physical_id("PostsRoute") == before
    assert (await bench.request("/posts/1")).upstream == "mono"
    service = bench.control.refactoring.books.spaces.resources[bench.physical_id("Posts").rpartition("|")[2]]
    assert dict(service.facts.tags) == {"team": "posts"}
    changed = {name for name, status in bench.events(stack) if status == "UPDATE_COMPLETE"}
    assert changed == {"PostsRoute", "Posts", "estate"}


async def test_a_path_that_changes_moves_at_once(bench: Bench, upstreams: dict[str, str]) -> None:
    await bench.create(with_posts(upstreams))
    stack = await bench.update(with_posts(upstreams, path="/articles"))
    assert stack.status is Status.UPDATE_COMPLETE
    assert [(await bench.request(one)).upstream for one in ("/posts/1", "/articles/1")] == ["mono", "posts"]


async def test_what_a_template_no_longer_holds_goes_when_all_else_is_done(
    bench: Bench, upstreams: dict[str, str]
) -> None:
    await bench.create(with_posts(upstreams))
    async with load(bench, "/posts/1"):
        stack = await bench.update(a_template(upstreams["mono"]))
    assert stack.status is Status.UPDATE_COMPLETE
    events = bench.events(stack)
    assert events.index(("PostsRoute", "DELETE_COMPLETE")) < events.index(("Posts", "DELETE_IN_PROGRESS"))
    assert len(bench.kinds()) == 4
    assert "Posts" not in bench.control.stacks.books.resources(stack.id)


async def test_an_update_that_failed_and_was_left_can_be_rolled_back(bench: Bench, upstreams: dict[str, str]) -> None:
    await bench.create(with_posts(upstreams))
    stack = await bench.update(with_posts(upstreams, NOBODY), on_failure=OnFailure.DO_NOTHING)
    assert stack.status is Status.UPDATE_FAILED
    async with load(bench, "/posts/1"):
        stack = await bench.roll_back()
    assert stack.status is Status.UPDATE_ROLLBACK_COMPLETE
    assert len(bench.kinds()) == 6


async def test_an_environment_that_is_replaced_takes_everything_along(bench: Bench, upstreams: dict[str, str]) -> None:
    await bench.create(with_posts(upstreams))
    wanted = with_posts(upstreams)
    wanted["Resources"]["Estate"]["Properties"]["Name"] = "domain"
    stack = await bench.update(wanted)
    assert stack.status is Status.UPDATE_COMPLETE
    assert len(bench.kinds()) == 6
    assert (await bench.request("/posts/1")).upstream == "posts"
    assert (await bench.delete()).status is Status.DELETE_COMPLETE


async def test_a_resource_that_is_to_stay_is_left_where_it_is(bench: Bench, upstreams: dict[str, str]) -> None:
    wanted = with_posts(upstreams)
    wanted["Resources"]["Estate"]["DeletionPolicy"] = "Retain"
    stack = await bench.create(wanted)
    assert (await bench.delete()).status is Status.DELETE_COMPLETE
    assert bench.kinds() == ["Environment"]
    assert ("Estate", "DELETE_SKIPPED") in bench.events(stack)


async def test_a_deletion_that_fails_says_why_and_can_be_repeated(bench: Bench, upstreams: dict[str, str]) -> None:
    stack = await bench.create(with_posts(upstreams))
    other = a_template(upstreams["mono"])["Resources"]["Shop"]
    other["Properties"]["EnvironmentIdentifier"] = bench.physical_id("Estate")
    await bench.create({"Resources": {"Other": other}}, "other")
    failed = await bench.delete()
    assert failed.status is Status.DELETE_FAILED
    assert failed.reason == "The following resource(s) failed to delete: [Estate]."
    assert "has applications" in str(bench.reasons(stack)["Estate", "DELETE_FAILED"])
    assert (await bench.delete("estate", "Estate")).status is Status.DELETE_COMPLETE
    assert bench.kinds() == ["Application", "Environment"]


async def test_an_export_in_use_can_neither_go_nor_change(bench: Bench, upstreams: dict[str, str]) -> None:
    exporting = a_template(upstreams["mono"])
    exporting["Outputs"]["Url"]["Export"] = {"Name": "shop-url"}
    await bench.create(exporting)
    importing = a_role({"Fn::ImportValue": "shop-url"})
    stack = await bench.create(importing, "importing")
    assert stack.imports == ("shop-url",)
    with pytest.raises(Fault, match="Export shop-url cannot be deleted as it is in use by importing"):
        await bench.delete()
    stack = await bench.update(a_template(upstreams["mono"]))
    assert stack.status is Status.UPDATE_ROLLBACK_COMPLETE
    assert [one.export_name for one in stack.outputs] == ["shop-url"]
    await bench.delete("importing")
    assert (await bench.delete()).status is Status.DELETE_COMPLETE


async def test_a_record_has_ids_and_says_that_it_is_one(bench: Bench) -> None:
    stack = await bench.create(a_role("first"))
    assert stack.status is Status.CREATE_COMPLETE
    before = bench.physical_id("Role")
    assert "record" in str(bench.reasons(stack)["Role", "CREATE_COMPLETE"])
    stack = await bench.update(a_role("second"))
    assert (stack.status, bench.physical_id("Role")) == (Status.UPDATE_COMPLETE, before)


async def test_a_type_that_is_unknown_fails_the_stack_by_its_name(bench: Bench) -> None:
    stack = await bench.create({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    assert stack.status is Status.ROLLBACK_COMPLETE
    assert "AWS::SQS::Queue" in str(bench.reasons(stack)["Queue", "CREATE_FAILED"])


async def test_an_update_that_is_cancelled_goes_back(bench: Bench, upstreams: dict[str, str]) -> None:
    await bench.create(with_posts(upstreams))
    stacks = bench.control.stacks
    wanted = with_posts(upstreams, NOBODY)
    begun = stacks.begin_update(bench.stack(), a_definition(wanted), stacks.new_operation(OWNER))
    await asyncio.sleep(0)
    stacks.cancel_update(bench.stack())
    stack = await bench.settled(begun)
    assert stack.status is Status.UPDATE_ROLLBACK_COMPLETE
    assert (await bench.request("/posts/1")).upstream == "posts"


@pytest.mark.parametrize("left_s", [0.5, -1.0])
async def test_a_creation_that_takes_longer_than_it_may_goes_back(bench: Bench, left_s: float) -> None:
    """In its middle, and when nothing has been begun since the daemon was away."""
    hung_up = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hung_up.wait()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    tree = a_template(url, Mono=a_service("mono", url, UrlEndpoint={"Url": url, "HealthUrl": f"{url}/health"}))
    stacks = bench.control.stacks
    stack = stacks.new_stack(OWNER.account, "estate", a_definition(tree))
    stack = replace(stack, timeout_minutes=1, created_at=stack.created_at - 60.0 + left_s)
    begun = stacks.begin_create(stack, stacks.new_operation(OWNER))
    await until(lambda: bench.stack().status is not Status.CREATE_IN_PROGRESS)
    silent.close()
    hung_up.set()
    stack = await bench.settled(begun)
    assert stack.status is Status.ROLLBACK_COMPLETE
    reason = bench.reasons(stack)["estate", "ROLLBACK_IN_PROGRESS"]
    assert reason == "Stack creation time exceeded the specified timeout. Rollback requested by user."
    assert bench.kinds() == []


@pytest.mark.parametrize("seen", [3, 9, 14])
async def test_an_operation_that_was_cut_off_goes_on_in_the_next_life(upstreams: dict[str, str], seen: int) -> None:
    async with a_home() as home:
        async with a_bench(home) as bench:
            begun = bench.begin(with_posts(upstreams))
            await until(lambda: len(bench.events(begun)) >= seen)
        async with a_bench(home) as bench:
            stack = await bench.settled(begun)
            assert stack.status is Status.CREATE_COMPLETE
            assert len(bench.kinds()) == 6
            assert (await bench.request("/posts")).upstream == "posts"
            made = [name for name, status in bench.events(stack) if status == "CREATE_COMPLETE"]
            assert len(made) == len(set(made)) == 7


async def ask(bench: Bench, operation: str, caller: Caller = OWNER, **parameters: Any) -> dict[str, Any]:
    return await OPERATIONS[operation](bench.control, caller, {"StackName": "estate", **parameters})


async def test_a_deletion_that_waits_for_a_creation_finds_what_has_changed_meanwhile(
    bench: Bench, upstreams: dict[str, str]
) -> None:
    stack = bench.begin(a_template(upstreams["mono"]))
    protected = asyncio.create_task(ask(bench, "DeleteStack"))
    await asyncio.sleep(0)
    await ask(bench, "UpdateTerminationProtection", EnableTerminationProtection=True)
    with pytest.raises(Fault, match="TerminationProtection is enabled"):
        await protected
    await ask(bench, "UpdateTerminationProtection", EnableTerminationProtection=False)
    await bench.delete()

    stack = bench.begin(a_template(upstreams["mono"]))
    await asyncio.gather(ask(bench, "DeleteStack"), ask(bench, "DeleteStack"))
    await bench.settled(stack)
    events = bench.events(stack)
    assert events.count((stack.name, "DELETE_IN_PROGRESS")) == 1


async def test_a_key_of_one_path_leaves_the_stacks_of_others_alone(bench: Bench, upstreams: dict[str, str]) -> None:
    """Not even their protection, nor what is a record in them."""
    team, all_paths = Caller(OWNER.account, "AKIATEAM", path_prefix="/users"), a_template(upstreams["mono"])
    text = json.dumps(all_paths)
    policy = '{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "Update:*", "Resource": "*"}}'
    await bench.create(all_paths)
    await ask(bench, "CreateChangeSet", ChangeSetName="own", TemplateBody=text, Tags=[{"Key": "a", "Value": "b"}])
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("DeleteStack", {}),
        ("UpdateStack", {"TemplateBody": text, "Tags": [{"Key": "a", "Value": "b"}]}),
        ("UpdateTerminationProtection", {"EnableTerminationProtection": True}),
        ("SetStackPolicy", {"StackPolicyBody": policy}),
        ("CreateChangeSet", {"ChangeSetName": "other", "TemplateBody": text}),
        ("ExecuteChangeSet", {"ChangeSetName": "own"}),
        ("DeleteChangeSet", {"ChangeSetName": "own"}),
    ]
    for operation, parameters in attempts:
        with pytest.raises(Fault, match="limited to /users") as found:
            await ask(bench, operation, team, **parameters)
        assert found.value.code == "AccessDenied"
    assert bench.stack().status is Status.CREATE_COMPLETE
    assert (await ask(bench, "GetStackPolicy", team))["StackPolicyBody"] is None

    record = {"Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}}}
    await ask(bench, "CreateStack", team, StackName="team", TemplateBody=json.dumps(record))
    below = replace(team, path_prefix="/users/1")
    with pytest.raises(Fault, match="limited to /users/1"):
        await ask(bench, "DeleteStack", below, StackName="team")
    await ask(bench, "DeleteStack", team, StackName="team")
    assert bench.control.stacks.books.find(OWNER.account, "team") is None
