"""What AWS would refuse of an environment only while its stack is being made. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from stranglerfig.aws.synth.problems import NotDeployable, Problem
from stranglerfig.manifest.rules.given import Body, texts

_ACM = "acm"


def check_environment(name: str, region: str, body: Body) -> None:
    """Raises ``NotDeployable`` with all problems."""
    problems = tuple(_of_certificates(region, body))
    if problems:
        raise NotDeployable(f"environment {name}", region, problems)


def _of_certificates(region: str, body: Body) -> Iterator[Problem]:
    for kind in ("public", "private"):
        for at, arn in enumerate(texts(body, "http", kind, "certificates")):
            _, _, service, where, *_ = (*arn.split(":"), "", "", "", "")
            if service == _ACM and where != region:
                yield f"http.{kind}.certificates[{at}]", f"is of {where}, and a load balancer takes those of {region}"
