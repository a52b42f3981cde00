"""Numbers of a workload's rules, taken before its stack is deployed: two deploys at once never take the same one.

A number is taken by writing its parameter, which AWS does for one of several writers only. Whoever has written looks
again at what all have, and is done when nothing is left to be written: by then it has seen everybody who was before.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
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
    wanted, owner = wanted_rules(asked), owner_of(release)
    known = books(session, asked)
    occupied = {protocol: numbers_on(session, (listeners or {}).get(protocol), own) for protocol in known}
    found: dict[str, tuple[int, ...]] = {}
    _refuse_too_many(
        session, release, sum(_others(book, owner, occupied[one]) for one, book in known.items()), len(known)
    )
    for protocol, book in known.items():
        if writes:
            found[protocol] = take_numbers(book, owner, wanted, occupied[protocol])
        else:
            found[protocol] = claim(owner, wanted, book.read(), occupied[protocol]).numbers
    serving = found.get(HTTPS) or found[HTTP]
    return replace(release, priorities=serving, plain_priorities=found.get(HTTP, ()))


def check_numbers(session: Session, releases: Sequence[tuple[Release, Mapping[str, str]]]) -> None:
    """As ``numbered`` would refuse them, and those that stand in each other's way, whichever is deployed first. With
    each release are its listeners. Nothing is taken."""
    rules: dict[str, list[RuleOfOwner]] = {}
    known: dict[str, tuple[NumberBook, frozenset[int]]] = {}
    for release, listeners in releases:
        numbered(session, release, listeners, writes=False)
        asked = behind_balancer(release)
        if not asked.manifest.http:
            continue
        paths, all_books = listener_paths(asked), books(session, asked)
        wanted, owner = wanted_rules(asked), owner_of(asked)
        for protocol, path in paths.items():
            known[path] = all_books[protocol], numbers_on(session, listeners.get(protocol))
            rules.setdefault(path, []).extend(RuleOfOwner(owner, at, one) for at, one in enumerate(wanted))
    for path, found in rules.items():
        book, occupied = known[path]
        claim_all(found, book.read(), occupied)


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


def numbers_on(session: Session, listener: str | None, aside: Collection[str] = ()) -> frozenset[int]:
    """Of all rules that the listener has now, the default one and those ``aside`` left out. None: it is not there
    yet."""
    if listener is None:
        return frozenset()
    rules = rules_on(session, listener)
    return frozenset(int(rule["Priority"]) for rule in rules if not rule["IsDefault"] and rule["RuleArn"] not in aside)


def rules_on(session: Session, listener: str) -> Iterator[Mapping[str, Any]]:
    yield from session.client("elbv2").pages("describe_rules", "Rules", ListenerArn=listener)


def _others(book: NumberBook, owner: str, occupied: Collection[int]) -> int:
    """How many rules of others the listener has or is to have."""
    written = book.read()
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
