"""Follows what a stack is going through until it is over: its events, those of stacks in it, the tasks of services."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.services import SERVICE_TYPE, ServiceWatch
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.telling import Patience, Telling
from stranglerfig.aws.stacks.values import STACK_TYPE, Stack, StackEvent
from stranglerfig.errors import Unavailable

#: The network may be away for so long; CloudFormation does not need us.
LOST_AT_MOST_S = 600.0
#: A service is asked for less often: an answer is large.
SERVICE_EVERY_S = 4.0
#: What was ordered shows within seconds; where it does not for so long, and nothing else goes on, it never began.
BEGINS_WITHIN_S = 30.0
_STARTS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS")
_CANCELLED = ("Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled")
_HANDLER = re.compile(r'Resource handler returned message: "(?P<text>.*)" \(RequestToken: .*\)$', re.DOTALL)


@dataclass
class Story:
    """What has been seen of one operation. ``status`` is what the stack has come to by it; ``failures`` are the first
    reasons first. It was ordered after ``since_s``, by AWS's clock; 0: that is not known."""

    token: str = ""
    since_s: float = 0.0
    begins_within_s: float = BEGINS_WITHIN_S
    status: str = ""
    seen: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    has_begun: bool = False
    services: dict[str, ServiceWatch] = field(default_factory=dict)
    stacks: dict[str, tuple[str, ...]] = field(default_factory=dict)


def follow(
    stacks: Stacks,
    stack_id: str,
    story: Story,
    telling: Telling,
    patience: Patience,
    is_over: Callable[[str], bool] = states.has_ended,
) -> Stack:
    """The stack as it is when its status ``is_over``: as the operation has left it, whatever others have begun by then.
    Where it never began, ``story`` says so. Raises ``Interrupted``, and ``Unavailable`` when AWS stays away."""
    name = stack_id.split("/")[1] if "/" in stack_id else stack_id
    story.stacks.setdefault(stack_id, (name,))
    lost_at: float | None = None
    rested_at: float | None = None
    asked_at = -SERVICE_EVERY_S
    while True:
        try:
            # In this order: what happens in between is still told by the next look.
            found = stacks.find(stack_id)
            tell_events(stacks, story, telling)
            if found is None or found.status == states.DELETED:
                return found or Stack(stack_id, name, states.DELETED)
            if story.status and is_over(story.status):
                # It was looked at before that, or somebody else is at it by now.
                found = found if is_over(found.status) else stacks.find(stack_id) or found
                return replace(found, status=story.status)
            if not is_over(found.status):
                rested_at = None
            elif story.has_begun or not story.token:
                return found
            else:
                rested_at = patience.elapsed_s if rested_at is None else rested_at
                if patience.elapsed_s - rested_at >= story.begins_within_s:
                    return found
            if patience.elapsed_s - asked_at >= SERVICE_EVERY_S:
                tell_services(story, telling)
                asked_at = patience.elapsed_s
            lost_at = None
        except Unavailable as error:
            lost_at = patience.elapsed_s if lost_at is None else lost_at
            if patience.elapsed_s - lost_at > LOST_AT_MOST_S:
                raise
            telling.say(f"{error.message}; trying again")
        patience.pause()


def tell_events(stacks: Stacks, story: Story, telling: Telling) -> None:
    for stack_id in list(story.stacks):
        for event in reversed(list(new_events(stacks, stack_id, story))):
            hear(stacks, event, story, telling)


def new_events(stacks: Stacks, stack_id: str, story: Story) -> Iterator[StackEvent]:
    """Of the operation that is followed, the youngest first."""
    # What happens to a stack in another one is an operation of CloudFormation's own, with a token of its own.
    token = story.token if len(story.stacks[stack_id]) == 1 else ""
    for event in stacks.events(stack_id):
        if event.id in story.seen or (token and event.at_s < story.since_s):
            return
        if token and event.token and event.token != token:
            # Somebody else has been at it since, or was before.
            if story.since_s:
                continue
            return
        yield event
        if event.is_of_stack and event.status in _STARTS:
            return


def hear(stacks: Stacks, event: StackEvent, story: Story, telling: Telling) -> None:
    story.seen.add(event.id)
    if event.token == story.token:
        story.has_begun = True
        story.status = event.status if event.is_of_stack and story.token else story.status
    path = story.stacks[event.stack_id]
    if event.is_of_stack:
        telling.event(path, event)
        return
    path = (*path, event.logical)
    telling.event(path, event)
    if event.is_failure and event.reason and not event.reason.startswith(_CANCELLED):
        story.failures.append(f"{'/'.join(path[1:])}: {tidy(event.reason)}")
    if event.type == STACK_TYPE and event.physical.startswith("arn:") and event.physical not in story.stacks:
        story.stacks[event.physical] = path
        tell_events_of(stacks, event.physical, story, telling)
    if event.type == SERVICE_TYPE and event.physical and "/" in event.physical:
        if event.physical not in story.services:
            began = datetime.fromtimestamp(event.at_s, UTC)
            story.services[event.physical] = ServiceWatch(stacks.session, stacks.region, event.physical, path, began)
        watch = story.services[event.physical]
        watch.is_busy = event.status.endswith("_IN_PROGRESS")
        if event.is_failure:
            watch.collect()


def tell_events_of(stacks: Stacks, stack_id: str, story: Story, telling: Telling) -> None:
    for event in reversed(list(new_events(stacks, stack_id, story))):
        hear(stacks, event, story, telling)


def tell_services(story: Story, telling: Telling) -> None:
    for watch in story.services.values():
        if watch.is_busy:
            telling.service(watch.path, watch.look())


def reasons(story: Story, stack: Stack) -> list[str]:
    """Why it failed, the first first, with what stopped tasks said last."""
    found = list(dict.fromkeys(story.failures)) or [stack.reason or states.in_words(stack.status)]
    for watch in story.services.values():
        found += watch.post_mortem()
    return found


def tidy(reason: str) -> str:
    """Without what wraps the message of whoever was asked."""
    match = _HANDLER.match(reason)
    return " ".join((match["text"] if match else reason).split())
