"""Numbers of a workload's rules, taken before its stack is deployed: two deploys at once never take the same one.

A number is taken by writing its parameter, which AWS does for one of several writers only. Whoever has written looks
again at what all have, and is done when nothing is left to be written: by then it has seen everybody who was before.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from stranglerfig.aws.records import parse
from stranglerfig.aws.session import Session
from stranglerfig.aws.synth.balancing.fronts import HTTP, HTTPS
from stranglerfig.aws.synth.balancing.limits import MOST_RULES
from stranglerfig.aws.synth.balancing.number_records import (
    SHARED,
    from_value,
    listener_paths,
    numbers_path,
    owner_name,
    owner_of,
    parameter_name,
    to_text,
    wanted_rules,
)
from stranglerfig.aws.synth.balancing.priorities import PROXY, Claims, Numbered, RuleOfOwner, claim, claim_all
from stranglerfig.aws.synth.facts import EnvFacts, Release
from stranglerfig.aws.synth.names import APP_TAG, ENV_TAG
from stranglerfig.aws.synth.request_driven import on_fargate
from stranglerfig.core.application import Kind
from stranglerfig.core.routing.rules import Conditions
from stranglerfig.errors import Conflict, NotFound, Refused, Unavailable

MOST_ROUNDS = 20
LONGEST_PAUSE_S = 0.1
RULES_QUOTA = "rules-per-application-load-balancer"


class NumberBook(Protocol):
    """What is written down about one listener."""

    def read(self) -> Sequence[Numbered]: ...

    def take(self, one: Numbered) -> bool:
        """False: somebody has the number."""
        ...

    def rewrite(self, one: Numbered) -> None: ...

    def drop(self, number: int) -> None:
        """One that is gone already is fine."""
        ...


class ParameterBook:
    """In the parameter store, below ``path``. ``tags`` are given to each parameter."""

    def __init__(self, session: Session, path: str, tags: Mapping[str, str]) -> None:
        self._ssm = session.client("ssm")
        self._path = path
        self._tags = [{"Key": key, "Value": value} for key, value in tags.items()]

    def read(self) -> Sequence[Numbered]:
        found = self._ssm.pages("get_parameters_by_path", "Parameters", Path=self._path, Recursive=False)
        return [parse(one["Name"], one["Value"], partial(from_value, one["Name"])) for one in found]

    def take(self, one: Numbered) -> bool:
        try:
            self._ssm.put_parameter(
                Name=parameter_name(self._path, one.number), Value=to_text(one), Type="String", Tags=self._tags
            )
        except Conflict:
            return False
        return True

    def rewrite(self, one: Numbered) -> None:
        self._ssm.put_parameter(
            Name=parameter_name(self._path, one.number), Value=to_text(one), Type="String", Overwrite=True
        )

    def drop(self, number: int) -> None:
        with suppress(NotFound):
            self._ssm.delete_parameter(Name=parameter_name(self._path, number))


def take_numbers(
    book: NumberBook, owner: str, wanted: Sequence[Conditions], occupied: Collection[int] = ()
) -> tuple[int, ...]:
    """``occupied`` are numbers that the listener has besides. What was the owner's before stays written down until
    ``settle``. Raises ``Conflict`` where no number will do."""
    return take_all(book, [RuleOfOwner(owner, at, one) for at, one in enumerate(wanted)], occupied)


def take_all(book: NumberBook, rules: Sequence[RuleOfOwner], occupied: Collection[int] = ()) -> tuple[int, ...]:
    """The same for rules of several owners."""
    for _ in range(MOST_ROUNDS):
        claims = claim_all(rules, book.read(), occupied)
        if not claims.new and not claims.changed:
            return claims.numbers
        if not _write(book, claims):
            # Chance keeps two that stand in each other's way from doing so again at once.
            time.sleep(random.uniform(0, LONGEST_PAUSE_S))
    raise Unavailable(
        f"the rules of {rules[0].owner} found no numbers: others took them each time",
        hint="Run the command again when fewer deploys run at once.",
    )


def settle(book: NumberBook, owner: str, numbers: Collection[int] = ()) -> None:
    """After a deploy: the owner has these numbers and no others."""
    for one in book.read():
        if one.rule.owner == owner and one.number not in numbers:
            book.drop(one.number)


def keep(book: NumberBook, owner: str, wanted: Sequence[Conditions], numbers: Sequence[int]) -> None:
    """Writes down what Copilot gave, as it is."""
    for at, (conditions, number) in enumerate(zip(wanted, numbers, strict=True)):
        one = Numbered(number, RuleOfOwner(owner, at, conditions), is_kept=True)
        if not book.take(one):
            book.rewrite(one)


def numbered(
    session: Session,
    release: Release,
    listeners: Mapping[str, str] | None = None,
    *,
    own: Collection[str] = (),
    writes: bool = True,
) -> Release:
    """With a number for each of its rules. ``session`` is of the environment's account and region; ``listeners`` are
    ARNs by protocol of those that are there already, whose other rules are left alone than the ``own``, by ARN. Without
    ``writes`` nothing is taken: the numbers are those that it would get now."""
    asked = behind_balancer(release)
    if not asked.manifest.http:
        return release
    seen, listeners = Seen(session), listeners or {}
    found = _planned(seen, asked, listeners, own)
    if writes:
        wanted, owner = wanted_rules(asked), owner_of(asked)
        for protocol, book in books(session, asked).items():
            found[protocol] = take_numbers(book, owner, wanted, seen.numbers(listeners.get(protocol), own))
    serving = found.get(HTTPS) or found[HTTP]
    return replace(release, priorities=serving, plain_priorities=found.get(HTTP, ()))


@dataclass(frozen=True, slots=True)
class Seen:
    """What listeners have, and what is written down about them, each looked at once: for as long as one look is good
    enough."""

    session: Session
    _rules: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    _written: dict[str, Sequence[Numbered]] = field(default_factory=dict)

    def rules(self, listener: str) -> Sequence[Mapping[str, Any]]:
        if listener not in self._rules:
            self._rules[listener] = list(rules_on(self.session, listener))
        return self._rules[listener]

    def numbers(self, listener: str | None, aside: Collection[str]) -> frozenset[int]:
        """Of all rules that it has now, the default one and those ``aside`` left out. None: it is not there yet."""
        rules = self.rules(listener) if listener else ()
        return frozenset(int(one["Priority"]) for one in rules if not one["IsDefault"] and one["RuleArn"] not in aside)

    def written(self, path: str) -> Sequence[Numbered]:
        if path not in self._written:
            self._written[path] = ParameterBook(self.session, path, {}).read()
        return self._written[path]


#: a workload, the listeners of its balancer by protocol, and the ARNs of the rules that it has
Placed = tuple[Release, Mapping[str, str], frozenset[str]]


def check_numbers(seen: Seen, placed: Sequence[Placed]) -> None:
    """As ``numbered`` would refuse them, and those that stand in each other's way, whichever is deployed first. Nothing
    is taken."""
    own = frozenset[str]().union(*(rules for _, _, rules in placed))
    together: dict[str, list[RuleOfOwner]] = {}
    occupied: dict[str, frozenset[int]] = {}
    for release, listeners, rules in placed:
        asked = behind_balancer(release)
        if not asked.manifest.http:
            continue
        _planned(seen, asked, listeners, rules)
        wanted, owner = wanted_rules(asked), owner_of(asked)
        for protocol, path in listener_paths(asked).items():
            occupied[path] = seen.numbers(listeners.get(protocol), own)
            together.setdefault(path, []).extend(RuleOfOwner(owner, at, one) for at, one in enumerate(wanted))
    for path, found in together.items():
        claim_all(found, seen.written(path), occupied[path])


def _planned(
    seen: Seen, asked: Release, listeners: Mapping[str, str], own: Collection[str]
) -> dict[str, tuple[int, ...]]:
    """By protocol, the numbers that it would get now."""
    wanted, owner, paths = wanted_rules(asked), owner_of(asked), listener_paths(asked)
    occupied = {protocol: seen.numbers(listeners.get(protocol), own) for protocol in paths}
    others = sum(_others(seen.written(path), owner, occupied[protocol]) for protocol, path in paths.items())
    _refuse_too_many(seen.session, asked, others, len(paths))
    return {
        protocol: claim(owner, wanted, seen.written(path), occupied[protocol]).numbers
        for protocol, path in paths.items()
    }


def settle_numbers(session: Session, release: Release) -> None:
    """After the stack is what ``release`` says."""
    asked = behind_balancer(release)
    if not asked.manifest.http:
        return
    for protocol, book in books(session, asked).items():
        settle(book, owner_of(release), release.plain_priorities if protocol == HTTP else release.priorities)


def forget_numbers(session: Session, env: EnvFacts, workload: str) -> None:
    """After the stack of a workload is gone."""
    forget(session, numbers_of(session, env, workload))


def numbers_of(session: Session, env: EnvFacts, workload: str) -> Iterator[str]:
    """Names of the parameters of its numbers, on whatever balancers: which these were only its stack could tell."""
    return _owned_by(session, env, lambda owner: owner == owner_name(env, workload))


def forget_all_numbers(session: Session, env: EnvFacts) -> None:
    """Of an environment in which nothing runs any more."""
    of_proxies = f"{PROXY}{owner_name(env, '')}"
    forget(session, _owned_by(session, env, lambda owner: owner.startswith((owner_name(env, ""), of_proxies))))


def _owned_by(session: Session, env: EnvFacts, is_owner: Callable[[str], bool]) -> Iterator[str]:
    for path in (numbers_path(env), SHARED):
        found = session.client("ssm").pages("get_parameters_by_path", "Parameters", Path=path, Recursive=True)
        for one in found:
            if is_owner(parse(one["Name"], one["Value"], partial(from_value, one["Name"])).rule.owner):
                yield one["Name"]


def forget(session: Session, parameters: Iterable[str]) -> None:
    """Those that are gone already are fine."""
    for name in list(parameters):
        with suppress(NotFound):
            session.client("ssm").delete_parameter(Name=name)


def books(session: Session, release: Release) -> dict[str, NumberBook]:
    """By protocol."""
    tags = {APP_TAG: release.env.app.name, ENV_TAG: release.env.name}
    return {protocol: ParameterBook(session, path, tags) for protocol, path in listener_paths(release).items()}


def behind_balancer(release: Release) -> Release:
    return on_fargate(release) if release.manifest.kind is Kind.REQUEST_DRIVEN else release


def rules_on(session: Session, listener: str) -> Iterator[Mapping[str, Any]]:
    yield from session.client("elbv2").pages("describe_rules", "Rules", ListenerArn=listener)


def _others(written: Collection[Numbered], owner: str, occupied: Collection[int]) -> int:
    """How many rules of others the listener has or is to have."""
    own = {one.number for one in written if one.rule.owner == owner}
    return len({*occupied, *(one.number for one in written)} - own)


def _refuse_too_many(session: Session, release: Release, others: int, listeners: int) -> None:
    """Raises ``Refused`` where the balancer would have more rules than the account may have on one."""
    count = others + listeners * len(release.manifest.http)
    if count <= MOST_RULES:
        return
    most = most_rules(session)
    if count > most:
        raise Refused(
            f"with {release.manifest.name} its load balancer would have {count} rules, and this account may have {most}"
            " on one",
            hint="Ask AWS for a higher quota of rules, or give it another load balancer with `http.alb`.",
        )


def most_rules(session: Session) -> int:
    """That the account may have on one balancer."""
    return account_limit(session, RULES_QUOTA, MOST_RULES)


def account_limit(session: Session, quota: str, otherwise: int) -> int:
    limits = session.client("elbv2").describe_account_limits()["Limits"]
    return next((int(one["Max"]) for one in limits if one["Name"] == quota), otherwise)


def _write(book: NumberBook, claims: Claims) -> bool:
    """False: somebody was faster, somewhere."""
    taken = [book.take(one) for one in claims.new]
    for one in claims.changed:
        book.rewrite(one)
    return all(taken)
