"""Where a rule forwards to: in a template with parameters in it, and in a call with what they are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.synth.proxy.release import is_split
from stranglerfig.aws.synth.proxy.rewriting import rewrite_of, to_transforms
from stranglerfig.aws.synth.proxy.weights import Pair, from_pair, to_pair
from stranglerfig.aws.synth.template import Value, present
from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.desired import Route
from stranglerfig.core.routing.rules import StickyBy
from stranglerfig.core.urls import TargetUrl

STICKS_S = 86_400
#: what else is in a call that changes a rule
NO_TRANSFORMS: dict[str, Any] = {"ResetTransforms": True}


def forward(
    route: Route, arns: Mapping[str, Value], weights: tuple[Value, Value] | None, sticks: Value | None
) -> Value:
    """``weights`` of candidate and legacy, None where they are one; ``sticks`` None: never."""
    if weights is None:
        return {"Type": "forward", "TargetGroupArn": arns[route.candidate.group]}
    groups: list[Value] = [
        {"TargetGroupArn": arns[side.group], "Weight": weight}
        for side, weight in zip((route.candidate, route.legacy), weights, strict=True)
    ]
    # Duration and switch stand together: what is stuck comes back only when nothing sticks any more.
    stickiness: Value | None = None if sticks is None else {"Enabled": sticks, "DurationSeconds": STICKS_S}
    return {
        "Type": "forward",
        "ForwardConfig": present(TargetGroups=groups, TargetGroupStickinessConfig=stickiness),
    }


def default_forward(arns: Mapping[str, Value], default: str) -> Value:
    return {"Type": "forward", "TargetGroupArn": arns[default]}


def weighted_change(
    route: Route, weight: int, arns: Mapping[str, str], urls: Mapping[str, TargetUrl]
) -> dict[str, Any]:
    """What ``ModifyRule`` is given, beside the rule, so that the route has this weight: the same as the template says
    with the weight as its parameter."""
    sticks = 0 < weight < FULL_WEIGHT if route.sticky.by is StickyBy.COOKIE else None
    found: dict[str, Any] = {"Actions": [forward(route, arns, to_pair(weight), sticks)]}
    candidate, legacy = (to_transforms(rewrite_of(side, urls)) for side in (route.candidate, route.legacy))
    if candidate == legacy:
        return found
    transforms = candidate if weight else legacy
    return {**found, **({"Transforms": transforms} if transforms else NO_TRANSFORMS)}


def weight_of(route: Route, actions: list[Mapping[str, Any]], arns: Mapping[str, str]) -> int | None:
    """The candidate's share by what a rule does. None: it leads elsewhere by now."""
    if not is_split(route):
        return FULL_WEIGHT
    config = next((one.get("ForwardConfig") or {} for one in actions if one.get("Type") == "forward"), {})
    found = {one["TargetGroupArn"]: int(one.get("Weight", 1)) for one in config.get("TargetGroups") or ()}
    pair: Pair = (found.pop(arns[route.candidate.group], 0), found.pop(arns[route.legacy.group], 0))
    return None if found or not any(pair) else from_pair(pair)
