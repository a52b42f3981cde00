"""Brings the stack of a one-off task to what is wanted, with its image and its file of variables; again goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from stranglerfig.aws.assets.registry import Registry
from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.deploy import bring as bring_stack
from stranglerfig.aws.stacks.values import Stack, StackOrder, to_order
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.one_off import BUCKET, DEFINITION, ENV_FILES, REPOSITORY, OneOffTask, task_template
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.errors import Conflict
from stranglerfig.manifest.model import Build
from stranglerfig.workspace.build_orders import LATEST, to_build_order
from stranglerfig.workspace.images import build_image

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """``build`` is what its image is made of, None where ``task`` names one; ``platform`` as the engine has it."""

    task: OneOffTask
    build: Build | None = None
    platform: str = ""
    tag: str = ""
    env_file: bytes | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def bring(place: TaskPlace, wanted: Wanted, how: Deploying, tell: Tell) -> str:
    """The ARN of its definition. The image is built before anything is made. Raises ``Interrupted`` where it was taken
    back."""
    task = wanted.task
    known = known_stack(place, task.group, how)
    image = build(place, wanted, wanted.build, tell) if wanted.build is not None else None
    if image is not None or wanted.env_file is not None:
        # A repository and a bucket before what goes into them.
        if known is None or not {REPOSITORY, BUCKET} <= known.outputs.keys():
            known = bring_stack(to_task_order(place, wanted, replace(task, image=None)), how)
        if image is not None:
            task = replace(task, image=push(place, wanted, image, tell))
        if wanted.env_file is not None:
            tell("bringing the file of variables")
            given = put_env_file(place, known.outputs[BUCKET], wanted.env_file)
            task = replace(task, env_files=(given, *task.env_files))
    stack = bring_stack(to_task_order(place, wanted, task), how)
    return next(one.physical for one in how.stacks.resources(stack.name) if one.logical == DEFINITION)


def known_stack(place: TaskPlace, group: str, how: Deploying) -> Stack | None:
    """As it can be changed. Raises ``Conflict`` where the name is somebody else's: of an account all tasks are called
    differently, in whichever environment they run."""
    found = how.stacks.find(names.task_stack(group))
    if found is None or states.next_step(found.status) is states.Step.CREATE:
        return None
    if not place.has(found):
        raise Conflict(
            f"stack {found.name} is not of a task of {place} in this account and region",
            hint="Give the task another name with `--task-group-name`.",
        )
    return found if states.next_step(found.status) is states.Step.UPDATE else None


def to_task_order(place: TaskPlace, wanted: Wanted, task: OneOffTask) -> StackOrder:
    tags = {**wanted.tags, **place.tags, names.TASK_TAG: task.group}
    return to_order(names.task_stack(task.group), to_tree(task_template(task)), tags=tags, role=place.role)


def build(place: TaskPlace, wanted: Wanted, how: Build, tell: Tell) -> str:
    """The id of the image. Its repository need not be there."""
    tell("building the image")
    uri = Registry(place.session, place.region).uri(names.task_repository(wanted.task.group))
    order = to_build_order(Path.cwd(), how, f"{uri}:{_tags(wanted)[0]}", platform=wanted.platform)
    return build_image(order, tell).id


def push(place: TaskPlace, wanted: Wanted, image: str, tell: Tell) -> str:
    """The image by its digest; pushed where the repository does not have it."""
    registry = Registry(place.session, place.region)
    repository = registry.repository(names.task_repository(wanted.task.group))
    tags = _tags(wanted)
    digest = registry.pushed(repository, image, tags)
    if digest is None:
        tell("pushing the image")
        digest = registry.push(repository, image, tags, tell)
    return repository.by_digest(digest)


def _tags(wanted: Wanted) -> list[str]:
    return list(dict.fromkeys(tag for tag in (wanted.tag, LATEST) if tag))


def put_env_file(place: TaskPlace, bucket: str, content: bytes) -> str:
    """The ARN that ECS reads it from. It is put there anew each time, for it expires."""
    key = f"{ENV_FILES}/{sha256(content).hexdigest()}.env"
    place.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    return f"arn:{place.session.partition}:s3:::{bucket}/{key}"
