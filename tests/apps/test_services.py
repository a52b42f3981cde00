"""Services are deployed, paused, rolled back and deleted; their requests follow."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import replace
from typing import Any

import httpx

from stranglerfig.core.desired import Balancer, Ingress
from stranglerfig.core.observed import TaskIdentity
from tests.apps.builders import (
    APP,
    ENV,
    PLACE,
    a_group,
    a_service,
    a_workload,
    an_environment,
    an_order,
    deploy,
    deployed,
    get,
    make_environment,
    until_settled,
    workload,
)
from tests.control.world import Plane, a_home, a_plane, an_upstream, ask, until


async def url_of(plane: Plane) -> str:
    return str((await get(plane, PLACE))["url"])


async def status_of(url: str) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).status_code


async def test_a_deployed_service_answers_on_the_environments_listener() -> None:
    async with an_environment() as plane:
        url = await url_of(plane)
        assert await status_of(f"{url}/posts") == 404
        found = await deployed(plane, a_service("posts"))
        assert await ask(f"{url}/posts") == "posts"
        assert found["urls"] == [f"{url}/posts"]
        assert found["revision"] == 1
        assert (await get(plane, PLACE))["workloads"] == ["posts"]


async def test_the_status_has_the_environments_listener_with_its_services_and_requests() -> None:
    async with an_environment() as plane:
        url = await url_of(plane)
        await deployed(plane, a_service("posts"))
        await ask(f"{url}/posts")

        async def counted() -> bool:
            # A moment after the answer.
            return int((await get(plane, "/v1/status"))["balancers"][0]["requests"]) == 1

        await until(counted)
        (found,) = (await get(plane, "/v1/status"))["balancers"]
        assert (found["name"], found["url"]) == (f"{APP}.{ENV}", url)
        (rule,) = found["rules"]
        assert (rule["id"], rule["path"], rule["to"]) == ("posts.http", "/posts", f"{APP}.{ENV}.posts")
        assert rule["state"] == "ACTIVE"
        await plane.post(f"{PLACE}/workloads/posts/pause", status=200)
        assert (await get(plane, "/v1/status"))["balancers"][0]["rules"][0]["state"] == "PAUSED"

        async def gone() -> bool:
            return plane.control.runtime.observe() == ()

        await until(gone)


async def test_the_same_digest_again_changes_nothing_unless_it_is_forced() -> None:
    async with an_environment() as plane:
        await deployed(plane, a_service("posts"))
        assert (await deploy(plane, a_service("posts")))["unchanged"]
        forced = await deploy(plane, a_service("posts", force=True))
        assert not forced["unchanged"]
        assert forced["target"]["ordered_revision"] == 2


async def test_the_same_digest_again_joins_a_deploy_that_is_under_way() -> None:
    async with an_environment() as plane:
        await deployed(plane, a_service("posts"))
        sick = a_service("posts", digest="two", mode="sick")
        await deploy(plane, sick)
        joined = await deploy(plane, sick)
        assert (joined["unchanged"], joined["target"]["ordered_revision"]) == (False, 2)
        assert plane.control.books.group(f"{APP}.{ENV}.posts").revision == 2


async def test_of_two_deploys_at_once_the_second_joins_the_first_or_follows_it() -> None:
    async with an_environment() as plane:
        group = a_group("posts")
        # An endpoint that nobody has asked for yet: its address is claimed while the deploy is prepared.
        group = replace(group, ingress=(*group.ingress, Ingress("internal", group.name)))
        same = an_order(a_workload("posts"), group)
        answers = await asyncio.gather(deploy(plane, same), deploy(plane, same))
        assert [one["target"]["ordered_revision"] for one in answers] == [1, 1]
        assert plane.control.books.group(group.name).revision == 1
        orders = [an_order(a_workload("posts", digest=digest), group) for digest in ("two", "three")]
        others = await asyncio.gather(*(deploy(plane, order) for order in orders))
        assert [one["target"]["ordered_revision"] for one in others] == [2, 3]
        assert (await until_settled(plane, "posts", "ACTIVE"))["digest"] == "three"


async def test_a_service_is_not_deployed_while_it_is_being_deleted() -> None:
    async with an_environment() as plane:
        await deployed(plane, a_service("posts"))
        order = a_service("posts")
        going = asyncio.create_task(plane.client.delete(f"{PLACE}/workloads/posts"))
        group = f"{APP}.{ENV}.posts"
        await until(lambda: plane.control.books.group(group).revision == 2)
        refused = await plane.client.post(f"{PLACE}/workloads", json=order)
        assert (refused.status_code, "posts is being deleted" in refused.text) == (409, True)
        assert (await going).status_code == 204
        await deployed(plane, order)


async def test_an_address_belongs_to_one_listener_alone() -> None:
    async with an_environment() as plane:
        taken = (await get(plane, PLACE))["port"]
        second = {"name": "prod", "runtime": "process", "port": taken}
        refused = await plane.client.post(f"/v1/apps/{APP}/environments", json=second)
        assert (refused.status_code, "is taken by environment 'test' of shop" in refused.text) == (409, True)
        assert "local.port" in refused.json()["hint"]
        assert (await plane.client.get(f"/v1/apps/{APP}/environments/prod")).status_code == 404
        bytes_of = Balancer(f"{APP}.{ENV}.posts.{taken}", "127.0.0.1", taken, tcp=True)
        order = an_order(a_workload("posts"), a_group("posts"), bytes_of)
        assert (await plane.client.post(f"{PLACE}/workloads", json=order)).status_code == 409
        async with an_upstream("old") as url:
            proxy = {"name": "shop", "to": url, "port": taken}
            assert (await plane.client.post("/v1/proxies", json=proxy)).status_code == 409
        await deployed(plane, a_service("posts"))
        assert await ask(f"{await url_of(plane)}/posts") == "posts"


async def test_an_endpoint_that_is_asked_for_during_the_first_deploy_keeps_its_address() -> None:
    async with an_environment() as plane:
        group = a_group("posts")
        group = replace(group, ingress=(*group.ingress, Ingress("internal", group.name)))
        order = an_order(a_workload("posts"), group)
        answer, _ = await asyncio.gather(
            plane.client.put(f"{PLACE}/endpoints", json={"services": ["posts"]}), deploy(plane, order)
        )
        again = await plane.client.put(f"{PLACE}/endpoints", json={"services": ["posts"]})
        assert answer.json() == again.json()


async def test_a_revision_that_fails_is_taken_back_with_its_routing_and_is_tried_again_when_ordered_again() -> None:
    async with an_environment() as plane:
        url = await url_of(plane)
        await deployed(plane, a_service("posts"))
        bad = a_service("posts", digest="two", path="/elsewhere", mode="ends")
        await deploy(plane, bad)

        async def is_back() -> bool:
            return bool((await workload(plane, "posts"))["target"]["failed_revision"] == 2)

        await until(is_back)
        found = await until_settled(plane, "posts", "ACTIVE")
        assert (found["digest"], found["revision"], found["urls"]) == ("one", 1, [f"{url}/posts"])
        assert await ask(f"{url}/posts") == "posts"
        assert await status_of(f"{url}/elsewhere") == 404
        assert not (await deploy(plane, bad))["unchanged"]


async def test_a_rollback_brings_routing_back_and_a_new_deploy_counts_on() -> None:
    async with an_environment() as plane:
        url = await url_of(plane)
        await deployed(plane, a_service("posts"))
        await deployed(plane, a_service("posts", digest="two", path="/new"))
        assert await ask(f"{url}/new") == "posts"
        rolled = await plane.post(f"{PLACE}/workloads/posts/rollback", {"revision": None}, status=202)
        assert rolled["digest"] == "one"
        await until_settled(plane, "posts", "ACTIVE")
        assert await ask(f"{url}/posts") == "posts"
        assert await status_of(f"{url}/new") == 404
        assert (await deployed(plane, a_service("posts", digest="three")))["revision"] == 3


async def test_a_revision_that_does_not_exist_is_refused_with_those_that_do() -> None:
    async with an_environment() as plane:
        await deployed(plane, a_service("posts"))
        rollback, wanted = f"{PLACE}/workloads/posts/rollback", {"revision": 9}

        refused = await plane.post(rollback, wanted, status=404)
        assert refused["message"] == "posts has no revision 9"
        assert refused["hint"] == "There is no other than revision 1, which is in force."
        await deployed(plane, a_service("posts", digest="two"))
        assert "There is revision 1;" in str((await plane.post(rollback, wanted, status=404))["hint"])
        await deployed(plane, a_service("posts", digest="three"))
        hint = str((await plane.post(rollback, wanted, status=404))["hint"])
        assert hint == "There are revisions 1 and 2; `fig svc show --name posts` shows what is in force."


async def test_a_program_that_listens_elsewhere_is_told_of_while_it_may_still_come() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_service("posts", mode="elsewhere"))

        async def detail() -> str:
            servers = (await workload(plane, "posts"))["target"]["servers"]
            return str(servers[0]["detail"]) if servers else ""

        await until(detail)
        found = (await workload(plane, "posts"))["target"]
        assert found["state"] == "STARTING"
        assert found["problem"] is None
        assert "not on the PORT it was given" in await detail()
        assert "under `local` in its manifest" in await detail()
        os.kill(found["servers"][0]["pid"], signal.SIGUSR1)
        settled = await until_settled(plane, "posts", "ACTIVE")
        assert "PORT" not in settled["target"]["servers"][0]["detail"]


async def test_a_paused_service_says_so_and_comes_back_as_large_as_it_was() -> None:
    async with an_environment() as plane:
        url = await url_of(plane)
        order = a_service("posts")
        order["group"]["targets"]["replicas"] = 2
        await deployed(plane, order)
        assert (await plane.post(f"{PLACE}/workloads/posts/pause", status=200))["paused"]
        await plane.control.fleet.gone(f"{APP}.{ENV}.posts")
        assert await status_of(f"{url}/posts") == 503
        assert not (await plane.post(f"{PLACE}/workloads/posts/resume", status=200))["paused"]
        found = await until_settled(plane, "posts", "ACTIVE")
        assert len(found["target"]["servers"]) == 2


async def test_a_pause_puts_a_revision_off_that_is_on_its_way_and_resuming_goes_on_with_it() -> None:
    async with an_environment() as plane:
        url, name = await url_of(plane), f"{APP}.{ENV}.posts"
        await deployed(plane, of_two("one"))
        await deploy(plane, of_two("two", mode="sick", start_timeout_s=600.0))
        await until(lambda: pids_of(plane, name, 2))
        paused = await plane.post(f"{PLACE}/workloads/posts/pause", status=200)
        assert (paused["paused"], paused["revision"], paused["digest"]) == (True, 1, "one")
        await plane.control.fleet.gone(name)
        assert await status_of(f"{url}/posts") == 503
        resumed = await plane.post(f"{PLACE}/workloads/posts/resume", status=200)
        assert (resumed["paused"], resumed["revision"]) == (False, 2)

        async def is_taken_back() -> bool:
            for pid in pids_of(plane, name, 2):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return bool((await workload(plane, "posts"))["target"]["failed_revision"] == 2)

        await until(is_taken_back)
        found = await until_settled(plane, "posts", "ACTIVE")
        assert (found["paused"], found["revision"], len(found["target"]["servers"])) == (False, 1, 2)
        assert await ask(f"{url}/posts") == "posts"


async def test_a_deploy_that_ends_a_pause_says_so() -> None:
    async with an_environment() as plane:
        await deployed(plane, a_service("posts"))
        await plane.post(f"{PLACE}/workloads/posts/pause", status=200)
        assert (await deploy(plane, a_service("posts")))["resumed"]
        await until_settled(plane, "posts", "ACTIVE")
        assert "resumed" not in await deploy(plane, a_service("posts", digest="two"))
        await until_settled(plane, "posts", "ACTIVE")


async def test_what_was_put_off_by_a_pause_is_forgotten_when_something_else_is_deployed() -> None:
    async with an_environment() as plane:
        await deployed(plane, of_two("one"))
        await deploy(plane, of_two("two", mode="sick", start_timeout_s=600.0))
        await plane.post(f"{PLACE}/workloads/posts/pause", status=200)
        bad = await deploy(plane, of_two("three", mode="ends"))
        assert bad["target"]["ordered_revision"] == 3
        await until(lambda: plane.control.histories.failed_revision(f"{APP}.{ENV}.posts") == 3)
        assert (await workload(plane, "posts"))["paused"]
        resumed = await plane.post(f"{PLACE}/workloads/posts/resume", status=200)
        assert (resumed["paused"], resumed["revision"]) == (False, 1)
        assert len((await until_settled(plane, "posts", "ACTIVE"))["target"]["servers"]) == 2


def of_two(digest: str, *, start_timeout_s: float = 60.0, **more: Any) -> dict[str, Any]:
    """Tasks of posts."""
    order = a_service("posts", digest=digest, **more)
    order["group"]["targets"] |= {"replicas": 2, "start_timeout_s": start_timeout_s}
    return order


def pids_of(plane: Plane, name: str, revision: int) -> list[int]:
    living = [record.task for record in plane.control.fleet.of(name) if not record.has_ended]
    tasks = [task for task in living if task.revision == revision]
    return [task.identity.pid for task in tasks if isinstance(task.identity, TaskIdentity)]


async def test_a_deleted_service_leaves_its_path_to_nobody_and_its_environment_can_go() -> None:
    async with an_environment() as plane:
        url = await url_of(plane)
        await deployed(plane, a_service("posts"))
        refused = await plane.client.delete(PLACE)
        assert refused.status_code == 409
        assert "posts" in refused.json()["message"]
        assert (await plane.client.delete(f"{PLACE}/workloads/posts")).status_code == 204
        assert await status_of(f"{url}/posts") == 404
        assert (await plane.client.get(f"{PLACE}/workloads/posts")).status_code == 404
        assert (await plane.client.delete(PLACE)).status_code == 204
        assert plane.control.books.desired.balancers == {}


async def test_an_endpoint_is_known_before_its_service_and_leads_there_later() -> None:
    async with an_environment() as plane:
        answer = await plane.client.put(f"{PLACE}/endpoints", json={"services": ["users"]})
        url = answer.json()["urls"]["users"]
        assert await status_of(url) == 404
        group = a_group("users")
        await deployed(plane, an_order(a_workload("users"), replace(group, ingress=(Ingress("in", group.name),))))
        assert await ask(f"{url}/anything") == "users"
        again = await plane.client.put(f"{PLACE}/endpoints", json={"services": ["users", "threads"]})
        assert again.json()["urls"]["users"] == url


async def test_a_listener_of_its_own_comes_and_goes_with_the_service() -> None:
    async with an_environment() as plane:
        port = await plane.control.router.claim("127.0.0.1", 0)
        listener = Balancer(f"{APP}.{ENV}.posts.{port}", "127.0.0.1", port, tcp=True)
        group = replace(a_group("posts"), ingress=(Ingress("nlb", listener.name),))
        found = await deployed(plane, an_order(a_workload("posts"), group, listener))
        assert found["urls"] == [f"tcp://127.0.0.1:{port}"]
        assert await ask(f"http://127.0.0.1:{port}/x") == "posts"
        assert (await plane.client.delete(f"{PLACE}/workloads/posts")).status_code == 204
        assert listener.name not in plane.control.books.desired.balancers


async def test_deleting_an_application_leaves_nothing_of_it_and_everything_of_another() -> None:
    async with a_home() as home, a_plane(home) as plane:
        await make_environment(plane)
        other = await make_environment(plane, "other", "test")
        await deployed(plane, a_service("posts"))
        await plane.client.put(f"{PLACE}/secrets/db", json={"value": "hush-hush"})
        assert (await plane.client.delete("/v1/apps/shop")).status_code == 204
        folders = [home / name for name in ("log", "secrets", "environments")]
        assert [path.name for folder in folders for path in folder.glob(f"{APP}.*")] == []
        desired = plane.control.books.desired
        assert [*desired.balancers, *desired.groups] == ["other.test"]
        assert await status_of(str(other["url"])) == 404
        assert [app["name"] for app in await get(plane, "/v1/apps")] == ["other"]


async def test_an_application_of_another_workspace_is_not_taken_over_while_that_is_there() -> None:
    async with an_environment() as plane:
        refused = await plane.client.post("/v1/apps", json={"name": APP, "root": "/usr"})
        assert refused.status_code == 409
        again = await plane.post("/v1/apps", {"name": APP, "root": "/", "domain": "example.com"})
        assert again["domain"] == "example.com"


async def test_an_environment_keeps_its_port_when_it_is_brought_into_force_again() -> None:
    async with an_environment() as plane:
        before = await get(plane, PLACE)
        again = await plane.post(f"/v1/apps/{APP}/environments", {"name": ENV, "runtime": "process"})
        assert again == before
        assert before["variables"]["COPILOT_SERVICE_DISCOVERY_ENDPOINT"] == "test.shop.local"


async def test_everything_is_there_after_a_restart() -> None:
    async with a_home() as home:
        async with a_plane(home) as plane:
            await make_environment(plane)
            before = await deployed(plane, a_service("posts"))
        async with a_plane(home) as plane:
            url = await url_of(plane)
            assert await ask(f"{url}/posts") == "posts"
            after = await until_settled(plane, "posts", "ACTIVE")
            assert [one["task"] for one in after["target"]["servers"]] == [
                one["task"] for one in before["target"]["servers"]
            ]


async def test_after_a_purge_no_application_no_secret_and_no_file_of_one_is_left() -> None:
    async with a_home() as home, a_plane(home) as plane:
        await make_environment(plane)
        await deployed(plane, a_service("posts"))
        await plane.client.put(f"{PLACE}/secrets/db", json={"value": "hush-hush"})
        (home / "environments" / f"{APP}.{ENV}").mkdir(parents=True)
        await plane.post("/v1/down", {"purge": True}, status=204)
        assert plane.control.applications.store.apps() == ()
        assert not any((home / name).exists() for name in ("secrets", "environments", "runs"))
        assert [*(home / "log").iterdir()] == []
