from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.routing.cover import (
    conditions_cover,
    covers,
    literal_head,
    may_overlap,
    path_covers,
)
from stranglerfig.core.routing.match import matches
from stranglerfig.core.routing.paths import path_matches
from stranglerfig.core.routing.precedence import Alternative
from stranglerfig.core.routing.rules import (
    Conditions,
    HostCondition,
    PathCondition,
    PathRegex,
    PathTemplate,
    Request,
)
from tests.core.routing_builders import a_path, a_rule, asks
from tests.core.routing_strategies import conditions, path_conditions, request_paths, requests

_ANY_PATH = st.one_of(st.none(), path_conditions)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("/…", "/a"),
        ("/…", "~/a*"),
        ("/a/…", "/a"),
        ("/a/…", "/a/…"),
        ("/a/…", "/a/{x}/b"),
        ("/a/…", "~/a/*"),
        ("/a", "~/a"),
        ("/a", "~/a/"),
        ("/{x}", "/a"),
        ("/{x}", "/{y}"),
        ("/{x}", "~/a"),
        ("/{x}/…", "/a/b"),
        ("/{x}/…", "/a/…"),
        ("~*", "/a/…"),
        ("~/*", "/{x}"),
        ("~/a*", "/ab/…"),
        ("~/a*", "/a"),
        ("~/?", "~/a"),
        ("~*a*", "~/*a?b"),
        ("~/a*", "~/a?*"),
    ],
)
def test_a_path_takes_all_of_another(wide: str, narrow: str) -> None:
    assert path_covers(a_path(wide), a_path(narrow))


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("/a", "/a/…"),
        ("/a/…", "~/a*"),
        ("/a/…", "/ab"),
        ("/{x}", "/a/b"),
        ("/{x}", "/a/…"),
        ("/{x}/b", "/{x}"),
        ("/{x}", "~/*"),
        ("~/a", "/a"),
        ("~/?", "~/*"),
        ("~/a/*", "/a/…"),
        ("/…", "~*"),
    ],
)
def test_a_path_does_not_take_all_of_another(wide: str, narrow: str) -> None:
    assert not path_covers(a_path(wide), a_path(narrow))


def test_any_path_takes_every_path_and_regular_expressions_only_themselves() -> None:
    regex = PathRegex("^/a")
    assert path_covers(None, regex)
    assert path_covers(regex, regex)
    assert path_covers(a_path("/…"), regex)
    assert not path_covers(a_path("/…"), None)
    assert not path_covers(regex, a_path("/a"))
    assert not path_covers(a_path("~/*"), regex)


@given(wide=_ANY_PATH, narrow=_ANY_PATH, path=request_paths)
def test_whoever_takes_all_takes_each(wide: PathCondition | None, narrow: PathCondition | None, path: str) -> None:
    if path_covers(wide, narrow) and path_matches(narrow, path):
        assert path_matches(wide, path)


@given(wide=_ANY_PATH, narrow=_ANY_PATH)
def test_whoever_takes_all_begins_with_no_more_literals(
    wide: PathCondition | None, narrow: PathCondition | None
) -> None:
    # lint looks for covering rules only there
    if path_covers(wide, narrow):
        head = literal_head(wide)
        assert literal_head(narrow)[: len(head)] == head


@given(wide=conditions, narrow=conditions, request=requests)
def test_wider_conditions_hold_wherever_narrower_do(wide: Conditions, narrow: Conditions, request: Request) -> None:
    def holds(wanted: Conditions) -> bool:
        free = Conditions((), (), wanted.host, wanted.headers, wanted.queries, wanted.source)
        return matches(Alternative(a_rule(conditions=free), None), request, "/") is None

    if conditions_cover(wide, narrow) and holds(narrow):
        assert holds(wide)


@given(one=conditions, other=conditions, paths=st.tuples(_ANY_PATH, _ANY_PATH), request=requests)
def test_rules_that_both_match_overlap(
    one: Conditions, other: Conditions, paths: tuple[PathCondition | None, PathCondition | None], request: Request
) -> None:
    first, second = (
        Alternative(a_rule(conditions=wanted), path) for wanted, path in zip((one, other), paths, strict=True)
    )
    path = request.target.partition("?")[0]
    if matches(first, request, path) is None and matches(second, request, path) is None:
        assert may_overlap(first, second)


@pytest.mark.parametrize(
    ("wide", "narrow", "wanted"),
    [
        (asks(host="*.com"), asks(host="a.com b.com"), True),
        (asks(host="A.com"), asks(host="a.COM"), True),
        (asks(host="a.com"), asks(host="*.com"), False),
        (asks(host="a.com"), asks(), False),
        (Conditions(host=HostCondition(regexes=("a",))), asks(host="a"), False),
        (asks(source="10.0.0.0/8"), asks(source="10.1.0.0/16 10.2.0.0/16"), True),
        (asks(source="10.0.0.0/8"), asks(source="10.1.0.0/16 11.0.0.0/8"), False),
        (asks(source="10.0.0.0/8"), asks(), False),
        (asks(), asks(source="10.0.0.0/8"), True),
    ],
)
def test_hosts_and_networks_take_in_others(wide: Conditions, narrow: Conditions, wanted: bool) -> None:
    assert conditions_cover(wide, narrow) is wanted
    first, second = Alternative(a_rule(conditions=wide), None), Alternative(a_rule(conditions=narrow), None)
    assert covers(first, second) is wanted


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        (asks("/a"), asks("/b"), False),
        (asks("/{x}/b"), asks("/a/{y}"), True),
        (asks("/{x}/b"), asks("/a/c"), False),
        (asks("~/a*b"), asks("~/*c*b"), True),
        (asks("~/a*b"), asks("~/*c"), False),
        (asks(), asks("/a"), True),
        (Conditions(paths=(PathRegex("^/b"),)), asks("/a"), True),
        (asks(host="a.com"), asks(host="b.com"), False),
        (asks(host="a.*"), asks(host="*.com"), True),
    ],
)
def test_whether_rules_can_meet(one: Conditions, other: Conditions, wanted: bool) -> None:
    first, second = (
        Alternative(a_rule(conditions=each), each.paths[0] if each.paths else None) for each in (one, other)
    )
    assert may_overlap(first, second) is wanted
    assert may_overlap(second, first) is wanted


def test_the_literal_beginning_of_a_path() -> None:
    assert literal_head(None) == ()
    assert literal_head(PathRegex("^/a")) == ()
    assert literal_head(PathTemplate("/a/{x}/b")) == ("a",)
    assert literal_head(a_path("/a/b")) == ("a", "b")
    assert literal_head(a_path("~/a/b*")) == ("a",)
    assert literal_head(a_path("~/a/b/")) == ("a", "b")
