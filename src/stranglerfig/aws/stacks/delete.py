"""Deletes stacks, and says what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence

from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.follow import Story, follow
from stranglerfig.aws.stacks.refusals import is_overtaken, is_protected
from stranglerfig.aws.stacks.stacks import Stacks, new_token
from stranglerfig.aws.stacks.telling import Interrupted, Patience, Telling
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.errors import Conflict, FigError, Unavailable

#: So often somebody else may begin to change it just before.
MOST_ROUNDS = 12
#: So often it is ordered where nothing comes of the order: while a stack is created, that may end in between.
MOST_ORDERS = 3


def delete(
    stacks: Stacks,
    stack: Stack,
    *,
    role: str | None,
    telling: Telling,
    patience: Patience,
    retain: Sequence[str] = (),
) -> None:
    """Waits until it is gone. Raises ``Conflict`` with the reasons when something of it stays."""
    after = stack
    for _ in range(MOST_ORDERS):
        story = begin(stacks, after, role, telling, patience, retain)
        try:
            after = follow(stacks, stack.id, story, telling, patience)
        except Interrupted:
            telling.note(f"CloudFormation goes on deleting stack {stack.name}.")
            raise
        if after.status == states.DELETED:
            return
        if after.status == states.NOT_DELETED:
            break
    why = "\n".join(dict.fromkeys(story.failures)) or after.reason or states.in_words(after.status)
    raise Conflict(
        f"stack {stack.name} could not be deleted: {why}",
        hint="Take away what holds it, and run the command again: it goes on.",
    )


def begin(
    stacks: Stacks, stack: Stack, role: str | None, telling: Telling, patience: Patience, retain: Sequence[str]
) -> Story:
    """What its deletion is followed by."""
    for _ in range(MOST_ROUNDS):
        if not states.is_at_rest(stack.status) and stack.status not in states.DELETABLE:
            telling.say("waiting for what is under way")
            stack = follow(stacks, stack.id, Story(), telling, patience, states.is_at_rest)
        telling.say("deleting")
        if stack.status in ("DELETE_IN_PROGRESS", states.DELETED):
            return Story()
        token = new_token()
        # Only a deletion that has failed before may leave something out.
        left = retain if stack.status == states.NOT_DELETED else ()
        try:
            stacks.delete(stack.id, role=role, retain=left, token=token)
        except FigError as error:
            if is_protected(error):
                raise Conflict(
                    f"stack {stack.name} is protected from being deleted",
                    hint=f"`aws cloudformation update-termination-protection --stack-name {stack.name} --region "
                    f"{stacks.region} --no-enable-termination-protection` lifts that; then repeat: it goes on.",
                ) from error
            if not is_overtaken(error):
                raise
            stack = stacks.find(stack.id) or stack
            patience.pause()
            continue
        return Story(token)
    raise Unavailable(f"stack {stack.name} is changed by others each time", hint="Run the command again: it goes on.")
