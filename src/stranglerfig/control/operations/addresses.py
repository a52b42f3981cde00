"""Turns a ``to`` (a URL or the name of a target) into a target group, and refuses what cannot work."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.control.context import Control
from stranglerfig.core.application import is_of_broker
from stranglerfig.core.desired import TargetGroup, UrlTargets
from stranglerfig.core.names import parse_name, to_slug, to_unique
from stranglerfig.core.refactor_spaces.resources import Service
from stranglerfig.core.topology import Tls
from stranglerfig.core.urls import (
    TargetUrl,
    is_url,
    parse_target_url,
    require_checkable,
    to_host_header,
)
from stranglerfig.errors import NotFound, Refused, Unavailable

#: how long something that is to be sent requests may take to accept a connection
REACH_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class Destination:
    """``new`` is the group that has to be made first, None for one that exists."""

    group: str
    new: TargetGroup | None = None


async def resolve_destination(control: Control, to: str, name_for_new: str) -> Destination:
    """A URL that a target group stands for already leads there; any other one makes a new group.

    What it comes to is settled by ``settle_destination``, once there is nothing more to wait for.
    """
    # A service's has dots, as a host has.
    if to in control.books.desired.groups and not is_of_broker(to):
        return Destination(to)
    if not is_url(to):
        parse_name(to, "target")
        raise NotFound(
            f"no target {to!r}", hint="`fig target ls` lists the targets; a URL starts with http:// or https://."
        )
    url = parse_target_url(to)
    destination = to_destination(control, to_url_targets(url), name_for_new)
    if destination.new is not None:
        await require_reachable(control, url)
    return destination


def settle_destination(control: Control, destination: Destination, name_for_new: str) -> Destination:
    """Right before it is saved: others may have taken the name meanwhile, or made a group for the very URL."""
    if destination.new is None:
        control.books.group(destination.group)
        return destination
    assert isinstance(destination.new.targets, UrlTargets)
    return to_destination(control, destination.new.targets, name_for_new)


def to_destination(control: Control, targets: UrlTargets, name_for_new: str) -> Destination:
    for group in control.books.desired.groups.values():
        if isinstance(group.targets, UrlTargets) and _in_one_spelling(group.targets) == targets:
            return Destination(group.name)
    name = to_unique(to_slug(name_for_new, otherwise="target"), taken_names(control))
    return Destination(name, TargetGroup(name, targets))


def taken_names(control: Control) -> set[str]:
    """Of target groups, and of those that services of Refactor Spaces are about to have."""
    return {one.group for one in control.refactoring.books.spaces.all_of(Service)} | control.books.desired.groups.keys()


def _in_one_spelling(targets: UrlTargets) -> UrlTargets:
    """Older books have URLs as they were typed."""
    return replace(targets, urls=tuple(parse_target_url(url).text for url in targets.urls))


def to_url_targets(url: TargetUrl) -> UrlTargets:
    require_checkable(url)
    tls = Tls() if url.scheme == "https" else None
    return UrlTargets((url.text,), to_host_header(url), tls)


async def require_reachable(control: Control, url: TargetUrl) -> None:
    reason = await control.reach(url.host, url.port)
    if reason is not None:
        raise Unavailable(
            f"cannot reach {url.text}: {reason}",
            hint=f"Start what should answer there (`curl -i {url.text}/` shows whether it does) and repeat.",
        )


async def require_answerers(control: Control, group: str) -> None:
    """Raises if none of its tasks is healthy, or none of its URLs accepts a connection."""
    known = control.books.desired.groups.get(group)
    if known is None:
        return
    if isinstance(known.targets, UrlTargets):
        await _require_open_url(control, group, known.targets)
    elif all(server.draining for server in control.fleet.servers(group)):
        raise Refused(
            f"target {group!r} has no healthy task: every request sent to it would fail",
            hint=f"See `fig target show {group}` and `fig logs {group}`, or insist with `--force`.",
        )


async def _require_open_url(control: Control, group: str, targets: UrlTargets) -> None:
    for url in map(parse_target_url, targets.urls):
        reason = await control.reach(url.host, url.port)
        if reason is None:
            return
    raise Refused(
        f"target {group!r} does not answer at {url.text}: {reason}",
        hint=f"Start it (`curl -i {url.text}/` shows whether it answers), or insist with `--force`.",
    )
