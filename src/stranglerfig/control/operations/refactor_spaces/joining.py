"""Services that fig itself runs: one of Refactor Spaces that names such a service reaches it without a second hop."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.control.context import Control
from stranglerfig.core.application import is_of_broker
from stranglerfig.core.desired import Balancer
from stranglerfig.core.ingress import NOBODY, to_group_name
from stranglerfig.core.refactor_spaces.endpoints import to_url
from stranglerfig.core.refactor_spaces.faults import invalid
from stranglerfig.core.refactor_spaces.tags import SERVICE_TAG, Tags
from stranglerfig.core.routing.cover import covers, may_overlap
from stranglerfig.core.routing.precedence import Alternative, ordered
from stranglerfig.core.routing.rules import Conditions, Forward, PathPrefix, Rule
from stranglerfig.core.urls import TargetUrl, is_same_host, is_this_machine


@dataclass(frozen=True, slots=True)
class Joined:
    """A target group, and what goes in front of the paths of whoever reaches it this way."""

    group: str
    base_path: str = ""


def find_joined(control: Control, tags: Tags, url_text: str | None) -> Joined | None:
    """By the tag, else by a URL of one of fig's own environments. None: the service is elsewhere."""
    named = dict(tags).get(SERVICE_TAG)
    url = None if url_text is None else to_url("Url", url_text)
    if named is not None:
        return Joined(_find_named(control, named), url.base_path if url is not None else "")
    return None if url is None else _find_by_url(control, url)


def _find_named(control: Control, named: str) -> str:
    name = named.replace("/", ".")
    if name not in control.books.desired.groups or is_of_broker(name):
        raise invalid(
            f"The tag {SERVICE_TAG} is {named}, neither a target nor a deployed service (APP.ENVIRONMENT.NAME)."
        )
    return name


def _find_by_url(control: Control, url: TargetUrl) -> Joined | None:
    """Only where all that could be asked at the URL is answered by one service, by its main port and in plain HTTP."""
    desired = control.books.desired
    balancer = next((one for one in desired.balancers.values() if not one.tcp and _is_at(one, url)), None)
    if balancer is None or url.scheme != "http":
        return None
    asked = Alternative(Rule("asked", Conditions(), Forward(())), PathPrefix(url.base_path or "/"))
    listener = control.books.listener(balancer.name)
    # Whoever wins of those that may be meant; a later one gets none of it if the first takes all.
    first = next((one for one in ordered(listener.rules, listener.order) if may_overlap(one, asked)), None)
    rule = first.rule if first is not None and first.rule is not NOBODY and covers(first, asked) else None
    if rule is None or rule.conditions.methods or not isinstance(rule.action, Forward):
        return None
    pool = rule.action.groups[0].group
    group = desired.serving.get(to_group_name(pool))
    plain = [one for one in (group.ingress if group is not None else ()) if one.balancer == balancer.name]
    if group is None or any(one.port is not None or one.http2 or one.tls or one.sticky for one in plain):
        return None
    return Joined(group.name, url.base_path)


def _is_at(balancer: Balancer, url: TargetUrl) -> bool:
    is_there = is_same_host(url.host, balancer.host) or (is_this_machine(balancer.host) and is_this_machine(url.host))
    return url.port == balancer.port and is_there
