"""A proxy as it stands, written down as the body of its manifest. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from stranglerfig.core.application import PROXY_TYPE, group_name, owner_of
from stranglerfig.core.conditions_text import FULL_WEIGHT, render_conditions, render_sticky, render_weight
from stranglerfig.core.declared.destinations import find_group_at, to_url_targets
from stranglerfig.core.declared.planning import LOCALHOST
from stranglerfig.core.declared.shadowing import ShadowDeclaration
from stranglerfig.core.desired import Proxy, Route, RouteState, TargetGroup, UrlTargets
from stranglerfig.core.routing.rules import Order, StickyBy
from stranglerfig.core.shift.plan import Plan
from stranglerfig.core.shift.terms import Terms
from stranglerfig.core.urls import parse_target_url
from stranglerfig.errors import UsageError

Body = dict[str, object]
#: application and environment
Place = tuple[str, str]
#: a target group -> what leads there
Name = Callable[[str], str]
NO_SHADOWS: Mapping[str, ShadowDeclaration] = {}


def to_body(
    proxy: Proxy, groups: Mapping[str, TargetGroup], shadows: Mapping[str, ShadowDeclaration] = NO_SHADOWS
) -> Body:
    """As the manifest's reader would have it, without what is as if it was not said: numbers are fractions, durations
    seconds. Services of the proxy's environment have their short names. ``shadows`` are those that run, by route.
    """
    place = place_of(proxy)

    def name(group: str) -> str:
        return name_of(group, groups, place)

    body: Body = {"name": manifest_name(proxy), "type": PROXY_TYPE}
    if place is None or group_name(*place, manifest_name(proxy)) != proxy.name:
        body["proxy"] = proxy.name
    body["default"] = name(proxy.default or "")
    if proxy.host != LOCALHOST:
        body["host"] = proxy.host
    body["port"] = proxy.port
    if proxy.order is not Order.SPECIFIC:
        body["order"] = proxy.order.value
    if proxy.http2:
        body["http2"] = True
    if proxy.routes:
        body["routes"] = {route.id: _to_route(proxy, route, name, shadows.get(route.id)) for route in proxy.routes}
    return body


def place_of(proxy: Proxy) -> Place | None:
    """The environment that it is deployed to, else the only one whose services it sends to."""
    if proxy.declared_by:
        app, environment, _ = proxy.declared_by.split("/")
        return app, environment
    names = [proxy.default or "", *(side.group for one in proxy.routes for side in (one.candidate, one.legacy))]
    places = {tuple(name.split(".")[:2]) for name in names if owner_of(name) is not None}
    found = places.pop() if len(places) == 1 else None
    return None if found is None else (found[0], found[1])


def manifest_name(proxy: Proxy) -> str:
    if proxy.declared_by:
        return proxy.declared_by.split("/")[2]
    # Copilot's names have two letters at least, and no two dashes in a row.
    name = "-".join(filter(None, proxy.name.rpartition(".")[2].split("-")))
    return name if len(name) > 1 else f"{name}-proxy"


def name_of(group: str, groups: Mapping[str, TargetGroup], place: Place | None) -> str:
    """What leads there when it is written in a manifest: a service's name, a URL that says all of it, or a target's."""
    prefix = "" if place is None else group_name(*place, "")
    if prefix and group.startswith(prefix):
        return group.removeprefix(prefix)
    known = groups.get(group)
    if known is None or not isinstance(known.targets, UrlTargets) or len(known.targets.urls) > 1:
        return group
    url = known.targets.urls[0]
    try:
        targets = to_url_targets(parse_target_url(url))
    except UsageError:
        # It is reached in a way of its own: without a look at its certificate, say.
        return group
    is_plain = known == TargetGroup(group, targets, revision=known.revision)
    return url if is_plain and find_group_at(groups, targets) == group else group


def _to_route(proxy: Proxy, route: Route, name: Name, shadow: ShadowDeclaration | None) -> Body:
    text = render_conditions(route.conditions)
    body: Body = {"path": text.path}
    body.update({key: True for key in ("exact", "pattern") if getattr(text, key)})
    for key, values in _lists(text.methods, text.hosts, text.headers, text.queries, text.sources):
        body[key] = list(values)
    body["to"] = name(route.candidate.group)
    if route.legacy.group != proxy.default:
        body["legacy"] = name(route.legacy.group)
    if route.shift is not None:
        body["shift"] = _to_shift(route.shift) or True
    elif route.weight != FULL_WEIGHT:
        body["weight"] = render_weight(route.weight)
    if route.candidate.strip:
        body["strip"] = True
    if route.sticky.by is not StickyBy.NONE:
        body["sticky"] = render_sticky(route.sticky)
    if route.state is RouteState.INACTIVE:
        body["state"] = "inactive"
    if route.priority is not None:
        body["priority"] = route.priority
    if shadow is not None:
        body["shadow"] = _to_shadow(shadow, route, name) or True
    body.update({key: value for key, value in (("owner", route.owner), ("expires", route.expires)) if value})
    return body


def _to_shadow(shadow: ShadowDeclaration, route: Route, name: Name) -> Body:
    """What is not as usual."""
    usual, body = ShadowDeclaration(), Body()
    if shadow.to not in (None, route.candidate.group):
        body["candidate"] = name(shadow.to or "")
    if shadow.sample != usual.sample:
        body["sample"] = _to_percent(shadow.sample)
    if shadow.rate != usual.rate:
        body["rate"] = shadow.rate
    text = render_conditions(shadow.conditions)
    if text.path != "/":
        body["path"] = text.path
    lists = {"methods": text.methods, "headers": text.headers, "rules": tuple(rule.text for rule in shadow.rules)}
    lists |= {"redact": shadow.policy.more, "reveal": shadow.policy.allowed}
    body.update({key: list(values) for key, values in lists.items() if values})
    if shadow.writes:
        body["writes"] = True
    if shadow.bounds.timeout_s != usual.bounds.timeout_s:
        body["timeout"] = shadow.bounds.timeout_s
    if shadow.bounds.body_bytes != usual.bounds.body_bytes:
        body["body_bytes"] = shadow.bounds.body_bytes
    return body


def _to_shift(terms: Terms) -> Body:
    """What is not as usual."""
    plan, usual, limits = terms.plan, Plan(), terms.plan.limits
    body: Body = {"cohorts": list(terms.cohorts)} if terms.cohorts else {}
    if terms.shares != usual.steps:
        body["steps"] = [render_weight(step) for step in terms.shares]
    if plan.bake_s != usual.bake_s:
        body["bake"] = plan.bake_s
    given: Body = {}
    if limits.error_increase != usual.limits.error_increase:
        given["error_increase"] = _to_percent(limits.error_increase)
    if limits.latency_ratio != usual.limits.latency_ratio:
        given["latency_ratio"] = "none" if limits.latency_ratio is None else limits.latency_ratio
    if limits.mismatch is not None:
        given["mismatch"] = _to_percent(limits.mismatch)
    if limits.minimum_requests != usual.limits.minimum_requests:
        given["minimum_requests"] = limits.minimum_requests
    hooks = {"webhook": terms.hooks.webhook, "on_change": terms.hooks.command}
    body.update({name: hook for name, hook in hooks.items() if hook is not None})
    return {**body, "limits": given} if given else body


def _to_percent(share: float) -> float:
    """The rounding takes away what the multiplication adds."""
    return round(share * 100, 10)


def _lists(*values: tuple[str, ...]) -> Iterable[tuple[str, tuple[str, ...]]]:
    names = ("methods", "hosts", "headers", "queries", "sources")
    return ((name, found) for name, found in zip(names, values, strict=True) if found)
