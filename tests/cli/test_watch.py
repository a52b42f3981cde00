from __future__ import annotations

import json
import os
import pty
import signal
import subprocess

import pytest

from tests.cli.builders import a_balancer, a_proxy, a_route, a_rule, a_shift, a_target
from tests.cli.command_line import Fig
from tests.cli.stub_daemon import Server


@pytest.fixture
def shop(daemon: Server) -> Server:
    routes = [a_route(weight=25.0), a_route(id="r2", path="/api/posts", state="INACTIVE")]
    daemon.books.proxies["shop"] = a_proxy(rate=41.5, routes=routes)
    daemon.books.targets["users"] = a_target(rate=10.25, response_ms=3.21, p50_ms=2.9, p99_ms=17.3)
    daemon.books.targets["posts"] = a_target(name="posts", state="FAILED", problem="exited with status 1\n\033[2Jmore")
    return daemon


def test_status_puts_everything_on_one_screen(fig: Fig, shop: Server) -> None:
    result = fig("status")

    assert (result.status, result.stderr) == (0, "")
    assert "shop  http://127.0.0.1:8080  41.5 req/s" in result.stdout
    assert "██░░░░░░  25 % users, 75 % monolith" in result.stdout
    assert "SHIFT" not in result.stdout
    assert "everything else" in result.stdout
    assert "3.2  17.3" in result.stdout
    assert "(inactive)" in result.stdout
    assert "exited with status 1 · ·[2Jmore" in result.stdout, "on one line, and harmless"
    assert "\033" not in result.stdout


def test_status_marks_the_routes_that_are_being_shifted(fig: Fig, shop: Server) -> None:
    shop.books.shifts = [a_shift(), a_shift(proxy="other", route="r2")]
    lines = [" ".join(line.split()) for line in fig("status").stdout.splitlines()]

    assert "ID PATH ONLY MOVED ANSWERS STICKY SHIFT" in lines
    assert [line.partition("monolith ")[2] for line in lines if line.startswith("r1 ")] == ["BAKING, step 2 of 3"]
    assert not any("BAKING" in line for line in lines if line.startswith("r2 "))


def test_status_shows_environments_with_the_rules_of_their_services(fig: Fig, daemon: Server) -> None:
    paused = a_rule(id="posts.http", path="/", hosts=["shop.example"], to="shop.test.posts", state="PAUSED")
    daemon.books.balancers = [a_balancer(a_rule(), paused, rate=12.5), a_balancer(name="shop.prod", rate=0)]
    result = fig("status")

    assert (result.status, result.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "shop.test http://127.0.0.1:8081 12.5 req/s" in lines
    assert "users.http /api/users/… shop.test.users" in lines
    assert "posts.http /… host=shop.example shop.test.posts (paused)" in lines
    assert "nothing answers here yet" in lines
    assert fig("status", "--json").json()["balancers"] == daemon.books.balancers


def test_status_recommends_a_proxy_only_where_nothing_listens(fig: Fig, daemon: Server) -> None:
    assert "fig proxy create" in fig("status").stderr
    daemon.books.balancers = [a_balancer()]
    assert "fig proxy create" not in fig("status").stderr


def test_status_as_json_is_what_the_daemon_said(fig: Fig, shop: Server) -> None:
    assert fig("status", "--json").json()["proxies"][0]["rate"] == 41.5


def test_status_of_a_fig_that_is_down_says_how_to_get_up(fig: Fig, daemon: Server) -> None:
    daemon.books.running = False

    assert "`fig up`" in fig("status").stdout


def test_colours_are_for_terminals_that_want_them(fig: Fig, shop: Server) -> None:
    assert "\033[31m" in fig.on_terminal("status", typed="")[0]
    assert "\033[" not in fig.on_terminal("status", typed="", NO_COLOR="1")[0]


def test_watching_draws_again_and_again_until_ctrl_c(fig: Fig, shop: Server) -> None:
    ours, theirs = pty.openpty()
    watcher = subprocess.Popen(
        fig.argv("status", "--watch", "--every", "100ms"), stdin=theirs, stdout=theirs, stderr=theirs, env=fig.env()
    )
    os.close(theirs)
    seen = b""
    while seen.count(b"\033[H\033[J") < 3:
        seen += os.read(ours, 65536)
    watcher.send_signal(signal.SIGINT)

    assert watcher.wait(timeout=20) == 130
    os.close(ours)


def test_watching_without_a_terminal_is_refused(fig: Fig, shop: Server) -> None:
    assert fig("status", "--watch").status == 2


def test_logs_are_lines_with_their_task(fig: Fig, shop: Server) -> None:
    result = fig("logs", "users", "--tail", "2")

    assert result.stdout == "users-1-0-1 line 1\nusers-1-0-1 line 2\n"
    assert "GET /v1/targets/users/logs?tail=2&follow=0" in shop.requests


def test_logs_of_all_are_those_of_every_target_that_runs_tasks(fig: Fig, shop: Server) -> None:
    shop.books.targets["away"] = a_target(name="away", kind="url")

    lines = [json.loads(line) for line in fig("logs", "all", "--tail", "1", "--json").stdout.splitlines()]

    assert [line["task"] for line in lines] == ["users-1-0-1", "posts-1-0-1"]


@pytest.mark.parametrize("which", ["users", "all"])
def test_following_goes_on_until_ctrl_c(fig: Fig, shop: Server, which: str) -> None:
    follower = subprocess.Popen(
        fig.argv("logs", which, "-f", "--tail", "1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=fig.env()
    )
    assert follower.stdout is not None
    assert follower.stdout.readline().endswith(b"line 1\n")
    assert follower.poll() is None
    follower.send_signal(signal.SIGINT)
    rest = follower.communicate(timeout=20)

    assert follower.returncode == 130
    assert b"Traceback" not in rest[1]


def test_logs_of_an_unknown_target_are_not_found(fig: Fig, shop: Server) -> None:
    result = fig("logs", "nobody")

    assert result.status == 3
    assert "no target is called nobody" in result.stderr


def test_a_reader_that_goes_away_is_no_fault(fig: Fig, shop: Server) -> None:
    process = subprocess.Popen(
        fig.argv("logs", "users", "--tail", "20000"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=fig.env()
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()

    assert process.wait(timeout=20) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_no_fault(closed: str, fig: Fig, daemon: Server) -> None:
    shell = ["sh", "-c", f'"$@" {closed}', "sh", *fig.argv("proxy", "ls", "--json")]
    result = subprocess.run(shell, env=fig.env(), capture_output=True, timeout=20, check=False)

    assert (result.returncode, result.stderr) == (0, b"")


def test_the_journal_is_a_table_and_its_limit_is_the_daemons(fig: Fig, daemon: Server) -> None:
    assert fig("journal", "--limit", "1").stdout.splitlines()[1].split()[:3] == [
        "2026-01-02T03:04:05Z",
        "shop",
        "route",
    ]
    assert len(fig("journal", "--limit", "2", "--json").json()) == 2


def test_metrics_pass_as_they_are(fig: Fig, daemon: Server) -> None:
    assert fig("metrics").stdout.endswith("# TYPE fig_up gauge\nfig_up 1.0\n")
