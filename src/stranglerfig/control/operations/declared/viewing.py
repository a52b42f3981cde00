"""Proxies as the bodies of manifests, and what is to be told of a deploy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.ownership import refuse_owned_proxy
from stranglerfig.control.operations.shadows import running_shadows
from stranglerfig.core.declared.plan import ProxyPlan, expired
from stranglerfig.core.declared.shadowing import as_declared
from stranglerfig.core.declared.writing import Body, to_body
from stranglerfig.core.desired import Route
from stranglerfig.core.shift.record import ShiftRecord


def view_body(control: Control, proxy: str) -> Body:
    """The proxy as the body of its manifest."""
    refuse_owned_proxy(control, proxy)
    shadows = {route: as_declared(shadow) for route, shadow in running_shadows(control, proxy).items()}
    return to_body(control.books.proxy(proxy), control.books.desired.groups, shadows)


def bodies(control: Control, plan: ProxyPlan) -> tuple[Body | None, Body]:
    """Before and after."""
    groups = {**control.books.desired.groups, **{group.name: group for group in plan.groups}}
    # It has the place of its manifest from now on, also where it was made by hand.
    before = None if plan.before is None else replace(plan.before, declared_by=plan.after.declared_by)
    known = None if before is None else to_body(before, groups, plan.shadows.before)
    return known, to_body(plan.after, groups, plan.shadows.after)


def find_expired(control: Control, plan: ProxyPlan) -> list[Route]:
    today = datetime.fromtimestamp(control.refactoring.wall(), UTC).date()
    return list(expired(plan.after.routes, today.isoformat()))


def find_spent(control: Control, plan: ProxyPlan) -> list[ShiftRecord]:
    """The last shifts of the routes that have had theirs."""
    found = (control.shifts.books.latest((plan.after.name, route)) for route in plan.spent)
    return [record for record in found if record is not None]
