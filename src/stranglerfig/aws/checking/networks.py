"""What an environment's manifest imports: a network, and certificates. Who may not look goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from stranglerfig.aws.checking.lookups import found
from stranglerfig.aws.environments import Environment, session_that_stays
from stranglerfig.aws.session import Session
from stranglerfig.aws.synth.problems import NotDeployable, Problem
from stranglerfig.errors import NotFound, Refused, UsageError
from stranglerfig.manifest.rules.given import Body, items, section, text, texts
from stranglerfig.manifest.rules.vpc import KINDS_OF_SUBNETS


def check_imports(name: str, session: Session, region: str, body: Body) -> None:
    """Raises ``NotDeployable`` with all that is not there, and with subnets of other VPCs."""
    problems: list[Problem] = []
    with suppress(Refused):
        problems += _of_network(session, region, body)
    problems += _of_certificates(session, region, body)
    if problems:
        raise NotDeployable(f"environment {name}", region, problems)


def check_imports_of(env: Environment, body: Body) -> None:
    check_imports(env.name, session_that_stays(env), env.record.region, body)


def _of_network(session: Session, region: str, body: Body) -> Iterator[Problem]:
    vpc = section(body, "network", "vpc")
    imported = text(vpc, "id")
    if imported is None:
        return
    ec2 = session.client("ec2", region)
    if not found(ec2, "describe_vpcs", "Vpcs", "vpc-id", [imported]):
        yield "network.vpc.id", f"there is no VPC {imported} in {region}"
        return
    named = {
        f"network.vpc.subnets.{kind}[{at}].id": one
        for kind in KINDS_OF_SUBNETS
        for at, subnet in items(vpc, "subnets", kind)
        if (one := text(subnet, "id"))
    }
    named |= {f"http.private.subnets[{at}]": one for at, one in enumerate(texts(body, "http", "private", "subnets"))}
    subnets = found(ec2, "describe_subnets", "Subnets", "subnet-id", [*dict.fromkeys(named.values())])
    homes = {one["SubnetId"]: one["VpcId"] for one in subnets}
    for field, subnet in named.items():
        if subnet not in homes:
            yield field, f"there is no subnet {subnet} in {region}"
        elif homes[subnet] != imported:
            yield field, f"{subnet} is of VPC {homes[subnet]}, and not of {imported}"


def _of_certificates(session: Session, region: str, body: Body) -> Iterator[Problem]:
    """Those of the region: of which region they must be is told without looking."""
    for kind in ("public", "private"):
        for at, arn in enumerate(texts(body, "http", kind, "certificates")):
            if arn.split(":")[2:4] != ["acm", region]:
                continue
            try:
                session.client("acm", region).describe_certificate(CertificateArn=arn)
            except NotFound:
                yield f"http.{kind}.certificates[{at}]", f"there is no certificate {arn}"
            except (Refused, UsageError):
                continue
