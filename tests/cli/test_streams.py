"""Which container and task a line is said to be of, and how a job's run is said to have ended."""

from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.cli.job.logs import outcome
from stranglerfig.cli.watch.streams import is_meant, print_lines, several_containers, to_stream

TASK = "forum.test.posts-1-0-mwzawznl"


@pytest.mark.parametrize(
    ("text", "containers", "wanted"),
    [
        ("ready", (), ("posts/mwzawznl", "ready")),
        ("[nginx] GET /", ("posts", "nginx"), ("nginx/mwzawznl", "GET /")),
        ("[posts] ready", ("posts", "nginx"), ("posts/mwzawznl", "ready")),
        ("[info] ready", ("posts", "nginx"), ("posts/mwzawznl", "[info] ready")),
    ],
)
def test_a_line_is_of_a_container_and_the_id_that_status_shows(
    text: str, containers: tuple[str, ...], wanted: tuple[str, str]
) -> None:
    assert to_stream({"task": TASK, "line": text}, "posts", containers) == wanted


@pytest.mark.parametrize("wanted", ["mwzawznl", "posts/mwzawznl", "forum.test.posts-1", TASK])
def test_what_is_shown_of_a_task_chooses_it(wanted: str) -> None:
    assert is_meant(TASK, wanted)
    assert not is_meant("forum.test.users-1-0-mwzawzab", wanted)


def test_only_lines_of_tasks_with_several_containers_name_them() -> None:
    assert several_containers({"containers": [{"name": "posts"}]}) == frozenset()
    assert several_containers({"containers": [{"name": "posts"}, {"name": "nginx"}]}) == {"posts", "nginx"}
    assert several_containers({"command": ["./serve"]}) == several_containers(None) == frozenset()


def test_no_id_is_cut_and_json_is_as_the_daemon_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    def one_line() -> Any:
        yield {"task": TASK, "line": "ready"}

    print_lines(one_line(), "posts", as_json=False)
    print_lines(one_line(), "posts", as_json=True)

    assert capsys.readouterr().out.splitlines() == [
        "posts/mwzawznl ready",
        f'{{"task":"{TASK}","line":"ready"}}',
    ]


@pytest.mark.parametrize(
    ("state", "status", "cause", "wanted"),
    [
        ("FAILED", 3, "it ended with exit status 3\nits last output:\n  no data", "it exited with status 3"),
        ("FAILED", None, "no such program\nmore", "it did not start (no such program)"),
        ("STOPPED", None, "its job is deleted", "it was stopped (its job is deleted)"),
        ("SUCCEEDED", 0, "", "it succeeded"),
    ],
)
def test_the_end_of_a_run_is_told_once(state: str, status: int | None, cause: str, wanted: str) -> None:
    run: Any = {"state": state, "exit_status": status, "cause": cause}

    assert outcome(run) == wanted
