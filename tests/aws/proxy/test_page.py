"""What the page on proxies on AWS tells readers to type works, and prints what it says."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.aws.proxy.desk import begin_desk
from tests.aws.proxy.places import NAME
from tests.aws.standin.cloud import Cloud
from tests.docs.pages import ROOT, TRIED_ON_AWS, commands, unprinted


@pytest.mark.parametrize("name", TRIED_ON_AWS)
def test_every_command_of_the_page_does_what_it_says(name: str, cloud: Cloud, tmp_path: Path) -> None:
    desk = begin_desk(cloud, tmp_path)
    shutil.rmtree(desk.root / "copilot" / NAME)
    for command in commands(ROOT / "docs" / name):
        if command.line.startswith("fig "):
            found = desk.run(*shlex.split(command.line)[1:], status=command.status)
            told = found.stderr + found.stdout
        else:
            told = subprocess.run(
                ["bash", "-c", command.line], cwd=desk.root, check=True, capture_output=True, text=True
            ).stdout
        assert unprinted(command, told) == [], f"$ {command.line}\n{told}"
