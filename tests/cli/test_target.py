from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from stranglerfig.cli.overtaking import overtaken_by, was_healthy
from tests.cli.builders import a_server, a_target
from tests.cli.command_line import Fig
from tests.cli.stub_daemon import Server


def test_running_a_command_waits_until_it_is_healthy(fig: Fig, daemon: Server) -> None:
    result = fig("target", "run", "users", "--replicas", "2", "--", "./serve", "--port", "9")

    assert (result.status, result.stdout) == (0, "")
    assert daemon.bodies[0]["command"] == ["./serve", "--port", "9"]
    assert "users: revision 1 starting" in result.stderr
    assert "✔ Target users runs revision 1 with 2 tasks (2/2 up)." in result.stderr
    assert "fig route add PROXY /PATH --to users" in result.stderr


def test_every_flag_of_run_reaches_the_daemon(fig: Fig, daemon: Server, tmp_path: Path) -> None:
    text = (
        "target run users --no-wait --replicas 2 --env A=1 --env B=x=y --health /h --expect 200 --start-timeout 1m"
        " --grace 500ms --drain 5 --memory 512M --open-files 1024 --json -- ./serve"
    )

    result = fig(*text.split(), cwd=tmp_path)

    assert result.json()["state"] == "STARTING"
    assert daemon.bodies == [
        {
            "name": "users",
            "command": ["./serve"],
            "cwd": str(tmp_path),
            "env": {"PATH": os.environ["PATH"], "A": "1", "B": "x=y"},
            "replicas": 2,
            "start_timeout_s": 60.0,
            "grace_s": 0.5,
            "drain_s": 5.0,
            "memory": 512 * 1024**2,
            "open_files": 1024,
            "health": {"path": "/h", "expect": "200"},
        }
    ]


def test_a_relative_folder_is_made_absolute_and_the_users_own_path_is_kept(
    fig: Fig, daemon: Server, tmp_path: Path
) -> None:
    (tmp_path / "inner").mkdir()

    fig("target", "run", "users", "--no-wait", "--cwd", "inner", "--env", "PATH=/opt/bin", "--", "x", cwd=tmp_path)

    assert daemon.bodies[0]["cwd"] == str(tmp_path / "inner")
    assert daemon.bodies[0]["env"] == {"PATH": "/opt/bin"}


def test_a_first_version_that_fails_is_status_seven_with_its_last_output(fig: Fig, daemon: Server) -> None:
    result = fig("target", "run", "users", "--", "./broken")

    assert result.status == 7
    assert "no such table: users" in result.stderr


def test_a_new_version_that_is_taken_back_says_which_one_serves(fig: Fig, daemon: Server) -> None:
    fig("target", "run", "users", "--", "./serve")

    result = fig("target", "run", "users", "--", "./broken")

    assert result.status == 7
    assert "revision 2 of users was taken back" in result.stderr
    assert "no such table: users" in result.stderr
    assert "Revision 1 serves as before." in result.stderr


def test_a_new_version_that_was_taken_back_before_the_answer_is_status_seven_too(fig: Fig, daemon: Server) -> None:
    fig("target", "run", "users", "--", "./serve")

    result = fig("target", "run", "users", "--", "./no-such-program")

    assert result.status == 7
    assert "revision 2 of users was taken back: ./no-such-program: command not found" in result.stderr
    assert "✔" not in result.stderr


def test_a_version_that_another_one_overtakes_was_not_run(fig: Fig, daemon: Server) -> None:
    fig("target", "run", "users", "--", "./serve")
    first = subprocess.Popen(
        fig.argv("target", "run", "users", "--", "./slow"), env=fig.env(), stderr=subprocess.PIPE, text=True
    )
    assert first.stderr is not None
    assert "revision 2" in first.stderr.readline()

    second = fig("target", "run", "users", "--", "./serve")

    told = first.communicate(timeout=90)[1]
    assert (first.returncode, second.status) == (7, 0)
    assert "✘ revision 2 of users was replaced by revision 3 before it was healthy" in told
    assert "✔ Target users runs revision 3" in second.stderr


@pytest.mark.parametrize(
    ("now", "failed", "wanted"),
    [
        (4, None, None),
        (5, None, 5),
        (3, 5, 5),
        (3, 4, None),
        (3, None, None),
        # Taken back before, or a return to an earlier one that came to nothing.
        (4, 5, None),
        (5, 4, None),
    ],
)
def test_an_order_is_overtaken_by_later_ones_alone(now: int, failed: int | None, wanted: int | None) -> None:
    assert overtaken_by(a_target(revision=now, failed_revision=failed), 4) == wanted


def test_who_is_overtaken_when_healthy_had_what_was_ordered() -> None:
    serves = a_target(revision=5, replicas=2, servers=[a_server(revision=4), a_server(revision=4)])

    assert was_healthy(serves, 4)
    assert not was_healthy(serves, 5)
    assert not was_healthy(a_target(replicas=0, servers=[]), 4)


@pytest.mark.parametrize(
    ("flag", "value", "complaint"),
    [
        ("--memory", "lots", "'lots' is no size: write 512M or 2G"),
        ("--grace", "soon", "'soon' is no duration: write 30s, 500ms or 2m"),
        ("--env", "A", "'A' is not NAME=VALUE"),
        ("--replicas", "0", "--replicas"),
        ("--cwd", "/no/such/folder", "/no/such/folder"),
    ],
)
def test_a_bad_value_is_a_usage_error_before_anything_is_asked(
    fig: Fig, daemon: Server, flag: str, value: str, complaint: str
) -> None:
    result = fig("target", "run", "users", flag, value, "--", "./serve")

    assert result.status == 2
    assert complaint in result.stderr
    assert daemon.bodies == []


def test_urls_are_added_with_tls_and_health(fig: Fig, daemon: Server, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-")
    rest = "--health /ping --drain 1s --json"
    text = "target add pay https://a https://b --ca ca.pem --insecure --host-header target"

    assert fig(*text.split(), *rest.split(), cwd=tmp_path).json()["urls"] == ["https://a", "https://b"]
    assert daemon.bodies == [
        {
            "name": "pay",
            "urls": ["https://a", "https://b"],
            "ca_file": str(tmp_path / "ca.pem"),
            "verify": False,
            "host_header": "target",
            "drain_s": 1.0,
            "health": {"path": "/ping"},
        }
    ]


def test_the_list_shows_health_and_use(fig: Fig, daemon: Server) -> None:
    daemon.books.targets["users"] = a_target(used_by=["shop"], responses={"2xx": 9, "5xx": 1})

    assert fig("target", "ls").stdout.splitlines()[1].split() == (
        ["users", "process", "1/1", "up", "ACTIVE", "1", "0.0", "0.0", "1", "0", "shop"]
    )
    assert fig("target", "ls", "--json").json()[0]["used_by"] == ["shop"]


def test_a_target_of_containers_is_shown_as_such_and_counted_by_its_tasks(fig: Fig, daemon: Server) -> None:
    fig("target", "run", "users", "--", "./serve")
    daemon.books.targets["users"] |= {"kind": "docker", "command": [], "replicas": 2}

    assert fig("target", "ls").stdout.splitlines()[1].split()[1:3] == ["docker", "1/2"]
    assert "Is        containers in Docker" in fig("target", "show", "users").stdout
    assert json.loads(fig("logs", "all", "--json").stdout.splitlines()[0])["task"] == "users-1-0-1"


def test_show_gives_every_task_and_the_problem(fig: Fig, daemon: Server) -> None:
    fig("target", "run", "users", "--health", "/h", "--", "./serve", "a b")
    daemon.books.targets["users"]["problem"] = "the last one fell over"

    text = fig("target", "show", "users").stdout

    assert "Is        ./serve 'a b'" in text
    assert "GET /h answers 200-399" in text
    assert "users-1-0-1  127.0.0.1:40001  UP" in text
    assert "Problem   the last one fell over" in text
    assert fig("target", "show", "users", "--json").json()["name"] == "users"


def test_scaling_and_rolling_back_wait_and_say_what_is_true(fig: Fig, daemon: Server) -> None:
    fig("target", "run", "users", "--", "./serve")

    assert "with 3 tasks (3/3 up)" in fig("target", "scale", "users", "3").stderr
    assert fig("target", "rollback", "users", "--revision", "1", "--json").json()["revision"] == 2
    assert daemon.bodies[1:] == [{"replicas": 3}, {"revision": 1}]


def test_scaling_to_more_than_there_is_room_for_ends_with_the_reason(fig: Fig, daemon: Server) -> None:
    fig("target", "run", "users", "--", "./serve")

    result = fig("target", "scale", "users", "6")

    assert result.status == 7
    assert "no memory left" in result.stderr


def test_ctrl_c_ends_the_waiting_and_not_the_order(fig: Fig, daemon: Server) -> None:
    waiting = subprocess.Popen(
        fig.argv("target", "run", "users", "--", "./slow"), env=fig.env(), stderr=subprocess.PIPE, text=True
    )
    assert waiting.stderr is not None
    assert "starting" in waiting.stderr.readline()
    waiting.send_signal(signal.SIGINT)
    rest = waiting.communicate(timeout=20)[1]

    assert waiting.returncode == 130
    assert "The daemon goes on with it: `fig target show users`." in rest
    assert "users" in daemon.books.targets


def test_a_target_in_use_stays_and_the_reason_is_shown(fig: Fig, daemon: Server) -> None:
    daemon.books.targets["users"] = a_target(used_by=["shop"])

    result = fig("target", "delete", "users", "--yes")

    assert result.status == 4
    assert result.stderr == "✘ target users is used by shop\n  `fig route delete shop r1` first.\n"


def test_what_is_run_while_everything_is_down_is_noted_for_later(fig: Fig, daemon: Server) -> None:
    daemon.books.running = False

    result = fig("target", "run", "users", "--", "./serve")

    assert result.status == 0
    assert "its tasks start with `fig up`" in result.stderr


def test_a_forgotten_double_dash_is_explained(fig: Fig, daemon: Server) -> None:
    result = fig("target", "run", "users", "python", "-m", "http.server")

    assert result.status == 2
    assert "put `--` in front" in result.stderr
    assert daemon.requests == []
