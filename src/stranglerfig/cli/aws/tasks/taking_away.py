"""`task delete` on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.one_off.deleting import delete_task
from stranglerfig.aws.one_off.finding import group_of
from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.cli.aws.target import Where
from stranglerfig.cli.aws.tasks.places import choose, place_of
from stranglerfig.cli.aws.work import Work, wishes_of, working
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.output import done
from stranglerfig.cli.progress.tree import Status
from stranglerfig.cli.prompt import confirm


def take_task_away(where: Where, name: str | None, given: Mapping[str, Any]) -> None:
    place = place_of(where, given)
    stack = choose(place, name)
    group = group_of(stack)
    confirm(f"Delete task {group} of {place} on AWS, with its images and what it printed", yes=bool(given.get("yes")))
    with working(wishes_of(given)) as work:
        delete_one_off(work, place, stack)
    done(f"Task {strong(group)} is gone from {where.env or 'AWS'}.")


def delete_one_off(work: Work, place: TaskPlace, stack: Stack) -> None:
    steps = work.steps(f"Task {group_of(stack)}")
    how = Deploying(place.session, place.region, telling=steps, interruption=work.interruption)
    with work.step(steps):
        delete_task(place, stack, how, steps.say)
    work.board.end(steps.step, Status.COMPLETE, detail="")
