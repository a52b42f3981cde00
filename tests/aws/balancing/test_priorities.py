"""Numbers of rules: what matches is what ``core.routing`` says, in whichever order the owners are deployed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stranglerfig.aws.synth.balancing.places import (
    FIRST_OF_OURS,
    FIRST_OF_ROOT,
    LAST,
    place_of,
)
from stranglerfig.aws.synth.balancing.priorities import (
    PROXY,
    Claims,
    Numbered,
    RuleOfOwner,
    claim,
    claim_all,
    meet,
    rank_of,
)
from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.routing.admission import admit
from stranglerfig.core.routing.canonical import Canonical
from stranglerfig.core.routing.match import matches
from stranglerfig.core.routing.precedence import HostRank, expand, ordered, specificity
from stranglerfig.core.routing.rules import Conditions, FixedResponse, Order, Request, Rule
from stranglerfig.errors import Conflict
from tests.core.routing_builders import asks
from tests.core.routing_strategies import conditions, requests

#: one path each, as the balancer's rules of a manifest have
wanted_conditions = conditions.map(lambda one: replace(one, paths=one.paths[:1]))
#: by owner
deployments = st.lists(wanted_conditions, max_size=6, unique=True).flatmap(
    lambda found: st.lists(st.sampled_from("abcd"), min_size=len(found), max_size=len(found)).map(
        lambda owners: by_owner(owners, found)
    )
)


def by_owner(owners: Sequence[str], found: Sequence[Conditions]) -> dict[str, list[Conditions]]:
    return {
        owner: [one for whose, one in zip(owners, found, strict=True) if whose == owner] for owner in sorted({*owners})
    }


def deploy(written: list[Numbered], owner: str, wanted: Sequence[Conditions]) -> list[Numbered]:
    """What is written down after it."""
    claims = claim(owner, wanted, written)
    kept = {one.number: one for one in (*written, *claims.new, *claims.changed)}
    return [one for one in kept.values() if one.rule.owner != owner or one.number in claims.numbers]


def deploy_all(wanted: dict[str, list[Conditions]], order: Sequence[str]) -> list[Numbered]:
    written: list[Numbered] = []
    for owner in order:
        written = deploy(written, owner, wanted[owner])
    return written


def winner(written: Sequence[Numbered], request: Request) -> RuleOfOwner | None:
    """As the balancer has it: the lowest number of those that match."""
    admitted = admit(request)
    if not isinstance(admitted, Canonical):
        return None
    for one in sorted(written, key=lambda one: one.number):
        rule = Rule("any", one.rule.conditions, FixedResponse(503))
        if any(matches(alternative, request, admitted.path) is None for alternative in expand((rule,))):
            return one.rule
    return None


@given(deployments, requests, st.randoms(use_true_random=False))
def test_the_order_of_deployment_never_matters(
    wanted: dict[str, list[Conditions]], request: Request, chance: random.Random
) -> None:
    order = list(wanted)
    one = winner(deploy_all(wanted, order), request)
    chance.shuffle(order)

    assert winner(deploy_all(wanted, order), request) == one


@given(deployments, requests)
def test_the_more_specific_wins_as_in_the_routing_of_this_machine(
    wanted: dict[str, list[Conditions]], request: Request
) -> None:
    rules = [
        Rule(f"{owner}-{at}", one, FixedResponse(503)) for owner, all in wanted.items() for at, one in enumerate(all)
    ]
    admitted = admit(request)
    assume(isinstance(admitted, Canonical))
    assert isinstance(admitted, Canonical)
    found = winner(deploy_all(wanted, list(wanted)), request)
    first = next((one for one in ordered(rules, Order.SPECIFIC) if matches(one, request, admitted.path) is None), None)

    assert (found is None) == (first is None)
    if found is not None and first is not None:
        # Of rules alike in rank either may be the one: here by position, there by a hash.
        assert rank_of(found)[0] == specificity(first)


@given(deployments)
def test_no_two_rules_share_a_number_and_all_are_in_range(wanted: dict[str, list[Conditions]]) -> None:
    numbers = [one.number for one in deploy_all(wanted, list(wanted))]

    assert len({*numbers}) == len(numbers) == sum(map(len, wanted.values()))
    assert all(1 <= number <= LAST for number in numbers)


@given(deployments)
def test_a_second_deploy_changes_nothing(wanted: dict[str, list[Conditions]]) -> None:
    written = deploy_all(wanted, list(wanted))

    for owner, rules in wanted.items():
        again = claim(owner, rules, written)
        assert (again.new, again.changed) == ((), ())


@given(st.lists(wanted_conditions, min_size=2, max_size=6), st.floats(0, 1, exclude_max=True))
def test_places_follow_specificity(found: list[Conditions], tie: float) -> None:
    """As far as they tell differences apart: hosts by a length or two, patterns by their letters are left out."""
    ranks = sorted(
        replace(rank_of(RuleOfOwner("a", 0, one))[0], pattern_literals=0, host=(HostRank.ANY, 0)) for one in found
    )
    places = [place_of(rank, tie) for rank in ranks]

    assert places == sorted(places)


def test_numbers_of_rules_alike_do_not_depend_on_who_else_there_is() -> None:
    names = ["users", "threads", "posts", "search", "login"]
    alone = {name: claim(name, [asks(f"/{name}/…")], []).numbers for name in names}
    written = deploy_all({name: [asks(f"/{name}/…")] for name in names}, names)

    assert {one.rule.owner: (one.number,) for one in written} == alone


def numbers(*wanted: Conditions) -> tuple[int, ...]:
    written: list[Numbered] = []
    for at, one in enumerate(wanted):
        written = deploy(written, f"svc-{at}", [one])
    return tuple(one.number for one in written)


def test_the_root_stands_behind_all_others_where_copilot_has_it() -> None:
    root, below, deep, hosted = numbers(asks("/…"), asks("/api/…"), asks("/api/v2/…"), asks("/…", host="a.example.com"))

    assert FIRST_OF_OURS <= hosted < deep < below < FIRST_OF_ROOT <= root <= LAST


def test_a_deeper_path_stands_before_one_that_was_deployed_first() -> None:
    before, after = numbers(asks("/api/…"), asks("/api/v2/…"))

    assert after < before


def test_who_asks_for_a_network_too_stands_before_who_asks_for_the_path_alone() -> None:
    plain, restricted = numbers(asks("/api/…"), asks("/api/…", source="10.0.0.0/8"))

    assert restricted < plain


def kept(number: int, owner: str, conditions: Conditions) -> Numbered:
    return Numbered(number, RuleOfOwner(owner, 0, conditions), is_kept=True)


def test_numbers_of_copilot_stay_though_they_are_in_the_order_of_its_deploys() -> None:
    written = [kept(1, "api", asks("/api/…")), kept(2, "v2", asks("/api/v2/…"))]

    assert claim("api", [asks("/api/…")], written) == Claims((1,))
    assert claim("v2", [asks("/api/v2/…")], written) == Claims((2,))


def test_a_rule_of_copilot_that_is_written_anew_gets_the_number_that_it_should_have() -> None:
    written = [kept(1, "api", asks("/api/…")), kept(2, "v2", asks("/api/v2/…"))]

    assert claim("api", [asks("/api/v3/…")], written).numbers == (1,)
    [number] = claim("api", [asks("/api/…", source="10.0.0.0/8")], written).numbers
    assert number > 2


def test_nothing_stands_before_number_one() -> None:
    with pytest.raises(Conflict, match=r"no number for a rule of deep: it must stand before api \(1\)"):
        claim("deep", [asks("/api/v2/…")], [kept(1, "api", asks("/api/…"))])


def test_a_number_between_two_neighbours_is_found_as_long_as_there_is_one() -> None:
    written = [kept(10, "deep", asks("/a/b/c/…")), kept(12, "flat", asks("/a/…"))]

    assert claim("mid", [asks("/a/b/…")], written).numbers == (11,)
    with pytest.raises(Conflict, match=r"after deep \(10\) and before flat \(12\)"):
        claim("mid", [asks("/a/b/…")], written, occupied=[11])


def test_what_somebody_else_has_on_the_listener_is_left_alone() -> None:
    [free] = claim("api", [asks("/api/…")], []).numbers
    [other] = claim("api", [asks("/api/…")], [], occupied=[free, free + 1]).numbers

    assert other not in (free, free + 1)


def test_two_services_cannot_ask_for_the_same() -> None:
    written = deploy([], "web", [asks("/…")])

    with pytest.raises(Conflict, match="rule 0 of shop takes the same requests as web"):
        claim("shop", [asks("/…")], written)


def test_nor_can_two_rules_of_one() -> None:
    with pytest.raises(Conflict, match="rule 1 of shop takes the same requests as another rule of its own"):
        claim("shop", [asks("/…"), asks("/…")], [])


def test_a_rule_that_changes_keeps_its_number_where_that_is_right() -> None:
    written = deploy([], "api", [asks("/api/…")])
    claims = claim("api", [asks("/apis/…")], written)

    assert claims.numbers == (written[0].number,)
    assert [one.rule.conditions for one in claims.changed] == [asks("/apis/…")]


def test_what_no_request_can_be_both_s_does_not_meet() -> None:
    assert meet(asks("/a/…"), asks("/a/b/…"))
    assert not meet(asks("/a/…", methods="GET"), asks("/a/…", methods="POST"))
    assert not meet(asks("/a/…", host="a.com"), asks("/a/…", host="b.com"))
    assert not meet(asks("/a/…"), asks("/b/…"))


@pytest.mark.parametrize("seed", range(3))
def test_as_many_rules_as_a_balancer_has_find_their_numbers_though_all_of_them_meet(seed: int) -> None:
    paths = ["/x" * depth + "/…" for depth in range(1, 7)]
    ways = [("", ""), ("GET", ""), ("", "10.0.0.0/8"), ("GET", "10.0.0.0/8")]
    wanted = [
        asks(path, methods=methods, source=source, host=host)
        for path in paths
        for methods, source in ways
        for host in ("", "a.example.com")
    ]
    random.Random(seed).shuffle(wanted)
    written: list[Numbered] = []
    for at, one in enumerate(wanted):
        written = deploy(written, f"svc-{at}", [one])

    assert len(written) == 48
    for first, second in combinations(written, 2):
        assert (first.number < second.number) == (rank_of(first.rule) < rank_of(second.rule))


@pytest.mark.parametrize("proxy_first", [True, False], ids=["proxy-first", "service-first"])
def test_a_proxy_stands_before_a_service_that_asks_for_the_same(proxy_first: bool) -> None:
    asked = parse_conditions(ConditionsText("/users"))
    rules = {name: RuleOfOwner(name, 0, asked) for name in (f"{PROXY}forum/test/shop/users", "forum/test/users")}
    written: list[Numbered] = []
    for rule in list(rules.values()) if proxy_first else reversed(list(rules.values())):
        written += claim_all([rule], written).new

    first, second = sorted(written, key=lambda one: one.number)
    assert (first.rule.owner, second.rule.owner) == tuple(rules)


def test_two_proxies_cannot_ask_for_the_same() -> None:
    asked = parse_conditions(ConditionsText("/users"))
    one, other = (RuleOfOwner(f"{PROXY}forum/test/{name}/users", 0, asked) for name in ("shop", "store"))

    told = r"store takes the same requests as route users of proxy forum\.test\.shop, and only one"
    with pytest.raises(Conflict, match=told):
        claim_all([other], claim_all([one], ()).new)


def test_one_that_meets_two_others_finds_a_place_between_them() -> None:
    """These two do not meet, and their places are the same but for the hash of their owners."""
    wide = asks("~/*-middle-*")
    for number in range(20):
        written = deploy([], f"short-{number}", [asks("~/y-*")])
        written = deploy(written, f"long-{number}", [asks("~/x-longer-than-it-*")])
        written = deploy(written, "wide", [wide])
        owners = [one.rule.owner for one in sorted(written, key=lambda one: one.number)]
        assert owners == [f"long-{number}", "wide", f"short-{number}"]
