"""What a one-off task is to run: a service's own surroundings with another command, or a program by itself. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stranglerfig.core.containers import Container, ContainerTargets
from stranglerfig.core.desired import ProcessTargets, TaskTargets
from stranglerfig.errors import NotFound, UsageError

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What flags ask for. ``secrets`` are names in the store by variable. None: as it would be without the flag."""

    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    cpu_units: int | None = None
    memory_mib: int | None = None


def as_service(service: str, targets: TaskTargets, wishes: Wishes) -> TaskTargets:
    """What one task of ``service`` runs, with the command of ``wishes``; it takes no requests."""
    refuse_no_command(service, wishes.command, wishes.entrypoint)
    if isinstance(targets, ProcessTargets):
        return process_task(targets, wishes)
    # Sidecars serve requests or ship logs of a service; a command that runs to its end would wait for them for ever.
    return container_task(targets.containers[0], targets, wishes)


def refuse_no_command(service: str, command: Sequence[str] | None, entrypoint: Sequence[str] | None) -> None:
    if command is None and entrypoint is None:
        raise UsageError(
            f"nothing is said to be run: {service}'s own command would start {service} once more",
            hint=f"Add --command, as in `fig task run --as {service} --command 'python manage.py migrate'`.",
        )


def process_task(targets: ProcessTargets, wishes: Wishes) -> ProcessTargets:
    """``--command`` takes the place of all: of a process nobody knows where its entrypoint ends."""
    return replace(
        targets,
        command=(*(wishes.entrypoint or ()), *(wishes.command or ())) or targets.command,
        replicas=1,
        env=overlaid(targets.env, wishes.variables, wishes.secrets),
        secrets=overlaid(targets.secrets, wishes.secrets, wishes.variables),
        memory_bytes=wishes.memory_mib * 1024**2 if wishes.memory_mib else targets.memory_bytes,
        listens=False,
        recreate=False,
    )


def container_task(container: Container, targets: ContainerTargets, wishes: Wishes) -> ContainerTargets:
    """``--command`` is what the entrypoint gets, as Docker has it; a new entrypoint forgets the old command."""
    command = wishes.command
    if command is None and wishes.entrypoint is None:
        command = container.command
    own = replace(
        container,
        entrypoint=container.entrypoint if wishes.entrypoint is None else wishes.entrypoint,
        command=command,
        env=overlaid(container.env, wishes.variables, wishes.secrets),
        secrets=overlaid(container.secrets, wishes.secrets, wishes.variables),
        ports=(),
        essential=True,
        depends_on=(),
        health=None,
    )
    used = {mount.volume for mount in own.mounts}
    return replace(
        targets,
        containers=(own,),
        port=None,
        replicas=1,
        cpu_units=wishes.cpu_units or targets.cpu_units,
        memory_mib=wishes.memory_mib or targets.memory_mib,
        aliases=(),
        volumes=tuple(volume for volume in targets.volumes if volume.name in used),
        recreate=False,
    )


def overlaid(inherited: Pairs, own: Mapping[str, str], others: Mapping[str, str]) -> Pairs:
    """``own`` over what is inherited; a variable that ``others`` set now is no longer of this sort."""
    return tuple({**{name: value for name, value in inherited if name not in others}, **own}.items())


def stored_names(wanted: Mapping[str, str], known: Collection[str], prefix: str) -> dict[str, str]:
    """Names in the store by variable; one that ``fig secret init`` was given may leave ``prefix`` out."""
    found = {}
    for variable, name in wanted.items():
        place = next((candidate for candidate in (name, f"{prefix}{name}") if candidate in known), None)
        if place is None:
            raise NotFound(
                f"no secret {name} is kept for this environment",
                hint=f"Run `fig secret init --name {name.removeprefix(prefix)}` first.",
            )
        found[variable] = place
    return found
