"""Proxies as templates of CloudFormation: what they say, what they cannot say, and what is made of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.aws_clients import REGION, endpoint_of, keys_of
from tests.acceptance.estate import STAGE, given_an_estate
from tests.acceptance.machine import Machine, a_machine
from tests.acceptance.scenes import get
from tests.spaces.requests import a_path

AWS, LINT = (Path(sys.executable).with_name(name) for name in ("aws", "cfn-lint"))


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with a_machine() as machine:
        machine.fig("target", "add", "monolith", machine.start_upstream("monolith"))
        for name in ("users", "posts"):
            machine.fig("target", "add", name, machine.start_upstream(name))
        yield machine


def test_a_proxy_of_figs_own_is_written_as_far_as_refactor_spaces_has_words(machine: Machine) -> None:
    machine.fig("proxy", "create", "shop", "--to", "monolith")
    add = ("route", "add", "shop")
    machine.fig(*add, "/api/users", "--to", "users")
    machine.fig(*add, "/api/posts", "--to", "posts", "--exact", "--strip", "--method", "GET")
    machine.fig(*add, "/api/threads", "--to", "posts", "--weight", "25")
    machine.fig(*add, "/beta", "--to", "users", "--header", "X-Beta: 1")
    machine.fig(*add, "/img/*.png", "--to", "posts", "--pattern")

    written = machine.fig("export", "shop")

    assert [line for line in written.stderr.splitlines() if line.startswith("!")] == [
        "! Route api-threads is INACTIVE: it has 25 % of its requests, and Refactor Spaces knows no weights.",
        "! Route beta is left out: Refactor Spaces has conditions on path and method alone.",
        "! Route img-png is left out: /img/*.png is no source path of Refactor Spaces.",
        "! The URL of an application has a stage: paths will begin with /prod, or with what StageName says.",
    ]
    resources = machine.fig("export", "shop", "--json").json()["Resources"]
    routes = {
        name: one["Properties"].get("UriPathRoute", {}).get("SourcePath")
        for name, one in resources.items()
        if one["Type"].endswith("::Route")
    }
    assert routes == {
        "DefaultRoute": None,
        "ApiPostsGetRoute": "/api/posts",
        "ApiThreadsRoute": "/api/threads",
        "ApiUsersRoute": "/api/users",
    }
    assert lint(machine, written.stdout) == ""
    assert machine.fig("export", "shop").stdout == written.stdout


def test_a_template_makes_a_proxy_that_is_written_as_the_same_template(machine: Machine) -> None:
    estate = given_an_estate(machine, "forum", Tags={"owner": "ann"})
    for name, port in (("monolith", 1), ("users", 2), ("posts", 3)):
        tags = {"team": f"{name} and more"} if port > 1 else {}
        estate.add_service(name, machine.start_upstream(name), Description=f"Serves {name}!", Tags=tags)
    estate.add_default("monolith")
    estate.add_route("users", a_path("/api/users", "CA"), Tags={"wave": "1", "yes": "no"})
    estate.add_route("posts", a_path("/api/posts", "", "GET HEAD"))
    estate.add_route("users", a_path("/api/posts", "A", "POST"))
    estate.add_route("posts", a_path("/api/threads/{thread}/posts", "A", state="INACTIVE"))
    template = machine.home / "forum.yml"
    machine.fig("export", "forum", "-o", str(template))

    with a_machine() as other:
        other.fig("status")
        proxy_url = deployed(other, template)

        written = other.fig("export", "forum")
        assert written.stdout == template.read_text()
        port = int(proxy_url.rpartition(":")[2].partition("/")[0])
        for path, by in (("/page", "monolith"), ("/api/users/1", "users"), ("/api/posts", "posts")):
            assert get(port, STAGE + path).by == by
        # As JSON it is the same stack, and nothing is to be done.
        template.write_text(other.fig("export", "forum", "--json").stdout)
        assert deployed(other, template) == proxy_url


def deployed(machine: Machine, template: Path) -> str:
    """By the stock command line, with fig's variables; gives the stack's only output."""
    key, stack = keys_of(machine).key("default"), ("--stack-name", "forum")
    environ = {
        **machine.env(),
        "AWS_ENDPOINT_URL": endpoint_of(machine),
        "AWS_ACCESS_KEY_ID": key["id"],
        "AWS_SECRET_ACCESS_KEY": key["secret"],
        "AWS_DEFAULT_REGION": REGION,
    }

    def aws(*args: str) -> str:
        command = [str(AWS), "cloudformation", *args, *stack]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    aws("deploy", "--template-file", str(template), "--no-fail-on-empty-changeset")
    return aws("describe-stacks", "--query", "Stacks[0].Outputs[0].OutputValue", "--output", "text")


def lint(machine: Machine, template: str) -> str:
    """What those who write templates for AWS would be told of it."""
    file = machine.home / "template.yml"
    file.write_text(template)
    done = subprocess.run([str(LINT), str(file)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
