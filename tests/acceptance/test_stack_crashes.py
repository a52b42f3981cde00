"""The daemon may die at any instruction of an operation on a stack: the next one brings it to its end."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.conftest import Say
from tests.acceptance.facades import a_facade, a_path
from tests.acceptance.machine import a_machine, kill_and_wait
from tests.acceptance.stacks import Account, an_account, asking, to_request

LATEST_KILL_S = 0.5
NOBODY = "http://127.0.0.1:9"
OF_SPACES = ("Environment", "Application", "Service", "Route")


@pytest.fixture(scope="module")
def aws() -> Iterator[Account]:
    with a_machine() as machine:
        machine.fig("up")
        yield an_account(machine)


@pytest.fixture
def chance(say: Say) -> random.Random:
    seed = int(os.environ.get("FIG_SEED", time.time_ns() % 100_000))
    say(f"FIG_SEED={seed}")
    return random.Random(seed)


@pytest.mark.timeout(300)
def test_an_update_ends_wherever_the_daemon_died_and_no_request_fails(
    aws: Account, chance: random.Random, is_full: bool
) -> None:
    urls = {name: aws.machine.start_upstream(name) for name in ("old", "new")}
    aws.create("estate", a_template(urls["new"]), values={"Url": urls["old"]})
    with asking(aws.outputs("estate")["ProxyUrl"], ["/page", "/posts/1"]):
        for number in range(30 if is_full else 3):
            is_good = chance.random() < 0.7
            # The path changes each time, so that there is something to do.
            template = a_template(urls[chance.choice(["old", "new"])], f"/n{number}", "" if is_good else NOBODY)
            aws.cloudformation.update_stack(
                StackName="estate", **to_request(template, {"values": {"Url": urls[chance.choice(["old", "new"])]}})
            )
            die(aws, chance)
            stack = aws.settled("estate")
            told = (aws.statuses("estate")[-40:], aws.machine.log()[-2000:])
            assert stack["StackStatus"] == ("UPDATE_COMPLETE" if is_good else "UPDATE_ROLLBACK_COMPLETE"), told
            assert what_is_there(aws) == what_is_known(aws, "estate"), told
    aws.delete("estate")


@pytest.mark.timeout(300)
def test_what_is_made_and_deleted_is_so_wherever_the_daemon_died(
    aws: Account, chance: random.Random, is_full: bool
) -> None:
    url = aws.machine.start_upstream("other")
    for number in range(12 if is_full else 1):
        name = f"made{number}"
        aws.cloudformation.create_stack(StackName=name, **to_request(a_template(url), {"values": {"Url": url}}))
        die(aws, chance)
        stack = aws.settled(name)
        assert stack["StackStatus"] == "CREATE_COMPLETE", aws.statuses(name)
        assert what_is_there(aws) == what_is_known(aws, name)
        aws.cloudformation.delete_stack(StackName=name)
        die(aws, chance)
        assert aws.settled(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE", aws.statuses(stack["StackId"])
        assert what_is_there(aws) == set()


def die(aws: Account, chance: random.Random) -> None:
    """Killed somewhere in the operation that has begun, perhaps twice; the next command starts another one."""
    for _ in range(chance.choice([1, 1, 2])):
        time.sleep(chance.uniform(0, LATEST_KILL_S))
        kill_and_wait(aws.machine.daemon_pid())
        aws.machine.fig("status")


def a_template(posts: str, path: str = "/first", other: str = "") -> dict[str, Any]:
    more = [a_path("Posts", "/posts", posts), a_path("Moving", path, posts)]
    if other:
        more.append(a_path("Other", "/other", other, DependsOn=["PostsRoute", "MovingRoute"]))
    return a_facade(*more)


def what_is_known(aws: Account, name: str) -> set[str]:
    found = aws.resources(name).values()
    return {one["PhysicalResourceId"].rpartition("|")[2] for one in found if one["ResourceType"].endswith(OF_SPACES)}


def what_is_there(aws: Account) -> set[str]:
    """In Refactor Spaces, whoever has made it."""
    found: set[str] = set()
    for environment in aws.spaces.list_environments()["EnvironmentSummaryList"]:
        inside = {"EnvironmentIdentifier": environment["EnvironmentId"]}
        found.add(environment["EnvironmentId"])
        for application in aws.spaces.list_applications(**inside)["ApplicationSummaryList"]:
            within = {**inside, "ApplicationIdentifier": application["ApplicationId"]}
            found.add(application["ApplicationId"])
            found |= {one["ServiceId"] for one in aws.spaces.list_services(**within)["ServiceSummaryList"]}
            found |= {one["RouteId"] for one in aws.spaces.list_routes(**within)["RouteSummaryList"]}
    return found
