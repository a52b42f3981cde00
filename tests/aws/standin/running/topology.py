"""Balancers as moto describes them become what the data plane is to hold. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from stranglerfig.core.routing.rules import (
    Action,
    Conditions,
    FixedResponse,
    Forward,
    HeaderCondition,
    HostCondition,
    Order,
    PathCondition,
    PathPattern,
    PathRegex,
    QueryCondition,
    QueryPair,
    Redirect,
    Rule,
    SourceCondition,
    Sticky,
    StickyBy,
    UrlRewrite,
    WeightedGroup,
)
from stranglerfig.core.topology import Group, HealthCheck, Listener, Server, Topology

Tree = Mapping[str, Any]

#: A balancer says that of its own where nobody is to be asked.
NOBODY = FixedResponse(503)
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """``drain_s`` and the times of ``check`` are those of its settings."""

    arn: str
    check: HealthCheck
    drain_s: float
    sticky: bool
    targets: tuple[tuple[str, int], ...] = ()


def group_name(arn: str) -> str:
    return f"tg-{arn.rpartition('/')[2]}"


def to_topology(
    listeners: Mapping[str, tuple[int, Iterable[Any]]], groups: Mapping[str, tuple[TargetGroup, tuple[Server, ...]]]
) -> Topology:
    """``listeners`` are ports and rules by ARN, ``groups`` their settings and servers."""
    return Topology(
        tuple(
            Listener(name_of(arn), LOOPBACK, port, tuple(map(to_rule, rules)), Order.PRIORITY)
            for arn, (port, rules) in listeners.items()
        ),
        tuple(
            Group(group_name(arn), servers, HealthCheck(group.check.path, group.check.expect), sticky=group.sticky)
            for arn, (group, servers) in groups.items()
        ),
    )


def name_of(arn: str) -> str:
    return f"l-{arn.rpartition('/')[2]}"


def to_rule(rule: Any) -> Rule:
    priority = None if rule.is_default else int(rule.priority)
    transforms = [one for one in getattr(rule, "transforms", ()) if one["Type"] == "url-rewrite"]
    action = to_action([one.data for one in rule.actions][-1], to_rewrite(transforms[0]) if transforms else None)
    return Rule(f"r-{rule.arn.rpartition('/')[2]}", to_conditions(rule.conditions), action, priority)


def to_rewrite(transform: Tree) -> UrlRewrite:
    [one] = transform["UrlRewriteConfig"]["Rewrites"]
    return UrlRewrite(one["Regex"], one["Replace"])


def to_action(data: Tree, rewrite: UrlRewrite | None) -> Action:
    match data["Type"]:
        case "redirect":
            return to_redirect(data["RedirectConfig"])
        case "fixed-response":
            told = data["FixedResponseConfig"]
            kind = told.get("ContentType") or "text/plain"
            return FixedResponse(int(told["StatusCode"]), kind, told.get("MessageBody") or "")
        case _:
            return to_forward(data, rewrite)


def to_redirect(config: Tree) -> Redirect:
    parts = {"Protocol": "protocol", "Host": "host", "Port": "port", "Path": "path", "Query": "query"}
    given = {name: str(config[key]) for key, name in parts.items() if config.get(key)}
    return Redirect(int(config["StatusCode"].removeprefix("HTTP_")), **given)


def to_forward(data: Tree, rewrite: UrlRewrite | None) -> Action:
    config = data.get("ForwardConfig") or {}
    given = config.get("TargetGroups") or [{"TargetGroupArn": data["TargetGroupArn"]}]
    groups = tuple(WeightedGroup(group_name(one["TargetGroupArn"]), int(one.get("Weight", 1))) for one in given)
    if not any(group.weight for group in groups):
        return NOBODY
    stickiness = config.get("TargetGroupStickinessConfig") or {}
    sticks = str(stickiness.get("Enabled", False)).lower() == "true"
    return Forward(groups, Sticky(StickyBy.COOKIE) if sticks else Sticky(), rewrite)


def to_conditions(conditions: Iterable[Tree]) -> Conditions:
    paths: list[PathCondition] = []
    methods: list[str] = []
    headers: list[HeaderCondition] = []
    queries: list[QueryCondition] = []
    networks: list[str] = []
    host: HostCondition | None = None
    for one in conditions:
        values, regexes = values_of(one)
        match one["Field"]:
            case "path-pattern":
                paths += [*map(PathPattern, values), *map(PathRegex, regexes)]
            case "host-header":
                host = HostCondition(tuple(values), tuple(regexes))
            case "http-request-method":
                methods += values
            case "http-header":
                name = one["HttpHeaderConfig"]["HttpHeaderName"]
                headers.append(HeaderCondition(name, tuple(values), tuple(regexes)))
            case "query-string":
                pairs = cast("list[Tree]", values)
                queries.append(QueryCondition(tuple(QueryPair(pair["Value"], pair.get("Key")) for pair in pairs)))
            case "source-ip":
                networks += values
            case field:
                raise NotImplementedError(f"a condition on {field}")
    return Conditions(
        tuple(paths),
        tuple(methods),
        host,
        tuple(headers),
        tuple(queries),
        SourceCondition(tuple(networks)) if networks else None,
    )


def values_of(condition: Tree) -> tuple[list[str], list[str]]:
    """Plain ones stand in the condition itself, or in the section that is named after its field."""
    sections = [one for key, one in condition.items() if key.endswith("Config")]
    section = sections[0] if sections else condition
    return list(section.get("Values") or ()), list(section.get("RegexValues") or ())
