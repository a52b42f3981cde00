"""Brings a stack to what is ordered, from whatever state it is in; a second run goes on where the first was cut off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.change_sets import ChangeSets, Proposal, Upload
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.follow import Story, follow, reasons
from stranglerfig.aws.stacks.stacks import Stacks, new_token
from stranglerfig.aws.stacks.states import Step
from stranglerfig.aws.stacks.telling import Interrupted, Interruption, Patience, Silent, Telling
from stranglerfig.aws.stacks.values import Change, Ended, Outcome, Stack, StackOrder
from stranglerfig.errors import Conflict, DeployFailed, FigError

#: Is shown what would change; says whether to go on. May raise.
Agree = Callable[[StackOrder, Sequence[Change]], bool]
#: Steps until there is something to give up: each look changes what comes next.
MOST_STEPS = 8


@dataclass
class Deploying:
    """Where and how. ``keep_failures`` leaves a failed deploy as it is, ``detach`` does not wait for its end. ``heard``
    are the interruptions that were seen to."""

    session: Session
    region: str | None = None
    telling: Telling = field(default_factory=Silent)
    interruption: Interruption = field(default_factory=Interruption)
    agree: Agree | None = None
    upload: Upload | None = None
    keep_failures: bool = False
    detach: bool = False
    heard: int = 0

    def __post_init__(self) -> None:
        self.stacks = Stacks(self.session, self.region)
        self.change_sets = ChangeSets(self.session, self.region, upload=self.upload)

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
    how.telling.begin(order)
    before, is_news = make_ready(order, how)
    kind = "UPDATE" if states.next_step(before.status if before else None) is Step.UPDATE else "CREATE"
    how.telling.say("working out what changes")
    how.change_sets.discard_stale(order.name)
    proposal = how.change_sets.propose(order, kind, how.patience().pause)
    if proposal is None:
        return Outcome(Ended.DEPLOYED if is_news else Ended.UNCHANGED, before)
    with how.change_sets.withdrawn_unless_done(proposal):
        agreed = how.agree is None or how.agree(order, proposal.changes)
        how.listen()
    if not agreed:
        how.change_sets.withdraw(proposal)
        return Outcome(Ended.DECLINED, before)
    return execute(order, proposal, before, how)


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
                continued, token = True, new_token()
                how.stacks.continue_rollback(found.id, role=order.role, token=token)
                watch(found.id, Story(token), how, states.is_at_rest)
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


def execute(order: StackOrder, proposal: Proposal, before: Stack | None, how: Deploying) -> Outcome:
    token = new_token()
    keep = how.keep_failures or states.must_keep_failures(before.status if before else None)
    how.change_sets.execute(proposal, keep_failures=keep, token=token)
    how.telling.say("creating" if before is None else "updating")
    if how.detach:
        return Outcome(Ended.LEFT, how.stacks.find(proposal.stack_id))
    story = Story(token=token)
    try:
        after = watch(proposal.stack_id, story, how)
    except Interrupted:
        how.heard += 1
        return take_back(order, proposal.stack_id, before, how)
    if after.status in states.SUCCEEDED:
        return Outcome(Ended.DEPLOYED, after)
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
