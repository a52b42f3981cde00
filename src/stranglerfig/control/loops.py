"""Proxies that would send requests back to themselves, through others of fig's own too."""

from __future__ import annotations

from stranglerfig.core.desired import Desired, Proxy, TargetGroup, UrlTargets
from stranglerfig.core.urls import TargetUrl, is_same_host, is_this_machine, parse_target_url
from stranglerfig.errors import Refused


def refuse_loop(desired: Desired, start: str) -> None:
    """Raises if requests to the proxy ``start`` can come back to it through fig's own listeners."""
    trail = _find_way_back(desired, start, start, ())
    if trail is not None:
        way = " -> ".join((start, *trail))
        raise Refused(
            f"this makes a loop: {way}",
            hint="Send it to what really answers: `fig proxy ls` shows fig's own addresses.",
        )


def _find_way_back(desired: Desired, goal: str, at: str, seen: tuple[str, ...]) -> tuple[str, ...] | None:
    for proxy in _next_proxies(desired, desired.proxies[at]):
        if proxy == goal:
            return (proxy,)
        if proxy not in seen:
            trail = _find_way_back(desired, goal, proxy, (*seen, proxy))
            if trail is not None:
                return (proxy, *trail)
    return None


def _next_proxies(desired: Desired, proxy: Proxy) -> list[str]:
    names = {} if proxy.default is None else {proxy.default: None}
    for route in proxy.routes:
        names[route.candidate.group] = names[route.legacy.group] = None
    urls = [url for name in names for url in _urls_of(desired.groups.get(name))]
    return [other.name for other in desired.proxies.values() if any(_is_at(other, url) for url in urls)]


def _urls_of(group: TargetGroup | None) -> list[TargetUrl]:
    if group is None or not isinstance(group.targets, UrlTargets):
        return []
    return [parse_target_url(url) for url in group.targets.urls]


def _is_at(proxy: Proxy, url: TargetUrl) -> bool:
    is_there = is_same_host(url.host, proxy.host) or (is_this_machine(proxy.host) and is_this_machine(url.host))
    return url.port == proxy.port and is_there
