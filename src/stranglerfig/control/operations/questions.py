"""What happens to a request, and what is odd about a proxy's routes. Nothing is changed."""

from __future__ import annotations

from stranglerfig.control.context import Control
from stranglerfig.core.compile import COHORT
from stranglerfig.core.desired import TargetGroup, UrlTargets
from stranglerfig.core.ingress import to_group_name
from stranglerfig.core.routing.explain import Explanation, explain
from stranglerfig.core.routing.lint import Finding, lint
from stranglerfig.core.routing.rules import Forward, Request
from stranglerfig.core.urls import parse_target_url


def explain_request(control: Control, proxy_name: str, request: Request) -> Explanation:
    listener = control.books.listener(proxy_name)
    return explain(listener.rules, listener.order, request, _base_paths(control, proxy_name))


def lint_proxy(control: Control, proxy_name: str) -> list[Finding]:
    listener = control.books.listener(proxy_name)
    groups = control.books.desired.groups.values()
    empty = {
        group.name
        for group in groups
        if not isinstance(group.targets, UrlTargets) and not control.fleet.servers(group.name)
    }
    asked = {
        weighted.group for rule in listener.rules if isinstance(rule.action, Forward) for weighted in rule.action.groups
    }
    # A cohort comes and goes with its shift: nothing that a user could mend.
    rules = [rule for rule in listener.rules if COHORT not in rule.id]
    return lint(rules, listener.order, frozenset(name for name in asked if to_group_name(name) in empty))


def _base_paths(control: Control, proxy_name: str) -> dict[str, str]:
    """By pool."""
    desired = control.books.desired
    found = {group.name: base_path(group) for group in desired.groups.values() if isinstance(group.targets, UrlTargets)}
    proxy = desired.proxies.get(proxy_name)
    for pool in control.books.compiled(proxy).pools if proxy is not None else ():
        found[pool.name] = pool.base_path or found.get(pool.group, "")
    return found


def base_path(group: TargetGroup) -> str:
    return parse_target_url(group.targets.urls[0]).base_path if isinstance(group.targets, UrlTargets) else ""


def to_origin(control: Control, group_name: str) -> str:
    """Scheme and address of the first target; the target group's name where there is none."""
    group = control.books.desired.groups.get(group_name)
    if group is not None and isinstance(group.targets, UrlTargets):
        url = parse_target_url(group.targets.urls[0])
        return f"{url.scheme}://{url.authority}"
    servers = control.fleet.servers(group_name)
    return f"http://{servers[0].host}:{servers[0].port}" if servers else f"http://{group_name}"
