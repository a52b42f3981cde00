"""What a path becomes on its way to one side of a route. Pure.

A balancer rewrites for a whole rule, whichever target group is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.synth.template import Value
from stranglerfig.core.desired import RouteSide
from stranglerfig.core.routing.rules import UrlRewrite
from stranglerfig.core.urls import TargetUrl


def rewrite_of(side: RouteSide, urls: Mapping[str, TargetUrl]) -> UrlRewrite | None:
    """None: nothing. ``strip`` segments are taken off, then the base path goes in front."""
    base = urls[side.group].base_path if side.group in urls else side.base_path
    if not side.strip:
        return UrlRewrite("^(.*)$", f"{base}$1") if base else None
    segments = f"^(/[^/?]+){{{side.strip}}}"
    return UrlRewrite(f"{segments}(.*)$", f"{base}$2") if base else UrlRewrite(f"{segments}/?(.*)$", "/$2")


def to_transforms(rewrite: UrlRewrite | None) -> list[Value]:
    if rewrite is None:
        return []
    rewrites: list[Value] = [{"Regex": rewrite.regex, "Replace": rewrite.replacement}]
    return [{"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": rewrites}}]
