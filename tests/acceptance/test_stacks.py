"""The forum, taken apart by two CloudFormation stacks with the stock AWS command line while clients ask."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from tests.acceptance.machine import Machine
from tests.acceptance.scenes import get
from tests.acceptance.stacks import TEMPLATES, Account, an_account, asking
from tests.acceptance.workspaces import Folder, a_forum, ask

PATHS = {"/api/users/3": "users", "/api/threads/2": "threads", "/api/posts/in-thread/1": "posts"}


def test_two_stacks_take_the_forum_apart_and_no_request_fails(machine: Machine) -> None:
    forum = a_forum(machine)
    url = deploy(forum, "api")
    aws = an_account(machine)

    said = aws.deploy("forum-monolith", TEMPLATES / "monolith.yaml", MonolithUrl=url).stdout
    assert "Successfully created/updated stack - forum-monolith" in said
    proxy = shown_outputs(aws, "forum-monolith")["ProxyUrl"]
    assert answers(proxy) == dict.fromkeys(PATHS, "monolith")

    with asking(proxy, [*PATHS]) as asker:
        for name in PATHS.values():
            deploy(forum, name)
        aws.deploy("forum-services", TEMPLATES / "services.yaml", UsersUrl=url)
        assert answers(proxy) == {**dict.fromkeys(PATHS, "monolith"), "/api/users/3": "users"}
        aws.deploy("forum-services", TEMPLATES / "services.yaml", ThreadsUrl=url, PostsUrl=url)
        assert answers(proxy) == PATHS
        refused = forum.try_fig("svc", "delete", "--name", "api", "--yes")
        assert refused.status != 0
        assert "api is in use by" in refused.stderr

        aws.deploy("forum-monolith", TEMPLATES / "monolith.yaml", RestUrl=url)
        forum.fig("svc", "delete", "--name", "api", "--yes")
        assert answers(proxy) == PATHS
        assert ask(proxy.removesuffix("/prod"), "/prod/").status == 404

    assert {by for _, by in asker.answered} == {"monolith", *PATHS.values()}
    assert_deleted(aws, "forum-services", "forum-monolith")
    assert machine.fig("proxy", "ls", "--json").json() == []
    assert ask(url, "/api/users/3").by == "users"


def test_a_step_is_taken_back_by_an_empty_url(machine: Machine) -> None:
    machine.fig("up")
    aws, services = an_account(machine), TEMPLATES / "services.yaml"
    aws.deploy("forum-monolith", TEMPLATES / "monolith.yaml", MonolithUrl=machine.start_upstream("monolith"))
    port = urlsplit(aws.outputs("forum-monolith")["ProxyUrl"]).port or 0

    aws.deploy("forum-services", services, UsersUrl=machine.start_upstream("users"))
    assert get(port, "/prod/api/users/3").by == "users"
    assert get(port, "/prod/api/threads/3").by == "monolith"
    aws.deploy("forum-services", services, UsersUrl="")
    assert get(port, "/prod/api/users/3").by == "monolith"
    assert aws.outputs("forum-services") == {}

    again = ("cloudformation", "deploy", "--stack-name", "forum-services", "--template-file", str(services))
    empty = aws.aws(*again, "--no-fail-on-empty-changeset")
    assert "No changes to deploy. Stack forum-services is up to date" in empty.stdout


def deploy(forum: Folder, name: str) -> str:
    """The address of the environment it stands in, which is made with the first one."""
    if name == "api":
        forum.fig("app", "init", "forum")
        forum.fig("env", "init", "--name", "test")
        forum.fig("env", "deploy", "--name", "test", "--runtime", "process")
        kind = ("--svc-type", "Load Balanced Web Service", "--dockerfile", "monolith/Dockerfile")
        forum.fig("svc", "init", "--name", "api", *kind)
    forum.fig("svc", "deploy", "--name", name, "--env", "test")
    return forum.url()


def answers(proxy: str) -> dict[str, str]:
    """Who answers each of the paths."""
    address, _, stage = proxy.rpartition("/")
    found = {path: ask(address, f"/{stage}{path}") for path in PATHS}
    assert {answer.status for answer in found.values()} == {200}
    return {path: answer.by for path, answer in found.items()}


def shown_outputs(aws: Account, stack: str) -> dict[str, str]:
    """As the command line shows them."""
    query = ("--query", "Stacks[].Outputs", "--output", "json")
    shown = aws.aws("cloudformation", "describe-stacks", "--stack-name", stack, *query).stdout
    return {one["OutputKey"]: one["OutputValue"] for one in json.loads(shown)[0]}


def assert_deleted(aws: Account, *stacks: str) -> None:
    for stack in stacks:
        aws.aws("cloudformation", "delete-stack", "--stack-name", stack)
        aws.aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", stack)
    assert aws.spaces.list_environments()["EnvironmentSummaryList"] == []
    assert aws.cloudformation.describe_stacks()["Stacks"] == []
    gone = aws.try_aws("cloudformation", "describe-stacks", "--stack-name", stacks[0])
    assert f"Stack with id {stacks[0]} does not exist" in gone.stderr
