"""A proxy's manifest. Pure."""

from __future__ import annotations

from stranglerfig.core.declared.declaration import ProxyDeclaration
from stranglerfig.manifest.model import ProxyManifest
from stranglerfig.manifest.rules.given import Body, number, sections, text, value
from stranglerfig.manifest.rules.strangler_proxy import order_of, route_of


def proxy_of(body: Body) -> ProxyManifest:
    owner = text(body, "owner") or ""
    declaration = ProxyDeclaration(
        name=text(body, "proxy") or "",
        source="",
        default=text(body, "default") or "",
        host=text(body, "host"),
        port=number(body, "port") or None,
        order=order_of(body),
        http2=value(body, "http2") is True,
        routes=tuple(route_of(route_id, route, owner) for route_id, route in sections(body, "routes")),
    )
    return ProxyManifest(name=text(body, "name") or "", body=body, declaration=declaration)
