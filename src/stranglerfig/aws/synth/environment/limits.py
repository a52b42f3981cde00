"""What AWS would refuse of an environment only while its stack is being made. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from stranglerfig.aws.synth.problems import NotDeployable, Problem
from stranglerfig.aws.synth.reading.logging import RETENTIONS
from stranglerfig.manifest.rules.given import Body, items, number, section, text, texts
from stranglerfig.manifest.rules.vpc import KINDS_OF_SUBNETS

_ACM = "acm"
#: of one balancer, in an account that has not asked for more, beside the first
_MOST_CERTIFICATES = 25


def check_environment(name: str, region: str, body: Body) -> None:
    """Raises ``NotDeployable`` with all problems."""
    problems = (*_of_certificates(region, body), *_of_network(region, section(body, "network", "vpc")))
    if problems:
        raise NotDeployable(f"environment {name}", region, problems)


def _of_network(region: str, vpc: Body) -> Iterator[Problem]:
    for kind in KINDS_OF_SUBNETS:
        for at, subnet in items(vpc, "subnets", kind):
            zone = text(subnet, "az")
            # Zones may be named as those of the account (eu-west-1a) or be local ones (us-west-2-lax-1a).
            if zone and not zone.startswith(region):
                yield f"network.vpc.subnets.{kind}[{at}].az", f"is {zone}, and the environment is in {region}"
    days = number(vpc, "flow_logs", "retention")
    if days is not None and days not in RETENTIONS:
        near = min(RETENTIONS, key=lambda known: abs(known - days))
        yield (
            "network.vpc.flow_logs.retention",
            f"{days} days are none of CloudWatch's: {near} are the nearest",
        )


def certificate_notes(body: Body) -> Iterator[str]:
    """Which quota the account has for these is told by no API of balancers: it may have more."""
    for kind in ("public", "private"):
        count = len(texts(body, "http", kind, "certificates"))
        if count > _MOST_CERTIFICATES + 1:
            yield (
                f"`http.{kind}.certificates` has {count} certificates, and a load balancer takes"
                f" {_MOST_CERTIFICATES + 1} where AWS was not asked for more: one for several names takes the place of"
                " many."
            )


def _of_certificates(region: str, body: Body) -> Iterator[Problem]:
    for kind in ("public", "private"):
        for at, arn in enumerate(texts(body, "http", kind, "certificates")):
            _, _, service, where, *_ = (*arn.split(":"), "", "", "", "")
            if service == _ACM and where != region:
                yield f"http.{kind}.certificates[{at}]", f"is of {where}, and a load balancer takes those of {region}"
