"""How a service on AWS fares, as `svc status` tells it. moto's services start no tasks: they are started beside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto.ecs.models import ecs_backends
from moto.moto_api import state_manager

from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.stacks import Stacks
from tests.aws.standin.cloud import ACCOUNT, REGION
from tests.aws.workspaces import MANIFESTS, Terminal

ALARMED = "deployment: {rollback_alarms: {cpu_utilization: 80}}\n"
ADDRESS = "10.0.0.77"
REASON = "Essential container in task exited"


class Started:
    """Tasks of web, two that run, one of them on spare capacity, and two that have ended."""

    def __init__(self, session: Session) -> None:
        self.session = session
        stacks = Stacks(session)
        by_type = {one.type: one.physical for one in stacks.resources("forum-prod-web")}
        _, self.cluster, service = by_type["AWS::ECS::Service"].split("/")
        self.alarm = by_type["AWS::CloudWatch::Alarm"]
        self.group = by_type["AWS::ElasticLoadBalancingV2::TargetGroup"]
        ecs = session.client("ecs")
        family = startable(ecs, "forum-prod-web")
        found = ecs.run_task(
            cluster=self.cluster,
            taskDefinition=family,
            count=4,
            launchType="FARGATE",
            group=f"service:{service}",
        )
        self.arns = [one["taskArn"] for one in found["tasks"]]
        for ended in self.arns[2:]:
            ecs.stop_task(cluster=self.cluster, task=ended, reason=REASON)
        ecs_backends[ACCOUNT][REGION].tasks[self.cluster][self.arns[1]].capacity_provider_name = "FARGATE_SPOT"
        give_address(self.cluster, self.arns[0])
        elb = session.client("elbv2")
        elb.register_targets(TargetGroupArn=self.group, Targets=[{"Id": ADDRESS, "Port": 80}])

        # Its CloudFormation makes no alarms.
        session.client("cloudwatch").put_metric_alarm(
            AlarmName=self.alarm,
            AlarmDescription="too busy",
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            EvaluationPeriods=3,
            MetricName="CPUUtilization",
            Namespace="AWS/ECS",
            Period=60,
            Statistic="Average",
            Threshold=80,
        )

    @property
    def ids(self) -> list[str]:
        return [arn.rpartition("/")[2] for arn in self.arns]


def startable(ecs: Any, family: str) -> str:
    """moto starts no task whose containers do not say their size by themselves, nor any in a VPC that has names."""
    found = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    containers = [{**one, "cpu": 64, "memory": 128} for one in found["containerDefinitions"]]
    ecs.register_task_definition(family=family, networkMode="bridge", containerDefinitions=containers)
    return family


def give_address(cluster: str, arn: str) -> None:
    detail = {"name": "privateIPv4Address", "value": ADDRESS}
    task = ecs_backends[ACCOUNT][REGION].tasks[cluster][arn]
    task.attachments = [{"type": "ElasticNetworkInterface", "status": "ATTACHED", "details": [detail]}]


@pytest.fixture(scope="module")
def started(fig: Terminal) -> Iterator[Started]:
    fig.write_manifest("web", MANIFESTS["web"] + ALARMED + "count: 2\n")
    deployed = fig("svc", "deploy", "--name", "web", "--env", "prod")
    assert deployed.status == 0, deployed.err
    # Else a task is on its way out as soon as it is looked at.
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1000})
    yield Started(open_session(Access()))
    state_manager.unset_transition("ecs::task")


def test_tasks_are_shown_with_their_health_and_stopped_ones_with_the_reason(fig: Terminal, started: Started) -> None:
    said = fig("svc", "status", "--name", "web")

    assert said.status == 0, said.err
    assert f" of cluster {started.cluster}" in said.out
    lines = [line.split() for line in said.out.splitlines()]
    first, second = (next(one for one in lines if one[:1] == [id_[:8]]) for id_ in started.ids[:2])
    [stopped] = [one for one in lines if one[-len(REASON.split()) :] == REASON.split()]
    assert first[-1] == "healthy"
    assert second[-1] == "-"
    assert (first[-3], second[-3]) == ("FARGATE", "FARGATE_SPOT")
    assert (stopped[0], {one.strip(",") for one in stopped[1:3]}) == ("2", {one[:8] for one in started.ids[2:]})
    assert "2/2 desired tasks are running" in said.out
    assert started.alarm in said.out


def test_status_as_json_has_all_of_it(fig: Terminal, started: Started) -> None:
    found = fig("svc", "status", "--name", "web", "--env", "prod", "--json").json()

    assert {key: found[key] for key in ("app", "environment", "name", "kind", "stack", "desired")} == {
        "app": "forum",
        "environment": "prod",
        "name": "web",
        "kind": "Load Balanced Web Service",
        "stack": "CREATE_COMPLETE",
        "desired": 2,
    }
    assert {one["id"]: one["http"] for one in found["tasks"]} == {started.ids[0]: "healthy", started.ids[1]: ""}
    assert {one["id"]: one["reason"].partition(";")[0] for one in found["stopped"]} == dict.fromkeys(
        started.ids[2:], REASON
    )
    assert [one["name"] for one in found["alarms"]] == [started.alarm]


def test_an_alarm_that_goes_off_is_seen(fig: Terminal, started: Started) -> None:
    watch = started.session.client("cloudwatch")
    watch.set_alarm_state(AlarmName=started.alarm, StateValue="ALARM", StateReason="as told")

    found = fig("svc", "status", "--name", "web", "--json").json()

    states = {one["name"]: one["state"] for one in found["alarms"]}
    assert states == {started.alarm: "ALARM"}


def test_a_service_that_is_not_there_is_named(fig: Terminal) -> None:
    said = fig("svc", "status", "--name", "nobody", "--env", "prod")

    assert (said.status, "no service nobody is in prod of forum" in said.err) == (3, True)
