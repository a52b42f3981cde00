"""A load balancer that somebody else made, which services are put behind by `http.alb`."""

from __future__ import annotations

from stranglerfig.aws.session import Session

UNAVAILABLE = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}


def foreign_listener(session: Session) -> tuple[str, str]:
    """The id of its VPC, and the ARN of its listener on port 80, which has no rule but the default one."""
    ec2, elbv2 = session.client("ec2"), session.client("elbv2")
    vpc = str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{at}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for at, zone in enumerate("ab")
    ]
    balancer = elbv2.create_load_balancer(Name="company", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    made = elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[UNAVAILABLE])
    return vpc, str(made["Listeners"][0]["ListenerArn"])
