"""What the pages on deploying to AWS, and on leaving it, tell readers to type works, and prints what they say."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from stranglerfig.aws.session import Access, open_session
from tests.aws.standin.cloud import REGION, Cloud
from tests.aws.workspaces import Terminal
from tests.docs.pages import ROOT, TRIED_FROM_NOTHING, commands, unprinted


@pytest.mark.parametrize("name", TRIED_FROM_NOTHING)
def test_every_command_of_the_page_works_from_the_first_on(
    name: str, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    # The AWS command line is installed beside fig, and its first version knows the region by this name.
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    fig = Terminal(tmp_path, "shop")
    for command in commands(ROOT / "docs" / name):
        if command.line.startswith("fig "):
            found = fig(*shlex.split(command.line)[1:])
            assert found.status == command.status, f"$ {command.line}\n{found.err}"
            told = found.err + found.out
        else:
            told = subprocess.run(
                ["bash", "-c", command.line], cwd=tmp_path, check=True, capture_output=True, text=True
            ).stdout
        assert unprinted(command, told) == [], f"$ {command.line}\n{told}"
    assert left() == [], "every page ends with all taken away"


def left() -> list[str]:
    session = open_session(Access())
    stacks = session.client("cloudformation").describe_stacks()["Stacks"]
    parameters = session.client("ssm").pages("describe_parameters", "Parameters")
    buckets = session.client("s3").list_buckets()["Buckets"]
    roles = session.client("iam").pages("list_roles", "Roles")
    return [
        *(one["StackName"] for one in stacks),
        *(one["Name"] for one in [*parameters, *buckets]),
        *(one["RoleName"] for one in roles if not one["Path"].startswith("/aws-service-role/")),
    ]
