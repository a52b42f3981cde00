"""Whether a declaration can be at all, however it came: the books hold nothing that HAProxy could not. Pure."""

from __future__ import annotations

import re
from ipaddress import ip_address

from stranglerfig.core.compare.limits import check_amount
from stranglerfig.core.compile import DEFAULT_RULE
from stranglerfig.core.conditions_text import FULL_WEIGHT, parse_sticky, render_sticky
from stranglerfig.core.declared.declaration import ProxyDeclaration, RouteDeclaration
from stranglerfig.core.names import parse_name
from stranglerfig.errors import UsageError

HIGHEST_PORT = 65_535
_PART = "[a-z][a-z0-9-]{0,62}"
#: a service among targets, and a proxy in its environment
DEPLOYED = re.compile(rf"{_PART}\.{_PART}\.{_PART}")
_SOURCE = re.compile(rf"{_PART}/{_PART}/{_PART}")


def check_declaration(declaration: ProxyDeclaration) -> None:
    """Raises ``UsageError``. What needs the other routes is checked with them."""
    check_proxy_name(declaration.name)
    if not _SOURCE.fullmatch(declaration.source):
        raise UsageError(f"bad source {declaration.source!r}: it is APP/ENVIRONMENT/MANIFEST")
    if declaration.host is not None:
        check_host(declaration.host)
    if declaration.port is not None and not 1 <= declaration.port <= HIGHEST_PORT:
        raise UsageError(f"bad port {declaration.port}: it is a number from 1 to {HIGHEST_PORT}")
    if len({route.id for route in declaration.routes}) < len(declaration.routes):
        raise UsageError("two routes have one id")
    for route in declaration.routes:
        _check_route(route)


def check_proxy_name(name: str) -> None:
    if not DEPLOYED.fullmatch(name):
        parse_name(name, "proxy name")


def check_host(host: str) -> None:
    try:
        ip_address(host)
    except ValueError as error:
        raise UsageError(
            f"bad host {host!r}: a proxy listens on an IP address",
            hint="Use 127.0.0.1 for this machine alone, 0.0.0.0 for everybody.",
        ) from error


def _check_route(route: RouteDeclaration) -> None:
    parse_name(route.id, "route")
    if route.id == DEFAULT_RULE:
        raise UsageError(f"a route cannot be called {route.id!r}", hint="That is what the default is called.")
    if not 0 <= route.weight <= FULL_WEIGHT:
        raise UsageError(f"bad weight {route.weight}: it is from 0 to {FULL_WEIGHT}, hundredths of a percent")
    parse_sticky(render_sticky(route.sticky))
    if route.shadow is not None:
        check_amount(route.shadow.sample, route.shadow.rate, route.shadow.bounds)
