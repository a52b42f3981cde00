"""The forum on AWS, end to end: what the commands have deployed there serves, while it is moved and its monolith goes.

AWS is moto with the stand-in that runs what is in it (``tests.aws.standin.running``).
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stranglerfig.aws.session import Access, open_session
from stranglerfig.aws.stacks.stacks import Stacks
from tests.acceptance.customers import Tally, customers
from tests.acceptance.held_request import held
from tests.acceptance.machine import FIG, upstream_command, wait_until
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
PATIENCE_S = 100.0
#: everything is the monolith's, and its services stand by
FACADE = """
name: facade
type: Strangler Proxy
default: {default}
routes:
  users: {{path: /api/users, to: users, weight: {users}}}
  threads: {{path: /api/threads, to: threads, weight: {others}}}
  posts: {{path: /api/posts, to: posts, weight: {others}}}
"""


#: a few requests are enough evidence, and a minute is all that a step bakes
QUICK = (
    *("--steps", "25,100", "--bake", "1m", "--min-requests", "20"),
    *("--max-error-increase", "10%", "--max-latency-ratio", "none"),
)
COUNT = """\
import os, sqlite3
print(*sqlite3.connect(os.environ["FORUM_DB"]).execute("SELECT count(*) FROM posts"))
"""
#: longer than it takes; what has nothing under way is let go at once
DRAINS = "deregistration_delay: 3600s"


def images() -> dict[str, Program]:
    """What the Dockerfiles say, on this machine's Python; and threads that pass their checks, and answer nobody."""
    environ = {"FORUM_DB": "/data/forum.sqlite3"}
    broken = Program((*upstream_command("threads"),), "/", {"BREAKS": "/api/threads"})
    return {f"{REGISTRY}/threads:broken": broken} | {
        f"{REGISTRY}/{name}:{version}": Program((sys.executable, "app.py"), str(FORUM / folder), environ)
        for name, folder in FOLDERS.items()
        for version in ("1", "2")
    }


@dataclass(frozen=True)
class Scene:
    fig: Terminal
    cloud: RunningCloud

    @property
    def url(self) -> str:
        outputs = Stacks(open_session(Access())).require("forum-test").outputs
        return f"http://127.0.0.1:{self.cloud.port(outputs['PublicLoadBalancerDNSName'])}"

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """A process of its own, as on a user's terminal. Its minutes are those that AWS tells, which are short here."""
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen([str(FIG), *words, *ENV], cwd=self.fig.root, text=True, **both)  # type: ignore[call-overload,no-any-return]

    def targets(self, service: str) -> list[str]:
        """States of what is behind its own target group."""
        elb = open_session(Access()).client("elbv2")
        group = Stacks(open_session(Access())).resources(f"forum-test-{service}")
        [arn] = [one.physical for one in group if one.logical == "TargetGroup"]
        found = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return [one["TargetHealth"]["State"] for one in found]

    def write(self, workload: str, text: str) -> None:
        path = self.fig.root / "copilot" / workload / "manifest.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def name_image(self, service: str, version: str) -> None:
        path = self.fig.root / "copilot" / service / "manifest.yml"
        self.write(service, re.sub(rf"/{service}:\w+", f"/{service}:{version}", path.read_text()))

    def deploy_image(self, service: str, version: str) -> str:
        self.name_image(service, version)
        return self.done("svc", "deploy", "--name", service, *ENV)

    def served(self, path: str) -> str:
        return ask(self.url, path).by

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
        text = text.replace("deregistration_delay: 10s", DRAINS)
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


def test_a_task_that_runs_as_a_service_has_its_files(scene: Scene) -> None:
    command = shlex.join([sys.executable, "-c", COUNT])

    said = scene.fig("task", "run", *ENV, "--as", "posts", "--command", command, "--follow")

    posts = json.loads(ask(scene.url, "/api/posts").text)
    assert (said.status, said.out) == (0, f"({len(posts)},)\n"), said.err


@pytest.fixture(scope="module")
def facade(scene: Scene) -> Scene:
    """All of it is the monolith's."""
    scene.write("facade", FACADE.format(default="api", users=0, others=0))
    scene.done("proxy", "deploy", "facade", *ENV)
    wait_until(lambda: {scene.served(path) for path in ANSWERS} == {"monolith"}, "the monolith has everything")
    return scene


@pytest.fixture
def visited(facade: Scene) -> Iterator[Tally]:
    """Under load; what was posted is there once, whoever took it."""
    with customers(facade.url, {path: text for path, (_, text) in ANSWERS.items()}) as tally:
        wait_until(lambda: len(tally.posted) > 5, "load is on its way")
        yield tally
    kept = Counter(post["text"] for post in json.loads(ask(facade.url, "/api/posts").text))
    assert {text: kept[text] for text in tally.posted} == dict.fromkeys(tally.posted, 1)


def test_weights_move_a_path_at_once_and_back(facade: Scene, visited: Tally) -> None:
    facade.done("route", "set", "facade", "users", "--weight", "50", *ENV)
    visited.forget()
    wait_until(lambda: len(visited.served_by("/api/users")) == 2, "both sides answer")

    facade.done("rollback", "facade", "users", *ENV)
    wait_until(lambda: facade.served("/api/users/3") == "monolith", "the monolith has it back")
    visited.more("/api/users/3")
    visited.forget()
    visited.more("/api/users/3", 30)

    assert visited.served_by("/api/users").keys() == {"monolith"}
    assert visited.failed() == []


def test_a_candidate_that_fails_is_rolled_back_by_itself(facade: Scene, visited: Tally) -> None:
    facade.deploy_image("threads", "broken")

    with facade.begin("shift", "start", "facade", "threads", *QUICK) as shift:
        said = shift.communicate(timeout=PATIENCE_S)[0]

    assert shift.returncode == 7, said
    first, *looks, told, hint = said.splitlines()
    assert first == "✔ 25 % of forum.test.facade/threads (/api/threads) goes to forum.test.threads: step 1 of 2."
    assert looks[0] == "  25 %  BAKING  CloudWatch has no figures of forum.test.threads in this step yet"
    broken = r"100 % of the candidate's [\d,]+ requests failed, 0 % of legacy's [\d,]+: 10 % more are allowed"
    assert re.fullmatch(rf"✘ the shift of forum\.test\.facade/threads is ROLLED_BACK: {broken}", told)
    assert hint == "  `fig shift history forum.test.facade threads` tells what was seen."
    wait_until(lambda: facade.served("/api/threads/2") == "monolith", "the monolith has it back")
    visited.more("/api/threads/2")
    failed = len(visited.failures)
    visited.more("/api/threads/2", 30)
    assert len(visited.failures) == failed
    assert visited.failed(but="/api/threads") == []
    facade.deploy_image("threads", "1")


def shift_cut_off_once(facade: Scene, route: str) -> None:
    """Its command is killed, and all stays as it is until another one goes on."""
    with facade.begin("shift", "start", "facade", route, *QUICK) as shift:
        assert shift.stdout is not None
        assert any("BAKING" in line for line in shift.stdout)
        shift.kill()
    [left] = json.loads(facade.fig("shift", "ls", *ENV, "--json").out)
    assert (left["route"], left["phase"], left["weight"]) == (route, "BAKING", 25)
    said = facade.done("shift", "resume", "facade", route, *ENV)
    assert "  100 %  BAKING  " in said
    assert said.endswith(f"✔ All of forum.test.facade/{route} (/api/{route}) goes to forum.test.{route}.\n"), said


def slow_post(visited: Tally, text: str) -> dict[str, Any]:
    """It counts among those that must be there."""
    visited.posted.append(f"{text} {visited.name}")
    return {"thread": 3, "text": visited.posted[-1], "user": 9}


def test_the_forum_is_moved_and_its_monolith_switched_off_and_no_request_fails(facade: Scene, visited: Tally) -> None:
    """It comes last, for the monolith is gone then."""
    for route in ("users", "threads"):
        facade.done("route", "set", "facade", route, "--weight", "100", *ENV)
    with held(facade.url, "/api/posts", slow_post(visited, "slow for the monolith")) as slow:
        shift_cut_off_once(facade, "posts")
        wait_until(lambda: facade.served("/api/posts") == "posts", "posts has all")
        assert (answer := slow.finish()).status == 201, answer
        assert answer.by == "monolith"
    facade.name_image("posts", "2")
    with (
        held(facade.url, "/api/posts", slow_post(visited, "slow for posts")) as slow,
        facade.begin("svc", "deploy", "--name", "posts") as deploy,
    ):
        kept = ["draining", "healthy", "healthy"]
        wait_until(lambda: sorted(facade.targets("posts")) == kept or deploy.poll() is not None, "one is drained")
        facade.cloud.go_round(20)
        assert (answer := slow.finish()).status == 201, answer
        said = deploy.communicate(timeout=PATIENCE_S)[0]
    assert deploy.returncode == 0, said

    refused = facade.fig("svc", "delete", "--name", "api", *ENV, "--yes")
    assert refused.status == 4, refused.err
    assert "service api still has requests led to it by route default of proxy forum.test.facade" in refused.err
    facade.write("facade", FACADE.format(default="users", users=100, others=100))
    facade.done("proxy", "deploy", "facade", *ENV)
    facade.done("svc", "delete", "--name", "api", *ENV, "--yes")

    visited.forget()
    enough = len(visited.posted) + 10
    wait_until(lambda: len(visited.posted) > enough, "more posts")
    assert {program for _, program in visited.served} == {"users", "threads", "posts"}
    assert visited.failed() == []
