"""The VPC with its subnets, and the way out of the private ones: one that exists, or a new one. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.environment.shape import ImportedVpc, ManagedVpc, Subnet
from stranglerfig.aws.synth.environment.values import ANYBODY, NAT, Plan, called, exported
from stranglerfig.aws.synth.template import (
    Call,
    Fragment,
    GetAtt,
    Output,
    Ref,
    Resource,
    Value,
    assemble,
    join,
    select,
)

#: of the way to the internet, which must be there before whoever is reached from there
ATTACHMENT = "InternetGatewayAttachment"


def network_fragment(plan: Plan) -> Fragment:
    vpc = plan.shape.vpc
    made = Fragment() if isinstance(vpc, ImportedVpc) else assemble(_vpc(vpc), _subnets(vpc), _nat(vpc))
    return assemble(made, Fragment(outputs=_outputs(plan)))


def _vpc(vpc: ManagedVpc) -> Fragment:
    itself: dict[str, Value] = {
        "CidrBlock": vpc.cidr,
        "EnableDnsHostnames": True,
        "EnableDnsSupport": True,
        "InstanceTenancy": "default",
        "Tags": called(),
    }
    way_out: dict[str, Value] = {
        "RouteTableId": Ref("PublicRouteTable"),
        "DestinationCidrBlock": ANYBODY,
        "GatewayId": Ref("InternetGateway"),
    }
    attachment = {"InternetGatewayId": Ref("InternetGateway"), "VpcId": Ref("VPC")}
    return Fragment(
        resources={
            "VPC": Resource(
                "AWS::EC2::VPC",
                itself,
                description="A Virtual Private Cloud to control networking of your AWS resources",
            ),
            "PublicRouteTable": Resource(
                "AWS::EC2::RouteTable",
                {"VpcId": Ref("VPC"), "Tags": called()},
                description="A custom route table that directs network traffic for the public subnets",
            ),
            "DefaultPublicRoute": Resource("AWS::EC2::Route", way_out, depends_on=(ATTACHMENT,)),
            "InternetGateway": Resource(
                "AWS::EC2::InternetGateway",
                {"Tags": called()},
                description="An Internet Gateway to connect to the public internet",
            ),
            ATTACHMENT: Resource("AWS::EC2::VPCGatewayAttachment", attachment),
        }
    )


def _subnets(vpc: ManagedVpc) -> Fragment:
    found: dict[str, Resource] = {}
    for number, subnet in enumerate(vpc.public, 1):
        found[f"PublicSubnet{number}"] = _subnet(
            subnet, number, f"-pub{number - 1}", f"Public subnet {number} for resources that can access the internet"
        )
        found[f"PublicSubnet{number}RouteTableAssociation"] = Resource(
            "AWS::EC2::SubnetRouteTableAssociation",
            {"RouteTableId": Ref("PublicRouteTable"), "SubnetId": Ref(f"PublicSubnet{number}")},
        )
    for number, subnet in enumerate(vpc.private, 1):
        found[f"PrivateSubnet{number}"] = _subnet(
            subnet, number, f"-priv{number - 1}", f"Private subnet {number} for resources with no internet access"
        )
    return Fragment(resources=found)


def _subnet(subnet: Subnet, number: int, suffix: str, description: str) -> Resource:
    zone: Value = subnet.zone or select(number - 1, Call("Fn::GetAZs", ""))
    properties: dict[str, Value] = {
        "CidrBlock": subnet.cidr,
        "VpcId": Ref("VPC"),
        "AvailabilityZone": zone,
        "MapPublicIpOnLaunch": suffix.startswith("-pub"),
        "Tags": called(suffix),
    }
    return Resource("AWS::EC2::Subnet", properties, description=description)


def _nat(vpc: ManagedVpc) -> Fragment:
    """One gateway a private subnet, so that a zone that fails takes no other with it."""
    found: dict[str, Resource] = {}
    for number, _ in enumerate(vpc.private, 1):
        found |= _gateway(number)
    return Fragment(resources=found)


def _gateway(number: int) -> dict[str, Resource]:
    gateway: dict[str, Value] = {
        "AllocationId": GetAtt(f"NatGateway{number}Attachment", "AllocationId"),
        "SubnetId": Ref(f"PublicSubnet{number}"),
        "Tags": called(f"-{number - 1}"),
    }
    way_out: dict[str, Value] = {
        "RouteTableId": Ref(f"PrivateRouteTable{number}"),
        "DestinationCidrBlock": ANYBODY,
        "NatGatewayId": Ref(f"NatGateway{number}"),
    }
    association = {"RouteTableId": Ref(f"PrivateRouteTable{number}"), "SubnetId": Ref(f"PrivateSubnet{number}")}
    return {
        f"NatGateway{number}Attachment": Resource(
            "AWS::EC2::EIP",
            {"Domain": "vpc"},
            description=f"An Elastic IP for NAT Gateway {number}",
            condition=NAT,
            depends_on=(ATTACHMENT,),
        ),
        f"NatGateway{number}": Resource(
            "AWS::EC2::NatGateway",
            gateway,
            description=f"NAT Gateway {number} enabling workloads placed in private subnet {number} "
            "to reach the internet",
            condition=NAT,
        ),
        f"PrivateRouteTable{number}": Resource("AWS::EC2::RouteTable", {"VpcId": Ref("VPC")}, condition=NAT),
        f"PrivateRoute{number}": Resource("AWS::EC2::Route", way_out, condition=NAT),
        f"PrivateRouteTable{number}Association": Resource(
            "AWS::EC2::SubnetRouteTableAssociation", association, condition=NAT
        ),
    }


def _outputs(plan: Plan) -> dict[str, Output]:
    found = {"VpcId": exported(plan.vpc, "VpcId")}
    if plan.public_subnets:
        found["PublicSubnets"] = exported(join(",", *plan.public_subnets), "PublicSubnets")
    if plan.private_subnets:
        found["PrivateSubnets"] = exported(join(",", *plan.private_subnets), "PrivateSubnets")
    if isinstance(plan.shape.vpc, ImportedVpc):
        return found
    tables = [Ref(f"PrivateRouteTable{number}") for number, _ in enumerate(plan.shape.vpc.private, 1)]
    found |= {
        "InternetGatewayID": exported(Ref("InternetGateway"), "InternetGatewayID"),
        "PublicRouteTableID": exported(Ref("PublicRouteTable"), "PublicRouteTableID"),
    }
    if tables:
        found["PrivateRouteTableIDs"] = exported(join(",", *tables), "PrivateRouteTableIDs", NAT)
    return found
