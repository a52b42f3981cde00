"""Commands on AWS that are interrupted, or that AWS leaves alone: they say what to do. Those that are killed are in
``test_killed_commands``.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.stacks import Stacks
from tests.aws.processes import LONG_S, running
from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import MANIFESTS, Terminal, workspace

ENV = ("--env", "prod")


@pytest.fixture(scope="module")
def fig(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    root = tmp_path_factory.mktemp("cut")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIG_HOME", str(root / "home"))
        terminal = workspace(root, "cut")
        assert terminal("env", "init", "--name", "prod", "--target", "aws").status == 0
        assert terminal("env", "deploy", "--name", "prod").status == 0
        yield terminal


@pytest.fixture(autouse=True)
def calm(cloud: Cloud) -> Iterator[None]:
    yield
    cloud.stacks.clear()
    cloud.hooks.clear()


def test_what_a_killed_deploy_has_proposed_is_not_said_to_be_deployed(fig: Terminal, cloud: Cloud) -> None:
    fig.write_manifest("proposed", MANIFESTS["api"].replace("api", "proposed"))
    with running(fig, cloud, "svc", "deploy", "--name", "proposed", *ENV) as command:
        command.kill_at("DescribeChangeSet")
        assert command.end()[0] == -signal.SIGKILL

    listed = fig("svc", "ls", "--target", "aws", "--json").json()["services"]

    assert [one["environments"] for one in listed if one["name"] == "proposed"] == [[]]


def test_ctrl_c_takes_a_first_deploy_back_and_says_so(
    fig: Terminal, cloud: Cloud, session: Session, tmp_path: Path
) -> None:
    fig.write_manifest("broken-off", MANIFESTS["api"].replace("api", "broken-off"))
    cloud.stacks.held.add("cut-prod-broken-off")
    with running(fig, cloud, "svc", "deploy", "--name", "broken-off", *ENV) as command:
        command.wait_for("DescribeStackEvents")
        command.process.send_signal(signal.SIGINT)
        status, err = command.end()

    assert status == 130, err
    assert "interrupted: deleting what was created; Ctrl-C again leaves it" in err
    assert "Service broken-off of prod is gone again." in err
    assert Stacks(session).find("cut-prod-broken-off") is None


def test_ctrl_c_that_comes_when_cloudformation_is_done_is_told_and_is_in_the_status(
    fig: Terminal, cloud: Cloud, session: Session
) -> None:
    fig.write_manifest("late", MANIFESTS["api"].replace("api", "late"))
    with running(fig, cloud, "svc", "deploy", "--name", "late", *ENV) as command:
        cloud.hooks["ExecuteChangeSet"] = lambda: command.process.send_signal(signal.SIGINT)
        status, err = command.end()

    assert status == 130, err
    assert "Deployed service late." in err
    assert "Ctrl-C came too late to take anything back." in err
    assert Stacks(session).require("cut-prod-late").status == "CREATE_COMPLETE"


def test_who_detaches_waits_for_what_others_of_the_same_command_need(
    fig: Terminal, cloud: Cloud, session: Session
) -> None:
    fig.write_manifest("tells", MANIFESTS["api"].replace("api", "tells") + "publish: {topics: [{name: news}]}\n")
    hears = MANIFESTS["mail"].replace("mail", "hears")
    fig.write_manifest("hears", hears + "subscribe: {topics: [{name: news, service: tells}]}\n")
    cloud.stacks.held.add("cut-prod-tells")
    with running(fig, cloud, "deploy", "--name", "tells", "--name", "hears", *ENV, "--detach") as command:
        command.wait_for("DescribeStackEvents")
        assert Stacks(session).find("cut-prod-hears") is None
        cloud.stacks.release("cut-prod-tells")
        status, err = command.end()

    assert status == 0, err
    assert "Deployed service tells." in err
    assert "CloudFormation goes on with hears: the same command follows it, and does the rest." in err


def test_credentials_that_run_out_in_the_middle_are_named_and_the_next_run_finishes(
    fig: Terminal, cloud: Cloud
) -> None:
    fig.write_manifest("tired", MANIFESTS["api"].replace("api", "tired"))
    with cloud.failing("DescribeStackEvents", "ExpiredToken", "The security token included in the request is expired"):
        tired = fig("svc", "deploy", "--name", "tired", *ENV)

    assert tired.status == 2, tired.err
    assert "has expired: The security token included in the request is expired" in tired.err
    assert "Run `aws sso login`, or get new credentials" in tired.err
    again = fig("svc", "deploy", "--name", "tired", *ENV)
    assert (again.status, "tired is unchanged" in again.err) == (0, True)


def test_aws_that_lets_one_wait_again_and_again_is_borne(fig: Terminal, cloud: Cloud) -> None:
    fig.write_manifest("slowly", MANIFESTS["api"].replace("api", "slowly"))
    with (
        cloud.failing("CreateChangeSet", "Throttling", "Rate exceeded", times=1),
        cloud.failing("GetParameter", "ThrottlingException", "Rate exceeded", times=1),
        cloud.failing("DescribeStacks", "hang up", times=1),
    ):
        found = fig("svc", "deploy", "--name", "slowly", *ENV)

    assert found.status == 0, found.err
    assert "Deployed service slowly." in found.err


def test_what_a_user_may_not_do_is_named(fig: Terminal, cloud: Cloud) -> None:
    role = "arn:aws:iam::123456789012:role/cut-prod-EnvManagerRole"
    said = f"User: arn:aws:iam::1:user/u is not authorized to perform: sts:AssumeRole on resource: {role}"
    with cloud.failing("AssumeRole", "AccessDenied", said):
        found = fig("svc", "ls", "--target", "aws")

    assert found.status == 5
    assert f"the default credentials may not do sts:AssumeRole on {role}" in found.err


def test_what_a_user_may_not_do_to_what_is_left_over_is_named_and_no_flag_is_offered_for_it(
    fig: Terminal, cloud: Cloud
) -> None:
    manifest = MANIFESTS["api"].replace("api", "moving")
    fig.write_manifest("moving", f"{manifest}network: {{vpc: {{placement: private}}}}\n")
    deployed = fig("svc", "deploy", "--name", "moving", *ENV)
    assert deployed.status == 0, deployed.err
    fig.write_manifest("moving", manifest)

    said = "User: arn:aws:iam::1:user/u is not authorized to perform: cloudformation:CreateChangeSet"
    with cloud.failing("CreateChangeSet", "AccessDenied", said, after=1):
        found = fig("svc", "deploy", "--name", "moving", *ENV)

    assert found.status == 5, found.err
    assert "may not do cloudformation:CreateChangeSet" in found.err
    assert "takes it away" not in found.err


def test_ctrl_c_at_the_question_leaves_everything_as_it_was(fig: Terminal, session: Session) -> None:
    """It is asked in a thread, which no signal reaches."""
    manifest = MANIFESTS["web"].replace("web", "asked")
    fig.write_manifest("asked", manifest)
    assert fig("svc", "deploy", "--name", "asked", *ENV).status == 0
    fig.write_manifest("asked", manifest.replace("port: 80", "port: 8080"))
    words = ["-m", "stranglerfig", "svc", "deploy", "--name", "asked", *ENV]
    child = pexpect.spawn(sys.executable, words, cwd=str(fig.root), encoding="utf-8", timeout=LONG_S)
    try:
        child.expect(r"Lose that of stack cut-prod-asked\? \[y/N\]: ")
        child.sendintr()
        child.expect("Not deployed: asked")
        child.expect(pexpect.EOF)
    finally:
        child.close()

    assert child.exitstatus == 130
    assert Stacks(session).require("cut-prod-asked").status == "CREATE_COMPLETE"
    assert session.client("cloudformation").list_change_sets(StackName="cut-prod-asked")["Summaries"] == []
