"""Images that fig built, and which of them are still needed. Others than those of this fig's applications it leaves."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from stranglerfig.control.context import Control
from stranglerfig.core.application import Deployment, Runtime, Workload, group_name
from stranglerfig.core.containers import ContainerTargets
from stranglerfig.errors import FigError

#: of each workload; an older one is built anew when it is wanted back
KEPT_REVISIONS = 5
#: so far back is looked for images to remove: what is older was removed by an earlier deploy
LOOKED_AT = 20

log = logging.getLogger(__name__)


def prune_soon(control: Control, workload: Workload) -> None:
    """After a deploy. Nobody waits for it, and where it fails the next one makes up for it."""
    place = control.applications.environment(workload.app, workload.environment)
    if place.runtime is Runtime.DOCKER and control.applications.engine is not None:
        control.reconciler.loop.spawn(_prune(control, workload), f"old images of {workload.name}")


def needed_images(control: Control, app: str) -> frozenset[str]:
    """Of the last revisions of every workload, of those that serve, and of runs that go on."""
    applications = control.applications
    found = {image for run in applications.runs.going() if run.app == app for image in _images(run.targets)}
    for newest in applications.store.deployments(app):
        workload = newest.workload
        name = group_name(workload.app, workload.environment, workload.name)
        for group in (control.books.desired.groups.get(name), control.books.in_force(name)):
            found.update(_images(group.targets if group else None))
        found.update(_images_of(control, newest, range(newest.revision, newest.revision - KEPT_REVISIONS, -1)))
    return frozenset(found)


async def _prune(control: Control, workload: Workload) -> None:
    applications = control.applications
    try:
        newest = applications.newest(workload.app, workload.environment, workload.name)
        last = newest.revision - KEPT_REVISIONS
        old = frozenset(_images_of(control, newest, range(last, last - LOOKED_AT, -1)))
        if old and applications.engine is not None:
            keep = needed_images(control, workload.app)
            await applications.engine.remove_images(workload.app, keep=keep, among=old)
    except FigError as error:
        log.info("old images of %s stay: %s", workload.name, error.message)


def _images_of(control: Control, newest: Deployment, revisions: range) -> Iterator[str]:
    workload = newest.workload
    place = (workload.app, workload.environment, workload.name)
    for revision in revisions:
        if revision > 0:
            group = control.books.store.group_revision(group_name(*place), revision)
            deployment = control.applications.store.deployment(*place, revision)
            yield from _images(group.targets if group else None)
            yield from _images(deployment.workload.job if deployment else None)


def _images(targets: object) -> Iterator[str]:
    if isinstance(targets, ContainerTargets):
        yield from (container.image for container in targets.containers)
