"""Brings a stack to what is ordered, from whatever state it is in; a second run goes on where the first was cut off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.change_sets import ChangeSets, Pause, Proposal, Upload
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.follow import BEGINS_WITHIN_S, Story, follow, reasons
from stranglerfig.aws.stacks.refusals import Overtaken, is_overtaken
from stranglerfig.aws.stacks.stacks import Stacks, new_token
from stranglerfig.aws.stacks.states import Step
from stranglerfig.aws.stacks.telling import Interrupted, Interruption, Patience, Silent, Telling
from stranglerfig.aws.stacks.values import Change, Ended, Outcome, Stack, StackOrder
from stranglerfig.errors import Conflict, DeployFailed, FigError, Unavailable

T = TypeVar("T")

#: Is shown what would change; says whether to go on. May raise.
Agree = Callable[[StackOrder, Sequence[Change]], bool]
#: Steps until there is something to give up: each look changes what comes next.
MOST_STEPS = 8
#: So often one may be overtaken: each time somebody else gets what he wants.
MOST_ROUNDS = 12


@dataclass
class Deploying:
    """Where and how. ``keep_failures`` leaves a failed deploy as it is, ``detach`` does not wait for its end. ``heard``
    are the interruptions that were seen to. What CloudFormation has not begun after ``begins_within_s`` is ordered
    anew."""

    session: Session
    region: str | None = None
    telling: Telling = field(default_factory=Silent)
    interruption: Interruption = field(default_factory=Interruption)
    agree: Agree | None = None
    upload: Upload | None = None
    keep_failures: bool = False
    detach: bool = False
    heard: int = 0
    begins_within_s: float = BEGINS_WITHIN_S

    def __post_init__(self) -> None:
        self.stacks = Stacks(self.session, self.region)
        self.change_sets = ChangeSets(self.session, self.region, self.interruption, upload=self.upload)

    def patience(self) -> Patience:
        return Patience(self.interruption, self.heard)

    def listen(self) -> None:
        """Raises ``Interrupted``."""
        if self.interruption.count > self.heard:
            raise Interrupted


def bring(order: StackOrder, how: Deploying) -> Stack:
    """What others stand on: it is waited for, and is as ordered then. Raises ``Interrupted`` where it was given up."""
    outcome = deploy(order, replace(how, detach=False))
    if not outcome.is_good:
        raise Interrupted
    assert outcome.stack is not None
    return outcome.stack


def deploy(order: StackOrder, how: Deploying) -> Outcome:
    """Raises ``DeployFailed`` with the reasons when it was rolled back, ``Interrupted`` before anything was changed,
    and what ``make_ready`` does."""
    return insist(order.name, how, lambda is_again: deploy_once(order, how, is_again))


def insist(name: str, how: Deploying, attempt: Callable[[bool], T]) -> T:
    """What ``attempt`` gives once nobody overtakes it; it is told whether somebody has before."""
    patience = how.patience()
    for number in range(MOST_ROUNDS):
        try:
            return attempt(number > 0)
        except FigError as error:
            if not is_overtaken(error):
                raise
        how.telling.note(f"Somebody else has changed stack {name} meanwhile: looking at it again.")
        patience.pause()
    raise Unavailable(f"stack {name} is changed by others each time", hint="Run the command again: it goes on.")


def deploy_once(order: StackOrder, how: Deploying, is_again: bool = False) -> Outcome:
    """Raises also what ``is_overtaken`` knows."""
    how.telling.begin(order)
    before, is_news = make_ready(order, how)
    kind = "UPDATE" if states.next_step(before.status if before else None) is Step.UPDATE else "CREATE"
    how.telling.say("working out what changes")
    how.change_sets.discard_stale(order.name)
    proposal = how.change_sets.propose(order, kind, pause_of(how))
    if proposal is None:
        return Outcome(Ended.DEPLOYED if is_news or is_again else Ended.UNCHANGED, before)
    token = new_token()
    with how.change_sets.withdrawn_unless_done(proposal):
        agreed = how.agree is None or how.agree(order, proposal.changes)
        how.listen()
        if agreed:
            keep = how.keep_failures or states.must_keep_failures(before.status if before else None)
            how.change_sets.execute(proposal, keep_failures=keep, token=token)
    if not agreed:
        how.change_sets.withdraw(proposal)
        return Outcome(Ended.DECLINED, before)
    story = Story(token, proposal.made_at_s, how.begins_within_s)
    return see_through(order, proposal, story, before, how)


def pause_of(how: Deploying) -> Pause:
    """While something is proposed."""
    patience = how.patience()

    def pause(pause_s: float) -> None:
        try:
            patience.pause(pause_s)
        except Interrupted:
            how.telling.say("interrupted: taking back what was proposed; Ctrl-C again leaves it")
            raise

    return pause


def make_ready(order: StackOrder, how: Deploying) -> tuple[Stack | None, bool]:
    """The stack once it can be changed, and whether that was seen to be deployed meanwhile; None: it is to be created.
    Raises ``Conflict`` when it cannot be made so, or is somebody else's."""
    continued, was_changing = False, False
    for _ in range(MOST_STEPS):
        how.listen()
        found = how.stacks.find_own(order.name, order.tags)
        match states.next_step(found.status if found else None):
            case Step.CREATE:
                return None, False
            case Step.UPDATE:
                return found, was_changing and found is not None and found.status in states.SUCCEEDED
            case Step.FOLLOW:
                assert found is not None
                was_changing = was_changing or not states.has_ended(found.status)
                how.telling.note(to_note(found))
                watch(found.id, Story(), how, states.is_at_rest)
            case Step.CLEAR:
                assert found is not None
                how.telling.note(to_note(found))
                delete(how.stacks, found, role=order.role, telling=how.telling, patience=how.patience())
            case Step.CONTINUE_ROLLBACK:
                assert found is not None
                if continued:
                    raise stuck(found)
                how.telling.note(f"The rollback of stack {order.name} had failed, and is tried once more first.")
                continued = True
                continue_rollback(found, order, how)
    raise Conflict(
        f"stack {order.name} is changed again and again by somebody else",
        hint=f"See who with `aws cloudformation describe-stack-events --stack-name {order.name}`, and repeat.",
    )


def to_note(stack: Stack) -> str:
    """Why a stack cannot be changed at once."""
    if stack.status in states.CLEANING:
        return (
            f"CloudFormation still removes what stack {stack.name} had before its last change: waiting for that first."
        )
    if not states.is_at_rest(stack.status):
        return f"Stack {stack.name} is being changed already: waiting for that first."
    if stack.status == states.NOT_DELETED:
        return f"Stack {stack.name} was to be deleted and still has something: it is cleared away first."
    return f"Stack {stack.name} was never created in full, and is cleared away first."


def continue_rollback(found: Stack, order: StackOrder, how: Deploying) -> None:
    token = new_token()
    try:
        how.stacks.continue_rollback(found.id, role=order.role, token=token)
    except FigError:
        now = how.stacks.find(found.id)
        if now is not None and now.status == states.STUCK_BACK:
            raise
        # Somebody else has: that is what comes next.
        return
    watch(found.id, Story(token), how, states.is_at_rest)


def see_through(order: StackOrder, proposal: Proposal, story: Story, before: Stack | None, how: Deploying) -> Outcome:
    """From when its change set is being carried out."""
    how.telling.say("creating" if before is None else "updating")
    if how.detach:
        return Outcome(Ended.LEFT, how.stacks.find(proposal.stack_id))
    try:
        after = watch(proposal.stack_id, story, how)
    except Interrupted:
        how.heard += 1
        return take_back(order, proposal.stack_id, before, how)
    if not story.has_begun and after.status != states.DELETED:
        raise Overtaken(f"stack {order.name} was changed by somebody else instead")
    if after.status in states.SUCCEEDED:
        return Outcome(Ended.DEPLOYED, after)
    if after.status == states.DELETED:
        raise Conflict(
            f"stack {order.name} was deleted by somebody else while it was {'updated' if before else 'created'}",
            hint="Where it is to be there all the same, run the command again.",
        )
    raise failed(order, after, before, reasons(story, after))


def take_back(order: StackOrder, stack_id: str, before: Stack | None, how: Deploying) -> Outcome:
    """After Ctrl-C: what was created is deleted, what was changed is rolled back. Another one leaves it to itself."""
    try:
        now = how.stacks.find(stack_id)
        if now is None or states.has_ended(now.status):
            return Outcome(Ended.DEPLOYED if now and now.status in states.SUCCEEDED else Ended.TAKEN_BACK, now)
        if before is None:
            how.telling.say("interrupted: deleting what was created; Ctrl-C again leaves it")
            delete(how.stacks, now, role=order.role, telling=how.telling, patience=how.patience())
            return Outcome(Ended.TAKEN_BACK)
        how.telling.say("interrupted: rolling back; Ctrl-C again leaves it")
        cancel(how, stack_id)
        after = watch(stack_id, Story(), how)
    except Interrupted:
        return Outcome(Ended.LEFT, how.stacks.find(stack_id))
    # It may have been done before the order to cancel arrived.
    return Outcome(Ended.DEPLOYED if after.status in states.SUCCEEDED else Ended.TAKEN_BACK, after)


def cancel(how: Deploying, stack_id: str) -> None:
    try:
        how.stacks.cancel_update(stack_id)
    except FigError:
        found = how.stacks.find(stack_id)
        # A rollback that is under way by itself cannot be cancelled, and is what is wanted.
        if found is None or found.status == "UPDATE_IN_PROGRESS":
            raise


def watch(stack_id: str, story: Story, how: Deploying, is_over: Callable[[str], bool] = states.has_ended) -> Stack:
    return follow(how.stacks, stack_id, story, how.telling, how.patience(), is_over)


def failed(order: StackOrder, after: Stack, before: Stack | None, why: list[str]) -> DeployFailed:
    first, *rest = why
    text = "\n".join((f"stack {order.name} could not be {'updated' if before else 'created'}: {first}", *rest))
    if after.status in ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"):
        return DeployFailed(text, hint="It is as it was before. Mend the reason, and deploy again.")
    if after.status == states.STUCK_BACK:
        return DeployFailed(text, hint=f"Its rollback failed too. {how_to_unstick(order.name)}")
    if after.status.startswith("ROLLBACK"):
        return DeployFailed(text, hint="What had been created is deleted. Mend the reason, and deploy again.")
    return DeployFailed(text, hint="It was left as it is, as ordered. Mend the reason, and deploy again.")


def stuck(stack: Stack) -> Conflict:
    return Conflict(
        f"stack {stack.name} cannot be rolled back: {stack.reason or states.in_words(stack.status)}",
        hint=how_to_unstick(stack.name),
    )


def how_to_unstick(name: str) -> str:
    return (
        "Mend what stands in the way and deploy again, or leave that resource out: "
        f"`aws cloudformation continue-update-rollback --stack-name {name} --resources-to-skip LOGICAL_ID`."
    )
