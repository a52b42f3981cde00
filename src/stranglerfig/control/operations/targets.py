"""Target groups: make or replace one, change its size, go back to an earlier revision, remove it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from stranglerfig.control.books import Books
from stranglerfig.control.context import Control
from stranglerfig.control.loops import refuse_loop
from stranglerfig.control.operations.addresses import require_reachable
from stranglerfig.control.operations.ledger.arriving import LATELY_S, arrivals, describe
from stranglerfig.control.operations.refactor_spaces.ownership import refuse_owned_target
from stranglerfig.control.operations.shifting.guard import refuse_shifting_target
from stranglerfig.control.operations.soundness import check_replicas, check_tasks
from stranglerfig.core.application import is_of_broker, owner_of
from stranglerfig.core.claims import refuse_conflicts
from stranglerfig.core.desired import ProcessTargets, TargetGroup, TaskTargets, UrlTargets
from stranglerfig.core.names import parse_name
from stranglerfig.core.topology import HealthCheck, HostHeader, Tls
from stranglerfig.core.urls import TargetUrl, parse_target_url, require_checkable, to_host_header
from stranglerfig.errors import Conflict, FigError, NotFound, UsageError

#: revisions in an error's hint
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class UrlOptions:
    """``host_header`` None: the client's for an address, the URL's own for a named host."""

    host_header: HostHeader | None = None
    ca_file: str | None = None
    verify: bool = True


async def create_url_target(
    control: Control, name: str, urls: tuple[str, ...], options: UrlOptions, health: HealthCheck, drain_s: float
) -> TargetGroup:
    """Also replaces one of that name. In force when this returns."""
    parsed = _parse_urls(urls)
    targets = _to_targets(parsed, options)
    refuse_owned_target(control, name)
    _refuse_other_kind(control.books, name, UrlTargets)
    for url in parsed:
        await require_reachable(control, url)
    # A service of that name may have come meanwhile.
    refuse_owned_target(control, name)
    group = TargetGroup(name, targets, health, drain_s, next_revision(control.books, name))
    undo = control.books.save_group(group, f"to {' '.join(targets.urls)}")
    try:
        for proxy in control.books.desired.proxies:
            refuse_loop(control.books.desired, proxy)
    except FigError:
        undo()
        raise
    await control.applier.follow(undo)
    return group


def create_process_target(
    control: Control, name: str, targets: ProcessTargets, health: HealthCheck, drain_s: float
) -> TargetGroup:
    """Also replaces one of that name: its tasks are rolled. Returns at once; what follows can be watched."""
    _refuse_other_kind(control.books, name, ProcessTargets)
    check_tasks(targets)
    check_replicas(targets.replicas)
    group = TargetGroup(name, targets, health, drain_s, next_revision(control.books, name))
    _start_rollout(control, group, f"revision {group.revision}: {' '.join(targets.command)}")
    return group


def scale_target(control: Control, name: str, replicas: int) -> TargetGroup:
    """The number of tasks is no new version: the revision stays."""
    group = control.books.group(name)
    _refuse_owned(name)
    targets = _require_tasks(group)
    check_replicas(replicas)
    if replicas != targets.replicas:
        group = replace(group, targets=replace(targets, replicas=replicas))
        control.books.save_group(group, f"{targets.replicas} to {replicas} tasks")
        control.reconciler.loop.wake(name)
    return group


async def roll_back_target(control: Control, name: str, revision: int | None) -> TargetGroup:
    """``revision`` None: the one before. Tasks are rolled as for a new one."""
    control.books.group(name)
    _refuse_owned(name)
    return await roll_back_group(control, name, revision)


async def roll_back_group(control: Control, name: str, revision: int | None) -> TargetGroup:
    """As ``roll_back_target``, of a service's too."""
    books = control.books
    group = books.group(name)
    earlier = _find_earlier(books, group, revision)
    reason = f"rolled back from revision {group.revision} to {earlier.revision}"
    if isinstance(earlier.targets, UrlTargets):
        await control.applier.follow(books.save_group(earlier, reason))
        return earlier
    if not isinstance(group.targets, UrlTargets) and not isinstance(earlier.targets, UrlTargets):
        # How many are needed depends on the traffic of today, not of then.
        earlier = replace(earlier, targets=replace(earlier.targets, replicas=group.targets.replicas))
    refuse_conflicts(books.desired, earlier)
    _start_rollout(control, earlier, reason)
    return earlier


async def delete_target(control: Control, name: str) -> None:
    """When this returns, its tasks are gone."""
    books = control.books
    books.group(name)
    _refuse_owned(name)
    refuse_owned_target(control, name)
    refuse_shifting_target(control, name)
    users = books.users_of(name)
    if users:
        asked = arrivals(control, name, LATELY_S)
        raise Conflict(
            f"target {name!r} is in use by {', '.join(users[:5])}{' and others' if len(users) > 5 else ''}"
            + (f", and was asked just now: {describe(control, asked)}" if asked else ""),
            hint="Delete those first: `fig route delete PROXY ROUTE`, `fig proxy delete PROXY`.",
        )
    refuse_shadowing_target(control, name)
    await remove_target(control, name, "deleted by its user")


def refuse_shadowing_target(control: Control, name: str) -> None:
    shadow = control.shadows.user_of(name)
    if shadow is not None:
        raise Conflict(
            f"target {name!r} answers the copies of the shadow of {shadow.name}",
            hint=f"`fig shadow stop {shadow.proxy} {shadow.route}` ends it.",
        )


async def remove_target(control: Control, name: str, reason: str) -> None:
    """One that nobody uses. When this returns, its tasks are gone."""
    await control.applier.follow(control.books.delete_group(name, reason))
    control.reconciler.loop.wake(name)
    await control.fleet.gone(name)
    control.histories.forget(name)


async def retire_target(control: Control, name: str) -> None:
    """It takes no more requests, and its tasks finish what they have: when this returns, they are gone.

    It stays in the books as a revision of no tasks, for its caller to delete.
    """
    books = control.books
    group = books.group(name)
    if isinstance(group.targets, UrlTargets):
        return
    targets = replace(group.targets, replicas=0)
    last = replace(group, targets=targets, ingress=(), revision=next_revision(books, name))
    undos = [books.save_group(last, "to be deleted"), books.put_in_force(last, "to be deleted")]
    await control.applier.follow(*undos)
    control.reconciler.loop.wake(name)
    await control.fleet.gone(name)


def _refuse_owned(group: str) -> None:
    """Raises ``Conflict`` for what is changed as a service or an environment, not as a target."""
    owner = owner_of(group)
    if owner is None:
        return
    app, environment, name = group.split(".")
    if is_of_broker(group):
        mend = (
            f"It comes with the deploy that needs it, and goes with `fig env delete --name {environment} --app {app}`."
        )
    else:
        place = f"--name {name} --env {environment} --app {app}"
        mend = f"Change it with `fig svc deploy {place}`, or remove it with `fig svc delete {place}`."
    raise Conflict(f"target {group!r} is part of {owner}", hint=mend)


def next_revision(books: Books, name: str) -> int:
    """One above all there have been, those that were taken back or left by a rollback too."""
    group = books.desired.groups.get(name)
    revision = 1 if group is None else group.revision + 1
    while books.store.group_revision(name, revision) is not None:
        revision += 1
    return revision


def _start_rollout(control: Control, group: TargetGroup, reason: str) -> None:
    control.histories.forget(group.name)
    control.books.save_group(group, reason)
    control.reconciler.loop.wake(group.name)


def _find_earlier(books: Books, group: TargetGroup, revision: int | None) -> TargetGroup:
    name = group.name
    if revision == group.revision:
        raise Conflict(f"target {name!r} is at revision {revision} already", hint=f"`fig target show {name}` shows it.")
    known = _known_revisions(books, name)
    before = [one for one in known if one < group.revision]
    if revision is None and not before:
        raise NotFound(
            f"target {name!r} has no revision before {group.revision}", hint=f"`fig target show {name}` shows this one."
        )
    wanted = before[-1] if revision is None else revision
    earlier = books.store.group_revision(name, wanted) if wanted in known else None
    if earlier is None:
        names = ", ".join(map(str, known[-MOST_NAMED:]))
        hint = f"There are revisions {names}." if len(known) > 1 else f"There is no other than revision {names}."
        raise NotFound(f"target {name!r} has no revision {wanted}", hint=hint)
    return earlier


def _known_revisions(books: Books, name: str) -> list[int]:
    """Those in the books, the newest last."""
    return [one for one in range(1, next_revision(books, name)) if books.store.group_revision(name, one) is not None]


def _parse_urls(urls: tuple[str, ...]) -> list[TargetUrl]:
    parsed = [parse_target_url(url) for url in urls]
    if not parsed:
        raise UsageError("a target needs a URL or a command", hint="`fig target add NAME URL` gives it one.")
    if len({(url.scheme, url.base_path) for url in parsed}) > 1:
        raise UsageError(
            "the URLs of one target must share scheme and path", hint="Add the others as targets of their own."
        )
    if len(set(parsed)) < len(parsed):
        raise UsageError("a URL stands twice", hint="Give each one once.")
    return parsed


def _to_targets(urls: list[TargetUrl], options: UrlOptions) -> UrlTargets:
    tls = Tls(options.ca_file, options.verify) if urls[0].scheme == "https" else None
    if tls is None and options.ca_file is not None:
        raise UsageError("a CA file has no use for http", hint="Write the URL with https://, or leave `--ca-file` out.")
    if tls is not None and tls.ca_file is not None and not os.path.isfile(tls.ca_file):
        raise UsageError(f"there is no CA file {tls.ca_file}", hint="Give the full path of a PEM file.")
    if tls is not None and tls.verify:
        for url in urls:
            require_checkable(url)
    header = options.host_header or to_host_header(urls[0])
    return UrlTargets(tuple(url.text for url in urls), header, tls)


def _refuse_other_kind(books: Books, name: str, kind: type[UrlTargets | ProcessTargets]) -> None:
    group = books.desired.groups.get(name)
    if group is not None:
        _refuse_owned(name)
    parse_name(name, "target name")
    if group is not None and not isinstance(group.targets, kind):
        was = "URLs" if isinstance(group.targets, UrlTargets) else "tasks"
        raise Conflict(
            f"target {name!r} exists already, and is one of {was}",
            hint=f"Take another name and move the routes there, or `fig target delete {name}` first.",
        )


def _require_tasks(group: TargetGroup) -> TaskTargets:
    if not isinstance(group.targets, UrlTargets):
        return group.targets
    raise UsageError(
        f"target {group.name!r} is one of URLs: fig does not run it",
        hint=f"Give it other URLs with `fig target add {group.name} URL...`.",
    )
