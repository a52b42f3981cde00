"""What is made after what, and so deleted before it (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

from stranglerfig.core.cloudformation.templates.evaluation import dependencies
from stranglerfig.core.cloudformation.templates.template import ResourceDeclaration, Template

ROUTE = "AWS::RefactorSpaces::Route"

Needs = Mapping[str, frozenset[str]]


def needs_of(template: Template) -> dict[str, frozenset[str]]:
    """Of each resource on others: what the template says, and routes by path on the default route of their application.

    AWS leaves the latter to DependsOn, and fails now and then where that is forgotten.
    """
    needs = dependencies(template)
    routes = [one for one in template.resources.values() if one.type == ROUTE]
    for default in (one for one in routes if _is_default(one)):
        for route in routes:
            is_beside = _application(route) == _application(default) and not _is_default(route)
            if is_beside and route.name not in _reachable(needs, default.name):
                needs[route.name] |= {default.name}
    return needs


def in_order(needs: Needs) -> tuple[str, ...]:
    return tuple(TopologicalSorter(needs).static_order())


def _is_default(route: ResourceDeclaration) -> bool:
    return route.properties.get("RouteType") == "DEFAULT"


def _application(route: ResourceDeclaration) -> object:
    return route.properties.get("ApplicationIdentifier")


def _reachable(needs: Needs, start: str) -> set[str]:
    found: set[str] = set()
    coming = [start]
    while coming:
        name = coming.pop()
        if name not in found:
            found.add(name)
            coming += needs.get(name, ())
    return found
