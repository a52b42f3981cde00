"""What is kept of connections and requests: flow logs of the VPC and access logs of the public balancer. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.buckets import NOT_PUBLIC, encrypted, only_by_tls
from stranglerfig.aws.synth.environment.rights import in_region
from stranglerfig.aws.synth.environment.values import PUBLIC, Plan
from stranglerfig.aws.synth.policies import ANY, allow, document, policy, role, service, trust
from stranglerfig.aws.synth.template import ACCOUNT, Fragment, GetAtt, Ref, Resource, Sub, Value, assemble, literal

_SECONDS = 60


def logs_fragment(plan: Plan) -> Fragment:
    return assemble(_flow_logs(plan), _access_logs(plan))


def _flow_logs(plan: Plan) -> Fragment:
    days = plan.shape.flow_log_days
    if days is None:
        return Fragment()
    log: dict[str, Value] = {
        "DeliverLogsPermissionArn": GetAtt("FlowLogRole", "Arn"),
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": Ref("VpcFlowLogGroup"),
        "MaxAggregationInterval": _SECONDS,
        "ResourceId": plan.vpc,
        "ResourceType": "VPC",
        "TrafficType": "ALL",
    }
    return Fragment(
        resources={
            "VpcFlowLogGroup": Resource(
                "AWS::Logs::LogGroup",
                {"LogGroupName": Sub("${AppName}-${EnvironmentName}-FlowLogs"), "RetentionInDays": days},
                description=f"A CloudWatch log group with {days} days retention for VPC flow log data",
            ),
            "FlowLog": Resource(
                "AWS::EC2::FlowLog",
                log,
                description="A flow log for the VPC to capture information about the IP traffic",
            ),
            "FlowLogRole": _flow_log_role(plan),
        }
    )


def _flow_log_role(plan: Plan) -> Resource:
    of_this_account: dict[str, Value] = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": in_region("ec2", "vpc-flow-log/*")},
    }
    writes = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
    group: list[Value] = [GetAtt("VpcFlowLogGroup", "Arn")]
    return role(
        "An IAM Role for the flow logs service to publish logs",
        trust(service("vpc-flow-logs"), of_this_account),
        policy(
            "GrantAccesstoEC2toPublishFlowlogs",
            allow(*writes, on=group),
            allow("logs:DescribeLogGroups", on=ANY),
        ),
        permissions_boundary=plan.env.app.permissions_boundary,
    )


def _access_logs(plan: Plan) -> Fragment:
    logs = plan.shape.public.access_logs
    if logs is None or logs.bucket is not None or not plan.has_public:
        return Fragment()
    bucket = {
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": encrypted(),
        "PublicAccessBlockConfiguration": NOT_PUBLIC,
    }
    below = f"{literal(logs.prefix)}/" if logs.prefix else ""
    writes = allow(
        "s3:PutObject",
        on=Sub(f"${{ELBAccessLogsBucket.Arn}}/{below}AWSLogs/${{AWS::AccountId}}/*"),
        by=service("logdelivery.elasticloadbalancing"),
        when={"ArnLike": {"aws:SourceArn": in_region("elasticloadbalancing", "loadbalancer/*")}},
    )
    return Fragment(
        resources={
            "ELBAccessLogsBucket": Resource(
                "AWS::S3::Bucket", bucket, description="A S3 bucket for the Load Balancer's access logs"
            ),
            "ELBAccessLogsBucketPolicy": Resource(
                "AWS::S3::BucketPolicy",
                {
                    "Bucket": Ref("ELBAccessLogsBucket"),
                    "PolicyDocument": document(writes, only_by_tls("ELBAccessLogsBucket")),
                },
                condition=PUBLIC,
            ),
        }
    )
