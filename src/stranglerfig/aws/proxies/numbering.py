"""Numbers of a proxy's rules on the environment's listeners: taken before its stack is deployed, or only worked out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from stranglerfig.aws.priorities import NumberBook, ParameterBook, most_rules, rules_on, settle, take_all
from stranglerfig.aws.proxies.place import DeployedProxy, Place
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.balancing.fronts import PUBLIC
from stranglerfig.aws.synth.balancing.limits import MOST_RULES
from stranglerfig.aws.synth.balancing.number_records import env_paths
from stranglerfig.aws.synth.balancing.priorities import Numbered, RuleOfOwner, claim_all
from stranglerfig.aws.synth.balancing.room import groups_of
from stranglerfig.aws.synth.proxy import ProxyRelease
from stranglerfig.aws.synth.proxy.limits import check_count, check_groups
from stranglerfig.aws.synth.proxy.numbers import wanted_rules, with_numbers
from stranglerfig.aws.synth.proxy.release import logical_rule, owner_of_rule
from stranglerfig.core.desired import Proxy
from stranglerfig.errors import Conflict

Rules = Sequence[Mapping[str, Any]]


def numbered(place: Place, release: ProxyRelease, before: DeployedProxy | None, *, writes: bool = True) -> ProxyRelease:
    """With a number for each of its rules. Without ``writes`` nothing is taken, and the listeners need not be there:
    the numbers are those that it would get now."""
    wanted, books = wanted_rules(release), _books(place)
    outputs = place.outputs if writes else place.outputs_so_far()
    listeners = {protocol: outputs.get(f"{protocol}ListenerArn") for protocol in wanted}
    missing = [protocol for protocol, arn in listeners.items() if not arn]
    if missing and writes:
        raise Conflict(
            f"the balancer of {place.env.name} does not listen for {missing[0]} yet",
            hint=f"Run `fig env deploy --name {place.env.name}`.",
        )
    present = {protocol: list(rules_on(place.session, arn)) if arn else [] for protocol, arn in listeners.items()}
    _check_room(place, release, before, [*chain.from_iterable(present.values())])
    found: dict[str, tuple[int, ...]] = {}
    for protocol, rules in wanted.items():
        book, occupied = books[protocol], _numbers(present[protocol])
        unwritten = _unwritten(place, before, book, protocol, present[protocol])
        if writes:
            for one in unwritten:
                book.take(one)
            found[protocol] = take_all(book, rules, occupied)
        else:
            found[protocol] = claim_all(rules, [*book.read(), *unwritten], occupied).numbers
    return with_numbers(release, found)


def settle_numbers(place: Place, release: ProxyRelease) -> None:
    """Those of routes that are gone are free again."""
    prefix, books = owner_of_rule(release, ""), _books(place)
    for protocol, rules in wanted_rules(release).items():
        kept = {rule.owner: release.numbers[rule.owner.rpartition("/")[2]] for rule in rules}
        for one in books[protocol].read():
            if one.rule.owner.startswith(prefix) and kept.get(one.rule.owner) != one.number:
                books[protocol].drop(one.number)


def forget_proxy(place: Place, name: str) -> None:
    """Its numbers, once its stack is gone."""
    prefix = owner_of_rule(ProxyRelease(place.env, name, Proxy(name, "", 0, None), ""), "")
    for book in _books(place).values():
        for owner in {one.rule.owner for one in book.read() if one.rule.owner.startswith(prefix)}:
            settle(book, owner)


def _check_room(place: Place, release: ProxyRelease, before: DeployedProxy | None, rules: Rules) -> None:
    """On the balancer, for its rules and for their target groups."""
    known = set(before.resources.values()) if before else set()
    others = [one for one in rules if one["RuleArn"] not in known]
    count = sum(map(len, wanted_rules(release).values()))
    if count + len(_numbers(others)) > MOST_RULES:
        check_count(release.proxy, count, len(_numbers(others)), most_rules(place.session))
    check_groups(release.proxy, len(release.urls), len((groups_of(others) | set(release.groups.values())) - known))


def _unwritten(
    place: Place, before: DeployedProxy | None, book: NumberBook, protocol: str, rules: Rules
) -> list[Numbered]:
    """Of a stack that was deployed by hand: its rules keep their numbers."""
    if before is None:
        return []
    has = {one["RuleArn"]: int(one["Priority"]) for one in rules if not one["IsDefault"]}
    own: Collection[RuleOfOwner] = wanted_rules(ProxyRelease(place.env, before.name, before.proxy, "")).get(
        protocol, ()
    )
    written = {one.rule.owner for one in book.read()}
    numbers = {
        rule: has.get(before.resources.get(logical_rule(rule.owner.rpartition("/")[2]), ""))
        for rule in own
        if rule.owner not in written
    }
    return [Numbered(number, rule) for rule, number in numbers.items() if number is not None]


def _numbers(rules: Rules) -> list[int]:
    return [int(one["Priority"]) for one in rules if not one["IsDefault"]]


def _books(place: Place) -> dict[str, NumberBook]:
    """By protocol."""
    tags = {names.APP_TAG: place.env.app.name, names.ENV_TAG: place.env.name}
    return {
        protocol: ParameterBook(place.session, path, tags) for protocol, path in env_paths(place.env)[PUBLIC].items()
    }
