"""Stacks of one-off tasks deploy, by our own code, to moto's CloudFormation: first without an image, then with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.aws.one_off.inherited import to_declared
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.values import Ended, Stack, to_order
from stranglerfig.aws.synth.names import task_stack
from stranglerfig.aws.synth.one_off import OneOffTask, task_template
from stranglerfig.aws.synth.template import to_tree
from tests.aws.goldens import TASK, GoldenCase, all_goldens

MIGRATE = OneOffTask("migrate", command=("python", "manage.py", "migrate"), variables={"LEVEL": "info"})


def bring(session: Session, task: OneOffTask) -> Stack:
    outcome = deploy(to_order(task_stack(task.group), to_tree(task_template(task))), Deploying(session))
    assert outcome.ended is Ended.DEPLOYED
    assert outcome.stack is not None
    return outcome.stack


def test_a_task_is_defined_once_its_image_is_there(session: Session) -> None:
    stack = bring(session, MIGRATE)
    [repository] = session.client("ecr").describe_repositories(repositoryNames=["copilot-migrate"])["repositories"]
    assert stack.outputs["ECRRepo"] == repository["repositoryArn"]
    assert session.client("ecs").list_task_definitions(familyPrefix="copilot-migrate")["taskDefinitionArns"] == []

    image = f"{repository['repositoryUri']}:latest"
    bring(session, replace(MIGRATE, image=image))
    definition = session.client("ecs").describe_task_definition(taskDefinition="copilot-migrate")["taskDefinition"]
    [container] = definition["containerDefinitions"]
    assert (container["image"], container["command"]) == (image, ["python", "manage.py", "migrate"])
    assert container["environment"] == [{"name": "LEVEL", "value": "info"}]


def test_a_task_may_read_all_its_files_of_variables_and_nothing_beside_them() -> None:
    files = ("arn:aws:s3:::own/manual/a.env", "arn:aws:s3:::artifacts/manual/b.env", "arn:aws:s3:::artifacts/c.env")
    task = replace(MIGRATE, image="example.com/migrate:1", env_files=files, env_key="arn:aws:kms:eu-west-1:1:key/k")

    resources: Any = to_tree(task_template(task))["Resources"]

    [container] = resources["TaskDefinition"]["Properties"]["ContainerDefinitions"]
    assert [one["Value"] for one in container["EnvironmentFiles"]] == list(files)
    [policy] = resources["DefaultExecutionRole"]["Properties"]["Policies"]
    allowed = {one["Action"][0]: one["Resource"] for one in policy["PolicyDocument"]["Statement"]}
    assert allowed == {
        "s3:GetObject": list(files),
        "s3:GetBucketLocation": ["arn:aws:s3:::own", "arn:aws:s3:::artifacts"],
        "kms:Decrypt": ["arn:aws:kms:eu-west-1:1:key/k"],
    }


@pytest.mark.parametrize("case", [one for one in all_goldens() if one.input.name == TASK], ids=lambda case: case.name)
def test_a_case_deploys(case: GoldenCase, session: Session) -> None:
    order = to_order(f"case-{case.name}", renamed(case))

    assert deploy(order, Deploying(session)).ended is Ended.DEPLOYED


def renamed(case: GoldenCase) -> dict[str, object]:
    """Each with names of its own, for they are all there at once."""
    template = case.template()
    resources = {
        id: replace(one, properties={**one.properties, **named(one.type, case.name)})
        for id, one in template.body.resources.items()
    }
    return to_tree(replace(template, body=replace(template.body, resources=resources)))


def named(kind: str, name: str) -> dict[str, str]:
    match kind:
        case "AWS::ECR::Repository":
            return {"RepositoryName": f"copilot-{name}"}
        case "AWS::Logs::LogGroup":
            return {"LogGroupName": f"/copilot/{name}"}
        case _:
            return {}


def test_what_ecs_describes_is_declared_in_the_words_of_cloudformation() -> None:
    shown = {
        "name": "data",
        "efsVolumeConfiguration": {
            "fileSystemId": "fs-1",
            "transitEncryption": "ENABLED",
            "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"},
        },
    }

    assert to_declared([shown]) == [
        {
            "Name": "data",
            "EFSVolumeConfiguration": {
                "FilesystemId": "fs-1",
                "TransitEncryption": "ENABLED",
                "AuthorizationConfig": {"AccessPointId": "fsap-1", "IAM": "ENABLED"},
            },
        }
    ]
