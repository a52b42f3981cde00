"""Whatever our templates have, CloudFormation may make, change and take away in the roles that it acts in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from tests.aws.goldens import APPLICATION, PROXY, TASK, all_goldens
from tests.aws.rights.policies import Policies, policies_of
from tests.aws.rights.reference import Action, actions, asked_by, types_of_goldens


@dataclass(frozen=True)
class Place:
    """Stacks that a role makes, which is in the template of ``case``: which cases they are, and what things in them are
    called."""

    name: str
    case: str
    role: str
    inputs: tuple[str, ...]
    stack: str
    names: Mapping[str, str] = field(default_factory=dict)

    def types(self) -> list[str]:
        trees: list[Any] = [case.tree() for case in all_goldens() if case.input.name in self.inputs]
        return sorted({one["Type"] for tree in trees for one in tree["Resources"].values()})


PLACES = (
    Place(
        "environment",
        "env-minimal",
        "CloudformationExecutionRole",
        ("environment.yml", "manifest.yml", PROXY),
        "forum-test",
        {"LogGroupName": "/copilot/forum-test-users"},
    ),
    Place(
        "one-off task",
        "env-minimal",
        "CloudformationExecutionRole",
        (TASK,),
        "task-migrate",
        {
            "LogGroupName": "/copilot/migrate",
            "RepositoryName": "copilot-migrate",
            "TaskDefinitionFamilyName": "copilot-migrate",
        },
    ),
    Place(
        "application",
        "app-roles",
        "ExecutionRole",
        (APPLICATION,),
        "stackset-forum-infrastructure-1",
        {"RepositoryName": "forum/users"},
    ),
)
#: by the user's own rights, before there is a role: what an application and an environment begin with
BY_THE_USER = {
    "application": {"AWS::IAM::Role", "AWS::Route53::HostedZone", "AWS::Route53::RecordSet"}
    | {"AWS::CertificateManager::Certificate"}
}
#: Of handlers, what serves something that no template of ours says: the type, its actions, and what that would be.
NOT_NEEDED = (
    ("AWS::CertificateManager::Certificate", "acm-pca:*", "certificates of an authority of one's own"),
    ("AWS::CloudFront::Distribution", "cloudfront:CreateConnectionGroup", "distributions for many tenants"),
    ("AWS::EC2::FlowLog", "autoscaling:DescribeTags", "nothing that a log of flows has"),
    ("AWS::EC2::VPCEndpoint", "vpc-lattice:*", "endpoints of networks of services"),
    ("AWS::EC2::VPCEndpoint", "vpce:AllowMultiRegion", "endpoints in other regions"),
    ("AWS::EC2::VPCGatewayAttachment", "ec2:*VpnGateway", "gateways of private networks"),
    ("AWS::ECR::Repository", "kms:*Grant", "images encrypted by a key of one's own"),
    ("AWS::ECS::Cluster", "ecs:PutAccountSetting*", "settings of a whole account"),
    ("AWS::ElasticLoadBalancingV2::Listener*", "cognito-idp:*", "balancers that ask who a user is"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "ec2:DescribeIpamPools", "addresses out of a pool"),
    ("AWS::Logs::LogGroup", "firehose:*", "logs that are sent on"),
    ("AWS::Logs::LogGroup", "logs:*tIndexPolicy", "fields that are indexed"),
    ("AWS::Logs::LogGroup", "logs:DeleteIndexPolicy", "fields that are indexed"),
    ("AWS::Route53::HostedZone", "route53:*QueryLoggingConfig", "logs of questions"),
    ("AWS::Route53::HostedZone", "route53:UpdateHostedZoneFeatures", "zones that recover faster"),
    ("AWS::S3::Bucket", "iam:PassRole", "copies in other buckets"),
    ("AWS::S3::Bucket", "s3:*BucketMetadata*", "tables of what is in a bucket"),
    ("AWS::S3::Bucket", "s3:DeleteObject", "tables of what is in a bucket"),
    ("AWS::S3::Bucket", "s3:PutObjectAcl", "objects with rights of their own"),
    ("AWS::S3::Bucket", "s3tables:*", "tables of what is in a bucket"),
    ("AWS::StepFunctions::StateMachine", "s3:GetObject*", "definitions in a bucket"),
)

CASES = [(place, kind) for place in PLACES for kind in place.types() if kind not in BY_THE_USER.get(place.name, ())]


@pytest.mark.parametrize(("place", "kind"), CASES, ids=lambda one: one.name if isinstance(one, Place) else one)
def test_a_role_may_do_to_a_resource_what_cloudformation_does(place: Place, kind: str) -> None:
    asked = asked_by(kind)

    assert asked, f"nothing is known of {kind}"
    assert [one for one in asked if not is_needless(kind, one) and not is_allowed(place, one)] == []


def test_what_is_called_needless_is_asked_for_and_not_allowed() -> None:
    lacking = [(kind, one) for place, kind in CASES for one in asked_by(kind) if not is_allowed(place, one)]

    assert [entry for entry in NOT_NEEDED if not any(is_meant(entry, *one) for one in lacking)] == []


def test_roles_in_another_account_may_have_certificates_of_sites_where_cloudfront_looks_for_them() -> None:
    case, kind = "env-domain-in-another-account", "AWS::CertificateManager::Certificate"
    edge = Place("site", case, "CloudformationExecutionRole", (), "forum-test", {"Region": "us-east-1"})
    stack = "arn:aws:cloudformation:us-east-1:111122223333:stack/{}/0a1b"
    manager = role_policies(case, "EnvironmentManagerRole")

    assert [one for one in asked_by(kind) if not is_needless(kind, one) and not is_allowed(edge, one)] == []
    assert manager.may("cloudformation:CreateChangeSet", stack.format("forum-test-docs-certificate"))
    assert not manager.may("cloudformation:CreateChangeSet", stack.format("other-test-docs-certificate"))
    assert not is_allowed(replace(edge, case="env-domain"), "acm:DeleteCertificate"), "by the user's own rights there"


def is_needless(kind: str, action: str) -> bool:
    return any(is_meant(entry, kind, action) for entry in NOT_NEEDED)


def is_meant(entry: tuple[str, str, str], kind: str, action: str) -> bool:
    return fnmatchcase(kind, entry[0]) and fnmatchcase(action, entry[1])


def is_allowed(place: Place, action: str) -> bool:
    policies, known = role_policies(place.case, place.role), actions().get(action, Action())
    if action == "iam:CreateServiceLinkedRole":
        return policies.may(action, "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/Any")
    if known.about:
        return all(policies.may(action, arn) for arn in arns(place, known.about))
    if known.perhaps:
        return any(policies.may(action, arn) for arn in ("*", *arns(place, known.perhaps)))
    return policies.may(action)


def arns(place: Place, forms: tuple[str, ...]) -> Iterator[str]:
    """Of something that ``place`` has: where nothing else is known, its name begins as its stack's does."""
    known = {"Partition": "aws", "Region": "eu-west-1", "Account": "111122223333", **place.names}
    for form in forms:
        yield re.sub(r"\$\{(\w+)\}", lambda part: known.get(part[1], f"{place.stack}-thing-0a1b"), form)


@cache
def role_policies(case: str, role: str) -> Policies:
    tree: Any = next(one for one in all_goldens() if one.name == case).tree()
    return policies_of(tree["Resources"][role])


def test_the_reference_knows_every_type_that_a_template_has() -> None:
    assert [kind for kind in types_of_goldens() if not asked_by(kind)] == []
