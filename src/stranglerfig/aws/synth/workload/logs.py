"""Where a task's logs go: a group of the workload's, or a router beside the containers. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.synth.reading.logging import LogRouter
from stranglerfig.aws.synth.reading.outside import Given
from stranglerfig.aws.synth.template import REGION, Fragment, Ref, Resource, Value, join, present

STREAM_PREFIX = "copilot"


def log_group() -> Fragment:
    name = join("", "/copilot/", Ref("AppName"), "-", Ref("EnvName"), "-", Ref("WorkloadName"))
    group = Resource(
        "AWS::Logs::LogGroup",
        {"LogGroupName": name, "RetentionInDays": Ref("LogRetention")},
        description="A CloudWatch log group to hold your service logs",
    )
    return Fragment({"LogGroup": group})


def to_group() -> dict[str, Value]:
    """The log configuration of a container whose lines go to the group."""
    options: dict[str, Value] = {
        "awslogs-region": REGION,
        "awslogs-group": Ref("LogGroup"),
        "awslogs-stream-prefix": STREAM_PREFIX,
    }
    return {"LogDriver": "awslogs", "Options": options}


def to_router(router: LogRouter) -> dict[str, Value]:
    return present(
        LogDriver="awsfirelens",
        Options=dict(router.options) or None,
        SecretOptions=sources(router.secret_options) or None,
    )


def router_properties(router: LogRouter) -> dict[str, Value]:
    """What the router's container has and no other."""
    options: Mapping[str, Value] = {"enable-ecs-log-metadata": str(router.adds_metadata).lower()}
    if router.config_file:
        options = {**options, "config-file-type": "file", "config-file-value": router.config_file}
    return {"FirelensConfiguration": {"Type": "fluentbit", "Options": options}}


def sources(secrets: tuple[Given, ...]) -> list[Value]:
    return [{"Name": secret.name, "ValueFrom": secret.value} for secret in secrets]
