"""What the roles of an environment may do, and how long it is to say so."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.aws.synth.environment.rights import execution_statements, services_of, stem
from stranglerfig.aws.synth.facts import AppFacts, EnvFacts
from stranglerfig.aws.synth.template import to_value
from tests.aws.goldens import GoldenCase, all_goldens
from tests.aws.rights.policies import FACTS, NAMES, TAGS, Policies, policies_of, resolved

CASES = tuple(case for case in all_goldens() if case.name.startswith("env-") and "Certificate" not in case.tree())
#: of all policies that stand in a role together, without blanks; in characters
LONGEST = 10_240
LONG = {
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "ap-southeast-1",
    "AWS::AccountId": "1" * 12,
    "AWS::StackName": "a" * 25 + "-" + "e" * 25,
    "AppName": "a" * 25,
    "EnvironmentName": "e" * 25,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_policies_of_a_role_are_not_longer_than_they_may_be(case: GoldenCase) -> None:
    resources: Any = case.tree()["Resources"]
    roles = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::IAM::Role"]
    lengths = [sum(length(one["PolicyDocument"]) for one in role.get("Policies", ())) for role in roles]

    assert max(lengths, default=0) <= LONGEST


def length(document: Any) -> int:
    return len(json.dumps(resolved(document, LONG), separators=(",", ":")))


def test_rights_end_with_what_is_named_after_the_environment() -> None:
    found = json.dumps([to_value(one) for one in execution_statements(env())])

    assert ":sns:${AWS::Region}:${AWS::AccountId}:forum-test-*" in found
    assert ":dynamodb:${AWS::Region}:${AWS::AccountId}:table/forum-test-*" in found
    assert ":ecs:${AWS::Region}:${AWS::AccountId}:*/forum-test-*" in found


def test_every_service_that_our_templates_make_things_of_has_rights() -> None:
    trees: list[Any] = [case.tree() for case in all_goldens()]

    assert services_of(one["Type"] for tree in trees for one in tree["Resources"].values()) == frozenset()


def test_names_are_known_by_as_much_as_cloudformation_keeps_of_them() -> None:
    assert stem(env("an-application-of-many-words")) == "an-application-of-many-w*"


def test_roles_are_made_and_changed_only_with_the_tags_of_the_environment() -> None:
    statements: list[Any] = [to_value(one) for one in execution_statements(env())]
    by_action = {action: one for one in statements for action in one["Action"]}

    for action, kind in (("iam:CreateRole", "RequestTag"), ("iam:PutRolePolicy", "ResourceTag")):
        tags = {f"aws:{kind}/copilot-application": {"Ref": "AppName"}}
        assert by_action[action]["Condition"]["StringEquals"].items() >= tags.items()


CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/forum-test-Cluster-1x"
ROLES, PASSED_TO = "arn:aws:iam::111122223333:role", "cloudformation.amazonaws.com"
#: What fig asks for as the environment's manager, and of what.
ASKED = {
    "acm:DescribeCertificate": "arn:aws:acm:eu-west-1:111122223333:certificate/11111111-aaaa-bbbb-cccc-000000000001",
    "cloudformation:CreateChangeSet": "arn:aws:cloudformation:eu-west-1:111122223333:stack/forum-test-api/1",
    "cloudformation:DescribeStacks": "*",
    "cloudformation:ExecuteChangeSet": "arn:aws:cloudformation:eu-west-1:111122223333:stack/forum-test/1",
    "cloudformation:GetTemplate": "arn:aws:cloudformation:eu-west-1:111122223333:stack/task-migrate/1",
    "cloudfront:CreateInvalidation": "arn:aws:cloudfront::111122223333:distribution/E1",
    "ec2:DescribeManagedPrefixLists": "*",
    "ec2:DescribeSubnets": "*",
    "ecr:GetAuthorizationToken": "*",
    "ecr:PutImage": "arn:aws:ecr:eu-west-1:999900001111:repository/forum/api",
    "ecs:DescribeServices": "arn:aws:ecs:eu-west-1:111122223333:service/forum-test-Cluster-1x/forum-test-api-1x",
    "ecs:DescribeTaskDefinition": "*",
    "ecs:ExecuteCommand": "arn:aws:ecs:eu-west-1:111122223333:task/forum-test-Cluster/1",
    "ecs:ListTasks": "*",
    "elasticloadbalancing:DescribeRules": "*",
    "elasticloadbalancing:ModifyRule": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/x/1/2/3",
    "iam:PassRole": "arn:aws:iam::111122223333:role/forum-test-CFNExecutionRole",
    "kms:GenerateDataKey": "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d",
    "logs:FilterLogEvents": "arn:aws:logs:eu-west-1:111122223333:log-group:/copilot/forum-test-api:log-stream:x",
    "route53:GetHostedZone": "arn:aws:route53:::hostedzone/Z1",
    "s3:DeleteObjectVersion": "arn:aws:s3:::forum-test-elbaccesslogsbucket-1x/AWSLogs/1",
    "s3:ListBucketVersions": "arn:aws:s3:::forum-test-elbaccesslogsbucket-1x",
    "s3:PutObject": "arn:aws:s3:::artifacts-of-forum/manual/x",
    "ssm:PutParameter": "arn:aws:ssm:eu-west-1:111122223333:parameter/copilot/forum/test/secrets/password",
    "ssm:DeleteParameter": "arn:aws:ssm:eu-west-1:111122223333:parameter/copilot/applications/forum/environments/test"
    "/rules/public/http/00001",
    "ssm:AddTagsToResource": "arn:aws:ssm:eu-west-1:111122223333:parameter/copilot/applications/forum/environments/test"
    "/shifts/shop/users",
    "ssm:GetParameterHistory": "arn:aws:ssm:eu-west-1:111122223333:parameter/copilot/applications/forum/environments"
    "/test/shifts/shop/users",
    "states:StartExecution": "arn:aws:states:eu-west-1:111122223333:stateMachine:forum-test-nightly",
}
NOT_TO_BE_HAD = {
    "cloudformation:DeleteStack": "arn:aws:cloudformation:eu-west-1:111122223333:stack/other/1",
    "s3:PutObject": "arn:aws:s3:::other/x",
    "s3:DeleteObject": "arn:aws:s3:::artifacts-of-forum/manual/x",
    "ssm:PutParameter": "arn:aws:ssm:eu-west-1:111122223333:parameter/copilot/applications/forum",
    "iam:CreateRole": "arn:aws:iam::111122223333:role/other",
    "ec2:TerminateInstances": "*",
}


#: Of stacks of one-off tasks, whose names do not begin as the environment's.
OF_TASKS = (
    ("ecr:BatchDeleteImage", "arn:aws:ecr:eu-west-1:111122223333:repository/copilot-migrate"),
    ("ecr:PutImage", "arn:aws:ecr:eu-west-1:111122223333:repository/copilot-migrate"),
    ("ecs:RunTask", "arn:aws:ecs:eu-west-1:111122223333:task-definition/copilot-migrate:1"),
    ("ecs:StopTask", "arn:aws:ecs:eu-west-1:111122223333:task/forum-test-Cluster/1"),
    ("ecs:TagResource", "arn:aws:ecs:eu-west-1:111122223333:task/forum-test-Cluster/1"),
    ("iam:PassRole", "arn:aws:iam::111122223333:role/task-migrate-DefaultTaskRole-1X"),
    ("logs:FilterLogEvents", "arn:aws:logs:eu-west-1:111122223333:log-group:/copilot/migrate:log-stream:x"),
    ("s3:DeleteObjectVersion", "arn:aws:s3:::task-migrate-s3bucket-1x/manual/env-files/1.env"),
    ("s3:GetBucketVersioning", "arn:aws:s3:::task-migrate-s3bucket-1x"),
    ("s3:PutObject", "arn:aws:s3:::task-migrate-s3bucket-1x/manual/env-files/1.env"),
)


@pytest.mark.parametrize(("action", "resource"), OF_TASKS)
def test_the_manager_of_an_environment_may_run_tasks_there_and_take_them_away(action: str, resource: str) -> None:
    assert of_manager().may(action, resource)


def test_stacks_of_one_off_tasks_can_be_made_in_an_environment() -> None:
    for action, resource in (
        ("s3:CreateBucket", "arn:aws:s3:::task-migrate-s3bucket-1x"),
        ("ecr:CreateRepository", "arn:aws:ecr:eu-west-1:111122223333:repository/copilot-migrate"),
        ("logs:CreateLogGroup", "arn:aws:logs:eu-west-1:111122223333:log-group:/copilot/migrate"),
        ("iam:CreateRole", f"{ROLES}/task-migrate-DefaultTaskRole-1X"),
        ("iam:PassRole", f"{ROLES}/task-migrate-DefaultTaskRole-1X"),
    ):
        assert execution(env()).may(action, resource), action


@pytest.mark.parametrize("action", ASKED)
def test_the_manager_of_an_environment_may_do_what_fig_does_as_it(action: str) -> None:
    assert of_manager().may(action, ASKED[action])


@pytest.mark.parametrize("action", NOT_TO_BE_HAD)
def test_the_manager_of_an_environment_may_do_nothing_to_what_is_not_of_it(action: str) -> None:
    assert not of_manager().may(action, NOT_TO_BE_HAD[action])


def of_manager() -> Policies:
    case = next(case for case in all_goldens() if case.name == "env-https-imported-certificates")
    tree: Any = case.tree()
    return policies_of(
        tree["Resources"]["EnvironmentManagerRole"],
        NAMES,
        **{"iam:PassedToService": PASSED_TO, "ecs:CreateAction": "RunTask", "ecs:cluster": CLUSTER},
    )


def execution(of: EnvFacts, **facts: str) -> Policies:
    statements = [resolved(to_value(one)) for one in execution_statements(of)]
    return Policies(tuple(statements), {**FACTS, **facts})


def test_roles_of_the_environment_are_passed_on_by_their_names() -> None:
    untagged = execution(env()), replace(of_manager(), facts={"iam:PassedToService": "ecs-tasks.amazonaws.com"})

    for policies in untagged:
        assert policies.may("iam:PassRole", f"{ROLES}/forum-test-api-TaskRole-0A1B")
        assert policies.may("iam:PassRole", f"{ROLES}/task-migrate-DefaultTaskRole-0A1B")
        assert not policies.may("iam:PassRole", f"{ROLES}/admin")
    assert not replace(of_manager(), facts={"iam:PassedToService": "lambda.amazonaws.com"}).may(
        "iam:PassRole", f"{ROLES}/forum-test-api-TaskRole-0A1B"
    )


def test_policies_of_addons_can_be_changed_and_those_of_others_in_the_account_cannot() -> None:
    policies = execution(env())

    for action in ("iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy"):
        assert policies.may(action, "arn:aws:iam::111122223333:policy/forum-test-api-AddonsStack-1X-Access-0A1B")
        assert not policies.may(action, "arn:aws:iam::111122223333:policy/administrators")


def test_a_role_that_a_user_made_for_tasks_is_known_by_the_environment_s_tags() -> None:
    for service, wanted in (("ecs-tasks", True), ("lambda", False)):
        policies = execution(env(), **{f"iam:ResourceTag/{tag}": value for tag, value in TAGS.items()})
        passed = replace(policies, facts={**policies.facts, "iam:PassedToService": f"{service}.amazonaws.com"})
        assert passed.may("iam:PassRole", f"{ROLES}/mine") is wanted


def test_templates_of_addons_can_be_read_that_another_account_s_key_has_encrypted() -> None:
    key = "arn:aws:kms:eu-west-1:999900001111:key/0a1b2c3d"

    assert execution(replace(env(), key=key)).may("kms:Decrypt", key)
    assert not execution(env()).may("kms:Decrypt", key)


def test_addons_are_made_after_the_rights_to_make_them() -> None:
    case = next(case for case in all_goldens() if case.name == "env-everything")
    tree: Any = case.tree()

    assert tree["Resources"]["AddonsStack"]["DependsOn"] == ["CloudformationExecutionRole"]


def test_a_certificate_for_cloudfront_is_made_in_the_account_of_the_environment() -> None:
    by_name = {case.name: json.dumps(case.tree()["Resources"]) for case in all_goldens()}
    certificates = "acm:us-east-1:${AWS::AccountId}:certificate/*"
    stack = "cloudformation:us-east-1:${AWS::AccountId}:stack/${AppName}-${EnvironmentName}-cdn-certificate/*"

    for case, wants_one in (("env-cdn-with-a-domain", True), ("env-cdn-in-its-own-region", False), ("env-cdn", False)):
        assert [certificates in by_name[case], stack in by_name[case]] == [wants_one] * 2, case


def test_services_of_addons_come_to_the_rights_for_as_long_as_they_are_known() -> None:
    def actions(*services: str) -> set[str]:
        statements: list[Any] = [to_value(one) for one in execution_statements(env(), services)]
        return {action for one in statements for action in one["Action"]}

    assert actions("es", "mq") - actions() == {"es:*", "mq:*"}


def env(app: str = "forum") -> EnvFacts:
    return EnvFacts(AppFacts(app, "111122223333", "eu-west-1"), "test", "111122223333", "eu-west-1", bucket="artifacts")


def test_the_manager_in_another_account_deletes_none_of_its_zones() -> None:
    """Nor could it be told whose they are: no condition knows the name of a zone."""
    [case] = [case for case in CASES if case.name == "env-domain-in-another-account"]
    resources: Any = case.tree()["Resources"]

    manager = json.dumps(resources["EnvironmentManagerRole"])

    assert ("route53:ListHostedZones" in manager, "route53:DeleteHostedZone" in manager) == (True, False)
