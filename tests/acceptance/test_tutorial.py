"""The tutorial of AWS on breaking a monolith apart, with ``copilot`` replaced by ``fig``."""

from __future__ import annotations

import shutil

from tests.acceptance.machine import Machine
from tests.acceptance.workspaces import FORUM, Folder, a_forum, ask

WEB_SERVICE = "Load Balanced Web Service"
SERVICES = ("posts", "threads", "users")
#: What the tutorial asks with curl, and the service that answers it in the end.
CHECKS = {
    "/api/users/3": "users",
    "/api/threads/2": "threads",
    "/api/posts/in-thread/1": "posts",
    "/api/posts/by-user/2": "posts",
}


def check(forum: Folder, by: dict[str, str]) -> None:
    url = forum.url()
    for path, program in by.items():
        answer = ask(url, path)
        assert (answer.status, answer.by) == (200, program), path


def assert_nothing_is_left(forum: Folder) -> None:
    machine = forum.machine
    assert forum.fig("app", "ls", "--json").json() == {"applications": []}
    assert not (forum.path / "copilot" / ".workspace").exists()
    assert (forum.path / "copilot" / "posts" / "manifest.yml").exists(), "manifests stay"
    assert [command for command in machine.processes().values() if "app.py" in command] == []
    left = [path for place in ("environments", "log") for path in (machine.home / place).rglob("*forum.test*")]
    assert left == []


def test_the_tutorial_works_with_flags_alone(machine: Machine) -> None:
    forum = a_forum(machine)
    flags = ("--app", "forum")

    forum.fig("app", "init", "forum")
    forum.fig("env", "init", *flags, "--name", "test", "--profile", "default", "--default-config")
    forum.fig("env", "deploy", *flags, "--name", "test")
    forum.fig(
        *("svc", "init", *flags, "--name", "api", "--svc-type", WEB_SERVICE, "--dockerfile", "monolith/Dockerfile")
    )
    forum.fig("svc", "deploy", *flags, "--name", "api", "--env", "test")
    check(forum, dict.fromkeys(CHECKS, "monolith"))

    for name in SERVICES:
        forum.fig(
            "svc", "init", *flags, "--name", name, "--svc-type", WEB_SERVICE, "--dockerfile", f"{name}/Dockerfile"
        )
        forum.fig("svc", "deploy", *flags, "--name", name, "--env", "test")
    check(forum, CHECKS)

    forum.fig("svc", "delete", *flags, "--name", "api", "--yes")
    check(forum, CHECKS)
    assert ask(forum.url(), "/").by == ""

    forum.fig("app", "delete", "--name", "forum", "--yes")
    assert_nothing_is_left(forum)


def test_the_tutorial_works_by_answering_questions(machine: Machine) -> None:
    forum = a_forum(machine, with_manifests=False)

    with forum.by_hand("app", "init") as hand:
        hand.expect("What is your application called")
        hand.send("forum\r")
    with forum.by_hand("env", "init") as hand:
        hand.expect("What is the environment called")
        hand.send("test\r")
    with forum.by_hand("env", "deploy") as hand:
        hand.expect("Only one environment found, taking it: .*test")
    with forum.by_hand("svc", "init") as hand:
        hand.expect("What does it do")
        hand.send("load bal\r")
        hand.expect("What is it called")
        hand.send("api\r")
        hand.expect("Which Dockerfile")
        hand.send("monolith\r")
        hand.expect("Only one port found, taking it: .*3000")
    deploy_by_hand(forum, only_one=True)
    check(forum, dict.fromkeys(CHECKS, "monolith"))

    for name in SERVICES:
        shutil.copytree(FORUM / "copilot" / name, forum.path / "copilot" / name)
        deploy_by_hand(forum, name)
    check(forum, CHECKS)

    with forum.by_hand("svc", "delete") as hand:
        hand.expect("Which service")
        hand.send("api\r")
        hand.expect(r"Delete service api from test\? \[y/N\]")
        hand.send("y\r")
    check(forum, CHECKS)
    with forum.by_hand("app", "delete") as hand:
        hand.expect(r"\[y/N\]")
        hand.send("y\r")
    assert_nothing_is_left(forum)


def deploy_by_hand(forum: Folder, name: str = "api", *, only_one: bool = False) -> None:
    with forum.by_hand("svc", "deploy") as hand:
        if only_one:
            hand.expect("Only one service found, taking it: .*api")
        else:
            hand.expect("Which service is to be deployed")
            hand.send(f"{name}\r")
        hand.expect(f"✔[^\n]* Deployed service [^\n]*{name}")
        hand.expect("accessible at")
