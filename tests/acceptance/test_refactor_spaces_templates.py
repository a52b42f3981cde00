"""Proxies as templates of CloudFormation: what they say, what they cannot say, and what is made of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.machine import Machine, a_machine

LINT = Path(sys.executable).with_name("cfn-lint")


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


def lint(machine: Machine, template: str) -> str:
    """What those who write templates for AWS would be told of it."""
    file = machine.home / "template.yml"
    file.write_text(template)
    done = subprocess.run([str(LINT), str(file)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
