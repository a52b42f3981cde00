"""Tasks of services on AWS that really run, while they are paused, replaced and entered by hand."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stranglerfig.aws.running.entering import to_numbers
from stranglerfig.aws.running.pausing import Waiting
from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.services import ServiceWatch
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.telling import Interrupted, Interruption, Patience
from stranglerfig.cli.aws.running.pausing import find_one
from stranglerfig.errors import Unavailable
from tests.acceptance.machine import FIG, PROGRAMS, wait_until
from tests.aws.standin.cloud import Cloud
from tests.aws.standin.running.cloud import RunningCloud, running
from tests.aws.standin.running.tasks import Program
from tests.aws.standin.sessions import TOKEN, with_plugin
from tests.aws.workspaces import Terminal

IMAGE = "public.ecr.aws/forum/web:1"
COMMAND = (sys.executable, "-I", "-S", str(PROGRAMS / "upstream.py"), "1")
MANIFEST = f"""\
name: web
type: Request-Driven Web Service
image: {{location: '{IMAGE}', port: 8080}}
http: {{healthcheck: /healthz}}
"""
SHUT = f"""\
name: shut
type: Backend Service
image: {{location: '{IMAGE}', port: 8080}}
"""
IDLE = SHUT.replace("shut", "idle") + "count: 0\n"
OPEN = SHUT.replace("shut", "open") + "exec: true\n"
ENV = ("--env", "prod")


@dataclass(frozen=True)
class Scene:
    fig: Terminal
    cloud: RunningCloud
    session: Session
    programs: dict[str, Program]

    def service(self, name: str) -> dict[str, Any]:
        stacks = Stacks(self.session)
        resources = stacks.resources(f"forum-prod-{name}")
        [arn] = [one.physical for one in resources if one.type == "AWS::ECS::Service"]
        found = self.session.client("ecs").describe_services(cluster=arn.split("/")[1], services=[arn])["services"]
        return dict(found[0])

    def resource_id(self, name: str) -> str:
        return "service/" + "/".join(self.service(name)["serviceArn"].split("/")[1:])

    def tasks(self, name: str) -> set[str]:
        service = self.service(name)
        ecs = self.session.client("ecs")
        about = {"cluster": service["clusterArn"], "serviceName": service["serviceName"]}
        arns = ecs.list_tasks(**about, desiredStatus="RUNNING")["taskArns"]
        return {arn.rpartition("/")[2] for arn in arns}

    def is_held(self, name: str) -> set[bool]:
        scaling = self.session.client("application-autoscaling")
        [found] = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[self.resource_id(name)])[
            "ScalableTargets"
        ]
        return set((found.get("SuspendedState") or {"": False}).values())

    def done(self, *words: str) -> str:
        said = self.fig(*words)
        assert said.status == 0, f"fig {' '.join(words)} ended with {said.status}:\n{said.out}{said.err}"
        return said.out + said.err


@pytest.fixture(scope="module")
def scene(fig: Terminal, cloud: Cloud) -> Iterator[Scene]:
    programs = {IMAGE: Program(COMMAND, "/")}
    with running(cloud, programs) as found:
        begun = Scene(fig, found, open_session(Access()), programs)
        for name, text in (("web", MANIFEST), ("shut", SHUT), ("open", OPEN), ("idle", IDLE)):
            fig.write_manifest(name, text)
        said = begun.done("deploy", "--all", *ENV)
        assert "Nothing runs of idle: its `count` is 0." in said
        assert "idle is accessible" not in said
        assert "shut is accessible" in said
        # Its CloudFormation makes none.
        begun.session.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=begun.resource_id("web"),
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=25,
        )
        yield begun


def test_a_pause_ends_all_tasks_and_a_resume_brings_as_many_back(scene: Scene) -> None:
    assert len(scene.tasks("web")) == 1

    said = scene.done("svc", "pause", "--name", "web", *ENV, "--yes")

    assert "Service web is paused in prod." in said
    assert "Service web is paused in prod, as it was." in scene.done("svc", "pause", "--name", "web", *ENV)
    assert "its tasks are stopped until `fig svc resume`" in scene.done("svc", "status", "--name", "web", *ENV)
    assert scene.fig("svc", "status", "--name", "web", *ENV, "--json").json()["paused"] is True
    assert (scene.tasks("web"), scene.service("web")["desiredCount"], scene.is_held("web")) == (set(), 0, {True})
    assert "Service web runs again in prod." in scene.done("svc", "resume", "--name", "web", *ENV)
    assert (scene.service("web")["desiredCount"], scene.is_held("web")) == (1, {False})
    assert len(scene.tasks("web")) == 1
    assert "Service web runs in prod: it was not paused." in scene.done("svc", "resume", "--name", "web", *ENV)


def test_why_tasks_do_not_become_healthy_is_told_while_they_are_waited_for(scene: Scene) -> None:
    scene.done("svc", "pause", "--name", "web", *ENV, "--yes")
    _, tasks = find_one(("forum", "prod"), "web", {})
    interruption, said = Interruption(), list[str]()

    def hear(text: str) -> None:
        said.append(text)
        if "Essential container in task exited" in text:
            interruption.interrupt()

    scene.programs[IMAGE] = Program((sys.executable, "-I", "-S", "-c", "raise SystemExit(3)"), "/")
    try:
        tasks.resume()
        with pytest.raises(Interrupted):
            tasks.wait_until_healthy(Waiting(hear, Patience(interruption, 0), stalled_s=60.0))
    finally:
        scene.programs[IMAGE] = Program(COMMAND, "/")
    assert said[-1].startswith("0/1 tasks healthy\n"), said
    assert "web ended with status 3" in said[-1]

    # More of the same trouble is no progress.
    watch = ServiceWatch(scene.session, "eu-west-1", scene.service("web")["serviceArn"])
    waiting = Waiting(said.append, Patience(Interruption(), 0), stalled_s=-1.0)
    waiting.go_on("0/1 tasks healthy", watch, ("one stopped",))
    with pytest.raises(Unavailable, match="nothing has changed"):
        waiting.go_on("0/1 tasks healthy", watch, ("another stopped",))
    scene.done("svc", "resume", "--name", "web", *ENV)


def test_a_deploy_ends_a_pause_also_of_what_has_not_changed(scene: Scene) -> None:
    scene.done("svc", "pause", "--name", "web", *ENV, "--yes")

    said = scene.done("svc", "deploy", "--name", "web", *ENV)

    assert "web was paused: its tasks start again." in said
    assert (scene.service("web")["desiredCount"], scene.is_held("web")) == (1, {False})


def test_a_deploy_leaves_scaling_that_is_held_by_hand(scene: Scene) -> None:
    scene.session.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=scene.resource_id("web"),
        ScalableDimension="ecs:service:DesiredCount",
        SuspendedState={"DynamicScalingInSuspended": True},
    )

    said = scene.done("svc", "deploy", "--name", "web", *ENV)

    assert "web is unchanged" in said
    assert True in scene.is_held("web")
    scene.done("svc", "pause", "--name", "web", *ENV, "--yes")
    scene.done("svc", "resume", "--name", "web", *ENV)
    assert scene.is_held("web") == {False}


def test_a_pause_is_not_done_without_a_yes(scene: Scene) -> None:
    said = scene.fig("svc", "pause", "--name", "web", *ENV)

    assert (said.status, len(scene.tasks("web"))) == (5, 1), said.err


def test_force_replaces_the_tasks_of_what_has_not_changed(scene: Scene) -> None:
    before = scene.tasks("open")
    assert "open is unchanged" in scene.done("svc", "deploy", "--name", "open", *ENV)
    assert scene.tasks("open") == before

    said = scene.done("svc", "deploy", "--name", "open", *ENV, "--force")

    assert "Deployed service open." in said
    assert not scene.tasks("open") & before
    assert len(scene.service("open")["deployments"]) == 1
    left = scene.done("svc", "deploy", "--name", "shut", *ENV, "--force", "--detach")
    assert "ECS goes on: `fig svc status --name shut --env prod` shows how far it is." in left


def entered(scene: Scene, environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """As a process: it becomes the plugin."""
    return subprocess.run(
        [str(FIG), "svc", "exec", *ENV, *words],
        env=environ,
        cwd=scene.fig.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_task_is_entered_through_the_plugin_with_no_key_among_its_arguments(scene: Scene, tmp_path: Path) -> None:
    environ = with_plugin(tmp_path, "1.2.553.0")
    [task] = scene.tasks("open")

    done = entered(scene, environ, "--name", "open", "--command", "ls -l", "--task-id", task[:6])

    assert done.returncode == 0, done.stderr
    *words, opened = [line for line in done.stdout.splitlines() if line]
    assert words[1:4] == ["AWS_SSM_START_SESSION_RESPONSE", "eu-west-1", "StartSession"]
    cluster = scene.service("open")["clusterArn"].rpartition("/")[2]
    assert json.loads(words[4]) == {"Target": f"ecs:{cluster}_{task}_{task}-1234567890"}
    assert TOKEN not in "".join(words)
    assert json.loads(opened)["TokenValue"] == TOKEN
    asked = [json.loads(call.body) for call in scene.cloud.cloud.calls if call.action == "ExecuteCommand"]
    assert [(one["command"], one["container"], one["interactive"]) for one in asked] == [("ls -l", "open", True)]


@pytest.mark.parametrize(
    ("words", "status", "named"),
    [
        (("--name", "shut"), 4, "Write `exec: true` into the manifest and run `fig svc deploy`"),
        (("--name", "open", "--container", "nginx"), 3, "Add `--container`: it has open."),
        (("--name", "open", "--task-id", "zzzz"), 3, "service open has no task zzzz that runs in prod"),
        (("--name", "open", "--command", "'ls"), 2, "--command: no closing quotation"),
    ],
)
def test_what_stands_in_the_way_of_entering_is_named_with_its_mend(
    words: tuple[str, ...], status: int, named: str, scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", with_plugin(tmp_path, "1.2.553.0")["PATH"])

    said = scene.fig("svc", "exec", *ENV, *words)

    assert (said.status, named in said.err) == (status, True), said.err


def test_a_task_whose_agent_is_not_there_yet_is_asked_later(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", with_plugin(tmp_path, "1.2.553.0")["PATH"])

    with scene.cloud.cloud.failing("ExecuteCommand", "TargetNotConnectedException", "an internal error"):
        said = scene.fig("svc", "exec", "--name", "open", *ENV)

    assert (said.status, "is not connected yet" in said.err) == (6, True), said.err


@pytest.mark.parametrize(("version", "named"), [("1.2.497.0", "would show the session's key"), (None, "there is no")])
def test_without_a_plugin_that_will_do_aws_is_not_even_asked(
    version: str | None, named: str, scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_plugin(tmp_path, version)["PATH"] if version else str(tmp_path)
    assert version or shutil.which("session-manager-plugin", path=path) is None
    monkeypatch.setenv("PATH", path)
    calls = len(scene.cloud.cloud.calls)

    said = scene.fig("svc", "exec", "--name", "open", *ENV)

    assert (said.status, named in said.err) == (9, True), said.err
    assert len(scene.cloud.cloud.calls) == calls


def test_versions_are_compared_by_their_numbers() -> None:
    assert to_numbers("1.2.1000.0") > to_numbers("1.2.497.0")
    assert to_numbers("unknown") == ()


def test_what_was_deployed_without_tasks_is_no_pause_that_could_end(scene: Scene) -> None:
    assert scene.fig("svc", "status", "--name", "idle", *ENV, "--json").json()["paused"] is False
    assert "idle is unchanged" in scene.done("svc", "deploy", "--name", "idle", *ENV)

    for verb in ("pause", "resume"):
        said = scene.fig("svc", verb, "--name", "idle", *ENV)
        assert (said.status, f"with a count of 0: there is nothing to {verb}" in said.err) == (4, True), said.err


def test_a_revision_is_told_by_its_image(scene: Scene) -> None:
    scene.fig.write_manifest("idle", IDLE.replace(IMAGE, f"{IMAGE}.1"))
    scene.done("svc", "deploy", "--name", "idle", *ENV)

    said = scene.fig("svc", "deploy", "--name", "idle", *ENV, "--revision", "1")

    assert said.status == 2, said.err
    assert "where of revision 1 the image is kept, and not its manifest" in said.err
    assert f"Write `image: {{location: '{IMAGE}'}}` into its manifest, and run `fig svc deploy --name idle" in said.err
    never = scene.fig("svc", "deploy", "--name", "idle", *ENV, "--revision", "9")
    assert (never.status, "ECS knows no revision 9 of idle in prod" in never.err) == (3, True), never.err


def test_a_service_that_was_deleted_by_hand_is_named(scene: Scene) -> None:
    service = scene.service("shut")
    scene.session.client("ecs").delete_service(
        cluster=service["clusterArn"], service=service["serviceName"], force=True
    )

    for words in (("svc", "status"), ("svc", "pause", "--yes"), ("svc", "resume")):
        said = scene.fig(*words, "--name", "shut", *ENV)
        assert (said.status, "it was deleted, and its stack does not know" in said.err) == (3, True), said.err
    said = scene.fig("task", "run", "--as", "shut", "--command", "true", *ENV)
    assert (said.status, f"no service {service['serviceName']}" in said.err) == (3, True), said.err


def test_a_site_is_not_paused(scene: Scene) -> None:
    scene.fig.write("public/index.html", "hello")
    scene.fig.write_manifest("site")
    scene.done("svc", "deploy", "--name", "site", *ENV)

    said = scene.fig("svc", "pause", "--name", "site", *ENV, "--yes")

    assert (said.status, "it runs no tasks in prod" in said.err) == (3, True), said.err
    wait_until(lambda: bool(scene.tasks("open")), "the others run on")
