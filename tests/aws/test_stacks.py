"""Stacks brought to what is ordered, from whatever state they are in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks import change_sets
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.telling import Patience
from stranglerfig.aws.stacks.values import Action, Change, Ended, StackOrder
from stranglerfig.errors import Conflict, DeployFailed, Refused
from tests.aws.queues import Heard, deployed, order, queue, status
from tests.aws.standin.cloud import Cloud


@pytest.fixture(autouse=True)
def calm(cloud: Cloud) -> Iterator[None]:
    yield
    cloud.stacks.clear()


def test_a_stack_is_created_changed_and_left_alone_when_nothing_changes(session: Session) -> None:
    heard = Heard()
    created = deploy(order("life", queue()), Deploying(session, telling=heard))
    changed = deploy(order("life", queue(5)), Deploying(session))
    same = deploy(order("life", queue(5)), Deploying(session))

    assert created.ended is changed.ended is Ended.DEPLOYED
    assert created.stack is not None
    assert created.stack.outputs["Url"].endswith("/life-Queue-" + created.stack.outputs["Url"].rpartition("-")[2])
    assert created.stack.tags == {"copilot-application": "shop"}
    assert heard.events == [
        ("life", "CREATE_IN_PROGRESS"),
        ("life/Queue", "CREATE_IN_PROGRESS"),
        ("life/Queue", "CREATE_COMPLETE"),
        ("life", "CREATE_COMPLETE"),
    ]
    assert same.ended is Ended.UNCHANGED
    assert same.stack is not None
    assert same.stack.status == "UPDATE_COMPLETE"


def test_what_would_change_is_shown_first_and_may_be_declined(session: Session) -> None:
    shown: list[Sequence[Change]] = []

    def decline(order: StackOrder, changes: Sequence[Change]) -> bool:
        shown.append(changes)
        return False

    assert deploy(order("shown", queue()), Deploying(session, agree=decline)).ended is Ended.DECLINED
    assert status(session, "shown") == "none"
    deployed(session, "shown")
    before = Deploying(session).stacks.require("shown")
    renamed = queue(name="other", More={"Type": "AWS::SNS::Topic"})
    assert deploy(order("shown", renamed), Deploying(session, agree=decline)).ended is Ended.DECLINED

    assert [(one.action, one.logical) for one in shown[0]] == [(Action.ADD, "Queue")]
    assert [(one.action, one.logical, one.causes) for one in shown[1]] == [
        (Action.REPLACE, "Queue", ("QueueName",)),
        (Action.ADD, "More", ()),
    ]
    assert Deploying(session).stacks.require("shown") == before
    assert session.client("cloudformation").list_change_sets(StackName="shown")["Summaries"] == []


def test_whoever_refuses_what_is_shown_leaves_nothing_behind(session: Session) -> None:
    def refuse(order: StackOrder, changes: Sequence[Change]) -> bool:
        raise Refused("no")

    with pytest.raises(Refused):
        deploy(order("refused", queue()), Deploying(session, agree=refuse))

    assert status(session, "refused") == "none"


def test_a_resource_that_fails_is_named_with_its_reason_and_all_is_as_before(cloud: Cloud, session: Session) -> None:
    cloud.stacks.broken["Queue"] = (
        'Resource handler returned message: "The queue is wet" (RequestToken: 1, HandlerErrorCode: X)'
    )
    with pytest.raises(DeployFailed) as created:
        deploy(order("failing", queue()), Deploying(session))
    assert status(session, "failing") == "ROLLBACK_COMPLETE"
    assert created.value.message == "stack failing could not be created: Queue: The queue is wet"
    assert "What had been created is deleted" in (created.value.hint or "")

    cloud.stacks.broken.clear()
    heard = Heard()
    assert deploy(order("failing", queue()), Deploying(session, telling=heard)).ended is Ended.DEPLOYED
    assert heard.notes == ["Stack failing was never created in full, and is cleared away first."]

    cloud.stacks.broken["Queue"] = "again"
    with pytest.raises(DeployFailed) as updated:
        deploy(order("failing", queue(9)), Deploying(session))
    assert updated.value.message == "stack failing could not be updated: Queue: again"
    assert "It is as it was before" in (updated.value.hint or "")
    assert status(session, "failing") == "UPDATE_ROLLBACK_COMPLETE"


def test_a_failed_deploy_that_is_not_to_be_rolled_back_stays_and_can_be_repeated(
    cloud: Cloud, session: Session
) -> None:
    cloud.stacks.broken["Queue"] = "wet"
    with pytest.raises(DeployFailed, match="wet"):
        deploy(order("kept", queue()), Deploying(session, keep_failures=True))
    assert status(session, "kept") == "CREATE_FAILED"

    cloud.stacks.broken.clear()
    assert deploy(order("kept", queue(3)), Deploying(session)).ended is Ended.DEPLOYED
    executed = [call.body for call in cloud.calls if call.action == "ExecuteChangeSet"][-1]
    assert "DisableRollback=true" in executed, "there is nothing to roll back to"


def test_a_change_set_that_cannot_be_made_says_why_and_is_taken_away(cloud: Cloud, session: Session) -> None:
    with (
        cloud.failing("CreateChangeSet", "ValidationError", "Template error: no such thing"),
        pytest.raises(Exception, match="Template error: no such thing"),
    ):
        deploy(order("wrong", queue()), Deploying(session))

    assert status(session, "wrong") == "none"


def test_a_rollback_that_failed_is_tried_again_and_else_it_is_said_how_to_go_on(cloud: Cloud, session: Session) -> None:
    deployed(session, "stuck")
    cloud.stacks.broken["Queue"], cloud.stacks.stuck = "wet", {"stuck"}
    with pytest.raises(DeployFailed) as failed:
        deploy(order("stuck", queue(9)), Deploying(session))
    assert "continue-update-rollback --stack-name stuck" in (failed.value.hint or "")
    with pytest.raises(Conflict, match="stack stuck cannot be rolled back") as conflict:
        deploy(order("stuck", queue(9)), Deploying(session))
    assert "--resources-to-skip" in (conflict.value.hint or "")

    cloud.stacks.broken, cloud.stacks.stuck = {}, set()
    heard = Heard()
    assert deploy(order("stuck", queue(9)), Deploying(session, telling=heard)).ended is Ended.DEPLOYED
    assert heard.notes == ["The rollback of stack stuck had failed, and is tried once more first."]


def test_another_deploy_that_is_under_way_is_waited_for(cloud: Cloud, session: Session) -> None:
    cloud.stacks.held.add("busy")
    deploy(order("busy", queue()), Deploying(session, detach=True))
    heard = Heard()
    outcomes: list[Ended] = []
    second = threading.Thread(
        target=lambda: outcomes.append(deploy(order("busy", queue(7)), Deploying(session, telling=heard)).ended)
    )
    second.start()
    heard.wait_for(("busy/Queue", "CREATE_IN_PROGRESS"))
    cloud.stacks.release("busy")
    second.join()

    assert outcomes == [Ended.DEPLOYED]
    assert heard.notes == ["Stack busy is being changed already: waiting for that first."]
    assert status(session, "busy") == "UPDATE_COMPLETE"


@pytest.mark.parametrize("is_new", [True, False])
def test_ctrl_c_takes_back_what_was_begun(cloud: Cloud, session: Session, is_new: bool) -> None:
    name = f"interrupted-{is_new}".lower()
    if not is_new:
        deployed(session, name)
    cloud.stacks.held.add(name)
    heard = Heard()
    how = Deploying(session, telling=heard)
    outcomes: list[Ended] = []
    working = threading.Thread(target=lambda: outcomes.append(deploy(order(name, queue(7)), how).ended))
    working.start()
    heard.wait_for((f"{name}/Queue", "CREATE_IN_PROGRESS" if is_new else "UPDATE_IN_PROGRESS"))
    how.interruption.interrupt()
    working.join()

    assert outcomes == [Ended.TAKEN_BACK]
    assert status(session, name) == ("none" if is_new else "UPDATE_ROLLBACK_COMPLETE")


def test_ctrl_c_twice_leaves_it_to_cloudformation(cloud: Cloud, session: Session) -> None:
    deployed(session, "left")
    cloud.stacks.held.update({"left", "rollback of left"})
    heard = Heard()
    how = Deploying(session, telling=heard)
    outcomes: list[Ended] = []
    working = threading.Thread(target=lambda: outcomes.append(deploy(order("left", queue(7)), how).ended))
    working.start()
    heard.wait_for(("left/Queue", "UPDATE_IN_PROGRESS"))
    how.interruption.interrupt()
    heard.wait_for(("left", "UPDATE_ROLLBACK_IN_PROGRESS"))
    how.interruption.interrupt()
    working.join()

    assert outcomes == [Ended.LEFT]
    assert status(session, "left") == "UPDATE_ROLLBACK_IN_PROGRESS"


def test_a_lost_connection_in_the_middle_is_told_and_got_over(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    cloud.stacks.held.add("offline")
    heard = Heard()
    outcomes: list[Ended] = []
    working = threading.Thread(
        target=lambda: outcomes.append(deploy(order("offline", queue()), Deploying(session, telling=heard)).ended)
    )
    working.start()
    heard.wait_for(("offline/Queue", "CREATE_IN_PROGRESS"))
    with cloud.failing("DescribeStacks", "hang up"), heard.seen:
        assert heard.seen.wait_for(lambda: any("trying again" in text for text in heard.said), 60)
    cloud.stacks.release("offline")
    working.join()

    assert outcomes == [Ended.DEPLOYED]


def test_change_sets_that_a_dead_process_left_are_taken_away_and_others_are_not(session: Session) -> None:
    deployed(session, "littered")
    client = session.client("cloudformation")
    dead = f"{change_sets.PREFIX}-{change_sets.host_id()}-999999999-ab"
    elsewhere = f"{change_sets.PREFIX}-00000000-1-ab"
    for name in (dead, change_sets.new_name(), elsewhere, "somebody-elses"):
        body = '{"Resources":{"Other":{"Type":"AWS::SNS::Topic"}}}'
        client.create_change_set(StackName="littered", ChangeSetName=name, TemplateBody=body, ChangeSetType="UPDATE")

    assert Deploying(session).change_sets.discard_stale("littered") == 1
    left = client.list_change_sets(StackName="littered")["Summaries"]
    assert dead not in {one["ChangeSetName"] for one in left}
    assert len([one for one in left if one["StackName"] == "littered"]) == 3


def test_a_change_set_of_a_dead_process_that_is_still_worked_out_is_not_in_the_way(
    cloud: Cloud, session: Session
) -> None:
    deployed(session, "busy")
    dead = f"{change_sets.PREFIX}-{change_sets.host_id()}-999999999-ab"
    body = '{"Resources":{"Other":{"Type":"AWS::SNS::Topic"}}}'
    client = session.client("cloudformation")
    cloud.stacks.held.add("change set of busy")
    client.create_change_set(StackName="busy", ChangeSetName=dead, TemplateBody=body, ChangeSetType="UPDATE")
    cloud.stacks.held.clear()

    assert Deploying(session).change_sets.discard_stale("busy") == 0
    assert deploy(order("busy", queue(5)), Deploying(session)).ended is Ended.DEPLOYED


def test_a_template_that_is_too_long_goes_by_way_of_the_bucket(cloud: Cloud, session: Session) -> None:
    session.client("s3").create_bucket(
        Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    urls: list[str] = []

    def upload(name: str, body: str) -> str:
        session.client("s3").put_object(Bucket="templates", Key=name, Body=body.encode())
        urls.append(f"https://templates.s3.eu-west-1.amazonaws.com/{name}")
        return urls[-1]

    many: dict[str, Any] = {
        f"Queue{number}": {"Type": "AWS::SQS::Queue", "Condition": "Never", "Metadata": {"Filler": "x" * 50}}
        for number in range(400)
    }
    tree = {**queue(**many), "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}

    assert deploy(order("long", tree), Deploying(session, upload=upload)).ended is Ended.DEPLOYED
    assert urls == ["https://templates.s3.eu-west-1.amazonaws.com/long"]


def test_a_parameter_without_a_value_keeps_the_one_it_has(session: Session) -> None:
    deploy(order("previous", queue(), Unused="b"), Deploying(session))
    deploy(order("previous", queue(1), Unused=None), Deploying(session))

    assert Deploying(session).stacks.require("previous").parameters == {"Unused": "b"}


def test_what_stands_in_the_way_of_a_deletion_is_named(cloud: Cloud, session: Session) -> None:
    deployed(session, "sticky")
    how = Deploying(session)
    cloud.stacks.broken["-Queue"] = "it is full"

    def take_away() -> None:
        found = how.stacks.require("sticky")
        delete(how.stacks, found, role=None, telling=how.telling, patience=Patience(how.interruption, 0))

    with pytest.raises(Conflict, match="stack sticky could not be deleted: Queue: it is full"):
        take_away()
    cloud.stacks.broken.clear()
    take_away()
    assert status(session, "sticky") == "none"
