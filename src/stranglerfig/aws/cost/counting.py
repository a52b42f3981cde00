"""Counts what is billed by the hour or the month in stacks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stranglerfig.aws.cost.parts import Found, Part
from stranglerfig.aws.cost.tasks import count_job, count_secrets, count_service
from stranglerfig.aws.cost.values import HOURS, Assumptions, Quantity

LONG_POLL_S = 20
#: that a policy of target tracking makes by itself
ALARMS_OF_TRACKING = 2
#: Nothing to pay for by themselves, or pennies for what is kept in them.
FREE = frozenset(
    f"AWS::{name}"
    for name in (
        *("ApplicationAutoScaling::ScalableTarget", "CertificateManager::Certificate", "CloudFormation::Stack"),
        *("CloudFront::CachePolicy", "CloudFront::Distribution", "CloudFront::Function"),
        *("CloudFront::OriginAccessControl", "EC2::FlowLog"),
        *("EC2::InternetGateway", "EC2::PrefixList", "EC2::Route", "EC2::RouteTable", "EC2::SecurityGroup"),
        *("EC2::SecurityGroupEgress", "EC2::SecurityGroupIngress", "EC2::Subnet", "EC2::SubnetRouteTableAssociation"),
        *("EC2::VPC", "EC2::VPCGatewayAttachment", "ECS::Cluster", "ECS::ClusterCapacityProviderAssociations"),
        *("ECS::TaskDefinition", "EFS::AccessPoint", "EFS::MountTarget", "ElasticLoadBalancingV2::Listener"),
        *("ElasticLoadBalancingV2::ListenerCertificate", "ElasticLoadBalancingV2::ListenerRule"),
        *("ElasticLoadBalancingV2::TargetGroup", "IAM::InstanceProfile", "IAM::ManagedPolicy", "IAM::Policy"),
        *("IAM::Role", "KMS::Alias", "Logs::LogGroup", "Logs::ResourcePolicy", "Route53::RecordSet"),
        *("Route53::RecordSetGroup", "S3::Bucket", "S3::BucketPolicy", "SNS::Subscription", "SNS::Topic"),
        *("SNS::TopicPolicy", "SQS::QueuePolicy", "SSM::Parameter", "ServiceDiscovery::Service"),
        *("StepFunctions::StateMachine",),
    )
)


@dataclass(frozen=True, slots=True)
class Counted:
    quantities: tuple[Quantity, ...]
    #: types that no price is known of, with the parts that have them
    unknown: tuple[tuple[str, str], ...] = ()


def count(parts: tuple[Part, ...], assumed: Assumptions) -> Counted:
    found: list[Quantity] = []
    unknown: dict[tuple[str, str], None] = {}
    for part in parts:
        for one in part.resources:
            counting = COUNTED.get(one.type)
            if counting is not None:
                found += counting(one, part, assumed)
            elif one.type not in FREE:
                unknown[one.type, part.name] = None
        found += count_secrets(part)
    return Counted(tuple(found), tuple(unknown))


def is_public(balancer: Found) -> bool:
    return balancer.properties.get("Scheme") == "internet-facing"


def _balancer(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    network = one.properties.get("Type") == "network"
    kind = "network load balancer" if network else "load balancer"
    side = "public" if is_public(one) else "internal"
    yield Quantity(part.name, f"{side} {kind}", "nlb" if network else "alb", HOURS)
    if is_public(one):
        subnets = one.properties.get("Subnets")
        count = len(subnets) if isinstance(subnets, list) else assumed.zones
        yield Quantity(part.name, f"public IPv4 addresses of the {kind}", "ipv4", count * HOURS)


def _nat(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    yield Quantity(part.name, "NAT gateway", "nat", HOURS)


def _address(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    yield Quantity(part.name, "public IPv4 address of a NAT gateway", "ipv4", HOURS)


def _endpoint(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    subnets = one.properties.get("SubnetIds")
    if one.properties.get("VpcEndpointType") == "Interface" and isinstance(subnets, list):
        yield Quantity(part.name, "VPC endpoint", "endpoint", len(subnets) * HOURS)


def _files(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    yield Quantity(part.name, "file system", "efs", assumed.storage_gb)


def _repository(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    yield Quantity(part.name, "images", "image-gb", assumed.image_gb)


def _key(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    yield Quantity(part.name, "key", "key", 1)


def _zone(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    yield Quantity(part.name, "hosted zone", "zone", 1)


def _alarm(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    yield Quantity(part.name, "alarm", "alarm", 1)


def _policy(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    if one.properties.get("PolicyType") == "TargetTrackingScaling":
        yield Quantity(part.name, "alarms of autoscaling", "alarm", ALARMS_OF_TRACKING)


def _queue(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    """As if one task asked it without end. Nobody asks one for dead letters, which gives no time to work on them."""
    if "VisibilityTimeout" in one.properties:
        ordered = one.properties.get("FifoQueue") is True
        yield Quantity(part.name, "requests to queues", "sqs-fifo" if ordered else "sqs", HOURS * 3600 / LONG_POLL_S)


COUNTED: dict[str, Callable[[Found, Part, Assumptions], Iterator[Quantity]]] = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": _policy,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::EC2::EIP": _address,
    "AWS::EC2::NatGateway": _nat,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::ECR::Repository": _repository,
    "AWS::ECS::Service": count_service,
    "AWS::EFS::FileSystem": _files,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer,
    "AWS::KMS::Key": _key,
    "AWS::Route53::HostedZone": _zone,
    "AWS::SQS::Queue": _queue,
    "AWS::Scheduler::Schedule": count_job,
    "AWS::ServiceDiscovery::PrivateDnsNamespace": _zone,
}
