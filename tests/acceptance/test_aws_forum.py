"""The forum on AWS, end to end: what the commands have deployed there serves, while it is moved and its monolith goes.

AWS is moto with the stand-in that runs what is in it (``tests.aws.standin.running``).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from stranglerfig.aws.session import Access, open_session
from stranglerfig.aws.stacks.stacks import Stacks
from tests.acceptance.test_forum_in_docker import ANSWERS
from tests.acceptance.workspaces import FORUM, ask
from tests.aws.conftest import cloud, cloud_of_process  # noqa: F401
from tests.aws.standin.cloud import Cloud
from tests.aws.standin.running.cloud import RunningCloud, running
from tests.aws.standin.running.tasks import Program
from tests.aws.workspaces import Terminal

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/forum"
FOLDERS = {"api": "monolith", "users": "users", "threads": "threads", "posts": "posts"}
ENV = ("--env", "test")


def images() -> dict[str, Program]:
    """What the Dockerfiles say, on this machine's Python."""
    environ = {"FORUM_DB": "/data/forum.sqlite3"}
    return {
        f"{REGISTRY}/{name}:1": Program((sys.executable, "app.py"), str(FORUM / folder), environ)
        for name, folder in FOLDERS.items()
    }


@dataclass(frozen=True)
class Scene:
    fig: Terminal
    cloud: RunningCloud

    @property
    def url(self) -> str:
        outputs = Stacks(open_session(Access())).require("forum-test").outputs
        return f"http://127.0.0.1:{self.cloud.port(outputs['PublicLoadBalancerDNSName'])}"

    def done(self, *words: str) -> str:
        said = self.fig(*words)
        assert said.status == 0, f"fig {' '.join(words)} ended with {said.status}:\n{said.out}{said.err}"
        return said.out + said.err


def bring_workspace(root: Path, file_system: str) -> Terminal:
    """The example, for AWS, with images that are there: to build them is a matter of its own."""
    shutil.copytree(FORUM, root, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3*"))
    fig = Terminal(root, "forum")
    where = root / "copilot/environments/test/manifest.yml"
    where.write_text(where.read_text().replace("target: local", "target: aws"))
    for name, folder in FOLDERS.items():
        path = root / "copilot" / name / "manifest.yml"
        text = path.read_text().replace(f"build: {folder}/Dockerfile", f"location: {REGISTRY}/{name}:1")
        path.write_text(text.replace("fs-forum", file_system))
    return fig


@pytest.fixture(scope="module")
def scene(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:  # noqa: F811
    root = tmp_path_factory.mktemp("aws")
    made = open_session(Access()).client("efs").create_file_system(CreationToken="forum")
    fig = bring_workspace(root / "forum", made["FileSystemId"])
    with pytest.MonkeyPatch.context() as patch, running(cloud, images()) as found:
        patch.setenv("FIG_HOME", str(root / "home"))
        begun = Scene(fig, found)
        begun.done("env", "init", "--name", "test", "--target", "aws")
        begun.done("env", "deploy", "--name", "test")
        begun.done("deploy", "--all", *ENV)
        yield begun


def test_the_forum_answers_on_aws_byte_for_byte(scene: Scene) -> None:
    found = {path: ask(scene.url, path) for path in ANSWERS}

    assert {path: (answer.by, answer.text) for path, answer in found.items()} == ANSWERS
    assert ask(scene.url, "/api/").by == "monolith"
