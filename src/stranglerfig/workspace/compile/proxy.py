"""A proxy's manifest to what the daemon is asked for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import replace

from stranglerfig.core.application import group_name
from stranglerfig.core.declared.declaration import ProxyDeclaration
from stranglerfig.core.declared.shadowing import ShadowDeclaration
from stranglerfig.manifest.model import ProxyManifest


def _in_full(shadow: ShadowDeclaration | None, full: Callable[[str], str]) -> ShadowDeclaration | None:
    return shadow if shadow is None or shadow.to is None else replace(shadow, to=full(shadow.to))


def compile_proxy(manifest: ProxyManifest, app: str, environment: str, services: Set[str]) -> ProxyDeclaration:
    """``services`` are the workspace's: whatever is called like one of them is that one, in this environment."""

    def full(name: str) -> str:
        return group_name(app, environment, name) if name in services else name

    declared = manifest.declaration
    return replace(
        declared,
        name=declared.name or group_name(app, environment, manifest.name),
        source=f"{app}/{environment}/{manifest.name}",
        default=full(declared.default),
        routes=tuple(
            replace(
                route,
                to=full(route.to),
                legacy=None if route.legacy is None else full(route.legacy),
                shadow=_in_full(route.shadow, full),
            )
            for route in declared.routes
        ),
    )
