"""Where a command about one-off tasks looks, and which of them it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.one_off.finding import group_of, stacks_of
from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.cli.asking.questions import Option, ask_one
from stranglerfig.cli.aws.listing import environment
from stranglerfig.cli.aws.target import Where
from stranglerfig.cli.aws.work import session_of
from stranglerfig.cli.task.known import TASK
from stranglerfig.errors import NotFound

Given = Mapping[str, Any]


def place_of(where: Where, given: Given) -> TaskPlace:
    session = session_of(given)
    if where.env is None:
        return TaskPlace(session, session.region)
    env = environment(session, str(where.app), where.env)
    return TaskPlace(env.session, env.record.region, env)


def choose(place: TaskPlace, name: str | None) -> Stack:
    found = stacks_of(place)
    if name is None and found:
        name = ask_one(TASK, [Option(group_of(stack)) for stack in found])
    for stack in found:
        if group_of(stack) == name:
            return stack
    known = ", ".join(map(group_of, found)) or "none"
    raise NotFound(
        f"no one-off task {name or ''}".rstrip() + f" is known of {place} (known: {known})",
        hint="`fig task run` starts one.",
    )


def flags_of(where: Where) -> str:
    """For commands that go on with it."""
    return f"--env {where.env}" if where.env else "--default"
