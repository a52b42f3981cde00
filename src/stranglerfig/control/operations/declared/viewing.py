"""Proxies as the bodies of manifests, and what is to be told of a deploy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.ownership import refuse_owned_proxy
from stranglerfig.core.declared.planning import ProxyPlan, expired
from stranglerfig.core.declared.writing import Body, to_body
from stranglerfig.core.desired import Route


def view_body(control: Control, proxy: str) -> Body:
    """The proxy as the body of its manifest."""
    refuse_owned_proxy(control, proxy)
    return to_body(control.books.proxy(proxy), control.books.desired.groups)


def bodies(control: Control, plan: ProxyPlan) -> tuple[Body | None, Body]:
    """Before and after."""
    groups = {**control.books.desired.groups, **{group.name: group for group in plan.groups}}
    # It has the place of its manifest from now on, also where it was made by hand.
    before = None if plan.before is None else replace(plan.before, declared_by=plan.after.declared_by)
    return None if before is None else to_body(before, groups), to_body(plan.after, groups)


def find_expired(control: Control, plan: ProxyPlan) -> list[Route]:
    today = datetime.fromtimestamp(control.refactoring.wall(), UTC).date()
    return list(expired(plan.after.routes, today.isoformat()))
