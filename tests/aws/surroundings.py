"""What cases take for granted, on moto: zones, certificates, networks and balancers that somebody else has made."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, TypeVar

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.values import to_order
from tests.aws.standin.cloud import REGION

VPC = "vpc-0a1b2c3d"
TAKEN_FOR_GRANTED = re.compile(
    rf"arn:aws:acm:[a-z0-9-]+:\d+:certificate/[\w-]+|{VPC}|subnet-[0-9a-f]+|sg-[0-9a-f]+|\bZ0[A-Z]+\b"
    r"|arn:aws:elasticloadbalancing:[a-z0-9-]+:\d+:listener/app/[\w/-]+"
)
#: By zone; others have domains of their own.
DOMAINS = {
    "Z0ROOT": "example.com",
    "Z0HOSTEDZONE": "example.com",
    "Z0FORUM": "forum.example.com",
    "Z0APPZONE": "forum.example.com",
}
T = TypeVar("T")


@dataclass
class Surroundings:
    """They come to be when a case names them, under the names that they have here."""

    session: Session
    names: dict[str, str] = field(default_factory=dict)
    balancers: dict[str, str] = field(default_factory=dict)

    def in_its_names(self, value: T) -> T:
        """``value`` is anything that JSON can hold."""
        text = json.dumps(value)
        for found in dict.fromkeys(TAKEN_FOR_GRANTED.findall(text)):
            if found not in self.names:
                self.names[found] = self.made(found)
        for said, here in self.names.items():
            text = text.replace(said, here)
        renamed: T = json.loads(text)
        return renamed

    def export(self, *names: str) -> None:
        """By a stack that all of the user's others share."""
        outputs = {f"Shared{at}": {"Value": name, "Export": {"Name": name}} for at, name in enumerate(names)}
        tree = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": outputs}
        deploy(to_order("shared", tree), Deploying(self.session))

    def made(self, name: str) -> str:
        found: dict[str, Any]
        match name.partition("-")[0].partition(":")[0]:
            case "arn":
                return self.listener(name) if ":listener/" in name else self.certificate()
            case "vpc":
                found = self.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")
                return str(found["Vpc"]["VpcId"])
            case "subnet":
                return self.subnet(len(self.names))
            case "sg":
                found = self.client("ec2").create_security_group(
                    GroupName=name[1:], Description="one", VpcId=self.in_its_names(VPC)
                )
                return str(found["GroupId"])
            case _:
                domain = DOMAINS.get(name, f"{name.lower()}.example")
                found = self.client("route53").create_hosted_zone(Name=domain, CallerReference=name)
                return str(found["HostedZone"]["Id"]).rpartition("/")[2]

    def certificate(self) -> str:
        return str(self.client("acm").request_certificate(DomainName="example.com")["CertificateArn"])

    def subnet(self, at: int) -> str:
        zone = f"{REGION}{'ab'[at % 2]}"
        where = {"CidrBlock": f"10.9.{at}.0/24", "AvailabilityZone": zone, "VpcId": self.in_its_names(VPC)}
        return str(self.client("ec2").create_subnet(**where)["Subnet"]["SubnetId"])

    def listener(self, name: str) -> str:
        balancer = name.split("/")[2]
        elb = self.client("elbv2")
        if balancer not in self.balancers:
            subnets = [self.subnet(100 + 2 * len(self.balancers)), self.subnet(101 + 2 * len(self.balancers))]
            [made] = elb.create_load_balancer(Name=balancer, Subnets=subnets)["LoadBalancers"]
            self.balancers[balancer] = made["LoadBalancerArn"]
        answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        [made] = elb.create_listener(
            LoadBalancerArn=self.balancers[balancer],
            Protocol="HTTP",
            Port=8000 + len(self.names),
            DefaultActions=[answer],
        )["Listeners"]
        return str(made["ListenerArn"])

    def client(self, service: str) -> Any:
        return self.session.client(service)
