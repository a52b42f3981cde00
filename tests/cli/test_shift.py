from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess

import pytest

from tests.cli.builders import a_decision, a_proxy, a_route, a_shift
from tests.cli.command_line import Fig
from tests.cli.stub_daemon import Server

ROUTE = "/v1/proxies/shop/routes/r1"


@pytest.fixture
def shop(daemon: Server) -> Server:
    daemon.books.proxies["shop"] = a_proxy(routes=[a_route(weight=0.0)])
    daemon.books.shifts = [a_shift()]
    return daemon


def test_starting_plainly_sends_only_what_was_given(fig: Fig, shop: Server) -> None:
    result = fig("shift", "start", "shop", "r1")

    assert (result.status, result.stdout) == (0, "")
    assert (shop.requests, shop.bodies) == ([f"POST {ROUTE}/shift"], [{}])
    assert "✔ 25 % of shop/r1 (/api/users) goes to users: step 2 of 3." in result.stderr
    assert "fig shift status shop r1 --watch" in result.stderr


def test_every_flag_of_start_reaches_the_daemon(fig: Fig, shop: Server) -> None:
    text = (
        "shift start shop r1 --to users --steps 1,5%,100 --bake 2m --max-error-increase 1% --max-latency-ratio 2.5"
        " --max-mismatch 3 --min-requests 7 --cohort header:X-B=1 --cohort cookie:b=1 --webhook http://x --on-change y"
        " --force"
    )

    assert fig(*text.split(), "--json").json()["id"] == "s1"
    assert shop.bodies == [
        {
            "to": "users",
            "steps": [1, 5, 100],
            "bake_s": 120,
            "webhook": "http://x",
            "command": "y",
            "limits": {"error_increase": 1, "mismatch": 3, "minimum_requests": 7, "latency_ratio": 2.5},
            "force": True,
            "cohorts": ["header:X-B=1", "cookie:b=1"],
        }
    ]


def test_latency_is_not_watched_where_that_is_asked_for(fig: Fig, shop: Server) -> None:
    fig("shift", "start", "shop", "r1", "--max-latency-ratio", "none")

    assert shop.bodies == [{"limits": {"latency_ratio": None}}]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--steps", "1,x"), "is no share"),
        (("--max-latency-ratio", "fast"), "is no ratio"),
        (("--bake", "soon"), "is no duration"),
    ],
)
def test_what_cannot_be_read_is_not_sent(fig: Fig, shop: Server, flags: tuple[str, str], told: str) -> None:
    result = fig("shift", "start", "shop", "r1", *flags)

    assert (result.status, shop.bodies) == (2, [])
    assert told in result.stderr


def test_a_route_that_is_not_there_is_to_be_made_first(fig: Fig, shop: Server) -> None:
    result = fig("shift", "start", "shop", "/api/posts", "--to", "posts")

    assert result.status == 3
    assert "`fig route add shop /api/posts --to posts --weight 0`" in result.stderr


@pytest.mark.parametrize(
    ("phase", "status", "told"),
    [
        ("FINISHED", 0, "✔ All of shop/r1 (/api/users) goes to users."),
        ("ROLLED_BACK", 7, "✘ the shift of shop/r1 is ROLLED_BACK: 9 % failed"),
        ("ABORTED", 7, "fig shift history shop r1"),
    ],
)
def test_waiting_ends_as_the_shift_does(fig: Fig, shop: Server, phase: str, status: int, told: str) -> None:
    ended = a_shift(phase=phase, ended_at="2023-11-14T22:16:40.000Z", reason="9 % failed")
    shop.books.shifts = [a_shift(), a_shift(step=3, weight=100.0), ended]
    result = fig("shift", "start", "shop", "r1", "--wait", "--json")

    assert result.status == status
    assert json.loads(result.stdout)["phase"] == phase
    assert "100 %  BAKING" in result.stderr
    assert told in result.stderr


def test_who_ends_the_waiting_is_told_that_the_shift_goes_on(fig: Fig, shop: Server) -> None:
    shop.books.shifts = [a_shift(), a_shift(step=3, weight=100.0)]
    argv = fig.argv("shift", "start", "shop", "r1", "--wait")
    with subprocess.Popen(argv, env=fig.env(), stderr=subprocess.PIPE, text=True) as waiting:
        assert waiting.stderr is not None
        assert "100 %  BAKING" in waiting.stderr.readline() + waiting.stderr.readline()
        waiting.send_signal(signal.SIGINT)
        rest = waiting.stderr.read()

    assert waiting.returncode == 130
    assert rest.strip() == "The shift goes on: `fig shift status shop r1 --watch` shows it."


def test_status_shows_both_sides_the_step_and_the_verdict(fig: Fig, shop: Server) -> None:
    result = fig("shift", "status", "shop", "r1")

    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == "shop/r1 /api/users monolith to users"
    assert "Steps 5 % [25 %] 100 %" in lines
    assert "First header:X-Beta=1" in lines
    assert "Verdict INCONCLUSIVE 0.4 % failed" in lines
    assert "users 500 2 0.4 % 12 48 25.0" in lines
    assert "monolith 1500 3 0.2 % 11 - 75.0" in lines
    assert "errors INCONCLUSIVE 0.4 % 0.2 % 0.7 %" in lines


def test_status_of_all_and_ls_ask_for_those_that_run(fig: Fig, shop: Server) -> None:
    shop.books.shifts.append(a_shift(route="r2", phase="FINISHED", ended_at="2023-11-14T22:16:40.000Z"))

    assert "shop/r1" in fig("shift", "status").stdout
    assert "r2" not in fig("shift", "ls").stdout
    assert "FINISHED" in fig("shift", "ls", "--all").stdout
    shop.books.shifts = []
    assert "No shift is running." in fig("shift", "ls").stderr
    assert "No shift is running." in fig("shift", "status").stderr


def test_status_names_proxy_and_route_together_and_watches_on_terminals_only(fig: Fig, shop: Server) -> None:
    assert fig("shift", "status", "shop").status == 2
    result = fig("shift", "status", "--watch")
    assert (result.status, shop.requests) == (2, [])
    assert "--watch draws on a terminal" in result.stderr


def test_watching_draws_again_and_again_until_the_shift_is_over(fig: Fig, shop: Server) -> None:
    shop.books.shifts = [
        a_shift(),
        a_shift(weight=100.0),
        a_shift(phase="FINISHED", ended_at="2023-11-14T22:16:40.000Z"),
    ]
    ours, theirs = pty.openpty()
    argv = fig.argv("shift", "status", "shop", "r1", "--watch")
    watcher = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, env=fig.env())
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # its end is an error of the terminal
        while chunk := os.read(ours, 65_536):
            seen += chunk
    os.close(ours)

    assert watcher.wait(timeout=20) == 0
    assert seen.count(b"\033[H\033[J") == 3
    assert b"FINISHED" in seen


def test_history_tells_each_decision_and_what_was_seen(fig: Fig, shop: Server) -> None:
    failed = a_decision(
        event="FAIL",
        phase="ROLLED_BACK",
        weight=0.0,
        reason="9 % failed",
        log=["t1: \033[2Jboom"],
        examples=["GET /7: 500"],
    )
    shop.books.decisions = [a_decision(), failed]
    lines = [" ".join(line.split()) for line in fig("shift", "history", "shop", "r1").stdout.splitlines()]

    assert lines == [
        "2023-11-14T22:13:20Z start BAKING 5 % started",
        "2023-11-14T22:13:20Z FAIL ROLLED_BACK 0 % 9 % failed",
        "failed: GET /7: 500",
        "t1: ·[2Jboom",
    ]
    assert fig("shift", "history", "shop", "r1", "--json").json() == shop.books.decisions


@pytest.mark.parametrize(
    ("verb", "phase", "told"),
    [
        ("pause", "PAUSED", "and stays so: step 2 of 3, paused."),
        ("resume", "BAKING", "goes to users: step 2 of 3."),
        ("promote", "FINISHED", "All of shop/r1 (/api/users) goes to users."),
        ("abort", "ABORTED", "All of shop/r1 (/api/users) goes to monolith."),
    ],
)
def test_a_verb_is_one_request_and_tells_what_is_true_now(
    fig: Fig, shop: Server, verb: str, phase: str, told: str
) -> None:
    shop.books.shifts = [a_shift(phase=phase)]
    result = fig("shift", verb, "shop", "r1", *(["--force"] if verb == "abort" else []), "--json")

    assert result.json()["phase"] == phase
    assert (shop.requests, shop.bodies) == ([f"POST {ROUTE}/shift/{verb}"], [{"force": verb == "abort"}])
    assert told in result.stderr
