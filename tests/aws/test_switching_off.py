"""A service on AWS goes when nobody has asked it lately, or when its user insists."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stranglerfig.aws.proxies.figures import NAMESPACE, to_dimensions
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.stacks import Stacks
from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import workspace

ENV = ("--env", "prod")


def note_requests(session: Session, count: int, age: timedelta) -> None:
    """As CloudWatch has them of the service's target group."""
    groups = [one.physical for one in Stacks(session).resources("forum-prod-web") if one.logical == "TargetGroup"]
    [group] = session.client("elbv2").describe_target_groups(TargetGroupArns=groups)["TargetGroups"]
    stamp = {
        "MetricName": "RequestCount",
        "Timestamp": datetime.now(UTC) - age,
        "Dimensions": to_dimensions(group["LoadBalancerArns"][0], group["TargetGroupArn"]),
    }
    session.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[{**stamp, "Value": count}])


def test_requests_of_the_last_minutes_keep_a_service_unless_its_user_insists(
    tmp_path: Path, cloud: Cloud, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    fig = workspace(tmp_path, "forum")
    fig.write_manifest("web")
    assert fig("env", "init", "--name", "prod", "--target", "aws").status == 0
    assert fig("deploy", "--all", *ENV).status == 0
    ahead = timedelta(hours=1)
    note_requests(session, 5, timedelta(minutes=1) - ahead)
    note_requests(session, 70, timedelta(hours=1) - ahead)

    # Time is AWS's, wherever this machine's clock stands.
    with cloud.clock_of(lambda: time.time() + ahead.total_seconds()):
        kept = fig("svc", "delete", "--name", "web", *ENV, "--yes")
    assert kept.status == 4, kept.err
    assert "service web has had 5 requests in the last 4 minutes" in kept.err
    assert Stacks(session).find("forum-prod-web") is not None

    gone = fig("svc", "delete", "--name", "web", *ENV, "--yes", "--force")
    assert gone.status == 0, gone.err
    assert Stacks(session).find("forum-prod-web") is None


def test_a_service_whose_first_deploy_failed_can_go(
    tmp_path: Path, cloud: Cloud, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its target group is still listed, under the ARN that it had."""
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    fig = workspace(tmp_path, "stillborn")
    fig.write_manifest("web")
    assert fig("env", "init", "--name", "prod", "--target", "aws").status == 0
    cloud.stacks.broken["Service"] = "no such image"
    assert fig("svc", "deploy", "--name", "web", *ENV).status == 7
    cloud.stacks.clear()
    assert Stacks(session).require("stillborn-prod-web").status == "ROLLBACK_COMPLETE"

    gone = fig("svc", "delete", "--name", "web", *ENV, "--yes")

    assert gone.status == 0, gone.err
    assert Stacks(session).find("stillborn-prod-web") is None
