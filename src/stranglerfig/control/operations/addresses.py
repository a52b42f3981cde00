"""Turns a ``to`` (a URL or the name of a target) into a target group, and refuses what cannot work."""

from __future__ import annotations

from stranglerfig.control.context import Control
from stranglerfig.core.declared.destinations import Destination, find_destination, find_url_destination
from stranglerfig.core.desired import UrlTargets
from stranglerfig.core.refactor_spaces.resources import Service
from stranglerfig.core.urls import TargetUrl, parse_target_url
from stranglerfig.errors import Refused, Unavailable

#: how long something that is to be sent requests may take to accept a connection
REACH_TIMEOUT_S = 3.0


async def resolve_destination(control: Control, to: str, name_for_new: str) -> Destination:
    """What it comes to is settled by ``settle_destination``, once there is nothing more to wait for."""
    destination = find_destination(control.books.desired.groups, to, name_for_new, taken_names(control))
    if destination.new is not None:
        await require_reachable(control, parse_target_url(to))
    return destination


def settle_destination(control: Control, destination: Destination, name_for_new: str) -> Destination:
    """Right before it is saved: others may have taken the name meanwhile, or made a group for the very URL."""
    if destination.new is None:
        control.books.group(destination.group)
        return destination
    assert isinstance(destination.new.targets, UrlTargets)
    groups = control.books.desired.groups
    return find_url_destination(groups, destination.new.targets, name_for_new, taken_names(control))


def taken_names(control: Control) -> set[str]:
    """Of target groups, and of those that services of Refactor Spaces are about to have."""
    return {one.group for one in control.refactoring.books.spaces.all_of(Service)} | control.books.desired.groups.keys()


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
