"""Switch a target off for good, with proof that nobody needs it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.control.books import Undo
from stranglerfig.control.context import Control
from stranglerfig.control.operations.ledger.arriving import ago, arrivals, describe
from stranglerfig.control.operations.ledger.viewing import marks_of
from stranglerfig.control.operations.refactor_spaces.ownership import (
    refuse_owned_proxy,
    refuse_owned_route,
    refuse_owned_target,
)
from stranglerfig.control.operations.shifting.guard import refuse_shifting_target
from stranglerfig.control.operations.targets import refuse_shadowing_target, remove_target
from stranglerfig.control.operations.workloads import delete_workload
from stranglerfig.core.application import is_of_broker, owner_of
from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.desired import Proxy, Route
from stranglerfig.errors import Conflict, NotFound, Refused


@dataclass(frozen=True, slots=True)
class Retirement:
    """``quiet_s``: nobody has asked it for so long, None where that is not known. ``steps`` are what it takes, or took,
    as sentences.
    """

    target: str
    quiet_s: float | None
    steps: tuple[str, ...]


async def retire(control: Control, name: str, quiet_for_s: float, *, force: bool, only_look: bool) -> Retirement:
    """Refused while requests arrived in that time, or where the ledger has not watched for so long.

    Routes that have wholly moved away from it forget it; a proxy whose default it is has none any more, and refuses
    what no route takes. A route that still leads to it is for its user to take away first.
    """
    group = _find(control, name)
    await control.ledger.book()
    if not force:
        try:
            _require_quiet(control, group, quiet_for_s)
        except Refused as refusal:
            raise _with_mend(control, group, refusal) from refusal
    proxies, routes = _plan(control, group)
    found = Retirement(group, _quiet_s(control, group), tuple(_to_steps(group, proxies, routes)))
    if only_look:
        return found
    undos: list[Undo] = []
    with control.books.together():
        for proxy, route in routes:
            moved = replace(route, legacy=route.candidate)
            undos.append(control.books.save_route(proxy, moved, f"{group} is retired"))
        for proxy_name in proxies:
            proxy_now = control.books.proxy(proxy_name)
            undos.append(
                control.books.save_proxy(replace(proxy_now, default=None, base_path=""), f"{group} is retired")
            )
    await control.applier.follow(*undos)
    if owner_of(group) is not None:
        await delete_workload(control, *_place_of(group), force=True)
    else:
        await remove_target(control, group, "retired")
    return found


def _find(control: Control, name: str) -> str:
    groups = control.books.desired.groups
    if name in groups and not is_of_broker(name):
        return name
    services = [
        group for group in groups if owner_of(group) and not is_of_broker(group) and _place_of(group)[2] == name
    ]
    if len(services) == 1:
        return services[0]
    if services:
        raise Conflict(f"{name} runs in several places", hint=f"Name one: {', '.join(f'`{one}`' for one in services)}.")
    raise NotFound(
        f"no target or service {name!r}", hint="`fig target ls` lists the targets, `fig svc ls` the services."
    )


def _require_quiet(control: Control, group: str, quiet_for_s: float) -> None:
    now, marks = control.ledger.wall(), marks_of(control, group)
    found = arrivals(control, group, quiet_for_s)
    if found:
        raise Refused(
            f"requests still arrive at {group}: {describe(control, found)}",
            hint=f"Move these paths first; `fig ledger retire {group} --force` retires it all the same.",
        )
    grown = [mark for mark in marks if mark.grown_at > now - quiet_for_s and mark.grown_at > mark.since]
    if grown:
        last = ago(now - max(mark.grown_at for mark in grown))
        raise Refused(
            f"requests arrived at {group} {last} ago, and no line tells which",
            hint=f"Wait until it is quiet; `fig ledger retire {group} --force` retires it all the same.",
        )
    watched_s = now - min((mark.since for mark in marks), default=now)
    if watched_s < quiet_for_s:
        raise Refused(
            f"{group} is quiet, but has been watched for {ago(watched_s)} only: no proof of {ago(quiet_for_s)}",
            hint=f"Wait, ask for less with `--quiet-for`, or insist: `fig ledger retire {group} --force`.",
        )


def _with_mend(control: Control, group: str, refusal: Refused) -> Refused:
    """Insisting is no mend where something else stands in the way as well."""
    try:
        _plan(control, group)
    except Conflict as obstacle:
        return Refused(f"{refusal.message}; and {obstacle.message}", hint=obstacle.hint)
    return refusal


def _quiet_s(control: Control, group: str) -> float | None:
    marks = marks_of(control, group)
    return control.ledger.wall() - max(mark.grown_at for mark in marks) if marks else None


def _plan(control: Control, group: str) -> tuple[list[str], list[tuple[str, Route]]]:
    """The proxies whose default it is, and the routes that moved away from it."""
    proxies: list[str] = []
    routes: list[tuple[str, Route]] = []
    for proxy in control.books.desired.proxies.values():
        if proxy.default == group:
            refuse_owned_proxy(control, proxy.name)
            proxies.append(proxy.name)
        routes += [(proxy.name, route) for route in _moved_away(control, proxy, group)]
    refuse_shifting_target(control, group)
    if owner_of(group) is None:
        refuse_owned_target(control, group)
        refuse_shadowing_target(control, group)
    return proxies, routes


def _moved_away(control: Control, proxy: Proxy, group: str) -> list[Route]:
    found = []
    for route in proxy.routes:
        if route.candidate.group == group:
            raise Conflict(
                f"route {route.id!r} of proxy {proxy.name!r} leads to {group}",
                hint=f"`fig route delete {proxy.name} {route.id}` takes it away.",
            )
        if route.legacy.group == group:
            if route.weight < FULL_WEIGHT:
                raise Conflict(
                    f"route {route.id!r} of proxy {proxy.name!r} has not wholly moved away from {group}",
                    hint=f"`fig route set {proxy.name} {route.id} --weight 100` moves the rest.",
                )
            refuse_owned_route(control, proxy.name, route.id)
            _refuse_shadowed(control, proxy.name, route.id)
            found.append(route)
    return found


def _refuse_shadowed(control: Control, proxy: str, route: str) -> None:
    """Its copies are asked of legacy, too."""
    watch = control.shadows.watches.get((proxy, route))
    if watch is not None and watch.shadow.ended_at is None:
        raise Conflict(
            f"route {route!r} of proxy {proxy!r} has a shadow that compares answers with it",
            hint=f"`fig shadow stop {proxy} {route}` ends it.",
        )


def _to_steps(group: str, proxies: list[str], routes: list[tuple[str, Route]]) -> list[str]:
    steps = [f"Route {route.id} of {proxy} cannot be rolled back any more." for proxy, route in routes]
    steps += [f"Proxy {proxy} refuses what no route takes." for proxy in proxies]
    return [*steps, f"{group} is switched off."]


def _place_of(group: str) -> tuple[str, str, str]:
    app, environment, name = group.split(".")
    return app, environment, name
