"""What fig writes on a container so that a later daemon knows it again. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from stranglerfig.core.containers import Condition, Container, Volume

PREFIX = "stranglerfig"
HOME = f"{PREFIX}.home"
TASK = f"{PREFIX}.task"
GROUP = f"{PREFIX}.group"
REVISION = f"{PREFIX}.revision"
NAME = f"{PREFIX}.container"
ESSENTIAL = f"{PREFIX}.essential"
DEPENDS = f"{PREFIX}.depends-on"
PORT = f"{PREFIX}.port"

#: on images that fig builds. Not ``HOME``: containers inherit the labels of their image, those of strangers too
IMAGE_HOME = f"{PREFIX}.image.home"
IMAGE_APP = f"{PREFIX}.app"

#: the name of the container that does nothing but hold the network of a task with several
HOLDER = "-network-"


@dataclass(frozen=True, slots=True)
class Role:
    """Which task of what this is. ``port`` is the container port that requests go to."""

    home: str
    task_id: str
    group: str
    revision: int
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One container of a task, as far as its labels tell."""

    name: str
    essential: bool = True
    depends_on: tuple[tuple[str, Condition], ...] = ()

    @property
    def is_holder(self) -> bool:
        return self.name == HOLDER


def to_part(container: Container) -> Part:
    return Part(container.name, container.essential, container.depends_on)


def render_labels(role: Role, part: Part) -> dict[str, str]:
    return {
        HOME: role.home,
        TASK: role.task_id,
        GROUP: role.group,
        REVISION: str(role.revision),
        PORT: "" if role.port is None else str(role.port),
        NAME: part.name,
        ESSENTIAL: "yes" if part.essential else "no",
        DEPENDS: ",".join(f"{name}={condition.value}" for name, condition in part.depends_on),
    }


def parse_role(labels: Mapping[str, str]) -> Role:
    port = labels.get(PORT, "")
    return Role(
        home=labels.get(HOME, ""),
        task_id=labels.get(TASK, ""),
        group=labels.get(GROUP, ""),
        revision=int(labels.get(REVISION) or 0),
        port=int(port) if port else None,
    )


def parse_part(labels: Mapping[str, str]) -> Part:
    pairs = (pair.rpartition("=") for pair in labels.get(DEPENDS, "").split(",") if pair)
    return Part(
        name=labels.get(NAME, ""),
        essential=labels.get(ESSENTIAL) != "no",
        depends_on=tuple((name, Condition(condition)) for name, _, condition in pairs),
    )


def to_mark(home: str) -> str:
    """Keeps names apart that two homes on one engine would both choose."""
    return hashlib.sha256(home.encode()).hexdigest()[:8]


def to_container_name(task_id: str, part: Part | None) -> str:
    """``part`` None: the one that owns the network."""
    return f"fig-{task_id}" if part is None else f"fig-{task_id}-{part.name}"


def to_scratch_name(task_id: str, volume: str) -> str:
    return f"fig-{task_id}-{volume}"


def to_shared_name(role: Role, volume: Volume) -> str:
    mark = to_mark(role.home)
    return f"fig-{to_owner(role, volume)}-{mark}" if volume.file_system else f"fig-{role.group}-{volume.name}-{mark}"


def to_owner(role: Role, volume: Volume) -> str:
    """What a shared volume is labelled with as its group: a file system is its environment's, not one service's."""
    return f"{role.group.rpartition('.')[0]}.{volume.file_system}" if volume.file_system else role.group
