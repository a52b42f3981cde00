"""Days of work on a workspace: local runs, one-off tasks, secrets, jobs and pipelines, on a real daemon."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from stranglerfig.api.app_client import AppClient
from stranglerfig.api.client import Transport
from tests.acceptance.machine import FIG, Machine, wait_until
from tests.acceptance.workspaces import Folder, a_forum, ask

JOB = """\
name: report
type: Scheduled Job
image:
  build: report/Dockerfile
on:
  schedule: none
retries: 1
secrets:
  TOKEN: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/token
"""
PIPELINE = """\
name: release
version: 1
source:
  provider: GitHub
  properties: {branch: main, repository: https://github.com/example/forum}
stages:
  - name: test
    deployments:
      posts: {depends_on: [users]}
      users:
    test_commands:
      - echo the gate of $COPILOT_ENVIRONMENT_NAME; echo > ran-at-$COPILOT_LB_DNS
  - name: next
    requires_approval: true
    deployments:
      users:
    test_commands:
      - echo it is broken; exit 3
      - echo > never
"""


@pytest.fixture
def forum(machine: Machine) -> Folder:
    """With an environment, and nothing in it yet."""
    found = a_forum(machine)
    found.fig("app", "init", "forum")
    found.fig("env", "deploy", "--name", "test")
    return found


@pytest.fixture
def users(forum: Folder) -> Folder:
    forum.fig("svc", "deploy", "--name", "users", "--env", "test")
    return forum


def run_as_users(forum: Folder, command: str, *flags: str) -> tuple[int, str, str]:
    result = forum.try_fig("task", "run", "--as", "users", "--env", "test", "--command", command, "--follow", *flags)
    return result.status, result.stdout, result.stderr


def test_a_one_off_task_has_what_its_service_has_and_ends_fig_as_it_ends(users: Folder) -> None:
    show = "sh -c 'echo $COPILOT_SERVICE_NAME $LEVEL in $(pwd); echo ${PORT:-no port}; exit 3'"

    status, out, err = run_as_users(users, show, "--env-vars", "LEVEL=debug")

    assert (status, out) == (3, f"users debug in {users.path}/users\nno port\n")
    assert "✘ task users-task exited with status 3" in err
    logs = users.fig("task", "logs", "--name", "users-task", "--env", "test")
    assert "no port" in logs.stdout
    assert "exited with status 3" in logs.stderr


def test_a_task_without_a_service_runs_in_the_folder(forum: Folder) -> None:
    (forum.path / "answer").write_text("42\n")

    result = forum.fig(
        *("task", "run", "--task-group-name", "answer", "--env", "test", "--command", "cat answer", "--follow")
    )

    assert result.stdout == "42\n"


def test_the_generated_command_can_be_run_as_it_stands(users: Folder) -> None:
    printed = users.fig("task", "run", "--generate-cmd", "forum/test/users").stdout
    refused = users.try_fig("task", "run", "--generate-cmd", "forum/test/users", "--follow")
    unknown = users.try_fig("task", "run", "--generate-cmd", "forum/test/nobody")

    words = shlex.split(printed.replace("\\\n", ""))
    command = words.index("--command") + 1
    words[command] = "sh -c 'echo I am $COPILOT_SERVICE_NAME'"
    assert words[:9] == ["fig", "task", "run", "--app", "forum", "--env", "test", "--as", "users"]
    assert users.fig(*words[1:], "--follow").stdout == "I am users\n"
    assert refused.status == 2
    assert "what other flags say would be lost" in refused.stderr
    assert unknown.status == 3


def test_a_task_that_goes_on_can_be_entered_and_ended(users: Folder) -> None:
    name = ("--name", "sweep", "--env", "test")
    users.fig(
        *("task", "run", "--as", "users", "--env", "test", "--task-group-name", "sweep", "--env-vars", "A=b"),
        *("--command", "sleep 222"),
    )

    assert users.fig("task", "exec", *name, "--command", "sh -c 'echo $COPILOT_SERVICE_NAME $A'").stdout == "users b\n"
    assert users.try_fig("task", "exec", *name, "--command", "sh -c 'exit 4'").status == 4
    assert "Task sweep is running" in users.fig("task", "logs", *name).stderr
    listed = users.fig("task", "ls").stdout.splitlines()
    assert listed[2].split()[:5] == ["sweep", "test", "1", "RUNNING", "-"]
    assert [task["name"] for task in users.fig("task", "ls", "--json").json()["tasks"]] == ["sweep"]
    users.fig("task", "delete", *name, "--yes")

    assert [command for command in users.machine.processes().values() if "sleep 222" in command] == []
    assert users.try_fig("task", "delete", *name, "--yes").status == 3


def test_a_secret_is_typed_unseen_and_reaches_only_the_task(users: Folder) -> None:
    with users.by_hand("secret", "init", "--name", "token") as hand:
        hand.expect("What is token in environment test")
        hand.send("hunter2\r")
        hand.expect("✔.* Secret .*token.* is kept")
        hand.expect(re.escape("TOKEN: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/token"))
        seen = str(hand.before)

    status, out, _ = run_as_users(users, "sh -c 'echo $T | wc -c'", "--secrets", "T=token")

    assert (status, out.strip()) == (0, "8")
    assert "hunter2" not in seen
    assert holders_of(users.machine, "hunter2") == ["secrets/forum.test.json"]
    kept = users.machine.home / "secrets" / "forum.test.json"
    assert kept.stat().st_mode & 0o777 == 0o600


def holders_of(machine: Machine, text: str) -> list[str]:
    """Files below the home that have it."""
    wanted = text.encode()
    return [
        str(path.relative_to(machine.home))
        for path in machine.home.rglob("*")
        if path.is_file() and wanted in path.read_bytes()
    ]


def test_secrets_are_kept_all_or_none(forum: Folder) -> None:
    (forum.path / "secrets.yml").write_text("one: {test: '1'}\ntwo: {test: 'x, y=z'}\n")
    forum.fig("secret", "init", "--cli-input-yaml", "secrets.yml")

    again = forum.try_fig("secret", "init", "--name", "one", "--values", "test=2")
    elsewhere = forum.try_fig("secret", "init", "--name", "three", "--values", "test=2,prod=3")
    over = forum.fig("secret", "init", "--name", "one", "--values", "test=2", "--overwrite")

    assert again.status == 4
    assert "one in test; nothing was changed" in again.stderr
    assert elsewhere.status == 3
    assert "no environment prod" in elsewhere.stderr
    assert "✔ Secret one is kept" in over.stderr
    names = AppClient(Transport(str(forum.machine.home / "run" / "api.sock"))).secrets.names("forum", "test")
    assert sorted(names) == ["/copilot/forum/test/secrets/one", "/copilot/forum/test/secrets/two"]


def test_secrets_are_listed_by_name_and_never_by_value(forum: Folder) -> None:
    none = forum.fig("secret", "ls")
    forum.fig("secret", "init", "--name", "token", "--values", "test=hunter2")

    listed = forum.fig("secret", "ls").stdout
    assert none.stdout == ""
    assert "There is no secret yet" in none.stderr
    assert [line.split() for line in listed.splitlines()[2:]] == [["token", "test"]]
    as_json = forum.fig("secret", "ls", "--env", "test", "--json")
    assert as_json.json() == {"secrets": [{"name": "token", "environments": ["test"]}]}
    assert "hunter2" not in listed + as_json.stdout
    assert forum.try_fig("secret", "ls", "--env", "prod").status == 3


SETUP_WITH_SECRET = """
local:
  setup:
    - test -n "$TOKEN" && echo "logged in with $TOKEN"; exit 3
secrets:
  TOKEN: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/token
"""


def test_setup_has_the_services_secrets_and_shows_them_to_nobody(forum: Folder) -> None:
    forum.fig("secret", "init", "--name", "token", "--values", "test=hunter2")
    manifest = forum.path / "copilot" / "users" / "manifest.yml"
    manifest.write_text(manifest.read_text() + SETUP_WITH_SECRET)

    refused = forum.try_fig("svc", "deploy", "--name", "users", "--env", "test")
    manifest.write_text(manifest.read_text().replace("exit 3", "echo ${#TOKEN} > ../../was-set-up"))
    forum.fig("svc", "deploy", "--name", "users", "--env", "test")

    assert refused.status == 7
    assert "ended with status 3\n    logged in with [secret]" in refused.stderr
    assert next(forum.machine.home.rglob("was-set-up")).read_text() == "7\n"
    assert holders_of(forum.machine, "hunter2") == ["secrets/forum.test.json"]
    assert "users-setup" not in forum.try_fig("task", "logs", "--name", "nobody", "--env", "test").stderr


def a_job(forum: Folder, program: str) -> None:
    (forum.path / "report").mkdir()
    (forum.path / "report" / "Dockerfile").write_text('FROM debian\nWORKDIR /app\nCOPY . .\nCMD ["sh", "run.sh"]\n')
    (forum.path / "report" / "run.sh").write_text(program)
    (forum.path / "copilot" / "report").mkdir()
    (forum.path / "copilot" / "report" / "manifest.yml").write_text(JOB)
    forum.fig("secret", "init", "--name", "token", "--values", "test=hunter2")


def test_a_job_is_deployed_run_and_looked_at(forum: Folder) -> None:
    a_job(forum, 'echo "report with $TOKEN" | sed s/hunter2/it/\n')

    deployed = forum.fig("job", "deploy", "--name", "report", "--env", "test")
    ran = forum.fig("job", "run", "--name", "report", "--env", "test", "--follow")
    logs = forum.fig("job", "logs", "--name", "report", "--env", "test")

    assert "- report  [complete]" in deployed.stderr
    assert ran.stdout == "report with it\n"
    assert "report with it" in logs.stdout
    assert "it succeeded" in logs.stderr
    assert forum.fig("job", "ls", "--json").json()["jobs"][0]["environments"] == ["test"]
    owned = forum.fig("env", "show", "--name", "test", "--resources").stdout.partition("Resources")[2]
    assert [line.split() for line in owned.splitlines() if line.split()[:1] in (["job"], ["secret"])] == [
        ["job", "report"],
        ["secret", "/copilot/forum/test/secrets/token"],
    ]
    shown = forum.fig("job", "show", "--name", "report").stdout
    for words in ("Scheduled Job", "none", "COPILOT_SERVICE_NAME", "/secrets/token", "it succeeded"):
        assert words in shown, words
    found = forum.fig("job", "show", "--name", "report", "--json").json()
    assert (found["configurations"][0]["schedule"], found["configurations"][0]["retries"]) == ("none", 1)
    assert [(run["environment"], run["state"]) for run in found["runs"]] == [("test", "SUCCEEDED")]
    assert '"schedule": "none"' in forum.fig("job", "show", "--name", "report", "--manifest", "test").stdout
    assert forum.try_fig("job", "show", "--name", "users").status == 3
    generated = forum.fig("task", "run", "--generate-cmd", "forum/test/report").stdout
    assert "--secrets TOKEN=/copilot/forum/test/secrets/token" in generated
    forum.fig("job", "delete", "--name", "report", "--yes")
    assert forum.fig("job", "ls", "--json").json()["jobs"][0]["environments"] == []


def test_a_job_that_fails_is_tried_again_and_ends_fig_with_its_status(forum: Folder) -> None:
    a_job(forum, "echo no data; exit 7\n")
    forum.fig("job", "deploy", "--name", "report", "--env", "test")

    ran = forum.try_fig("job", "run", "--name", "report", "--env", "test", "--follow")

    assert ran.status == 7
    assert ran.stdout == "no data\n" * 2
    assert "exited with status 7 after 2 attempts" in ran.stderr


@contextmanager
def run_local(forum: Folder, *flags: str) -> Iterator[pexpect.spawn[str]]:
    """On a terminal; what it must not leave behind is the test's business."""
    child = pexpect.spawn(
        str(FIG),
        ["run", "local", *flags],
        env={**forum.machine.env(), "FIG_RUNTIME": "process", "TERM": "xterm-256color"},
        cwd=str(forum.path),
        encoding="utf-8",
        timeout=30,
        dimensions=(40, 160),
    )
    try:
        yield child
    finally:
        child.close(force=True)


def programs(forum: Folder) -> list[str]:
    return [command for command in forum.machine.processes().values() if "app.py" in command]


def test_a_local_run_shows_all_services_and_stops_what_it_started(users: Folder) -> None:
    with run_local(users, "--name", "users", "--name", "posts", "--env-var-override", "LEVEL=debug") as hand:
        hand.expect("Ctrl-C stops posts; users was deployed before, and will stay")
        hand.expect("posts.*startup complete")
        assert ask(users.url(), "/api/posts/in-thread/1").by == "posts"
        hand.sendintr()
        hand.expect("Stopping posts")
        hand.expect("users returns to revision 1")
        hand.expect("Stopped")
        hand.expect(pexpect.EOF)
        hand.close()

        assert hand.exitstatus == 0
    assert ask(users.url(), "/api/users/3").by == "users"
    assert ask(users.url(), "/api/posts/in-thread/1").by == "", "nobody answers it any more"


def test_a_local_run_of_what_was_there_before_says_what_becomes_of_it(users: Folder) -> None:
    a_job(users, "echo hello\n")
    users.fig("svc", "deploy", "--name", "posts", "--env", "test")
    users.fig("job", "deploy", "--name", "report", "--env", "test")
    names = ("--name", "users", "--name", "posts", "--name", "report")
    with run_local(users, *names, "--env-var-override", "LEVEL=debug") as hand:
        hand.expect("!.* users, posts: USER forum of the Dockerfile is left aside")
        hand.expect("report is deployed; it has no schedule, and runs by hand only")
        hand.expect("Ctrl-C ends this")
        assert "USER forum" not in (hand.before or ""), "it is said once"
        hand.sendintr()
        hand.expect("users returns to revision 1")
        assert "Nothing to stop" not in (hand.before or "")
        hand.expect(pexpect.EOF)
        hand.close()

        assert hand.exitstatus == 0


def test_a_local_run_does_not_repeat_what_a_deleted_service_printed(users: Folder) -> None:
    users.fig("svc", "delete", "--name", "users", "--env", "test", "--yes")
    program = users.path / "users" / "app.py"
    program.write_text(
        program.read_text().replace("import uvicorn\n", "import uvicorn\nprint('of this run', flush=True)\n")
    )
    with run_local(users, "--name", "users") as hand:
        hand.expect("Ctrl-C stops it")
        hand.expect("startup complete")
        assert hand.before is not None
        assert "of this run" in hand.before, "nothing of the former run came before it"
        hand.sendintr()
        hand.expect("Stopped")
        hand.expect(pexpect.EOF)


def test_a_local_run_of_nothing_leaves_nothing(machine: Machine) -> None:
    forum = a_forum(machine)
    forum.fig("app", "init", "forum")
    with run_local(forum, "--name", "users") as hand:
        hand.expect("Ctrl-C stops it")
        hand.kill(signal.SIGTERM)
        hand.expect("Stopped")
        hand.expect(pexpect.EOF)

    assert programs(forum) == []
    assert forum.fig("env", "ls", "--json").json()["environments"][0]["url"] == ""


def test_a_local_run_deploys_what_has_changed_and_nothing_else(forum: Folder) -> None:
    program = forum.path / "users" / "app.py"
    with run_local(forum, "--name", "users", "--name", "threads", "--watch") as hand:
        hand.expect("Ctrl-C stops them")
        threads = pids_in(forum, "threads")
        program.write_text(program.read_text() + "\n# changed\n")
        hand.expect("Changed: users")
        hand.expect("users: revision 2, 1/1 tasks healthy  .complete")
        program.write_text("this is no program\n")
        hand.expect("Changed: users")
        hand.expect("✘.* revision 3 of users was taken back")

        assert ask(forum.url(), "/api/users/3").by == "users"
        assert pids_in(forum, "threads") == threads
        hand.sendintr()
        hand.expect("Stopped")
        hand.expect(pexpect.EOF)
    wait_until(lambda: not programs(forum), "all tasks are gone")


def pids_in(forum: Folder, folder: str) -> list[int]:
    """Of programs that run in a folder of the workspace."""
    place = str(forum.path / folder)
    return sorted(pid for pid in forum.machine.processes() if Path(f"/proc/{pid}/cwd").resolve() == Path(place))


def test_a_pipeline_deploys_stage_by_stage_and_ends_at_the_first_failure(forum: Folder) -> None:
    folder = forum.path / "copilot" / "pipelines" / "release"
    folder.mkdir(parents=True)
    (folder / "manifest.yml").write_text(PIPELINE)
    forum.fig("env", "init", "--name", "next")

    asked = forum.try_fig("pipeline", "run")
    result = forum.try_fig("pipeline", "run", "--yes")

    assert forum.fig("pipeline", "ls").stdout == "release\n"
    shown = forum.fig("pipeline", "show", "--json").json()
    assert shown["stages"][0]["deployments"] == [["users"], ["posts"]]
    assert asked.status == 5, "the second stage wants an approval"
    assert (result.status, result.stdout) == (7, "")
    assert result.stderr.index("the gate of test") < result.stderr.index("it is broken")
    assert "stage next failed: `echo it is broken; exit 3` ended with status 3" in result.stderr
    assert (forum.path / f"ran-at-{forum.url().removeprefix('http://')}").exists()
    assert not (forum.path / "never").exists()
    assert ask(forum.url("next"), "/api/users/3").by == "users"


def test_a_pipeline_with_a_stage_on_aws_begins_nothing(forum: Folder) -> None:
    folder = forum.path / "copilot" / "pipelines" / "release"
    folder.mkdir(parents=True)
    (folder / "manifest.yml").write_text(PIPELINE)
    elsewhere = forum.path / "copilot" / "environments" / "next"
    elsewhere.mkdir()
    (elsewhere / "manifest.yml").write_text("name: next\ntype: Environment\n")

    result = forum.try_fig("pipeline", "run", "--yes")

    assert result.status == 2
    assert "environment next is on AWS" in result.stderr
    assert programs(forum) == []


def test_a_local_run_that_cannot_start_takes_the_rest_away_again(forum: Folder) -> None:
    (forum.path / "users" / "app.py").write_text("raise SystemExit('no database')\n")

    result = forum.try_fig("run", "local", "--name", "users", "--name", "posts")

    assert result.status == 7
    assert "no database" in result.stderr
    assert "✔ Stopped." in result.stderr
    assert programs(forum) == []
    assert forum.fig("svc", "ls", "--json").json()["services"][1] == {
        "name": "posts",
        "type": "Load Balanced Web Service",
        "environments": [],
    }


def test_interrupting_the_start_of_a_local_run_leaves_nothing(forum: Folder) -> None:
    (forum.path / "users" / "app.py").write_text("import time\ntime.sleep(60)\n")
    with run_local(forum, "--name", "users", "--name", "posts") as hand:
        hand.expect("users: revision 1, 0/1 tasks healthy")
        hand.sendintr()
        hand.expect("Stopped")
        hand.expect(pexpect.EOF)
        hand.close()

        assert hand.exitstatus == 130
    assert programs(forum) == []
