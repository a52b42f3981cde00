"""Two who bring the same stack at once: whoever is late looks again, and nobody waits for what never comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.change_sets import host_id
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.values import Ended
from stranglerfig.errors import Conflict
from tests.aws.queues import Heard, deployed, order, queue, status
from tests.aws.standin.cloud import Call, Cloud, Watcher
from tests.aws.standin.copies import watched

TAGS = {"copilot-application": "shop"}
PROTECTED = "Stack [guarded] cannot be deleted while TerminationProtection is enabled"


@pytest.fixture(autouse=True)
def calm(cloud: Cloud) -> Iterator[None]:
    yield
    cloud.stacks.clear()
    cloud.hooks.clear()


@dataclass
class Once(Watcher):
    """Does it when an action is done, before whoever asked for it hears of that."""

    action: str
    do: Callable[[], object] | None

    def after(self, call: Call) -> None:
        if call.action == self.action and self.do is not None:
            do, self.do = self.do, None
            do()


@pytest.mark.parametrize("moment", ["CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet"])
def test_of_two_who_create_a_stack_the_late_one_changes_it(cloud: Cloud, session: Session, moment: str) -> None:
    """Before his change set is made, worked out or carried out."""
    name = f"both-{moment}".lower()
    heard = Heard()

    def meanwhile() -> None:
        del cloud.hooks[moment]
        deployed(session, name)

    cloud.hooks[moment] = meanwhile

    assert deploy(order(name, queue(9)), Deploying(session, telling=heard)).ended is Ended.DEPLOYED

    assert status(session, name) == "UPDATE_COMPLETE"
    assert heard.notes == [f"Somebody else has changed stack {name} meanwhile: looking at it again."]


def test_whose_name_of_a_stack_was_taken_away_makes_it_anew(cloud: Cloud, session: Session) -> None:
    def meanwhile() -> None:
        del cloud.hooks["DescribeChangeSet"]
        Deploying(session).stacks.delete("retracted", token="another")

    cloud.hooks["DescribeChangeSet"] = meanwhile

    assert deploy(order("retracted", queue()), Deploying(session)).ended is Ended.DEPLOYED


@pytest.mark.parametrize(("delay", "ended"), [(4, Ended.DEPLOYED), (9, Ended.UNCHANGED)])
def test_what_came_of_ones_own_change_is_told_whatever_others_have_done_since(
    cloud: Cloud, session: Session, delay: int, ended: Ended
) -> None:
    name = f"passed-{delay}"
    deployed(session, name)
    others = Once("ExecuteChangeSet", lambda: deploy(order(name, queue(9)), Deploying(session)))
    with watched(cloud, others):
        assert deploy(order(name, queue(4)), Deploying(session)).ended is Ended.DEPLOYED

    assert deploy(order(name, queue(delay)), Deploying(session)).ended is ended


def test_what_was_ordered_and_never_began_is_not_waited_for(cloud: Cloud, session: Session) -> None:
    """CloudFormation has taken it, and nothing comes of it."""
    deployed(session, "never")
    cloud.stacks.forgetful.add("never")
    heard = Heard()

    assert (
        deploy(order("never", queue(9)), Deploying(session, telling=heard, begins_within_s=0.3)).ended is Ended.DEPLOYED
    )

    assert len(heard.notes) == 1


def test_who_deletes_waits_for_who_has_just_begun_to_change_it(cloud: Cloud, session: Session) -> None:
    deployed(session, "going")
    how, heard = Deploying(session), Heard()
    cloud.stacks.held.add("going")

    def meanwhile() -> None:
        del cloud.hooks["DeleteStack"]
        deploy(order("going", queue(9)), Deploying(session, detach=True))
        cloud.hooks["DescribeStackEvents"] = go_on

    def go_on() -> None:
        del cloud.hooks["DescribeStackEvents"]
        cloud.stacks.release("going")

    cloud.hooks["DeleteStack"] = meanwhile
    delete(how.stacks, how.stacks.require("going"), role=None, telling=heard, patience=how.patience())

    assert status(session, "going") == "none"
    assert "waiting for what is under way" in heard.said


def test_a_deletion_that_a_creation_outlasts_is_ordered_again(cloud: Cloud, session: Session) -> None:
    cloud.stacks.held.update({"lasting", "deletion of lasting"})
    how = Deploying(session)
    deploy(order("lasting", queue()), Deploying(session, detach=True))
    is_created = cloud.stacks.pending["lasting"]

    def outlast() -> None:
        cloud.stacks.held.discard("deletion of lasting")
        cloud.stacks.pending.pop("deletion of lasting")
        is_created()

    with watched(cloud, Once("DeleteStack", outlast)):
        delete(how.stacks, how.stacks.require("lasting"), role=None, telling=Heard(), patience=how.patience())

    assert status(session, "lasting") == "none"


def test_a_stack_that_is_protected_is_not_tried_again_and_again(cloud: Cloud, session: Session) -> None:
    deployed(session, "guarded")
    how = Deploying(session)
    cloud.calls.clear()

    with (
        cloud.failing("DeleteStack", "ValidationError", PROTECTED),
        pytest.raises(Conflict, match="stack guarded is protected from being deleted") as caught,
    ):
        delete(how.stacks, how.stacks.require("guarded"), role=None, telling=Heard(), patience=how.patience())

    assert "`aws cloudformation update-termination-protection --stack-name guarded " in (caught.value.hint or "")
    assert cloud.actions().count("DeleteStack") == 1


def test_whose_stack_is_deleted_while_it_is_created_is_told_so(cloud: Cloud, session: Session) -> None:
    cloud.stacks.held.add("unwanted")

    def take_away() -> None:
        Deploying(session).stacks.delete("unwanted", token="another")

    with (
        watched(cloud, Once("ExecuteChangeSet", take_away)),
        pytest.raises(Conflict, match="stack unwanted was deleted by somebody else while it was created") as caught,
    ):
        deploy(order("unwanted", queue()), Deploying(session))

    assert caught.value.hint == "Where it is to be there all the same, run the command again."


@pytest.mark.parametrize(("maker", "left"), [(f"{host_id()}-999999999", "none"), ("elsewhere-1", "REVIEW_IN_PROGRESS")])
def test_a_name_that_a_dead_command_has_left_is_cleared_and_a_live_proposal_stays(
    session: Session, maker: str, left: str
) -> None:
    name = f"left-{maker[:4]}"
    asked = {"StackName": name, "TemplateBody": order(name, queue()).body, "ChangeSetType": "CREATE"}
    session.client("cloudformation").create_change_set(ChangeSetName=f"fig-{maker}-0a1b2c3d", **asked)

    Deploying(session).change_sets.clear_name(name, TAGS)

    assert status(session, name) == left
    assert deploy(order(name, queue()), Deploying(session)).ended is Ended.DEPLOYED
