"""Which numbers a proxy's rules want, on which listener. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stranglerfig.aws.synth.balancing.fronts import HTTP, HTTPS
from stranglerfig.aws.synth.balancing.priorities import RuleOfOwner, claim_all
from stranglerfig.aws.synth.proxy.release import TO_HTTPS, ProxyRelease, owner_of_rule
from stranglerfig.core.compile import DEFAULT_RULE, EVERYTHING
from stranglerfig.core.routing.rules import Conditions


def wanted_rules(release: ProxyRelease) -> Mapping[str, Sequence[RuleOfOwner]]:
    """By protocol. Each route owns its rule: another one that comes or goes moves no number."""
    serving = {route.id: route.conditions for route in release.routes} | {DEFAULT_RULE: EVERYTHING}
    if not release.is_secure:
        return {HTTP: _owned(release, serving)}
    return {HTTPS: _owned(release, serving), HTTP: _owned(release, {TO_HTTPS: EVERYTHING})}


def with_numbers(release: ProxyRelease, numbers: Mapping[str, Sequence[int]]) -> ProxyRelease:
    """``numbers`` are by protocol, as ``wanted_rules`` has the rules."""
    found = {
        rule.owner.rpartition("/")[2]: number
        for protocol, rules in wanted_rules(release).items()
        for rule, number in zip(rules, numbers[protocol], strict=True)
    }
    return replace(release, numbers=found)


def numbered_alone(release: ProxyRelease) -> ProxyRelease:
    """As if nothing else were on its balancer."""
    return with_numbers(
        release, {protocol: claim_all(rules, ()).numbers for protocol, rules in wanted_rules(release).items()}
    )


def _owned(release: ProxyRelease, rules: Mapping[str, Conditions]) -> list[RuleOfOwner]:
    return [RuleOfOwner(owner_of_rule(release, name), 0, conditions) for name, conditions in rules.items()]
