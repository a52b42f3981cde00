"""What Copilot's stacks have keeps its logical id, its type, and what it could not change without being made anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.aws.goldens import all_goldens

ELB, ROUTE53 = "AWS::ElasticLoadBalancingV2", "AWS::Route53"
RULE, GROUP, RECORDS = f"{ELB}::ListenerRule", f"{ELB}::TargetGroup", f"{ROUTE53}::RecordSetGroup"
QUEUE, QUEUE_POLICY = "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"
SCALING = "AWS::ApplicationAutoScaling::ScalingPolicy"
#: APP-ENV-WORKLOAD, as parts of a text.
FULL_NAME = [{"Ref": "AppName"}, "-", {"Ref": "EnvName"}, "-", {"Ref": "WorkloadName"}]


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        ("http-root", {"TargetGroup": GROUP, "HTTPListenerRule": RULE}),
        (
            "http-paths-and-checks",
            {"TargetGroup": GROUP, "TargetGroup1": GROUP, "HTTPListenerRule": RULE, "HTTPListenerRule1": RULE},
        ),
        (
            "http-domain",
            {"HTTPListenerRuleWithDomain": RULE, "HTTPSListenerRule": RULE, "LoadBalancerDNSAlias": RECORDS},
        ),
        ("http-domain-with-aliases", {"HTTPListenerRuleWithDomain1": RULE, "HTTPSListenerRule1": RULE}),
        ("http-imported-certificates", {"LoadBalancerDNSAliasZ0ONE": RECORDS, "LoadBalancerDNSAliasZ0TWO": RECORDS}),
        ("http-internal", {"HTTPListenerRule": RULE, "LoadBalancerInternalDNSAlias": RECORDS}),
        (
            "http-imported-balancer",
            {
                "TargetGroupForImportedALB": GROUP,
                "TargetGroupForImportedALB1": GROUP,
                "HTTPSListenerRuleForImportedALB": RULE,
                "HTTPListenerRedirectRuleForImportedALB": RULE,
                "EnvironmentSecurityGroupIngressFromImportedALB": "AWS::EC2::SecurityGroupIngress",
            },
        ),
        ("http-imported-balancer-without-tls", {"HTTPListenerRuleForImportedALB": RULE}),
        (
            "nlb-with-the-default-name",
            {
                "PublicNetworkLoadBalancerV2": f"{ELB}::LoadBalancer",
                "NetworkLoadBalancerSecurityGroup": "AWS::EC2::SecurityGroup",
                "EnvironmentSecurityGroupIngressFromNetworkLoadBalancerSecurityGroup": "AWS::EC2::SecurityGroupIngress",
                "NLBListener": f"{ELB}::Listener",
                "NLBListener1": f"{ELB}::Listener",
                "NetworkLoadBalancerTargetGroup": GROUP,
                "NetworkLoadBalancerTargetGroup1": GROUP,
                "NLBDNSAlias": RECORDS,
            },
        ),
        (
            "worker-topics",
            {
                "EventsKMSKey": "AWS::KMS::Key",
                "EventsQueue": QUEUE,
                "DeadLetterQueue": QUEUE,
                "DeadLetterPolicy": QUEUE_POLICY,
                "QueuePolicy": QUEUE_POLICY,
                "webnewusersSNSTopicSubscription": "AWS::SNS::Subscription",
                "webnewusersEventsQueue": QUEUE,
                "webnewusersQueuePolicy": QUEUE_POLICY,
                "webdeletionsDeadLetterQueue": QUEUE,
                "webdeletionsDeadLetterPolicy": QUEUE_POLICY,
            },
        ),
        ("publisher", {"newusersSNSTopic": "AWS::SNS::Topic", "newusersSNSTopicPolicy": "AWS::SNS::TopicPolicy"}),
        ("publisher", {"ordersfifoSNSTopic": "AWS::SNS::Topic"}),
        (
            "worker-in-order",
            {"shoppaymentsfifoSNSTopicSubscription": "AWS::SNS::Subscription", "shoppaymentsfifoEventsQueue": QUEUE},
        ),
        (
            "backend-with-a-port",
            {
                "LogGroup": "AWS::Logs::LogGroup",
                "TaskDefinition": "AWS::ECS::TaskDefinition",
                "ExecutionRole": "AWS::IAM::Role",
                "TaskRole": "AWS::IAM::Role",
                "DiscoveryService": "AWS::ServiceDiscovery::Service",
                "Service": "AWS::ECS::Service",
            },
        ),
        ("addons-of-every-kind", {"AddonsStack": "AWS::CloudFormation::Stack"}),
        ("volumes-of-the-environment", {"AccessPoint": "AWS::EFS::AccessPoint"}),
        (
            "count-by-requests-and-response-time",
            {
                "AutoScalingTarget": "AWS::ApplicationAutoScaling::ScalableTarget",
                "AutoScalingPolicyECSServiceAverageCPUUtilization": SCALING,
                "AutoScalingPolicyECSServiceAverageMemoryUtilization": SCALING,
                "AutoScalingPolicyALBSumRequestCountPerTarget": SCALING,
                "AutoScalingPolicyALBAverageResponseTime": SCALING,
            },
        ),
        (
            "worker-scaled-by-its-queues",
            {
                "AutoScalingPolicyEventsQueue": SCALING,
                "AutoScalingPolicytheshopshippedtodayEventsQueue": SCALING,
                "MessagesDelayedRollbackAlarm": "AWS::CloudWatch::Alarm",
            },
        ),
        (
            "deployment-with-alarms-of-its-own",
            {"CPURollbackAlarm": "AWS::CloudWatch::Alarm", "MemoryRollbackAlarm": "AWS::CloudWatch::Alarm"},
        ),
        ("job", {"StateMachine": "AWS::StepFunctions::StateMachine", "StateMachineRole": "AWS::IAM::Role"}),
        (
            "site",
            {
                "Bucket": "AWS::S3::Bucket",
                "BucketPolicyForCloudFront": "AWS::S3::BucketPolicy",
                "CloudFrontOriginAccessControl": "AWS::CloudFront::OriginAccessControl",
                "CloudFrontViewerRequestRewriteFunction": "AWS::CloudFront::Function",
                "CloudFrontDistribution": "AWS::CloudFront::Distribution",
            },
        ),
    ],
)
def test_a_resource_of_copilot_s_is_called_as_it_was(case: str, wanted: dict[str, str]) -> None:
    found = resources(case)

    assert {name: found[name]["Type"] for name in wanted if name in found} == wanted


@pytest.mark.parametrize(
    ("case", "name", "wanted"),
    [
        ("http-root", "TargetGroup", {"Port": 8080, "Protocol": "HTTP", "TargetType": "ip"}),
        ("http-paths-and-checks", "TargetGroup1", {"Port": 443, "Protocol": "HTTPS", "TargetType": "ip"}),
        ("nlb-beside-http", "NetworkLoadBalancerTargetGroup", {"Port": 1883, "Protocol": "TCP", "TargetType": "ip"}),
        ("nlb-beside-http", "NetworkLoadBalancerTargetGroup1", {"Port": 53, "Protocol": "UDP", "TargetType": "ip"}),
        ("nlb-alone", "PublicNetworkLoadBalancerV2", {"Scheme": "internet-facing", "Type": "network"}),
        ("publisher", "newusersSNSTopic", {"TopicName": {"Fn::Sub": "${AWS::StackName}-new-users"}}),
        (
            "publisher",
            "ordersfifoSNSTopic",
            {"TopicName": {"Fn::Sub": "${AWS::StackName}-orders.fifo"}, "FifoTopic": True},
        ),
        ("worker-in-order", "EventsQueue", {"FifoQueue": True}),
        ("worker-in-order", "shoppaymentsfifoEventsQueue", {"FifoQueue": True}),
        ("backend-with-a-port", "LogGroup", {"LogGroupName": {"Fn::Join": ["", ["/copilot/", *FULL_NAME]]}}),
        ("backend-with-a-port", "TaskDefinition", {"Family": {"Fn::Join": ["", FULL_NAME]}}),
        ("backend-with-a-port", "DiscoveryService", {"Name": {"Ref": "WorkloadName"}}),
        ("backend-with-a-port", "Service", {"LaunchType": "FARGATE", "ServiceName": None, "Role": None}),
        ("backend-with-a-port", "TaskRole", {"RoleName": None, "Path": None}),
        ("backend-with-a-port", "ExecutionRole", {"RoleName": None, "Path": None}),
        (
            "volumes-of-an-owner",
            "AccessPoint",
            {
                "ClientToken": {"Fn::Sub": "${AppName}-${EnvName}-${WorkloadName}"},
                "PosixUser": {"Uid": "1000", "Gid": "2000"},
            },
        ),
        (
            "deployment-with-alarms-of-its-own",
            "CPURollbackAlarm",
            {"AlarmName": "forum-test-api-CopilotRollbackCPUAlarm"},
        ),
        ("job", "StateMachine", {"StateMachineName": {"Fn::Sub": "${AppName}-${EnvName}-${WorkloadName}"}}),
        ("site", "CloudFrontViewerRequestRewriteFunction", {"Name": "forum-test-docs"}),
        ("task", "ECRRepo", {"RepositoryName": "copilot-migrate"}),
        ("task", "LogGroup", {"LogGroupName": "/copilot/migrate"}),
    ],
)
def test_what_would_make_it_anew_is_as_it_was(case: str, name: str, wanted: dict[str, Any]) -> None:
    properties = resources(case)[name]["Properties"]

    assert {key: properties.get(key) for key in wanted} == wanted


@pytest.mark.parametrize("name", ["EventsQueue", "DeadLetterQueue", "webnewusersEventsQueue"])
def test_a_queue_has_no_name_that_copilot_did_not_give(name: str) -> None:
    """CloudFormation made one up, and another one would be another queue."""
    assert "QueueName" not in resources("worker-topics")[name]["Properties"]


def resources(case: str) -> dict[str, Any]:
    [found] = [one.wanted()["Resources"] for one in all_goldens() if one.name == case]
    assert isinstance(found, dict)
    return found
