"""Stacks that are in the way, and orders that are given up before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.deploy import Deploying, bring, deploy
from stranglerfig.aws.stacks.telling import Interrupted
from stranglerfig.aws.stacks.values import Change, Ended, StackOrder
from stranglerfig.errors import Conflict, DeployFailed
from tests.acceptance.machine import wait_until
from tests.aws.queues import Beside, Heard, deployed, order, queue, status
from tests.aws.standin.cloud import Cloud


@pytest.fixture(autouse=True)
def calm(cloud: Cloud) -> Iterator[None]:
    yield
    cloud.stacks.clear()


def proposed(session: Session, name: str) -> int:
    return len(session.client("cloudformation").list_change_sets(StackName=name)["Summaries"])


@pytest.mark.parametrize("what", ["changed", "deleted"])
def test_a_stack_that_still_cleans_up_is_waited_for(cloud: Cloud, session: Session, what: str) -> None:
    name = f"cleaning-{what}"
    deployed(session, name)
    cloud.stacks.held.add(f"cleanup of {name}")
    assert deploy(order(name, queue(5)), Deploying(session)).ended is Ended.DEPLOYED, "its requests need not wait"
    assert status(session, name) == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    heard = Heard()
    how = Deploying(session, telling=heard)

    def take_away() -> None:
        found = how.stacks.require(name)
        delete(how.stacks, found, role=None, telling=heard, patience=how.patience())

    second = Beside((lambda: deploy(order(name, queue(7)), how).ended) if what == "changed" else take_away)
    with heard.seen:
        assert heard.seen.wait_for(lambda: heard.notes or "waiting for what is under way" in heard.said, 60)
    cloud.stacks.release(f"cleanup of {name}")

    assert second.ended() is (Ended.DEPLOYED if what == "changed" else None)
    assert status(session, name) == ("UPDATE_COMPLETE" if what == "changed" else "none")
    if what == "changed":
        assert heard.notes == [
            f"CloudFormation still removes what stack {name} had before its last change: waiting for that first."
        ]


def test_a_change_set_that_comes_to_nothing_leaves_no_name_of_a_stack(cloud: Cloud, session: Session) -> None:
    cloud.stacks.broken["change set of nowhere"] = "Transform failed"

    with pytest.raises(DeployFailed, match="cannot create stack nowhere: Transform failed"):
        deploy(order("nowhere", queue()), Deploying(session))

    assert status(session, "nowhere") == "none"


@pytest.mark.parametrize("is_left", [False, True])
def test_ctrl_c_while_changes_are_worked_out_waits_to_take_them_back_and_again_leaves_a_name(
    cloud: Cloud, session: Session, *, is_left: bool
) -> None:
    """CloudFormation deletes no change set that it is still working out."""
    name = f"slow-{is_left}".lower()
    cloud.stacks.held.add(f"change set of {name}")
    heard = Heard()
    how = Deploying(session, telling=heard)
    working = Beside(lambda: deploy(order(name, queue()), how))
    wait_until(lambda: f"change set of {name}" in cloud.stacks.pending, "it is proposed")
    how.interruption.interrupt()
    with heard.seen:
        wanted = "interrupted: taking back what was proposed; Ctrl-C again leaves it"
        assert heard.seen.wait_for(lambda: wanted in heard.said, 60)
    if is_left:
        how.interruption.interrupt()
    else:
        cloud.stacks.release(f"change set of {name}")

    assert isinstance(working.ended(), Interrupted)
    assert status(session, name) == ("REVIEW_IN_PROGRESS" if is_left else "none")
    cloud.stacks.held.clear()
    assert deploy(order(name, queue()), Deploying(session)).ended is Ended.DEPLOYED


def test_ctrl_c_between_the_preview_and_the_change_keeps_it_from_beginning(cloud: Cloud, session: Session) -> None:
    deployed(session, "early")
    how = Deploying(session)

    def agree_late(order: StackOrder, changes: Sequence[Change]) -> bool:
        how.interruption.interrupt()
        return True

    before = cloud.actions().count("ExecuteChangeSet")
    with pytest.raises(Interrupted):
        # What is changed of how it is done forgets no Ctrl-C.
        deploy(order("early", queue(3)), replace(how, agree=agree_late, telling=Heard()))

    assert cloud.actions().count("ExecuteChangeSet") == before
    assert proposed(session, "early") == 0


def test_ctrl_c_from_before_keeps_a_stack_from_being_touched(cloud: Cloud, session: Session) -> None:
    how = Deploying(session)
    how.interruption.interrupt()

    with pytest.raises(Interrupted):
        deploy(order("late", queue()), replace(how, telling=Heard()))

    assert status(session, "late") == "none"


def test_whoever_gives_up_leaves_a_stack_that_another_one_is_about_to_create(session: Session) -> None:
    def decline_late(order: StackOrder, changes: Sequence[Change]) -> bool:
        asked = {"StackName": order.name, "TemplateBody": order.body, "ChangeSetType": "CREATE"}
        session.client("cloudformation").create_change_set(ChangeSetName="another", **asked)
        return False

    assert deploy(order("shared", queue()), Deploying(session, agree=decline_late)).ended is Ended.DECLINED

    assert status(session, "shared") == "REVIEW_IN_PROGRESS"
    assert proposed(session, "shared") == 1


def test_a_change_set_whose_making_was_not_heard_of_is_found_again(cloud: Cloud, session: Session) -> None:
    with cloud.failing("CreateChangeSet", "lose the answer", times=1):
        assert deploy(order("unheard", queue()), Deploying(session)).ended is Ended.DEPLOYED


def test_a_stack_of_somebody_else_is_not_changed(cloud: Cloud, session: Session) -> None:
    deployed(session, "theirs")
    before = cloud.actions().count("CreateChangeSet")

    with pytest.raises(Conflict, match="stack theirs is that of application shop, not of application other"):
        deploy(replace(order("theirs", queue(5)), tags={"copilot-application": "other"}), Deploying(session))

    assert cloud.actions().count("CreateChangeSet") == before


def test_what_was_left_to_cloudformation_is_deployed_when_the_same_order_has_followed_it(
    cloud: Cloud, session: Session
) -> None:
    cloud.stacks.held.add("followed")
    assert deploy(order("followed", queue()), Deploying(session, detach=True)).ended is Ended.LEFT
    heard = Heard()
    working = Beside(lambda: deploy(order("followed", queue()), Deploying(session, telling=heard)).ended)
    with heard.seen:
        assert heard.seen.wait_for(lambda: heard.notes, 60)
    cloud.stacks.release("followed")

    assert working.ended() is Ended.DEPLOYED
    assert deploy(order("followed", queue()), Deploying(session)).ended is Ended.UNCHANGED


def test_what_others_stand_on_is_waited_for_also_by_who_detaches(cloud: Cloud, session: Session) -> None:
    cloud.stacks.held.add("ground")
    heard = Heard()
    working = Beside(lambda: bring(order("ground", queue()), Deploying(session, telling=heard, detach=True)))
    heard.wait_for(("ground/Queue", "CREATE_IN_PROGRESS"))
    cloud.stacks.release("ground")

    assert working.ended().status == "CREATE_COMPLETE"


def test_nothing_is_built_on_what_was_taken_back(cloud: Cloud, session: Session) -> None:
    cloud.stacks.held.add("sand")
    heard = Heard()
    how = Deploying(session, telling=heard)
    working = Beside(lambda: bring(order("sand", queue()), how))
    heard.wait_for(("sand/Queue", "CREATE_IN_PROGRESS"))
    how.interruption.interrupt()

    assert isinstance(working.ended(), Interrupted)
    assert status(session, "sand") == "none"


def test_a_stack_whose_deletion_failed_is_cleared_away_before_it_is_created_anew(
    cloud: Cloud, session: Session
) -> None:
    deployed(session, "half-gone")
    how, heard = Deploying(session), Heard()
    cloud.stacks.broken["-Queue"] = "it is full"
    with pytest.raises(Conflict):
        delete(how.stacks, how.stacks.require("half-gone"), role=None, telling=how.telling, patience=how.patience())
    cloud.stacks.broken.clear()

    assert deploy(order("half-gone", queue(3)), Deploying(session, telling=heard)).ended is Ended.DEPLOYED
    assert heard.notes == ["Stack half-gone was to be deleted and still has something: it is cleared away first."]
