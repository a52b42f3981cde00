"""The schedule, the state machine, and the roles that they act by. Pure."""

from __future__ import annotations

import json
from typing import Any

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.policies import ANY, allow, passed_to, policy, role, service, trust
from stranglerfig.aws.synth.problems import about
from stranglerfig.aws.synth.reading.network import read_network
from stranglerfig.aws.synth.template import (
    ACCOUNT,
    Call,
    Fragment,
    GetAtt,
    Parameter,
    Ref,
    Resource,
    Sub,
    Value,
)
from stranglerfig.aws.synth.workload.cluster import CLUSTER
from stranglerfig.aws.synth.workload.job.schedule import schedule_expression
from stranglerfig.aws.synth.workload.platform import platform_version
from stranglerfig.aws.synth.workload.service import placement
from stranglerfig.aws.synth.workload.taskdef import TASK_DEFINITION, task_definition

#: what a schedule that is switched off says
IDLE = "rate(5 minutes)"
RETRY_AFTER_S, BACKOFF = 10, 1.5
STEP = "Run Fargate Task"
#: Substituted between quotes: each separates two members of a list.
_BETWEEN = '","'
_HERE = "${AWS::Region}:${AWS::AccountId}"
_DELIVERIES = tuple(f"logs:{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete"))


def job_fragment(release: Release) -> Fragment:
    with about(release, "on.schedule"):
        expression = schedule_expression(release.manifest.schedule or "")
    boundary = release.env.app.permissions_boundary
    schedule = Resource(
        "AWS::Scheduler::Schedule",
        {
            "ScheduleExpression": Ref("Schedule"),
            "ScheduleExpressionTimezone": "UTC",
            "State": "ENABLED" if expression else "DISABLED",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": Ref("StateMachine"), "RoleArn": GetAtt("JobScheduleRole", "Arn")},
        },
        description="A schedule to trigger the job's state machine",
    )
    starter = role(
        "An IAM role for the schedule to start the job's state machine",
        trust(service("scheduler"), {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        policy("StartJob", allow("states:StartExecution", on=Ref("StateMachine"))),
        permissions_boundary=boundary,
    )
    runner = role(
        "An IAM role for a state machine to run ECS tasks in your cluster",
        trust(service("states")),
        policy("StateMachine", *_running(release)),
        permissions_boundary=boundary,
        path=None,
    )
    return Fragment(
        {
            "JobSchedule": schedule,
            "JobScheduleRole": starter,
            "StateMachine": _state_machine(release),
            "StateMachineRole": runner,
        },
        parameters={"Schedule": Parameter(default=expression or IDLE)},
    )


def definition(release: Release) -> str:
    """In Amazon States Language; ``${…}`` are filled in by CloudFormation."""
    manifest = release.manifest
    step: dict[str, Any] = {
        "Type": "Task",
        "Resource": f"arn:{release.env.partition}:states:::ecs:runTask.sync",
        "Parameters": {
            "LaunchType": "FARGATE",
            "PlatformVersion": platform_version(manifest),
            "Cluster": "${Cluster}",
            "TaskDefinition": "${TaskDefinition}",
            "PropagateTags": "TASK_DEFINITION",
            "Group.$": "$$.Execution.Name",
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "Subnets": ["${Subnets}"],
                    "AssignPublicIp": "${AssignPublicIp}",
                    "SecurityGroups": ["${SecurityGroups}"],
                }
            },
        },
    }
    if manifest.retries:
        again = {
            "ErrorEquals": ["States.ALL"],
            "IntervalSeconds": RETRY_AFTER_S,
            "MaxAttempts": manifest.retries,
            "BackoffRate": BACKOFF,
        }
        step["Retry"] = [again]
    limit = {} if manifest.timeout_s is None else {"TimeoutSeconds": int(manifest.timeout_s)}
    whole = {
        "Version": "1.0",
        "Comment": "Run AWS Fargate task",
        **limit,
        "StartAt": STEP,
        "States": {STEP: {**step, "End": True}},
    }
    return json.dumps(whole, indent=2)


def _state_machine(release: Release) -> Resource:
    place = placement(release, read_network(release.manifest.body))
    logs: Value = {"CloudWatchLogsLogGroup": {"LogGroupArn": GetAtt("LogGroup", "Arn")}}
    return Resource(
        "AWS::StepFunctions::StateMachine",
        {
            "StateMachineName": Sub("${AppName}-${EnvName}-${WorkloadName}"),
            "RoleArn": GetAtt("StateMachineRole", "Arn"),
            "LoggingConfiguration": {"Destinations": [logs], "IncludeExecutionData": True, "Level": "ALL"},
            "DefinitionSubstitutions": {
                "Cluster": CLUSTER,
                "TaskDefinition": Ref("TaskDefinition"),
                "Subnets": Call("Fn::Join", [_BETWEEN, place["Subnets"]]),
                "AssignPublicIp": place["AssignPublicIp"],
                "SecurityGroups": Call("Fn::Join", [_BETWEEN, place["SecurityGroups"]]),
            },
            "DefinitionString": definition(release),
        },
        description="A state machine to invoke your job and handle retry and timeout logic",
    )


def _passed(release: Release) -> list[Value]:
    """The roles of its tasks, which a manifest may have put others in the place of."""
    defined = task_definition(release).resources[TASK_DEFINITION].properties
    return [defined["ExecutionRoleArn"], defined["TaskRoleArn"]]


def _running(release: Release) -> list[Value]:
    """Any revision of its own: a run that began before a deploy tries again with the one that it began with."""
    family = Sub(f"arn:${{AWS::Partition}}:ecs:{_HERE}:task-definition/${{AppName}}-${{EnvName}}-${{WorkloadName}}:*")
    cluster = Sub(f"arn:${{AWS::Partition}}:ecs:{_HERE}:cluster/${{ClusterID}}", {"ClusterID": CLUSTER})
    tasks = Sub(f"arn:${{AWS::Partition}}:ecs:{_HERE}:task/${{ClusterID}}/*", {"ClusterID": CLUSTER})
    return [
        allow("iam:PassRole", on=_passed(release), when={"StringEquals": passed_to("ecs-tasks")}),
        allow("ecs:RunTask", on=family, when={"ArnEquals": {"ecs:cluster": cluster}}),
        # Tasks get the tags of their definition.
        allow("ecs:TagResource", on=tasks, when={"StringEquals": {"ecs:CreateAction": "RunTask"}}),
        allow("ecs:StopTask", "ecs:DescribeTasks", on=tasks),
        # CloudWatch Logs knows no resources for these.
        allow(
            *_DELIVERIES,
            *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies"),
            "logs:DescribeLogGroups",
            on=ANY,
        ),
        allow(
            *(f"events:{verb}" for verb in ("PutTargets", "PutRule", "DescribeRule")),
            on=Sub(f"arn:${{AWS::Partition}}:events:{_HERE}:rule/StepFunctionsGetEventsForECSTaskRule"),
        ),
    ]
