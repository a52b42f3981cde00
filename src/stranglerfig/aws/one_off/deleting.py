"""Takes a one-off task away: what runs of it, its images, its files and its stack, log group included."""

from __future__ import annotations

from collections.abc import Callable

from stranglerfig.aws.assets.registry import Registry
from stranglerfig.aws.deleting import empty_buckets
from stranglerfig.aws.one_off.finding import group_of
from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.one_off.runs import copies_of, stop
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth.names import task_repository

Tell = Callable[[str], None]


def delete_task(place: TaskPlace, stack: Stack, how: Deploying, tell: Tell) -> None:
    group = group_of(stack)
    tell("stopping what runs of it")
    stop(place, copies_of(place, group))
    tell("removing its images and files")
    Registry(place.session, place.region).empty(task_repository(group))
    empty_buckets(place.session, how.stacks, stack.name, lambda logical: True)
    delete(how.stacks, stack, role=place.role, telling=how.telling, patience=how.patience())
