"""What tasks on AWS have printed, as `svc logs` and `job logs` choose from it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from stranglerfig.aws.running.logs import Excerpt, follow, last_lines
from stranglerfig.aws.session import Access, Session, open_session
from tests.aws.standin.cloud import Cloud
from tests.aws.standin.rights import role_of
from tests.aws.workspaces import Terminal

SERVICE, JOB = "/copilot/forum-prod-web", "/copilot/forum-prod-report"
OTHER = "/copilot/forum-prod-other"
FIRST, SECOND = "1" * 32, "2" * 32
HOUR_MS = 3_600_000


def write(session: Session, group: str, stream: str, *lines: str, ago_ms: int = 0) -> None:
    logs = session.client("logs")
    at = int(time.time() * 1000) - ago_ms
    known = {one["logStreamName"] for one in logs.pages("describe_log_streams", "logStreams", logGroupName=group)}
    if stream not in known:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    events = [{"timestamp": at + number, "message": line} for number, line in enumerate(lines)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


@pytest.fixture(scope="module")
def written(fig: Terminal) -> Session:
    session = open_session(Access())
    for kind, name in (("svc", "web"), ("job", "report")):
        fig.write_manifest(name)
        deployed = fig(kind, "deploy", "--name", name, "--env", "prod")
        assert deployed.status == 0, deployed.err
    session.client("logs").create_log_group(logGroupName=OTHER)
    write(session, SERVICE, f"copilot/web/{FIRST}", "old one", "old two", ago_ms=2 * HOUR_MS)
    write(session, SERVICE, f"copilot/nginx/{FIRST}", "beside", ago_ms=HOUR_MS)
    write(session, SERVICE, f"copilot/web/{SECOND}", "young", ago_ms=60_000)
    write(session, JOB, f"copilot/report/{FIRST}", "last week", ago_ms=HOUR_MS)
    write(session, JOB, f"copilot/report/{SECOND}", "today", ago_ms=60_000)
    write(session, JOB, "states/report", "ExecutionStarted", ago_ms=50_000)
    return session


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ((), ["web/11111111 old one", "web/11111111 old two", "nginx/11111111 beside", "web/22222222 young"]),
        (("--limit", "2"), ["nginx/11111111 beside", "web/22222222 young"]),
        (("--since", "90m"), ["nginx/11111111 beside", "web/22222222 young"]),
        (("--since", "90m", "--limit", "1"), ["web/22222222 young"]),
        (("--container", "nginx"), ["nginx/11111111 beside"]),
        (("--tasks", "2222"), ["web/22222222 young"]),
        (
            ("--tasks", "2222,1111", "--container", "web", "--limit", "2"),
            ["web/11111111 old two", "web/22222222 young"],
        ),
        (("--end-time", "2020-01-01T00:00:00Z"), []),
    ],
)
def test_lines_of_a_service_are_chosen(
    flags: tuple[str, ...], wanted: list[str], fig: Terminal, written: Session
) -> None:
    said = fig("svc", "logs", "--name", "web", *flags)

    assert said.status == 0, said.err
    assert said.out.splitlines() == wanted


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ((), ["today"]),
        (("--last", "2"), ["last week", "today"]),
        (("--tasks", FIRST[:7]), ["last week"]),
        (("--include-state-machine",), ["today", "ExecutionStarted"]),
    ],
)
def test_lines_of_the_last_runs_of_a_job_are_chosen(
    flags: tuple[str, ...], wanted: list[str], fig: Terminal, written: Session
) -> None:
    said = fig("job", "logs", "--name", "report", "--env", "prod", "--json", *flags)

    assert said.status == 0, said.err
    assert [json.loads(line)["line"] for line in said.out.splitlines()] == wanted


def test_following_shows_each_line_once_and_those_that_come_in_late(written: Session) -> None:
    logs = written.client("logs")
    over: list[bool] = []

    def look() -> bool:
        over.append(True)
        write(written, SERVICE, f"copilot/web/{SECOND}", f"new {len(over)}", "the same")
        if len(over) == 2:
            write(written, SERVICE, "copilot/web/late", "late", ago_ms=2_000)
        return len(over) == 3

    texts = [line.text for line in follow(logs, Excerpt(SERVICE, 1), look)]

    assert texts[0] == "young"
    assert sorted(texts[1:]) == ["late", "new 1", "new 2", "new 3", "the same", "the same", "the same"]


def test_last_words_are_waited_for(written: Session) -> None:
    logs = open_session(Access()).client("logs")
    looks: list[bool] = []

    def speak_late(**others: Any) -> None:
        looks.append(True)
        if len(looks) == 3:
            write(written, SERVICE, f"copilot/web/{SECOND}", "last words")

    logs._raw.meta.events.register("after-call.cloudwatch-logs.FilterLogEvents", speak_late)
    lines = follow(logs, Excerpt(SERVICE, 0), lambda: True, quiet_s=60.0)

    assert next(lines).text == "last words"
    assert len(looks) > 3


def test_lines_of_a_task_that_is_named_are_found_behind_many_newer_ones(fig: Terminal, written: Session) -> None:
    for number in range(55):
        write(written, OTHER, f"copilot/web/{number:032x}", f"line {number}", ago_ms=HOUR_MS - number * 1_000)

    flags = ("--log-group", OTHER, "--tasks", f"{0:032x}")

    assert fig("svc", "logs", "--name", "web", *flags).out.splitlines() == ["web/00000000 line 0"]


def test_a_group_that_is_not_copilots_is_read_by_the_users_own_rights(
    fig: Terminal, written: Session, cloud: Cloud
) -> None:
    def asked_as_manager(*flags: str) -> set[bool]:
        before = len(cloud.calls)
        assert fig("svc", "logs", "--name", "web", *flags).status == 0
        calls = [call for call in cloud.calls[before:] if call.action in ("DescribeLogStreams", "GetLogEvents")]
        keys = {call.authorization.partition("Credential=")[2].partition("/")[0] for call in calls}
        return {role_of(key) is not None for key in keys}

    write_group = written.client("logs").create_log_group
    write_group(logGroupName="/aws/lambda/resize")
    write(written, "/aws/lambda/resize", f"copilot/web/{FIRST}", "resized", ago_ms=HOUR_MS)

    assert asked_as_manager() == {True}
    assert asked_as_manager("--log-group", "/aws/lambda/resize") == {False}


def test_an_answer_without_lines_is_not_taken_for_the_end(written: Session) -> None:
    session = open_session(Access())
    logs = session.client("logs")
    answers: list[bool] = []

    def keep_back(parsed: dict[str, Any], **others: Any) -> None:
        answers.append(bool(parsed["events"]))
        if len(answers) == 1:
            parsed.update(events=[], nextBackwardToken="behind")

    def ask_again(params: dict[str, Any], **others: Any) -> None:
        assert params.pop("nextToken", "behind") == "behind"

    logs._raw.meta.events.register("provide-client-params.cloudwatch-logs.GetLogEvents", ask_again)
    logs._raw.meta.events.register("after-call.cloudwatch-logs.GetLogEvents", keep_back)

    lines = last_lines(logs, Excerpt(SERVICE, 5, is_wanted=lambda stream: stream.container == "nginx"))

    assert [line.text for line in lines] == ["beside"]
    assert answers[0], "there were lines, and they were kept back"


def test_a_group_that_is_not_there_is_named(fig: Terminal, written: Session) -> None:
    said = fig("svc", "logs", "--name", "web", "--log-group", "/nowhere")

    assert (said.status, "there is no log group /nowhere in eu-west-1" in said.err) == (3, True)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("svc", "logs", "--name", "web", "--container", "nope"), "Name `nginx` or `web`, or leave `--container` out."),
        (("svc", "logs", "--name", "web", "--container", "nope", "--follow"), "have no container 'nope'"),
        (
            ("svc", "logs", "--name", "web", "--tasks", "zzzz"),
            "no task 'zzzz' of web has printed to /copilot/forum-prod",
        ),
        (("svc", "logs", "--name", "web", "--tasks", "zzzz", "--follow"), "`fig svc status --name web --env prod`"),
        (("job", "logs", "--name", "report", "--tasks", "zzzz"), "no task 'zzzz' of report has printed to"),
    ],
)
def test_a_container_or_a_task_that_is_not_there_is_no_silence(
    words: tuple[str, ...], named: str, fig: Terminal, written: Session
) -> None:
    refused = fig(*words)

    assert (refused.status, named in refused.err) == (3, True), refused.err


def test_a_time_before_all_times_is_asked_for_as_the_first(fig: Terminal, written: Session) -> None:
    said = fig("svc", "logs", "--name", "web", "--start-time", "0001-01-01T00:00:00Z", "--container", "nginx")

    assert (said.status, said.out) == (0, "nginx/11111111 beside\n"), said.err
