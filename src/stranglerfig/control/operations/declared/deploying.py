"""Proxies that are deployed from manifests: the whole table is one transaction in the books, and one apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stranglerfig.control.books import Undo
from stranglerfig.control.context import Control
from stranglerfig.control.loops import refuse_loop
from stranglerfig.control.operations.addresses import require_answerers, require_reachable, taken_names
from stranglerfig.control.operations.refactor_spaces.ownership import refuse_owned_proxy
from stranglerfig.control.operations.shadows import NewShadow, running_shadows, start_shadow
from stranglerfig.control.operations.shifting.starting import NewShift, start_shift
from stranglerfig.core.claims import refuse_taken
from stranglerfig.core.conditions_text import render_conditions
from stranglerfig.core.declared.declaration import ProxyDeclaration
from stranglerfig.core.declared.plan import ProxyPlan, UnderWay, describe
from stranglerfig.core.declared.planning import plan_proxy
from stranglerfig.core.desired import UrlTargets
from stranglerfig.core.incumbent import growing_sides
from stranglerfig.core.urls import parse_target_url


def plan_declared(control: Control, declaration: ProxyDeclaration) -> ProxyPlan:
    """What ``deploy_declared`` would do, as far as that can be told without a look at targets."""
    refuse_owned_proxy(control, declaration.name)
    desired = control.books.desired
    plan = plan_proxy(declaration, desired, taken_names(control), _under_way(control, declaration.name))
    if plan.before is None and plan.after.port:
        refuse_taken(desired, plan.after.name, plan.after.host, plan.after.port)
    groups = {**desired.groups, **{group.name: group for group in plan.groups}}
    proxies = {**desired.proxies, plan.after.name: plan.after}
    refuse_loop(replace(desired, proxies=proxies, groups=groups), plan.after.name)
    return plan


async def deploy_declared(control: Control, declaration: ProxyDeclaration, *, force: bool) -> ProxyPlan:
    """What was done. In force for every new request when this returns; on failure nothing is changed.

    ``force`` sends requests even to a target that has nobody to answer them.
    """
    control.require_running()
    plan = plan_declared(control, declaration)
    await _require_answers(control, plan, force=force)
    if plan.before is None:
        port = await control.router.claim(plan.after.host, plan.after.port)
        declaration = replace(declaration, port=port)
    # Others may have changed the books while targets were tried.
    plan = plan_declared(control, declaration)
    if plan.after != plan.before or plan.groups:
        await control.applier.follow(_book(control, plan))
    await _shadow(control, plan)
    await _shift(control, plan, force=force)
    return plan


def _under_way(control: Control, proxy: str) -> UnderWay:
    records = [record for record in control.shifts.books.all() if record.proxy == proxy]
    return UnderWay(
        frozenset(record.route for record in records if record.is_running),
        frozenset((record.route, record.candidate) for record in records),
        running_shadows(control, proxy),
    )


async def _shift(control: Control, plan: ProxyPlan, *, force: bool) -> None:
    routes = {route.id: route for route in plan.after.routes}
    for route in plan.due:
        wanted = routes[route].shift
        assert wanted is not None
        new = NewShift(wanted.plan, hooks=wanted.hooks, cohorts=wanted.cohorts, force=force)
        await start_shift(control, plan.after.name, route, new)


async def _shadow(control: Control, plan: ProxyPlan) -> None:
    proxy, source = plan.after.name, plan.after.declared_by
    for route in (*plan.shadows.ended, *(one for one in plan.shadows.begun if one in plan.shadows.before)):
        control.shadows.end((proxy, route), f"otherwise in {source}")
    for route in plan.shadows.begun:
        wanted = plan.shadows.after[route]
        conditions = render_conditions(wanted.conditions)
        new = NewShadow(
            *(wanted.to, conditions, wanted.sample, wanted.writes, wanted.rate),
            *(wanted.rules, wanted.policy, wanted.bounds),
            declared=True,
        )
        await start_shadow(control, proxy, route, new)


async def _require_answers(control: Control, plan: ProxyPlan, *, force: bool) -> None:
    for group in plan.groups:
        assert isinstance(group.targets, UrlTargets)
        await require_reachable(control, parse_target_url(group.targets.urls[0]))
    if force:
        return
    known = {route.id: route for route in plan.before.routes} if plan.before is not None else {}
    growing = [name for route in plan.after.routes for name in growing_sides(known.get(route.id), route)]
    if plan.before is None or plan.before.default != plan.after.default:
        growing.append(plan.after.default or "")
    for route in plan.after.routes:
        growing += [route.candidate.group, route.legacy.group] if route.id in plan.due else []
    for name in dict.fromkeys(growing):
        await require_answerers(control, name)


def _book(control: Control, plan: ProxyPlan) -> Undo:
    books, routes = control.books, describe(plan)
    reason = f"deployed from {plan.after.declared_by}{f': {routes}' if routes else ''}"
    with books.together():
        # Also those that only shadows need.
        undos: list[Callable[[], None]] = [books.save_group(group, reason) for group in plan.groups]
        undos.append(books.save_proxy(plan.after, reason))

    def undo() -> None:
        for step in reversed(undos):
            step()

    return undo
