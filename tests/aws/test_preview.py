"""What a change set would do, and what would be lost by it; what a status lets one do."""

from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.aws.stacks.preview import Loss, to_changes, to_notes, to_removals, to_warnings
from stranglerfig.aws.stacks.services import to_line, to_stream
from stranglerfig.aws.stacks.states import Step, has_ended, next_step
from stranglerfig.aws.stacks.values import Action, Change, StackResource


def changed(kind: str, action: str = "Modify", **others: Any) -> dict[str, Any]:
    shown = {"Action": action, "LogicalResourceId": "It", "ResourceType": kind, **others}
    return {"Type": "Resource", "ResourceChange": shown}


GROUP, BUCKET = "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::S3::Bucket"


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        (changed(GROUP, "Add"), Action.ADD),
        (changed(GROUP, "Import"), Action.IMPORT),
        (changed(GROUP, "Remove"), Action.REMOVE),
        (changed(GROUP, Replacement="False"), Action.MODIFY),
        (changed(GROUP, Replacement="True"), Action.REPLACE),
        (changed(GROUP, Replacement="Conditional"), Action.MAYBE_REPLACE),
    ],
)
def test_a_change_is_one_of_six(answer: dict[str, Any], action: Action) -> None:
    assert [change.action for change in to_changes([answer])] == [action]


def test_what_is_replaced_names_the_properties_that_cannot_be_changed_in_place() -> None:
    details = [
        {"Target": {"Attribute": "Properties", "Name": "Port", "RequiresRecreation": "Always"}},
        {"Target": {"Attribute": "Properties", "Name": "HealthCheckPath", "RequiresRecreation": "Never"}},
        {"Target": {"Attribute": "Tags"}},
    ]
    found = to_warnings(to_changes([changed(GROUP, Replacement="True", Details=details)]))

    assert [str(one) for one in found] == [
        "It would be replaced, for Port cannot be changed in place: the tasks that the load balancer knows (traffic)"
    ]


@pytest.mark.parametrize(
    ("answer", "losses"),
    [
        (changed(BUCKET, "Remove", PolicyAction="Delete"), [Loss.DATA]),
        (changed(BUCKET, "Remove"), [Loss.DATA]),
        (changed(BUCKET, "Remove", PolicyAction="Retain"), []),
        (changed(BUCKET, Replacement="True", PolicyAction="ReplaceAndSnapshot"), []),
        (changed(BUCKET, Replacement="Conditional"), [Loss.DATA]),
        (changed(BUCKET, Replacement="False"), []),
        (changed(BUCKET, "Add"), []),
        (changed("AWS::ElasticLoadBalancingV2::ListenerRule", "Remove"), [Loss.TRAFFIC]),
        (changed("AWS::ECS::Service", Replacement="True"), [Loss.TRAFFIC]),
        # the new one is there before the old one goes
        (changed("AWS::ElasticLoadBalancingV2::ListenerCertificate", Replacement="True"), []),
        (changed("AWS::ElasticLoadBalancingV2::ListenerCertificate", "Remove"), [Loss.TRAFFIC]),
        # a new one with every deploy
        (changed("AWS::ECS::TaskDefinition", Replacement="True"), []),
        (changed("AWS::IAM::Role", Replacement="True"), []),
    ],
)
def test_only_what_loses_traffic_or_data_is_warned_of(answer: dict[str, Any], losses: list[Loss]) -> None:
    assert [one.loss for one in to_warnings(to_changes([answer]))] == losses


def test_data_is_warned_of_before_traffic() -> None:
    changes = to_changes([changed(GROUP, "Remove"), changed(BUCKET, "Remove")])

    assert [one.loss for one in to_warnings(changes)] == [Loss.DATA, Loss.TRAFFIC]


def removals(kind: str, **declared: Any) -> list[Change]:
    """Of a stack of addons with one resource."""
    resource = StackResource("It", "its-name", kind)
    return to_removals("AddonsStack", [resource], {"Resources": {"It": {"Type": kind, **declared}}})


@pytest.mark.parametrize(
    ("changes", "losses"),
    [
        (removals("AWS::DynamoDB::Table"), ["AddonsStack/It would be removed: a table with its items (data)"]),
        (removals("AWS::DynamoDB::Table", DeletionPolicy="Retain"), []),
        (removals("AWS::RDS::DBCluster"), []),
        (removals("AWS::RDS::DBCluster", DeletionPolicy="Delete"), ["AddonsStack/It would be removed: …"]),
        (
            removals("AWS::RDS::DBInstance", Properties={"DBClusterIdentifier": "c"}),
            ["AddonsStack/It would be removed: …"],
        ),
        (removals("AWS::IAM::ManagedPolicy"), []),
    ],
)
def test_what_goes_with_a_stack_of_addons_is_warned_of(changes: list[Change], losses: list[str]) -> None:
    found = [str(one) for one in to_warnings(changes)]

    assert len(found) == len(losses)
    assert all(one.startswith(loss.rstrip("…")) for one, loss in zip(found, losses, strict=True))


@pytest.mark.parametrize(
    ("answer", "notes"),
    [
        (changed("AWS::IAM::Role", "Remove"), ["It would be removed (AWS::IAM::Role)"]),
        (changed("AWS::IAM::Role", Replacement="True"), ["It would be replaced (AWS::IAM::Role)"]),
        (
            changed(BUCKET, "Remove", PolicyAction="Retain"),
            ["It would be removed (AWS::S3::Bucket, and stays outside of the stack)"],
        ),
        # it is warned of
        (changed(BUCKET, "Remove"), []),
        (changed("AWS::ECS::TaskDefinition", Replacement="True"), []),
        (changed("AWS::IAM::Role", Replacement="Conditional"), []),
        (changed("AWS::IAM::Role", "Add"), []),
    ],
)
def test_all_that_goes_is_named(answer: dict[str, Any], notes: list[str]) -> None:
    assert to_notes(to_changes([answer])) == notes


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (None, Step.CREATE),
        ("REVIEW_IN_PROGRESS", Step.CREATE),
        ("DELETE_COMPLETE", Step.CREATE),
        ("CREATE_COMPLETE", Step.UPDATE),
        ("UPDATE_ROLLBACK_COMPLETE", Step.UPDATE),
        ("IMPORT_ROLLBACK_COMPLETE", Step.UPDATE),
        ("CREATE_FAILED", Step.UPDATE),
        ("UPDATE_FAILED", Step.UPDATE),
        ("CREATE_IN_PROGRESS", Step.FOLLOW),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Step.FOLLOW),
        ("DELETE_IN_PROGRESS", Step.FOLLOW),
        ("ROLLBACK_COMPLETE", Step.CLEAR),
        ("ROLLBACK_FAILED", Step.CLEAR),
        ("DELETE_FAILED", Step.CLEAR),
        ("UPDATE_ROLLBACK_FAILED", Step.CONTINUE_ROLLBACK),
    ],
)
def test_a_status_says_what_comes_next(status: str | None, step: Step) -> None:
    assert next_step(status) is step


def test_removing_what_was_replaced_is_not_waited_for_by_a_deploy() -> None:
    assert has_ended("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert not has_ended("UPDATE_IN_PROGRESS")


def test_a_deployment_of_tasks_is_one_line() -> None:
    deployment = {
        "status": "PRIMARY",
        "taskDefinition": "arn:aws:ecs:eu-west-1:1:task-definition/shop-test-web:7",
        "desiredCount": 2,
        "runningCount": 0,
        "failedTasks": 3,
        "rolloutState": "IN_PROGRESS",
    }

    assert to_line(deployment) == "the new tasks (revision 7): 2 wanted, 0 running, 3 failed"
    assert to_line({**deployment, "status": "ACTIVE", "failedTasks": 0}).startswith("the tasks before (revision 7)")


def test_the_log_of_a_container_is_found_in_its_task_definition() -> None:
    options = {"awslogs-group": "/copilot/a", "awslogs-stream-prefix": "copilot", "awslogs-region": "eu-west-1"}
    definition = {
        "containerDefinitions": [
            {"name": "web", "logConfiguration": {"logDriver": "awslogs", "options": options}},
            {"name": "router", "logConfiguration": {"logDriver": "awsfirelens"}},
        ]
    }

    assert to_stream(definition, "web", "t1") == ("/copilot/a", "copilot/web/t1", "eu-west-1")
    assert to_stream(definition, "router", "t1") is None
