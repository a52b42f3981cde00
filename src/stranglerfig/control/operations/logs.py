"""What tasks of a target group have written, with the secrets of its environment taken out."""

from __future__ import annotations

from collections.abc import AsyncIterator

from stranglerfig.control.context import Control
from stranglerfig.control.operations.deploying import in_force_of
from stranglerfig.core.application import group_name
from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.excerpts import EVERYTHING, Excerpt
from stranglerfig.errors import NotFound

Named = tuple[str, str, str]


def read_logs(
    control: Control, named: Named, *, tail: int, follow: bool, excerpt: Excerpt, container: str | None
) -> AsyncIterator[tuple[str, str]]:
    """Of all its tasks or runs. ``named`` is application, environment and workload; ``container`` None: of all."""
    app, environment, name = named
    control.applications.newest(app, environment, name)
    if container is not None:
        known = _containers(control, named)
        if container not in known:
            raise NotFound(
                f"tasks of {name} have no container {container!r}",
                hint=f"Name {_any_of(known)}, or leave `--container` out.",
            )
        # What a task's only container writes bears no name.
        alone = {""} if container == known[0] else set()
        excerpt = Excerpt(excerpt.since, excerpt.until, frozenset({container, *alone}))
    return read_group_logs(control, group_name(app, environment, name), tail=tail, follow=follow, excerpt=excerpt)


async def read_group_logs(
    control: Control, group: str, *, tail: int, follow: bool, excerpt: Excerpt = EVERYTHING
) -> AsyncIterator[tuple[str, str]]:
    async for task, line in control.runtime.logs(group, tail=tail, follow=follow, excerpt=excerpt):
        yield task, control.applications.secrets.redact(group, line)


def _containers(control: Control, named: Named) -> list[str]:
    """The service's own first: of the newest revision, and of the one that serves while that one comes."""
    app, environment, name = named
    group = group_name(app, environment, name)
    job = in_force_of(control, control.applications.newest(app, environment, name)).workload.job
    found = [control.books.desired.groups.get(group), control.books.in_force(group)]
    targets = [job, *(one.targets for one in found if one is not None)]
    sidecars = [
        container.name for one in targets if isinstance(one, ContainerTargets) for container in one.containers[1:]
    ]
    return list(dict.fromkeys([name, *sidecars]))


def _any_of(names: list[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)
