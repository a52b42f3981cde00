"""A job on AWS is run now, and followed to its end. moto's executions go on until somebody ends them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from moto.stepfunctions.models import stepfunctions_backends

from stranglerfig.aws.session import Access, Session, open_session
from tests.aws.standin.cloud import ACCOUNT, REGION, Cloud
from tests.aws.workspaces import Said, Terminal

GROUP = "/copilot/forum-prod-report"


@pytest.fixture(scope="module")
def job(fig: Terminal) -> Session:
    fig.write_manifest("report")
    deployed = fig("job", "deploy", "--name", "report", "--env", "prod")
    assert deployed.status == 0, deployed.err
    session = open_session(Access())
    print_line(session, "a run before", "first")
    return session


def print_line(session: Session, task: str, line: str) -> None:
    logs = session.client("logs")
    stream = f"copilot/report/{task}"
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": line}
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[event])


def executions() -> list[Any]:
    machines = stepfunctions_backends[ACCOUNT][REGION].state_machines
    return [one for machine in machines for one in machine.executions]


def followed(fig: Terminal, cloud: Cloud, end: Callable[[Any], None]) -> Said:
    """``end`` is done to the run the first time that it is looked at."""

    def hook() -> None:
        del cloud.hooks["DescribeExecution"]
        end(executions()[-1])

    cloud.hooks["DescribeExecution"] = hook
    return fig("job", "run", "--name", "report", "--env", "prod", "--follow")


def test_a_job_is_started(fig: Terminal, job: Session) -> None:
    said = fig("job", "run", "--name", "report")

    assert said.status == 0, said.err
    assert f"execution {executions()[-1].name}." in said.err
    assert executions()[-1].state_machine_arn.endswith(":stateMachine:forum-prod-report")


def test_a_job_whose_start_is_not_heard_of_is_started_once(fig: Terminal, job: Session, cloud: Cloud) -> None:
    before = len(executions())
    with cloud.failing("StartExecution", "lose the answer", times=1):
        said = fig("job", "run", "--name", "report")

    assert said.status == 0, said.err
    assert len(executions()) == before + 1
    assert f"execution {executions()[-1].name}." in said.err


def test_a_run_that_is_followed_shows_its_lines_alone(fig: Terminal, job: Session, cloud: Cloud) -> None:
    def end(run: Any) -> None:
        print_line(job, "aaaaaaaaaaaa", "all done")
        run.status = "SUCCEEDED"

    said = followed(fig, cloud, end)

    assert said.status == 0, said.err
    assert said.out.splitlines() == ["report/aaaaaaaa all done"]


def test_a_run_that_fails_ends_with_the_status_of_its_container(fig: Terminal, job: Session, cloud: Cloud) -> None:
    def end(run: Any) -> None:
        run.status, run.error = "FAILED", "States.TaskFailed"
        run.cause = json.dumps({"Containers": [{"Name": "report", "ExitCode": 3}]})

    said = followed(fig, cloud, end)

    assert (said.status, "job report failed with status 3: States.TaskFailed" in said.err) == (3, True), said.err
