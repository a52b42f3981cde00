"""What Copilot has made is found again: logical ids with their types, exports, and what cannot be changed in place.

Source: aws/copilot-cli v1.34, ``internal/pkg/template/templates/environment``.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.aws.goldens import GoldenCase, all_goldens

CASES = {case.name: case for case in all_goldens()}
EC2, ELB = "AWS::EC2::", "AWS::ElasticLoadBalancingV2::"
#: By case, what it has of Copilot's, as ``Id`` of ``Type``.
IDS = {
    "env-minimal": {
        "CloudformationExecutionRole": "AWS::IAM::Role",
        "EnvironmentManagerRole": "AWS::IAM::Role",
        "VPC": f"{EC2}VPC",
        "PublicRouteTable": f"{EC2}RouteTable",
        "DefaultPublicRoute": f"{EC2}Route",
        "InternetGateway": f"{EC2}InternetGateway",
        "InternetGatewayAttachment": f"{EC2}VPCGatewayAttachment",
        "PublicSubnet1": f"{EC2}Subnet",
        "PublicSubnet2": f"{EC2}Subnet",
        "PrivateSubnet1": f"{EC2}Subnet",
        "PrivateSubnet2": f"{EC2}Subnet",
        "PublicSubnet1RouteTableAssociation": f"{EC2}SubnetRouteTableAssociation",
        "PublicSubnet2RouteTableAssociation": f"{EC2}SubnetRouteTableAssociation",
        "NatGateway1Attachment": f"{EC2}EIP",
        "NatGateway1": f"{EC2}NatGateway",
        "PrivateRouteTable1": f"{EC2}RouteTable",
        "PrivateRoute1": f"{EC2}Route",
        "PrivateRouteTable1Association": f"{EC2}SubnetRouteTableAssociation",
        "NatGateway2": f"{EC2}NatGateway",
        "ServiceDiscoveryNamespace": "AWS::ServiceDiscovery::PrivateDnsNamespace",
        "Cluster": "AWS::ECS::Cluster",
        "PublicHTTPLoadBalancerSecurityGroup": f"{EC2}SecurityGroup",
        "InternalLoadBalancerSecurityGroup": f"{EC2}SecurityGroup",
        "EnvironmentSecurityGroup": f"{EC2}SecurityGroup",
        "EnvironmentHTTPSecurityGroupIngressFromPublicALB": f"{EC2}SecurityGroupIngress",
        "EnvironmentSecurityGroupIngressFromInternalALB": f"{EC2}SecurityGroupIngress",
        "EnvironmentSecurityGroupIngressFromSelf": f"{EC2}SecurityGroupIngress",
        "InternalALBIngressFromEnvironmentSecurityGroup": f"{EC2}SecurityGroupIngress",
        "PublicLoadBalancer": f"{ELB}LoadBalancer",
        "DefaultHTTPTargetGroup": f"{ELB}TargetGroup",
        "HTTPListener": f"{ELB}Listener",
        "InternalLoadBalancer": f"{ELB}LoadBalancer",
        "DefaultInternalHTTPTargetGroup": f"{ELB}TargetGroup",
        "InternalHTTPListener": f"{ELB}Listener",
        "InternalWorkloadsHostedZone": "AWS::Route53::HostedZone",
        "FileSystem": "AWS::EFS::FileSystem",
        "EFSSecurityGroup": f"{EC2}SecurityGroup",
        "EFSSecurityGroupIngressFromEnvironment": f"{EC2}SecurityGroupIngress",
        "MountTarget1": "AWS::EFS::MountTarget",
        "MountTarget2": "AWS::EFS::MountTarget",
        "AppRunnerVpcEndpointSecurityGroup": f"{EC2}SecurityGroup",
        "AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment": f"{EC2}SecurityGroupIngress",
        "AppRunnerVpcEndpoint": f"{EC2}VPCEndpoint",
        "LogResourcePolicy": "AWS::Logs::ResourcePolicy",
    },
    "env-https-imported-certificates": {
        "PublicHTTPSLoadBalancerSecurityGroup": f"{EC2}SecurityGroup",
        "EnvironmentHTTPSSecurityGroupIngressFromPublicALB": f"{EC2}SecurityGroupIngress",
        "InternalLoadBalancerSecurityGroupIngressFromHttp": f"{EC2}SecurityGroupIngress",
        "InternalLoadBalancerSecurityGroupIngressFromHttps": f"{EC2}SecurityGroupIngress",
        "HTTPSListener": f"{ELB}Listener",
        "HTTPSImportCertificate2": f"{ELB}ListenerCertificate",
        "HTTPSImportCertificate3": f"{ELB}ListenerCertificate",
        "InternalHTTPSListener": f"{ELB}Listener",
        "InternalHTTPSImportCertificate2": f"{ELB}ListenerCertificate",
    },
    "env-everything": {
        "ELBAccessLogsBucket": "AWS::S3::Bucket",
        "ELBAccessLogsBucketPolicy": "AWS::S3::BucketPolicy",
        "VpcFlowLogGroup": "AWS::Logs::LogGroup",
        "FlowLog": f"{EC2}FlowLog",
        "FlowLogRole": "AWS::IAM::Role",
        "CloudFrontDistribution": "AWS::CloudFront::Distribution",
        "CloudFrontOriginAccessControl": "AWS::CloudFront::OriginAccessControl",
        "AddonsStack": "AWS::CloudFormation::Stack",
    },
    "env-domain": {"EnvironmentHostedZone": "AWS::Route53::HostedZone", "HTTPSListener": f"{ELB}Listener"},
}
#: A resource never changes its type: what functions did has ids of its own.
OF_FUNCTIONS = {"HTTPSCert", "DelegateDNSAction", "CustomDomainAction", "UniqueAliasesAction", "CertificateReplicator"}
EXPORTS = {
    *("VpcId", "PublicSubnets", "PrivateSubnets", "InternetGatewayID", "PublicRouteTableID", "PrivateRouteTableIDs"),
    *("ServiceDiscoveryNamespaceID", "EnvironmentSecurityGroup", "PublicLoadBalancerDNS", "CanonicalHostedZoneID"),
    *("PublicLoadBalancerFullName", "HTTPListenerArn", "HTTPSListenerArn", "DefaultHTTPTargetGroup", "ClusterId"),
    *("InternalLoadBalancerDNS", "InternalLoadBalancerFullName", "InternalLoadBalancerCanonicalHostedZoneID"),
    *("InternalLoadBalancerSecurityGroup", "InternalWorkloadsHostedZoneID", "InternalWorkloadsHostedZoneName"),
    *("InternalHTTPListenerArn", "InternalHTTPSListenerArn", "EnvironmentManagerRoleARN", "CFNExecutionRoleARN"),
    *("HostedZone", "SubDomain", "FilesystemID", "CloudFrontDomainName", "AppRunnerVpcEndpointId"),
}
PARAMETERS = {
    *("AppName", "EnvironmentName", "ALBWorkloads", "InternalALBWorkloads", "EFSWorkloads", "NATWorkloads"),
    *("AppRunnerPrivateWorkloads", "ToolsAccountPrincipalARN", "AppDNSName", "AppDNSDelegationRole", "Aliases"),
    *("CreateHTTPSListener", "CreateInternalHTTPSListener", "ServiceDiscoveryEndpoint"),
}
#: What of a resource is made anew when it changes, with the value that Copilot has given it.
FIXED: dict[str, dict[str, Any]] = {
    "VPC": {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "default"},
    "PublicSubnet2": {"CidrBlock": "10.0.1.0/24", "AvailabilityZone": {"Fn::Select": [1, {"Fn::GetAZs": ""}]}},
    "PrivateSubnet1": {"CidrBlock": "10.0.2.0/24", "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}},
    "EnvironmentSecurityGroup": {"GroupDescription": "forum-testEnvironmentSecurityGroup"},
    "EFSSecurityGroup": {"GroupDescription": "forum-testEFSSecurityGroup"},
    "PublicHTTPLoadBalancerSecurityGroup": {"GroupDescription": "HTTP access to the public facing load balancer"},
    "InternalLoadBalancerSecurityGroup": {"GroupDescription": "Access to the internal load balancer"},
    "EnvironmentSecurityGroupIngressFromSelf": {
        "IpProtocol": -1,
        "GroupId": {"Ref": "EnvironmentSecurityGroup"},
        "SourceSecurityGroupId": {"Ref": "EnvironmentSecurityGroup"},
    },
    "PublicLoadBalancer": {"Scheme": "internet-facing", "Type": "application"},
    "InternalLoadBalancer": {"Scheme": "internal", "Type": "application"},
    "DefaultHTTPTargetGroup": {"Port": 80, "Protocol": "HTTP", "TargetType": "ip"},
    "HTTPListener": {"LoadBalancerArn": {"Ref": "PublicLoadBalancer"}},
    "FileSystem": {"Encrypted": True, "PerformanceMode": "generalPurpose"},
    "MountTarget2": {"SubnetId": {"Ref": "PrivateSubnet2"}, "FileSystemId": {"Ref": "FileSystem"}},
    "ServiceDiscoveryNamespace": {"Name": {"Ref": "ServiceDiscoveryEndpoint"}, "Vpc": {"Ref": "VPC"}},
    "InternalWorkloadsHostedZone": {"Name": "test.forum.internal"},
    "CloudformationExecutionRole": {"RoleName": "forum-test-CFNExecutionRole", "Path": "/"},
    "EnvironmentManagerRole": {"RoleName": "forum-test-EnvManagerRole", "Path": "/"},
    "LogResourcePolicy": {"PolicyName": "forum-test-LogResourcePolicy"},
}
NAMES = {"AppName": "forum", "EnvironmentName": "test", "AWS::StackName": "forum-test"}


@pytest.mark.parametrize("name", IDS)
def test_logical_ids_have_the_types_that_copilot_gave_them(name: str) -> None:
    resources: Any = CASES[name].tree()["Resources"]

    assert {logical: resources.get(logical, {}).get("Type") for logical in IDS[name]} == IDS[name]


def test_no_id_of_what_functions_did_is_used_for_something_else() -> None:
    used = {logical for case in environments() for logical in case.tree()["Resources"]}  # type: ignore[attr-defined]

    assert used & OF_FUNCTIONS == set()


def test_exports_and_parameters_have_the_names_that_workloads_and_copilot_know() -> None:
    trees: list[Any] = [case.tree() for case in environments()]
    exports = {resolved(one["Export"]["Name"]) for tree in trees for one in tree["Outputs"].values() if "Export" in one}
    parameters = {name for tree in trees for name in tree["Parameters"]}

    assert {f"forum-test-{name}" for name in EXPORTS} - exports == set()
    assert exports - {f"forum-test-{name}" for name in EXPORTS} == {"forum-test-PublicLoadBalancerArn"}
    assert parameters - {"AddonServices"} == PARAMETERS


@pytest.mark.parametrize("logical", FIXED)
def test_what_cannot_be_changed_is_as_copilot_made_it(logical: str) -> None:
    tree: Any = CASES["env-minimal"].tree()
    found = tree["Resources"][logical]["Properties"]

    assert {name: resolved(found[name]) for name in FIXED[logical]} == FIXED[logical]


def environments() -> list[GoldenCase]:
    return [case for case in all_goldens() if case.input.name == "environment.yml"]


def resolved(value: Any) -> Any:
    """With names filled in where they are part of a text."""
    if isinstance(value, dict) and isinstance(value.get("Fn::Sub"), str):
        return re.sub(r"\$\{([^}]+)\}", lambda match: NAMES[match[1]], value["Fn::Sub"])
    return value
