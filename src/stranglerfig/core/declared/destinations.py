"""Where a ``to`` leads, a URL or the name of a target: a target group that there is, or a new one. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from stranglerfig.core.application import is_of_broker
from stranglerfig.core.desired import TargetGroup, UrlTargets
from stranglerfig.core.names import parse_name, to_slug, to_unique
from stranglerfig.core.topology import Tls
from stranglerfig.core.urls import TargetUrl, is_url, parse_target_url, require_checkable, to_host_header
from stranglerfig.errors import NotFound


@dataclass(frozen=True, slots=True)
class Destination:
    """``new`` is the group that has to be made first, None for one that exists."""

    group: str
    new: TargetGroup | None = None


def find_destination(
    groups: Mapping[str, TargetGroup], to: str, name_for_new: str, taken: Container[str]
) -> Destination:
    """A URL that a target group stands for already leads there; any other one makes a new group."""
    # A service's has dots, as a host has.
    if to in groups and not is_of_broker(to):
        return Destination(to)
    if not is_url(to):
        parse_name(to, "target")
        raise NotFound(
            f"no target {to!r}", hint="`fig target ls` lists the targets; a URL starts with http:// or https://."
        )
    return find_url_destination(groups, to_url_targets(parse_target_url(to)), name_for_new, taken)


def find_url_destination(
    groups: Mapping[str, TargetGroup], targets: UrlTargets, name_for_new: str, taken: Container[str]
) -> Destination:
    """``taken`` are the names that a new group cannot have."""
    found = find_group_at(groups, targets)
    if found is not None:
        return Destination(found)
    name = to_unique(to_slug(name_for_new, otherwise="target"), taken)
    return Destination(name, TargetGroup(name, targets))


def find_group_at(groups: Mapping[str, TargetGroup], targets: UrlTargets) -> str | None:
    for group in groups.values():
        if isinstance(group.targets, UrlTargets) and _in_one_spelling(group.targets) == targets:
            return group.name
    return None


def to_url_targets(url: TargetUrl) -> UrlTargets:
    require_checkable(url)
    tls = Tls() if url.scheme == "https" else None
    return UrlTargets((url.text,), to_host_header(url), tls)


def _in_one_spelling(targets: UrlTargets) -> UrlTargets:
    """Older books have URLs as they were typed."""
    return replace(targets, urls=tuple(parse_target_url(url).text for url in targets.urls))
