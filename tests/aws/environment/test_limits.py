"""What AWS would refuse of an environment while its stack is being made is refused before."""

from __future__ import annotations

import pytest

from stranglerfig.aws.synth.environment.limits import check_environment
from stranglerfig.aws.synth.problems import NotDeployable


def test_zones_certificates_and_days_are_checked_by_their_fields() -> None:
    certificates = ["arn:aws:acm:us-east-1:1:certificate/1", "arn:aws:acm:eu-west-1:1:certificate/1"]
    subnets = {"private": [{"cidr": "10.0.0.0/24", "az": "us-east-1a"}, {"cidr": "10.0.1.0/24", "az": "eu-west-1a"}]}
    body = {
        "http": {"private": {"certificates": certificates}},
        "network": {"vpc": {"subnets": subnets, "flow_logs": {"retention": 10}}},
    }

    with pytest.raises(NotDeployable) as refused:
        check_environment("prod", "eu-west-1", body)

    assert refused.value.problems == (
        ("http.private.certificates[0]", "is of us-east-1, and a load balancer takes those of eu-west-1"),
        ("network.vpc.subnets.private[0].az", "is us-east-1a, and the environment is in eu-west-1"),
        ("network.vpc.flow_logs.retention", "10 days are none of CloudWatch's: 7 are the nearest"),
    )
