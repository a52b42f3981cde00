"""From what a manifest declares to the proxy that a balancer is to be: both sides of each route known. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from stranglerfig.aws.synth.problems import Problem
from stranglerfig.aws.synth.proxy.groups import url_name, url_problem
from stranglerfig.aws.synth.proxy.limits import check_proxy, refuse
from stranglerfig.core.application import owner_of
from stranglerfig.core.declared.declaration import ProxyDeclaration
from stranglerfig.core.declared.planning import plan_proxy
from stranglerfig.core.desired import Desired, Proxy, TargetGroup, UrlTargets
from stranglerfig.core.urls import TargetUrl, is_url, parse_target_url


@dataclass(frozen=True, slots=True)
class Settled:
    """``urls`` are the target groups that are made for it, by name."""

    proxy: Proxy
    urls: Mapping[str, TargetUrl]


def settle(
    name: str,
    env: str,
    declaration: ProxyDeclaration,
    services: Mapping[str, str | None],
    networks: Collection[str] = (),
    weights: Mapping[str, int] | None = None,
) -> Settled:
    """``services`` are those that could be meant; with a text, why they cannot. ``networks`` are the VPC's.

    Raises ``UsageError`` for what a balancer cannot do, ``Conflict`` for what no proxy can be.
    """
    names = _Names(services, networks)
    given = replace(
        declaration,
        # Where it listens is the environment's to say; and proxies there are found by their place.
        name=declaration.source.replace("/", "."),
        host=None,
        port=None,
        default=names.of("default", declaration.default),
        routes=tuple(
            replace(
                route,
                to=names.of(f"routes.{route.id}.to", route.to),
                legacy=None if route.legacy is None else names.of(f"routes.{route.id}.legacy", route.legacy),
                shadow=None,
            )
            for route in declaration.routes
        ),
    )
    refuse(name, env, names.problems)
    groups = {group: TargetGroup(group, UrlTargets(())) for group in (*services, *names.urls)}
    proxy = plan_proxy(given, Desired(groups=groups)).after
    check_proxy(name, env, proxy, names.urls, weights or {})
    return Settled(proxy, names.urls)


def left_aside(declaration: ProxyDeclaration) -> list[str]:
    """Fields that are this machine's."""
    found = [field for field in ("host", "port", "http2") if getattr(declaration, field)]
    if declaration.name != declaration.source.replace("/", "."):
        found.append("proxy")
    return found + [f"routes.{route.id}.shadow" for route in declaration.routes if route.shadow is not None]


class _Names:
    """What targets are called, the problems that there are with them, and the URLs among them."""

    def __init__(self, services: Mapping[str, str | None], networks: Collection[str]) -> None:
        self._services = services
        self._networks = networks
        self.problems: list[Problem] = []
        self.urls: dict[str, TargetUrl] = {}

    def of(self, field: str, to: str) -> str:
        if to in self._services:
            why = self._services[to]
            if why is not None:
                self.problems.append((field, why))
            return to
        owner = owner_of(to) if "://" not in to else None
        if not is_url(to) or owner is not None:
            what = owner or f"target {to}"
            self.problems.append(
                (field, f"{what} is not on AWS: name a service of the workspace, or a private address")
            )
            return to
        url = parse_target_url(to)
        problem = url_problem(url, self._networks)
        if problem is not None:
            self.problems.append((field, problem))
        name = url_name(url)
        self.urls[name] = url
        return name
