"""How the tasks of a service fare while it is deployed, and what those that ended said last."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.ecs.models import ecs_backends

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.services import ServiceWatch
from tests.aws.standin.cloud import ACCOUNT, REGION, Cloud


@pytest.fixture
def watch(session: Session) -> ServiceWatch:
    """Of a service whose task ended with status 3 and a last word."""
    ecs, logs = session.client("ecs"), session.client("logs")
    ecs.create_cluster(clusterName="shop")
    options = {"awslogs-group": "/copilot/web", "awslogs-stream-prefix": "copilot", "awslogs-region": REGION}
    logging = {"logDriver": "awslogs", "options": options}
    container = {"name": "web", "image": "web:1", "memory": 64, "logConfiguration": logging}
    definition = ecs.register_task_definition(family="web", containerDefinitions=[container], networkMode="awsvpc")
    found = ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=1)
    task = ecs.run_task(
        cluster="shop",
        taskDefinition=definition["taskDefinition"]["taskDefinitionArn"],
        launchType="FARGATE",
        group="service:web",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet_of(session)], "securityGroups": []}},
    )["tasks"][0]["taskArn"]
    made = ServiceWatch(session, REGION, found["service"]["serviceArn"])
    ecs.stop_task(cluster="shop", task=task, reason="Essential container in task exited")
    ended: Any
    [ended] = [one for tasks in ecs_backends[ACCOUNT][REGION].tasks.values() for one in tasks.values()]
    contained: Any = {"name": "web", "exitCode": 3, "reason": "OutOfMemoryError"}
    ended.containers = [contained]
    ended.stopped_at = datetime.now(UTC)
    stream = f"copilot/web/{task.rpartition('/')[2]}"
    logs.create_log_group(logGroupName="/copilot/web")
    logs.create_log_stream(logGroupName="/copilot/web", logStreamName=stream)
    said = [{"timestamp": int(time.time() * 1000), "message": "no room for all these threads\n"}]
    logs.put_log_events(logGroupName="/copilot/web", logStreamName=stream, logEvents=said)
    return made


def subnet_of(session: Session) -> str:
    return str(session.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"])


def test_a_task_that_stopped_is_told_with_its_status_and_its_last_lines(watch: ServiceWatch, cloud: Cloud) -> None:
    first, *rest = watch.post_mortem()

    assert first.startswith("task ")
    assert first.endswith(" stopped: Essential container in task exited")
    assert rest == ["  web ended with status 3: OutOfMemoryError", "    no room for all these threads"]
    assert watch.look()[0].startswith("the new tasks (revision 1): 1 wanted, 0 running")
    assert watch.look()[-1] == f"{first}; web ended with status 3: OutOfMemoryError"
    later = replace(watch, began=datetime.now(UTC) + timedelta(minutes=1), deaths={})
    assert later.post_mortem() == [], "that was before what is watched"
    # Progress is worth no error.
    with (
        cloud.failing("DescribeServices", "AccessDeniedException"),
        cloud.failing("ListTasks", "AccessDeniedException"),
    ):
        assert (watch.look(), watch.post_mortem()) == ((), [first, *rest]), "what was seen before is still known"
