"""How numbers of rules are written down: a parameter of the parameter store for each, in the balancer's own region.

Copilot has no such records. Its own lists of applications and environments do not go that deep. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from stranglerfig.aws.synth.balancing.conditions import routing_conditions
from stranglerfig.aws.synth.balancing.fronts import HTTP, HTTPS, INTERNAL, PUBLIC, front_of
from stranglerfig.aws.synth.balancing.hosts import hosts_of
from stranglerfig.aws.synth.balancing.limits import check_rules
from stranglerfig.aws.synth.balancing.priorities import Numbered, RuleOfOwner
from stranglerfig.aws.synth.facts import EnvFacts, Release
from stranglerfig.aws.synth.names import env_record
from stranglerfig.core.conditions_text import ConditionsText, parse_conditions, render_conditions
from stranglerfig.core.routing.rules import Conditions

#: below it stand the numbers of balancers that applications share
SHARED = "/copilot/balancers"
_DIGITS = 5


def wanted_rules(release: Release) -> tuple[Conditions, ...]:
    """What numbers are given for, in the order of the manifest's rules. Raises ``UsageError`` for what the balancer
    would refuse."""
    check_rules(release)
    found = (routing_conditions(rule, hosts_of(release, rule)) for rule in release.manifest.http)
    # As they are read again: hosts in small letters, networks by their first address.
    return tuple(parse_conditions(render_conditions(one)) for one in found)


def listener_paths(release: Release) -> Mapping[str, str]:
    """By protocol, below which the numbers of its listener stand."""
    front = front_of(release)
    own = env_paths(release.env)
    paths = own[front.kind] if release.balancer is None else imported_paths(release.balancer.arn)
    has = {HTTP: front.http is not None, HTTPS: front.https is not None}
    return {protocol: path for protocol, path in paths.items() if has[protocol]}


def env_paths(env: EnvFacts) -> Mapping[str, Mapping[str, str]]:
    """Of the environment's own balancers, by kind and protocol."""
    path = numbers_path(env)
    return {
        kind: {protocol: f"{path}/{kind}/{protocol.lower()}" for protocol in (HTTP, HTTPS)}
        for kind in (PUBLIC, INTERNAL)
    }


def numbers_path(env: EnvFacts) -> str:
    return f"{env_record(env.app.name, env.name)}/rules"


def imported_paths(balancer: str) -> Mapping[str, str]:
    """Of a balancer by its ARN: applications share it, and its numbers."""
    name = balancer.rpartition(":loadbalancer/app/")[2]
    return {protocol: f"{SHARED}/{name}/rules/{protocol.lower()}" for protocol in (HTTP, HTTPS)}


def parameter_name(path: str, number: int) -> str:
    return f"{path}/{number:0{_DIGITS}}"


def to_text(one: Numbered) -> str:
    rule = one.rule
    conditions = {name: value for name, value in asdict(render_conditions(rule.conditions)).items() if value}
    kept = {"kept": True} if one.is_kept else {}
    return json.dumps({"owner": rule.owner, "rule": rule.at, **kept, "conditions": conditions}, sort_keys=True)


def from_value(name: str, value: Mapping[str, Any]) -> Numbered:
    """``value`` is what ``to_text`` wrote, read as JSON. Raises ``KeyError`` or ``TypeError`` for what is none."""
    given: dict[str, Any] = {
        key: tuple(one) if isinstance(one, list) else one for key, one in value["conditions"].items()
    }
    rule = RuleOfOwner(value["owner"], value["rule"], parse_conditions(ConditionsText(**given)))
    return Numbered(int(name.rpartition("/")[2]), rule, is_kept=value.get("kept") is True)


def owner_of(release: Release) -> str:
    return owner_name(release.env, release.manifest.name)


def owner_name(env: EnvFacts, workload: str) -> str:
    """Among all that may have rules on a balancer."""
    return f"{env.app.name}/{env.name}/{workload}"
