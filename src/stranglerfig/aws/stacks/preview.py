"""What a change set would do, and what would be lost by it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from stranglerfig.aws.stacks.values import Action, Change


class Loss(Enum):
    TRAFFIC = "traffic"
    DATA = "data"


#: Requests go by way of them: while another one takes their place, or when they go, some find nobody.
CARRIES_TRAFFIC = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "the address of the load balancer",
    "AWS::ElasticLoadBalancingV2::Listener": "a listener of the load balancer",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "a rule of the load balancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "the tasks that the load balancer knows",
    "AWS::ECS::Service": "the running tasks of the service",
    "AWS::ECS::Cluster": "the cluster that all services run in",
    "AWS::ServiceDiscovery::Service": "the name under which other services find it",
    "AWS::ServiceDiscovery::PrivateDnsNamespace": "the names under which services find each other",
    "AWS::Route53::RecordSet": "a DNS record",
    "AWS::Route53::HostedZone": "a DNS zone with its records",
    "AWS::CloudFront::Distribution": "the distribution and its address",
    "AWS::EC2::VPC": "the network with all that is in it",
    "AWS::EC2::Subnet": "a subnet with all that is in it",
    "AWS::EC2::NatGateway": "the way out of private subnets",
    "AWS::SNS::Topic": "a topic with its subscriptions",
}
#: What they hold is gone with them.
HOLDS_DATA = {
    "AWS::EFS::FileSystem": "a file system with its files",
    "AWS::S3::Bucket": "a bucket with its objects",
    "AWS::SQS::Queue": "a queue with its messages",
    "AWS::Logs::LogGroup": "a log group with its lines",
    "AWS::DynamoDB::Table": "a table with its items",
    "AWS::DynamoDB::GlobalTable": "a table with its items",
    "AWS::RDS::DBCluster": "a database cluster",
    "AWS::RDS::DBInstance": "a database",
    "AWS::RDS::GlobalCluster": "a database cluster",
    "AWS::DocDB::DBCluster": "a database cluster",
    "AWS::Neptune::DBCluster": "a database cluster",
    "AWS::ElastiCache::ReplicationGroup": "a cache with what is in it",
    "AWS::ElastiCache::CacheCluster": "a cache with what is in it",
    "AWS::OpenSearchService::Domain": "a search domain with its indices",
    "AWS::Kinesis::Stream": "a stream with its records",
    "AWS::SecretsManager::Secret": "a secret",
    "AWS::SSM::Parameter": "a parameter",
    "AWS::KMS::Key": "a key, and with it all that it encrypted",
    "AWS::ECR::Repository": "a repository with its images",
    "AWS::Cognito::UserPool": "a pool with its users",
}
_LOSING = {Action.REPLACE: "replaced", Action.MAYBE_REPLACE: "perhaps replaced", Action.REMOVE: "removed"}
_KEEPING = ("Retain", "ReplaceAndRetain", "Snapshot", "ReplaceAndSnapshot")


@dataclass(frozen=True, slots=True)
class Warning:
    """``what`` is lost, in words."""

    change: Change
    loss: Loss
    what: str

    def __str__(self) -> str:
        causes = f", for {', '.join(self.change.causes)} cannot be changed in place" if self.change.causes else ""
        happens = _LOSING[self.change.action]
        return f"{self.change.logical} would be {happens}{causes}: {self.what} ({self.loss.value})"


def to_changes(answer: Sequence[Mapping[str, Any]], nested: str = "") -> list[Change]:
    """Of what DescribeChangeSet answers as ``Changes``."""
    found = [to_change(one["ResourceChange"], nested) for one in answer if "ResourceChange" in one]
    return [change for change in found if change is not None]


def to_change(shown: Mapping[str, Any], nested: str) -> Change | None:
    action = to_action(shown)
    if action is None:
        return None
    return Change(
        action=action,
        logical=shown["LogicalResourceId"],
        type=shown["ResourceType"],
        physical=shown.get("PhysicalResourceId") or "",
        causes=replacing_properties(shown) if action in (Action.REPLACE, Action.MAYBE_REPLACE) else (),
        kept=shown.get("PolicyAction") in _KEEPING,
        nested=nested,
    )


def to_action(shown: Mapping[str, Any]) -> Action | None:
    """None: nothing is to be seen of it."""
    replacement = shown.get("Replacement")
    match shown["Action"]:
        case "Add":
            return Action.ADD
        case "Remove":
            return Action.REMOVE
        case "Import":
            return Action.IMPORT
        case "Modify" | "SyncWithActual" if replacement == "True":
            return Action.REPLACE
        case "Modify" | "SyncWithActual" if replacement == "Conditional":
            return Action.MAYBE_REPLACE
        case "Modify" | "SyncWithActual":
            return Action.MODIFY
        # a nested stack whose own change set tells more
        case _:
            return None


def replacing_properties(shown: Mapping[str, Any]) -> tuple[str, ...]:
    targets = [detail.get("Target") or {} for detail in shown.get("Details") or ()]
    found = [one["Name"] for one in targets if one.get("Name") and one.get("RequiresRecreation") not in (None, "Never")]
    return tuple(dict.fromkeys(found))


def to_warnings(changes: Sequence[Change]) -> list[Warning]:
    found = [warning for change in changes if (warning := to_warning(change)) is not None]
    return sorted(found, key=lambda warning: warning.loss is Loss.TRAFFIC)


def to_warning(change: Change) -> Warning | None:
    if change.action not in _LOSING:
        return None
    if change.type in HOLDS_DATA and not change.kept:
        return Warning(change, Loss.DATA, HOLDS_DATA[change.type])
    if change.type in CARRIES_TRAFFIC:
        return Warning(change, Loss.TRAFFIC, CARRIES_TRAFFIC[change.type])
    return None
