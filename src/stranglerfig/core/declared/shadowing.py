"""Shadows that are declared with their routes: what is begun and ended by a deploy. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stranglerfig.core.compare.jobs import Bounds
from stranglerfig.core.compare.redaction import Policy
from stranglerfig.core.compare.rules import FieldRule
from stranglerfig.core.compare.shadow import USUAL_RATE, Shadow
from stranglerfig.core.routing.rules import Conditions, PathPrefix


@dataclass(frozen=True, slots=True)
class ShadowDeclaration:
    """``to`` is a URL or the name of a target; None: the route's own candidate. The rest is as in ``Shadow``."""

    to: str | None = None
    conditions: Conditions = Conditions(paths=(PathPrefix("/"),))
    sample: float = 1.0
    writes: bool = False
    rate: float = USUAL_RATE
    rules: tuple[FieldRule, ...] = ()
    policy: Policy = Policy()
    bounds: Bounds = Bounds()


@dataclass(frozen=True, slots=True)
class ShadowChanges:
    """By route: what runs ``before`` and ``after``. One that is ``begun`` takes the place of what runs there."""

    before: Mapping[str, ShadowDeclaration] = field(default_factory=dict)
    after: Mapping[str, ShadowDeclaration] = field(default_factory=dict)
    begun: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()


def change_shadows(wanted: Mapping[str, ShadowDeclaration], running: Mapping[str, Shadow]) -> ShadowChanges:
    """``wanted`` have target groups as their ``to``. What was begun by hand runs on."""
    before = {route: as_declared(shadow) for route, shadow in running.items()}
    begun = tuple(route for route, shadow in wanted.items() if before.get(route) != shadow)
    ended = tuple(route for route, shadow in running.items() if shadow.declared and route not in wanted)
    kept = {route: shadow for route, shadow in before.items() if route not in ended}
    return ShadowChanges(before, {**kept, **wanted}, begun, ended)


def as_declared(shadow: Shadow) -> ShadowDeclaration:
    return ShadowDeclaration(
        shadow.candidate.group,
        shadow.conditions,
        shadow.sample,
        shadow.writes,
        shadow.rate,
        shadow.rules,
        shadow.policy,
        shadow.bounds,
    )
