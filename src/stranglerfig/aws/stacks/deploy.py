"""Brings a stack to what is ordered, from whatever state it is in; a second run goes on where the first was cut off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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
    """Where and how. ``keep_failures`` leaves a failed deploy as it is, ``detach`` does not wait for its end."""

    session: Session
    region: str | None = None
    telling: Telling = field(default_factory=Silent)
    interruption: Interruption = field(default_factory=Interruption)
    agree: Agree | None = None
    upload: Upload | None = None
    keep_failures: bool = False
    detach: bool = False

    def __post_init__(self) -> None:
        self.stacks = Stacks(self.session, self.region)
        self.change_sets = ChangeSets(self.session, self.region, upload=self.upload)
        self.heard = self.interruption.count

    def patience(self) -> Patience:
        return Patience(self.interruption, self.heard)


def deploy(order: StackOrder, how: Deploying) -> Outcome:
    """Raises ``DeployFailed`` with the reasons when it was rolled back, and what ``make_ready`` does."""
    how.telling.begin(order)
    before = make_ready(order, how)
    kind = "UPDATE" if states.next_step(before.status if before else None) is Step.UPDATE else "CREATE"
    how.telling.say("working out what changes")
    how.change_sets.discard_stale(order.name)
    proposal = propose(order, kind, how)
    if proposal is None:
        return Outcome(Ended.UNCHANGED, before)
    if how.agree is not None:
        try:
            agreed = how.agree(order, proposal.changes)
        except BaseException:
            withdraw(proposal, kind, how)
            raise
        if not agreed:
            withdraw(proposal, kind, how)
            return Outcome(Ended.DECLINED, before)
    return execute(order, proposal, before, how)


def make_ready(order: StackOrder, how: Deploying) -> Stack | None:
    """The stack once it can be changed; None: it is to be created. Raises ``Conflict`` when it cannot be made so."""
    continued = False
    for _ in range(MOST_STEPS):
        found = how.stacks.find(order.name)
        match states.next_step(found.status if found else None):
            case Step.CREATE:
                return None
            case Step.UPDATE:
                return found
            case Step.FOLLOW:
                assert found is not None
                how.telling.note(f"Stack {order.name} is being changed already: waiting for that first.")
                watch(found.id, Story(), how)
            case Step.CLEAR:
                assert found is not None
                how.telling.note(f"Stack {order.name} was never created in full, and is cleared away first.")
                delete(how.stacks, found, role=order.role, telling=how.telling, patience=how.patience())
            case Step.CONTINUE_ROLLBACK:
                assert found is not None
                if continued:
                    raise stuck(found)
                how.telling.note(f"The rollback of stack {order.name} had failed, and is tried once more first.")
                continued, token = True, new_token()
                how.stacks.continue_rollback(found.id, role=order.role, token=token)
                watch(found.id, Story(token), how)
    raise Conflict(
        f"stack {order.name} is changed again and again by somebody else",
        hint=f"See who with `aws cloudformation describe-stack-events --stack-name {order.name}`, and repeat.",
    )


def propose(order: StackOrder, kind: str, how: Deploying) -> Proposal | None:
    patience = how.patience()
    return how.change_sets.propose(order, kind, patience.pause)


def withdraw(proposal: Proposal, kind: str, how: Deploying) -> None:
    """A stack that was to be created is only a name until then, and goes with its change set."""
    how.change_sets.discard(proposal.id)
    if kind == "CREATE":
        how.stacks.delete(proposal.stack_id, token=new_token())


def execute(order: StackOrder, proposal: Proposal, before: Stack | None, how: Deploying) -> Outcome:
    token = new_token()
    keep = how.keep_failures or states.must_keep_failures(before.status if before else None)
    how.change_sets.execute(proposal, keep_failures=keep, token=token)
    how.telling.say("creating" if before is None else "updating")
    if how.detach:
        return Outcome(Ended.LEFT, how.stacks.find(proposal.stack_id))
    story = Story(token=token)
    try:
        after = follow(how.stacks, proposal.stack_id, story, how.telling, how.patience())
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


def watch(stack_id: str, story: Story, how: Deploying) -> Stack:
    return follow(how.stacks, stack_id, story, how.telling, how.patience())


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
