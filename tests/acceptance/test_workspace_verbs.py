"""What the commands of a workspace show and do to services that really run."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.machine import Machine, a_machine, wait_until
from tests.acceptance.workspaces import Folder, a_forum, ask

CONFLICT = 4
DEPLOY_FAILED = 7
APP = """\
import os, sys, time, http.server
if os.environ.get("BROKEN"):
    sys.exit("the disk is on fire")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ.get("GREETING", "hello").encode()
        self.send_response(200)
        self.send_header("X-Served-By", os.environ["COPILOT_SERVICE_NAME"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        print("asked for", self.path, flush=True)
def word():
    try:
        return open(os.environ["WAIT_FOR"]).read()
    except FileNotFoundError:
        return ""
if "WAIT_FOR" in os.environ:
    while not word():
        time.sleep(0.02)
    if word() == "die":
        sys.exit("waited too long")
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
DOCKERFILE = 'FROM python:3.11-slim\nCOPY app.py .\nENV GREETING=hello\nEXPOSE 80\nCMD ["python", "app.py"]\n'


@pytest.fixture
def shop(machine: Machine) -> Folder:
    """A folder with a program and its Dockerfile: no workspace yet."""
    path = machine.home / "shop"
    path.mkdir()
    (path / "app.py").write_text(APP)
    (path / "Dockerfile").write_text(DOCKERFILE)
    return Folder(machine, path)


def given_web(shop: Folder) -> None:
    shop.fig("init", "--app", "shop", "--name", "web", "--type", "Load Balanced Web Service")


def with_variable(shop: Folder, name: str, value: str) -> None:
    path = shop.path / "copilot" / "web" / "manifest.yml"
    kept = path.read_text().partition("\nvariables:")[0]
    path.write_text(f"{kept}\nvariables:\n  {name}: '{value}'\n")


def test_a_folder_with_a_dockerfile_is_a_running_service_in_one_command(shop: Folder) -> None:
    result = shop.fig("init", "--app", "shop", "--name", "web", "--type", "Load Balanced Web Service")

    assert result.stdout == ""
    assert "✔ Application shop is set up" in result.stderr
    assert "✔ Deployed service web, revision 1." in result.stderr
    assert f"web is accessible at {shop.url()}" in result.stderr
    assert ask(shop.url(), "/").text == "hello"


def test_the_same_by_answering_what_cannot_be_known(shop: Folder) -> None:
    with shop.by_hand("init") as hand:
        hand.expect("What is your application called.*shop")
        hand.send("\r")
        hand.expect("What does it do")
        hand.send("\r")
        hand.expect("What is it called")
        hand.send("web\r")
        hand.expect(r"- web: revision 1, 0/1 tasks healthy +\S*\[in progress\]")
        hand.expect("✔.* Deployed service .*web.*, revision 1")

    assert ask(shop.url(), "/").text == "hello"


def test_what_has_not_changed_is_left_alone_and_force_starts_it_anew(shop: Folder) -> None:
    given_web(shop)

    again = shop.fig("svc", "deploy", "--name", "web")
    assert "web is unchanged: nothing to deploy" in again.stderr
    assert revision(shop) == 1

    shop.fig("svc", "deploy", "--name", "web", "--force")
    assert revision(shop) == 2


def test_a_change_is_shown_deployed_and_rolled_back(shop: Folder) -> None:
    given_web(shop)
    with_variable(shop, "GREETING", "good evening")

    difference = shop.try_fig("svc", "package", "--name", "web", "--diff")
    assert difference.status == 1
    assert "good evening" in difference.stdout
    unasked = shop.try_fig("svc", "deploy", "--name", "web", "--diff")
    assert unasked.status == 2
    assert "missing --diff-yes" in unasked.stderr
    assert "good evening" in shop.fig("svc", "deploy", "--name", "web", "--diff-yes").stdout
    assert ask(shop.url(), "/").text == "good evening"
    assert shop.try_fig("svc", "package", "--name", "web", "--diff").stdout == "No changes.\n"

    shop.fig("svc", "deploy", "--name", "web", "--revision", "1")
    assert ask(shop.url(), "/").text == "hello"


def test_a_revision_that_does_not_start_is_taken_back_with_its_last_words(shop: Folder) -> None:
    given_web(shop)
    with_variable(shop, "BROKEN", "1")

    result = shop.try_fig("svc", "deploy", "--name", "web")

    assert result.status == DEPLOY_FAILED
    assert "✘ revision 2 of web was taken back" in result.stderr
    assert "the disk is on fire" in result.stderr
    assert "Revision 1 serves as before." in result.stderr
    assert ask(shop.url(), "/").text == "hello"


def given_a_change_that_waits(shop: Folder) -> Path:
    """For a word in the file that is returned, before it listens: ``go`` or ``die``."""
    file = shop.machine.home / "word"
    with_variable(shop, "WAIT_FOR", str(file))
    return file


def test_an_interrupted_deploy_goes_on_and_says_so(shop: Folder) -> None:
    given_web(shop)
    word = given_a_change_that_waits(shop)

    with shop.by_hand_failing("svc", "deploy", "--name", "web") as hand:
        hand.expect("revision 2, 0/1 tasks healthy")
        hand.send("\x03")
        hand.expect(r"Deploying to test of shop.*\[interrupted\]")
        hand.expect("The daemon goes on with web")
    assert hand.exitstatus == 128 + signal.SIGINT
    with shop.by_hand("svc", "deploy", "--name", "web") as joined:
        joined.expect("revision 2, 0/1 tasks healthy")
        word.write_text("go")
        joined.expect("Deployed service .*web.*, revision 2")
    assert (revision(shop), status(shop)["target"]["state"]) == (2, "ACTIVE")
    assert "web is unchanged" in shop.fig("svc", "deploy", "--name", "web").stderr


def test_who_joins_a_deploy_that_fails_is_told_so(shop: Folder) -> None:
    given_web(shop)
    word = given_a_change_that_waits(shop)

    with shop.by_hand_failing("svc", "deploy", "--name", "web") as hand:
        hand.expect("revision 2, 0/1 tasks healthy")
        with shop.by_hand_failing("svc", "deploy", "--name", "web") as joined:
            joined.expect("revision 2, 0/1 tasks healthy")
            word.write_text("die")
            joined.expect("revision 2 of .*web.* was taken back")
    assert (hand.exitstatus, joined.exitstatus) == (DEPLOY_FAILED, DEPLOY_FAILED)
    assert revision(shop) == 1


def test_a_deploy_that_another_one_overtakes_has_failed(shop: Folder) -> None:
    given_web(shop)
    given_a_change_that_waits(shop)

    with shop.by_hand_failing("svc", "deploy", "--name", "web") as hand:
        hand.expect("revision 2, 0/1 tasks healthy")
        assert [line.split()[1] for line in shown_revisions(shop)] == ["serving", "UPDATING"]
        with_variable(shop, "GREETING", "good evening")
        later = shop.fig("svc", "deploy", "--name", "web")
        hand.expect("revision 2 of web was replaced by revision 3 before it was healthy")
    assert hand.exitstatus == DEPLOY_FAILED
    assert "✔ Deployed service web, revision 3." in later.stderr


def test_a_service_that_is_deleted_during_its_deploy_was_not_deployed(shop: Folder) -> None:
    given_web(shop)
    given_a_change_that_waits(shop)

    with shop.by_hand_failing("svc", "deploy", "--name", "web") as hand:
        hand.expect("revision 2, 0/1 tasks healthy")
        shop.fig("svc", "delete", "--name", "web", "--yes")
        hand.expect("web was deleted while it was being deployed")
    assert hand.exitstatus == DEPLOY_FAILED


def test_two_environments_do_not_share_a_port(shop: Folder) -> None:
    given_web(shop)
    taken = shop.url().rpartition(":")[2]
    prod = shop.path / "copilot" / "environments" / "prod"
    prod.mkdir()
    (prod / "manifest.yml").write_text(f"name: prod\ntype: Environment\ntarget: local\nlocal:\n  port: {taken}\n")

    refused = shop.try_fig("env", "deploy", "--name", "prod")
    assert refused.status == CONFLICT
    assert f"port {taken} of 127.0.0.1 is taken by environment 'test' of shop" in refused.stderr
    assert "local.port" in refused.stderr
    assert ask(shop.url(), "/").text == "hello"


def test_a_service_is_paused_resumed_and_deleted(shop: Folder) -> None:
    given_web(shop)

    shop.fig("svc", "pause", "--name", "web", "--yes")
    assert ask(shop.url(), "/").status == 503
    assert [command for command in shop.machine.processes().values() if "app.py" in command] == []
    shop.fig("svc", "resume", "--name", "web")
    assert ask(shop.url(), "/").text == "hello"
    shop.fig("svc", "pause", "--name", "web", "--yes")
    assert "web was paused; with this deploy it runs again." in shop.fig("svc", "deploy", "--name", "web").stderr
    refused = shop.try_fig("svc", "delete", "--name", "web")
    assert refused.status == 5
    assert "--yes" in refused.stderr
    in_use = shop.try_fig("svc", "delete", "--name", "web", "--yes")
    assert in_use.status == 5
    assert "requests still arrive" in in_use.stderr
    shop.fig("svc", "delete", "--name", "web", "--yes", "--force")
    assert ask(shop.url(), "/").by == ""
    shop.fig("env", "delete", "--name", "test", "--yes")
    assert shop.fig("env", "ls").stdout == "test\n", "its manifest is there"


def test_a_command_runs_where_the_task_runs(shop: Folder) -> None:
    given_web(shop)

    result = shop.fig("svc", "exec", "--name", "web", "--command", "sh -c 'echo $GREETING in $PWD'")

    assert result.stdout == f"hello in {shop.path}\n"
    assert shop.try_fig("svc", "exec", "--name", "web", "--command", "sh -c 'exit 3'").status == 3


def test_logs_show_what_tasks_print(shop: Folder) -> None:
    given_web(shop)
    ask(shop.url(), "/some/path")

    wait_until(
        lambda: "asked for /some/path" in shop.fig("svc", "logs", "--name", "web", "--limit", "99").stdout,
        "it is logged",
    )
    lines = shop.fig("svc", "logs", "--name", "web", "--json").stdout.splitlines()
    assert set(json.loads(lines[0])) == {"task", "line"}
    assert shop.fig("svc", "logs", "--name", "web", "--previous").stdout == ""
    shown = shop.fig("svc", "logs", "--name", "web").stdout.split()[0]
    assert shown.removeprefix("web/") in shop.fig("svc", "status", "--name", "web").stdout
    assert shop.fig("svc", "logs", "--name", "web", "--tasks", shown).stdout


def test_logs_can_be_asked_for_by_time_and_by_container(shop: Folder) -> None:
    given_web(shop)
    ask(shop.url(), "/some/path")
    web = ("svc", "logs", "--name", "web")

    wait_until(lambda: "asked for /some/path" in shop.fig(*web, "--since", "1h").stdout, "it is logged")
    assert "asked for /some/path" in shop.fig(*web, "--start-time", "2020-01-01T00:00:00Z").stdout
    assert "asked for /some/path" in shop.fig(*web, "--since", "1h", "--container", "web").stdout
    assert shop.fig(*web, "--end-time", "2020-01-01T00:00:00Z").stdout == ""
    refused = shop.try_fig(*web, "--container", "nginx")
    assert "tasks of web have no container 'nginx'" in refused.stderr
    assert "Name `web`" in refused.stderr


def test_everything_can_be_shown_as_text_and_as_json(shop: Folder) -> None:
    given_web(shop)
    with (shop.path / "copilot" / "web" / "manifest.yml").open("a") as file:
        file.write("logging:\n  retention: 30\n")
    url = shop.url()

    shown = shop.fig("svc", "show", "--name", "web").stdout
    for words in ("Configurations", "Routes", url, "COPILOT_SERVICE_NAME", "No Effect Here", "logging"):
        assert words in shown, words
    assert shop.fig("svc", "show", "--name", "web", "--json").json()["type"] == "Load Balanced Web Service"
    assert "1/1 pass their health checks" in shop.fig("svc", "status", "--name", "web").stdout
    assert status(shop)["name"] == "web"
    assert shop.fig("svc", "ls").stdout.splitlines()[-1].split() == [
        "web",
        "Load",
        "Balanced",
        "Web",
        "Service",
        "test",
    ]
    assert shop.fig("app", "ls").stdout == "shop\n"
    assert shop.fig("app", "show", "--json").json()["environments"] == [
        {"name": "test", "runtime": "process", "url": url}
    ]
    assert url in shop.fig("env", "show", "--name", "test").stdout
    assert json.loads(shop.fig("svc", "show", "--name", "web", "--manifest", "test").stdout)["name"] == "web"
    assert json.loads(shop.fig("svc", "package", "--name", "web").stdout)["workload"]["name"] == "web"


def test_an_environment_that_is_not_local_is_on_aws_and_wants_a_region(shop: Folder) -> None:
    given_web(shop)
    folder = shop.path / "copilot" / "environments" / "prod"
    folder.mkdir()
    (folder / "manifest.yml").write_text("name: prod\ntype: Environment\n")

    somebody = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    nowhere = {**somebody, "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_CONFIG_FILE": "/dev/null"}
    result = shop.try_fig("svc", "deploy", "--name", "web", "--env", "prod", **nowhere)

    assert (result.status, "no AWS region is given" in result.stderr) == (2, True)


def test_a_copilot_workspace_without_a_local_environment_is_told_the_flag_and_runs_with_it(shop: Folder) -> None:
    shop.fig("init", "--app", "shop", "--name", "web", "--type", "Load Balanced Web Service", "--no-deploy")
    folder = shop.path / "copilot" / "environments" / "test"
    folder.mkdir(parents=True)
    (folder / "manifest.yml").write_text("name: test\ntype: Environment\n")

    refused = shop.try_fig("deploy")
    assert refused.status == 2
    assert "--init-env --env local" in refused.stderr
    assert shop.fig("deploy", "--init-env").stderr.count("✔ Deployed service web") == 1
    assert ask(shop.url("local"), "/").text == "hello"
    assert "unchanged" in shop.fig("deploy", "--init-env").stderr, "it has one now"


def test_one_that_fails_keeps_the_others_of_its_group_from_nothing_but_stops_the_next(shop: Folder) -> None:
    given_web(shop)
    for name in ("bad", "worse", "late"):
        shop.fig("init", "--name", name, "--type", "Backend Service", "--no-deploy")
    for name in ("bad", "worse"):
        path = shop.path / "copilot" / name / "manifest.yml"
        path.write_text(path.read_text() + "variables:\n  BROKEN: '1'\n")

    names = ("--name", "web/1", "--name", "bad/1", "--name", "worse/1", "--name", "late")
    result = shop.try_fig("deploy", "--force", *names)

    assert result.status == DEPLOY_FAILED
    assert "✔ Deployed service web, revision 2." in result.stderr
    assert "the disk is on fire" in result.stderr
    for name in ("bad", "worse"):
        assert f"✘ revision 1 of {name} does not become healthy" in result.stderr
        assert f"`fig svc logs --name {name} --env test` shows more" in result.stderr
    assert result.stderr.count("not begun: late") == 1
    services = {one["name"]: one["environments"] for one in shop.fig("svc", "ls", "--json").json()["services"]}
    assert services == {"bad": ["test"], "late": [], "web": ["test"], "worse": ["test"]}


def test_all_that_is_wrong_in_manifests_is_told_before_anything_is_deployed(shop: Folder) -> None:
    given_web(shop)
    for name in ("one", "two"):
        shop.fig("init", "--name", name, "--type", "Backend Service", "--no-deploy")
        path = shop.path / "copilot" / name / "manifest.yml"
        path.write_text(path.read_text() + "mem0ry: 512\n")

    result = shop.try_fig("deploy", "--force")

    assert result.status == 2
    assert result.stderr.count("mem0ry: is not a known field") == 2
    assert revision(shop) == 1


def test_a_workspace_that_was_never_deployed_can_be_listed(shop: Folder) -> None:
    flags = ("--app", "shop", "--name", "web", "--type", "Backend Service", "--no-deploy")
    shop.fig("init", *flags)
    shop.fig("app", "delete", "--yes")
    (shop.path / "copilot" / ".workspace").write_text("application: shop\n")

    assert shop.fig("svc", "ls", "--json").json()["services"] == [
        {"name": "web", "type": "Backend Service", "environments": []}
    ]
    assert shop.fig("env", "ls", "--json").json() == {"environments": []}
    assert shop.try_fig("svc", "status").status == 3


def test_two_workspaces_on_one_machine_do_not_disturb_each_other(shop: Folder, machine: Machine) -> None:
    given_web(shop)
    other = Folder(machine, machine.home / "other")
    other.path.mkdir()
    for name in ("app.py", "Dockerfile"):
        (other.path / name).write_text((shop.path / name).read_text())
    other.fig("init", "--app", "other", "--name", "web", "--type", "Load Balanced Web Service")

    assert shop.url() != other.url()
    assert ask(other.url(), "/").text == "hello"
    other.fig("app", "delete", "--yes")
    assert ask(shop.url(), "/").text == "hello"
    assert shop.fig("app", "ls").stdout == "shop\n"
    refused = shop.try_fig("app", "init", "another")
    assert refused.status == 4
    assert "is the workspace of application shop already" in refused.stderr
    refused = other.try_fig("app", "init", "shop")
    assert refused.status == 4, "another folder is the workspace of shop"


def test_a_workspace_of_an_application_that_is_not_known_here_can_be_given_to_another(shop: Folder) -> None:
    (shop.path / "copilot").mkdir()
    (shop.path / "copilot" / ".workspace").write_text("application: forum\n")
    refused = shop.try_fig("app", "init", "other")
    assert (refused.status, "`fig app delete` first" in refused.stderr) == (CONFLICT, True)

    shop.fig("app", "delete", "--yes")
    shop.fig("app", "init", "other")

    assert shop.fig("app", "ls").stdout == "other\n"


def shown_revisions(shop: Folder) -> list[str]:
    shown = shop.fig("svc", "status", "--name", "web").stdout
    return shown.partition("Deployments")[2].partition("Tasks\n")[0].strip().splitlines()[2:]


def revision(shop: Folder) -> int:
    return int(status(shop)["revision"])


def status(shop: Folder) -> dict[str, Any]:
    found: dict[str, Any] = shop.fig("svc", "status", "--name", "web", "--json").json()
    return found


@pytest.fixture(scope="module")
def forum() -> Iterator[Folder]:
    with a_machine() as machine:
        yield a_forum(machine)


def test_the_whole_forum_is_deployed_and_then_left_alone(forum: Folder) -> None:
    """The times are for who reads the output: 10 s and 1 s are wanted of a machine that does nothing else."""
    forum.fig("app", "init", "forum")
    began = time.monotonic()
    forum.fig("deploy", "--all", "--env", "test")
    first = time.monotonic() - began
    began = time.monotonic()
    again = forum.fig("deploy", "--all", "--env", "test")
    second = time.monotonic() - began

    assert again.stderr.count("is unchanged: nothing to deploy") == 4
    sys.stdout.write(f"fig deploy --all: {first:.1f} s from nothing, {second:.1f} s without a change\n")
    assert ask(forum.url(), "/api/users/1").by == "users"
