"""Where tasks run and find each other: the cluster, the namespace, and who may write to their logs. Pure."""

from __future__ import annotations

import json

from stranglerfig.aws.synth.environment.values import Plan, exported
from stranglerfig.aws.synth.template import Fragment, GetAtt, Ref, Resource, Sub, Value


def cluster_fragment(plan: Plan) -> Fragment:
    insights = "enabled" if plan.shape.container_insights else "disabled"
    cluster: dict[str, Value] = {
        "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "Configuration": {"ExecuteCommandConfiguration": {"Logging": "DEFAULT"}},
        "ClusterSettings": [{"Name": "containerInsights", "Value": insights}],
    }
    return Fragment(
        resources={
            # Older environments of Copilot's share one that is named after the application alone.
            "ServiceDiscoveryNamespace": Resource(
                "AWS::ServiceDiscovery::PrivateDnsNamespace",
                {"Name": Ref("ServiceDiscoveryEndpoint"), "Vpc": plan.vpc},
                description="A private DNS namespace for discovering services within the environment",
            ),
            "Cluster": Resource("AWS::ECS::Cluster", cluster, description="An ECS cluster to group your services"),
            "LogResourcePolicy": Resource(
                "AWS::Logs::ResourcePolicy",
                {
                    "PolicyName": Sub("${AppName}-${EnvironmentName}-LogResourcePolicy"),
                    "PolicyDocument": Sub(_log_policy()),
                },
                description="A resource policy to allow AWS services to create log streams for your workloads.",
            ),
        },
        outputs={
            "ServiceDiscoveryNamespaceID": exported(
                GetAtt("ServiceDiscoveryNamespace", "Id"), "ServiceDiscoveryNamespaceID"
            ),
            "ClusterId": exported(Ref("Cluster"), "ClusterId"),
        },
    )


def _log_policy() -> str:
    """For state machines, which write to the log groups of their jobs."""
    logs = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:"
    statement = {
        "Sid": "StateMachineToCloudWatchLogs",
        "Effect": "Allow",
        "Principal": {"Service": ["delivery.logs.amazonaws.com"]},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [f"{logs}log-group:/copilot/${{AppName}}-${{EnvironmentName}}-*:log-stream:*"],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
            "ArnLike": {"aws:SourceArn": f"{logs}*"},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
