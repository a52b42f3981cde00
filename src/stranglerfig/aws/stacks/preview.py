"""What a change set would do, and what would be lost by it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from stranglerfig.aws.stacks.template_text import section
from stranglerfig.aws.stacks.values import STACK_TYPE, Action, Change, StackResource
from stranglerfig.aws.synth.template import Tree


class Loss(Enum):
    TRAFFIC = "traffic"
    DATA = "data"


#: Requests go by way of them: while another one takes their place, or when they go, some find nobody.
CARRIES_TRAFFIC = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "the address of the load balancer",
    "AWS::ElasticLoadBalancingV2::Listener": "a listener of the load balancer",
    "AWS::ElasticLoadBalancingV2::ListenerCertificate": "a certificate of the load balancer",
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
    "AWS::EC2::EIP": "an address that others know",
    "AWS::EC2::InternetGateway": "the way from and to the internet",
    "AWS::EC2::VPCGatewayAttachment": "the way from and to the internet",
    "AWS::EC2::Route": "a way out of subnets",
    "AWS::EC2::SubnetRouteTableAssociation": "the ways out of a subnet",
    "AWS::EFS::MountTarget": "the way to a file system",
    "AWS::RDS::DBProxy": "the way to a database",
    "AWS::SNS::Topic": "a topic with its subscriptions",
}
#: What they carry goes on when another one takes their place, for that is there before they go.
_REPLACED_WITHOUT_LOSS = ("AWS::ElasticLoadBalancingV2::ListenerCertificate",)
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
    "AWS::RDS::DBShardGroup": "a database",
    "AWS::DSQL::Cluster": "a database cluster",
    "AWS::DocDBElastic::Cluster": "a database cluster",
    "AWS::Redshift::Cluster": "a database cluster",
    "AWS::RedshiftServerless::Namespace": "a database",
    "AWS::Timestream::Database": "a database",
    "AWS::Timestream::Table": "a table with its records",
    "AWS::Cassandra::Keyspace": "a keyspace with its tables",
    "AWS::Cassandra::Table": "a table with its rows",
    "AWS::DAX::Cluster": "a cache with what is in it",
    "AWS::MemoryDB::Cluster": "a database cluster",
    "AWS::MSK::Cluster": "a cluster with its topics",
    "AWS::MSK::ServerlessCluster": "a cluster with its topics",
    "AWS::AmazonMQ::Broker": "a broker with its messages",
    "AWS::Backup::BackupVault": "a vault with its backups",
    "AWS::EC2::Instance": "a machine with its disks",
    "AWS::EC2::Volume": "a disk",
    "AWS::FSx::FileSystem": "a file system with its files",
    "AWS::S3Express::DirectoryBucket": "a bucket with its objects",
    "AWS::ElastiCache::ServerlessCache": "a cache with what is in it",
    "AWS::ElastiCache::ReplicationGroup": "a cache with what is in it",
    "AWS::ElastiCache::CacheCluster": "a cache with what is in it",
    "AWS::OpenSearchService::Domain": "a search domain with its indices",
    "AWS::OpenSearchServerless::Collection": "a collection with its indices",
    "AWS::Elasticsearch::Domain": "a search domain with its indices",
    "AWS::Kinesis::Stream": "a stream with its records",
    "AWS::SecretsManager::Secret": "a secret",
    "AWS::SSM::Parameter": "a parameter",
    "AWS::KMS::Key": "a key, and with it all that it encrypted",
    "AWS::ECR::Repository": "a repository with its images",
    "AWS::Cognito::UserPool": "a pool with its users",
}
_LOSING = {Action.REPLACE: "replaced", Action.MAYBE_REPLACE: "perhaps replaced", Action.REMOVE: "removed"}
_KEEPING = ("Retain", "RetainExceptOnCreate", "ReplaceAndRetain", "Snapshot", "ReplaceAndSnapshot")
#: A new one takes its place with every deploy.
_ALWAYS_NEW = ("AWS::ECS::TaskDefinition",)


@dataclass(frozen=True, slots=True)
class Warning:
    """``what`` is lost, in words."""

    change: Change
    loss: Loss
    what: str

    def __str__(self) -> str:
        return f"{_happening(self.change)}: {self.what} ({self.loss.value})"


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


def to_removals(stack: str, resources: Sequence[StackResource], tree: Tree) -> list[Change]:
    """What goes with a stack in another one; ``stack`` is its logical id there, ``tree`` its own template."""
    declared = section(tree, "Resources")
    return [
        Change(
            Action.REMOVE, one.logical, one.type, one.physical, kept=_is_kept(declared.get(one.logical)), nested=stack
        )
        for one in resources
    ]


def _is_kept(resource: object) -> bool:
    """What becomes of it with its stack. Databases leave a snapshot where nothing is said, by the CloudFormation
    user guide, "DeletionPolicy attribute"."""
    if not isinstance(resource, Mapping):
        return False
    kind, properties = resource.get("Type"), section(resource, "Properties")
    leaves_snapshot = kind == "AWS::RDS::DBCluster" or (
        kind == "AWS::RDS::DBInstance" and "DBClusterIdentifier" not in properties
    )
    return resource.get("DeletionPolicy", "Snapshot" if leaves_snapshot else "Delete") in _KEEPING


def to_notes(changes: Sequence[Change]) -> list[str]:
    """What goes for certain without being warned of."""
    return [
        f"{_happening(change)} ({change.type}{', and stays outside of the stack' if change.kept else ''})"
        for change in changes
        if change.action in (Action.REPLACE, Action.REMOVE)
        and change.type not in _ALWAYS_NEW
        and to_warning(change) is None
    ]


def _happening(change: Change) -> str:
    name = f"{change.nested}/{change.logical}" if change.nested else change.logical
    causes = f", for {', '.join(change.causes)} cannot be changed in place" if change.causes else ""
    return f"{name} would be {_LOSING[change.action]}{causes}"


def is_stack_that_goes(change: Change) -> bool:
    """With all that is in it, which a change set does not list."""
    return change.type == STACK_TYPE and change.action in (Action.REPLACE, Action.REMOVE) and not change.kept


def to_warnings(changes: Sequence[Change]) -> list[Warning]:
    found = [warning for change in changes if (warning := to_warning(change)) is not None]
    return sorted(found, key=lambda warning: warning.loss is Loss.TRAFFIC)


def to_warning(change: Change) -> Warning | None:
    if change.action not in _LOSING:
        return None
    if change.type in HOLDS_DATA and not change.kept:
        return Warning(change, Loss.DATA, HOLDS_DATA[change.type])
    if change.action is not Action.REMOVE and change.type in _REPLACED_WITHOUT_LOSS:
        return None
    if change.type in CARRIES_TRAFFIC:
        return Warning(change, Loss.TRAFFIC, CARRIES_TRAFFIC[change.type])
    return None
