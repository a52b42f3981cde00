"""Ids and attributes of resources that are kept as records, shaped as AWS shapes them (pure)."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.core.cloudformation.templates.functions import ZONES, partition_of
from stranglerfig.core.cloudformation.templates.resource_types import find_type
from stranglerfig.core.cloudformation.templates.schemas import Shape

#: What Ref gives is an id of AWS's: its prefix, by type below AWS::EC2.
PREFIXES = {
    "CustomerGateway": "cgw",
    "DHCPOptions": "dopt",
    "EIPAssociation": "eipassoc",
    "EgressOnlyInternetGateway": "eigw",
    "FlowLog": "fl",
    "InternetGateway": "igw",
    "NatGateway": "nat",
    "NetworkAcl": "acl",
    "PrefixList": "pl",
    "RouteTable": "rtb",
    "SecurityGroup": "sg",
    "SecurityGroupEgress": "sgr",
    "SecurityGroupIngress": "sgr",
    "Subnet": "subnet",
    "SubnetCidrBlock": "subnet-cidr-assoc",
    "SubnetNetworkAclAssociation": "aclassoc",
    "SubnetRouteTableAssociation": "rtbassoc",
    "TransitGateway": "tgw",
    "TransitGatewayAttachment": "tgw-attach",
    "TransitGatewayRouteTable": "tgw-rtb",
    "TransitGatewayVpcAttachment": "tgw-attach",
    "VPC": "vpc",
    "VPCCidrBlock": "vpc-cidr-assoc",
    "VPCEndpoint": "vpce",
    "VPCEndpointService": "vpce-svc",
    "VPCPeeringConnection": "pcx",
    "VPNGateway": "vgw",
}
#: What Ref gives is a name: the property that gives it; where it is not given, one is made up.
NAMES = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::LogStream": "LogStreamName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ECS::ClusterCapacityProviderAssociations": "Cluster",
    "AWS::EC2::GatewayRouteTableAssociation": "GatewayId",
    "AWS::EC2::VPCEndpointServicePermissions": "ServiceId",
}
#: What Ref gives is put together of properties.
COMPOSED = {
    "AWS::EC2::TransitGatewayRoute": ("TransitGatewayRouteTableId", "DestinationCidrBlock"),
    "AWS::EC2::TransitGatewayRouteTableAssociation": ("TransitGatewayRouteTableId", "TransitGatewayAttachmentId"),
    "AWS::EC2::TransitGatewayRouteTablePropagation": ("TransitGatewayRouteTableId", "TransitGatewayAttachmentId"),
    "AWS::EC2::VPCDHCPOptionsAssociation": ("DhcpOptionsId", "VpcId"),
    "AWS::IAM::GroupPolicy": ("PolicyName", "GroupName"),
    "AWS::IAM::RolePolicy": ("PolicyName", "RoleName"),
    "AWS::IAM::UserPolicy": ("PolicyName", "UserName"),
}
#: Of IAM's own ids, by type.
UNIQUE_IDS = {"RoleId": "AROA", "PolicyId": "ANPA"}
EMPTY: dict[str, Any] = {"s": "", "i": 0, "n": 0, "b": False, "[": [], "<": [], "{": {}, "j": ""}
IDENTITY_WORDS = {"Group": "group", "InstanceProfile": "instance-profile", "Role": "role", "User": "user"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
LONGEST_NAME = 64
#: Long gone, and no claim about when the record was made.
BEGINNING = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class NewRecord:
    """``seed``: the same one gives the same ids, so that what is made twice is the same thing."""

    type: str
    account: str
    region: str
    stack_name: str
    logical_id: str
    seed: bytes


def made_up(new: NewRecord, properties: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The physical id, which is what Ref gives, and the attributes for GetAtt. After an update in place, the same seed
    gives the same ids with what the new properties say."""
    type_ = find_type(new.type)
    shapes: Mapping[str, Shape] = {} if type_ is None else type_.schema.attributes
    made = _Made(new, properties, _physical_id(new, properties))
    return made.physical_id, {name: _attribute(made, name, shape) for name, shape in shapes.items()}


def _physical_id(new: NewRecord, properties: Mapping[str, Any]) -> str:
    word = new.type.rpartition("::")[2]
    if new.type in NAMES:
        return str(properties.get(NAMES[new.type]) or _name(new))
    if new.type in COMPOSED:
        return "|".join(str(properties.get(name) or "") for name in COMPOSED[new.type])
    if new.type.startswith("AWS::EC2::") and word in PREFIXES:
        return f"{PREFIXES[word]}-{_digits(new, 'id', 17)}"
    if new.type.startswith("AWS::ServiceDiscovery::"):
        return f"{'ns' if word == 'PrivateDnsNamespace' else 'srv'}-{_letters(new, 'id', 16).lower()}"
    return _special_id(new, properties)


def _special_id(new: NewRecord, properties: Mapping[str, Any]) -> str:
    match new.type:
        case "AWS::EC2::EIP":
            return _address(new)
        case "AWS::EC2::Route":
            target = _destination(_Made(new, properties, ""))
            return f"{properties.get('RouteTableId') or ''}|{target}"
        case "AWS::EC2::VPCGatewayAttachment":
            kind = "VGW" if properties.get("VpnGatewayId") else "IGW"
            return f"{kind}|{properties.get('VpcId') or ''}"
        case "AWS::IAM::ManagedPolicy":
            return _in_iam(new, "policy", properties, str(properties.get("ManagedPolicyName") or _name(new)))
        case "AWS::IAM::ServiceLinkedRole":
            return f"AWSServiceRoleFor{str(properties.get('AWSServiceName') or '').partition('.')[0].capitalize()}"
    return _name(new)


@dataclass(frozen=True, slots=True)
class _Made:
    """A record with what is settled of it."""

    new: NewRecord
    properties: Mapping[str, Any]
    physical_id: str


def _attribute(made: _Made, name: str, shape: Shape) -> Any:
    given = _given(made.properties, name)
    if given is not None:
        return given
    new, word = made.new, made.new.type.rpartition("::")[2]
    maker = MAKERS.get((word, name))
    if maker is not None:
        return maker(made)
    if name in UNIQUE_IDS:
        return f"{UNIQUE_IDS[name]}{_letters(new, name, 17)}"
    if name in ("Id", "AssociationId", "GroupId", "ServiceId") or name.lower() == f"{word}id".lower():
        return made.physical_id
    return EMPTY[shape.kind]


def _given(properties: Mapping[str, Any], path: str) -> Any:
    found: Any = properties
    for word in path.split("."):
        found = found.get(word) if isinstance(found, Mapping) else None
    return found


def _identity_arn(made: _Made) -> str:
    kind = IDENTITY_WORDS[made.new.type.rpartition("::")[2]]
    return _in_iam(made.new, kind, made.properties, made.physical_id)


def _in_iam(new: NewRecord, kind: str, properties: Mapping[str, Any], name: str) -> str:
    path = str(properties.get("Path") or "/")
    return f"arn:{partition_of(new.region)}:iam::{new.account}:{kind}{path}{name}"


def _arn(service: str, kind: str) -> Callable[[_Made], str]:
    def make(made: _Made) -> str:
        new = made.new
        return f"arn:{partition_of(new.region)}:{service}:{new.region}:{new.account}:{kind}{made.physical_id}"

    return make


def _another(prefix: str, what: str) -> Callable[[_Made], str]:
    """Of what AWS makes beside it, an id of its own."""
    return lambda made: f"{prefix}-{_digits(made.new, what, 17)}"


def _zone(made: _Made) -> str:
    return f"{made.new.region}{ZONES[_chance(made.new, 'zone')[0] % len(ZONES)]}"


def _vpc_associations(made: _Made) -> list[str]:
    return [f"vpc-cidr-assoc-{_digits(made.new, 'association', 17)}"] if made.properties.get("CidrBlock") else []


def _ipv6_blocks(made: _Made) -> list[str]:
    """One as if Amazon had given it, for templates that divide it; in the range that is set aside for examples."""
    number = int.from_bytes(_chance(made.new, "ipv6")[:3], "big")
    return [str(ipaddress.ip_network((0x20010DB8 << 96 | number << 72, 56)))]


def _subnet_ipv6(made: _Made) -> list[str]:
    given = made.properties.get("Ipv6CidrBlock")
    return [given] if given else []


def _destination(made: _Made) -> str:
    names = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return next((str(made.properties[name]) for name in names if made.properties.get(name)), "")


def _attachment(made: _Made) -> str:
    return made.physical_id.partition("|")[0]


def _address(new: NewRecord) -> str:
    """In a block that is set aside for examples: it belongs to nobody."""
    return str(ipaddress.ip_network("203.0.113.0/24")[1 + _chance(new, "address")[0] % 254])


def _name(new: NewRecord) -> str:
    """As CloudFormation names what its template does not: stack, logical id, and letters that make it the only one."""
    letters = _letters(new, "name", 12)
    stack, rest = new.stack_name, f"-{new.logical_id[: LONGEST_NAME // 2 - 14]}-{letters}"
    return f"{stack[: LONGEST_NAME - len(rest)]}{rest}"


def _digits(new: NewRecord, what: str, count: int) -> str:
    return _chance(new, what).hex()[:count]


def _letters(new: NewRecord, what: str, count: int) -> str:
    return "".join(LETTERS[byte % len(LETTERS)] for byte in _chance(new, what)[:count])


def _chance(new: NewRecord, what: str) -> bytes:
    return hashlib.blake2s(f"{what} {new.type} {new.logical_id} ".encode("utf-8", "surrogatepass") + new.seed).digest()


#: By the last word of the type and the attribute: what is neither a property nor the record's own id.
MAKERS: dict[tuple[str, str], Callable[[_Made], Any]] = {
    **{(kind, "Arn"): _identity_arn for kind in IDENTITY_WORDS},
    ("ManagedPolicy", "PolicyArn"): lambda made: made.physical_id,
    ("ManagedPolicy", "DefaultVersionId"): lambda made: "v1",
    ("ManagedPolicy", "IsAttachable"): lambda made: True,
    ("ManagedPolicy", "CreateDate"): lambda made: BEGINNING,
    ("ManagedPolicy", "UpdateDate"): lambda made: BEGINNING,
    ("ServiceLinkedRole", "RoleName"): lambda made: made.physical_id,
    ("LogGroup", "Arn"): lambda made: f"{_arn('logs', 'log-group:')(made)}:*",
    ("Cluster", "Arn"): _arn("ecs", "cluster/"),
    ("PrivateDnsNamespace", "Arn"): _arn("servicediscovery", "namespace/"),
    ("PrivateDnsNamespace", "HostedZoneId"): lambda made: f"Z{_letters(made.new, 'zone', 20)}",
    ("Service", "Name"): lambda made: _name(made.new),
    ("Service", "Arn"): _arn("servicediscovery", "service/"),
    ("TransitGateway", "TransitGatewayArn"): _arn("ec2", "transit-gateway/"),
    ("PrefixList", "Arn"): _arn("ec2", "prefix-list/"),
    ("PrefixList", "OwnerId"): lambda made: made.new.account,
    ("PrefixList", "Version"): lambda made: 1,
    ("TransitGateway", "EncryptionSupportState"): lambda made: "disable",
    ("VPC", "EnableDnsSupport"): lambda made: True,
    ("VPC", "InstanceTenancy"): lambda made: "default",
    ("VPC", "Ipv6CidrBlocks"): _ipv6_blocks,
    ("VPC", "DefaultSecurityGroup"): _another("sg", "group"),
    ("VPC", "DefaultNetworkAcl"): _another("acl", "acl"),
    ("VPC", "CidrBlockAssociations"): _vpc_associations,
    ("Subnet", "AvailabilityZone"): _zone,
    ("Subnet", "NetworkAclAssociationId"): _another("aclassoc", "association"),
    ("Subnet", "Ipv6CidrBlocks"): _subnet_ipv6,
    ("SecurityGroup", "GroupName"): lambda made: _name(made.new),
    ("EIP", "AllocationId"): _another("eipalloc", "allocation"),
    ("EIP", "PublicIp"): lambda made: made.physical_id,
    ("GatewayRouteTableAssociation", "AssociationId"): _another("rtbassoc", "association"),
    ("NatGateway", "EniId"): _another("eni", "interface"),
    ("Route", "CidrBlock"): _destination,
    ("VPCGatewayAttachment", "AttachmentType"): _attachment,
    ("VPCEndpoint", "CreationTimestamp"): lambda made: BEGINNING,
}
