"""What a deploy of a declared proxy comes to, and what is to be told and done of it. Values only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from stranglerfig.core.compare.shadow import Shadow
from stranglerfig.core.declared.shadowing import ShadowChanges
from stranglerfig.core.desired import Proxy, Route, TargetGroup


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What goes on at a proxy. ``shifting`` are the routes whose shift is running; ``tried`` are routes and the target
    groups that they have had shifts to; ``shadows`` run, by route.
    """

    shifting: Set[str] = frozenset()
    tried: Set[tuple[str, str]] = frozenset()
    shadows: Mapping[str, Shadow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """A route whose shift is running. ``values`` are what the manifest says otherwise, in its words."""

    route: str
    weight: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProxyPlan:
    """``before`` None: the proxy is new. ``groups`` have to be made. ``by_hand`` are routes that no manifest made: they
    are in ``after`` as they were. ``held`` are routes that a running shift owns: nothing of theirs is changed that
    traffic could notice. The shifts of ``due`` routes are to begin; those of ``spent`` ones have been taken back, and
    whether that candidate is tried again is for people to say.
    """

    before: Proxy | None
    after: Proxy
    groups: tuple[TargetGroup, ...] = ()
    by_hand: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    due: tuple[str, ...] = ()
    spent: tuple[str, ...] = ()
    shadows: ShadowChanges = ShadowChanges()


def describe(plan: ProxyPlan) -> str:
    """What it does to routes, in one line; empty for nothing."""
    before = {route.id: route for route in plan.before.routes} if plan.before is not None else {}
    after = {route.id: route for route in plan.after.routes}
    kinds = {
        "added": [name for name in after if name not in before],
        "changed": [name for name in after if name in before and after[name] != before[name]],
        "taken away": [name for name in before if name not in after],
    }
    return "; ".join(f"{kind} {', '.join(names)}" for kind, names in kinds.items() if names)


def expired(routes: tuple[Route, ...], today: str) -> Iterator[Route]:
    """Those whose last day is over. ``today`` as ISO 8601 writes it."""
    return (route for route in routes if route.expires and route.expires < today)
