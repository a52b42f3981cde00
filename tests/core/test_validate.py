from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.routing.regex_subset import group_count, regex_problem
from stranglerfig.core.routing.rules import (
    Action,
    Conditions,
    FixedResponse,
    Forward,
    HeaderCondition,
    HostCondition,
    Order,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
    QueryCondition,
    QueryPair,
    Redirect,
    Rule,
    Sticky,
    StickyBy,
    UrlRewrite,
    WeightedGroup,
)
from stranglerfig.core.routing.validate import check_rule, check_rules, strict_compat
from tests.core.routing_builders import a_rule, asks, to


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (PathExact("a"), "must start with /"),
        (PathExact("/" + "a" * 2048), "at most 2048"),
        (PathExact("/a?b"), "a query"),
        (PathExact("/a#b"), "a fragment"),
        (PathExact("/a*"), "only patterns have"),
        (PathExact("/a/"), "trailing slash"),
        (PathPrefix("/a//b"), "empty segment"),
        (PathPrefix("/a/../b"), "dot segment"),
        (PathPrefix("/a/{b}"), "parameters need a template"),
        (PathPrefix("/%7e"), "requests have it as /~"),
        (PathPrefix("/%2f"), "never matched"),
        (PathPrefix("/é"), "never matched"),
        (PathTemplate("/a/x{b}"), "whole segment"),
        (PathTemplate("/a/{}"), "whole segment"),
        (PathTemplate("/{a}/v/{a}"), "names a parameter twice"),
        (PathTemplate("/a/"), "trailing slash"),
        (PathPattern(""), "must have 1 to 128"),
        (PathPattern("/" + "a" * 128), "must have 1 to 128"),
        (PathPattern("/a%b"), "must have 1 to 128"),
        (PathPattern("a*"), "never matched"),
        (PathRegex("("), "cannot be read"),
    ],
)
def test_a_path_that_cannot_be_meant_is_refused(path: PathCondition, says: str) -> None:
    assert says in " ".join(check_rule(a_rule("r", path)))


@pytest.mark.parametrize(
    "path",
    [
        PathExact("/"),
        PathExact("/caf%C3%A9"),
        PathPrefix("/"),
        PathTemplate("/a/{b.c:d_e-1}", children=True),
        PathTemplate("/"),
        PathPattern("*.js"),
        PathPattern("/a-_.$/~\"'@:+&*?"),
        PathRegex(r"^/v[0-9]+/(?:a|b)(?P<id>\d{1,3})?$"),
    ],
)
def test_a_path_that_is_fine_has_no_problem(path: PathCondition) -> None:
    assert check_rule(a_rule("r", path)) == []


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        (asks(methods="G(T"), "no HTTP method"),
        (asks(methods="*"), "no HTTP method"),
        (asks(methods="GET!n"), "no HTTP method"),
        (Conditions(methods=("A" * 41,)), "no HTTP method"),
        (asks(methods="GET GET"), "named twice"),
        (asks(methods="CONNECT"), "never served"),
        (asks(host="a_b.com"), "must have 1 to 128 letters"),
        (asks(host="a" * 129), "must have 1 to 128 letters"),
        (Conditions(host=HostCondition()), "and not both"),
        (Conditions(host=HostCondition(("a.com",), ("a",))), "and not both"),
        (Conditions(host=HostCondition(regexes=(r"\1",))), "back-references"),
        (asks(headers=(HeaderCondition("x y", ("1",)),)), "no header name"),
        (asks(headers=(HeaderCondition("x" * 41, ("1",)),)), "no header name"),
        (asks(headers=(HeaderCondition("HOST", ("1",)),)), "use a host condition"),
        (asks(headers=(HeaderCondition("x", ("é",)),)), "visible"),
        (asks(headers=(HeaderCondition("x", ("1" * 129,)),)), "at most 128"),
        (asks(headers=(HeaderCondition("x"),)), "and not both"),
        (asks(queries=(QueryCondition(()),)), "no pairs"),
        (asks(queries=(QueryCondition((QueryPair("a b"),)),)), "visible"),
        (asks(queries=(QueryCondition((QueryPair("1", "a" * 129),)),)), "at most 128"),
        (asks(queries=(QueryCondition((QueryPair("1", "a=b"),)),)), "never matched"),
        (asks(queries=(QueryCondition((QueryPair("a&b"),)),)), "never matched"),
        (asks(source="10.0.0.0/33"), "no network"),
        (asks(source="10.1.0.0/8"), "write 10.0.0.0/8"),
        (asks(source="255.255.255.255/32"), "nobody's"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(conditions: Conditions, says: str) -> None:
    assert says in " ".join(check_rule(a_rule(conditions=conditions)))


def test_a_source_condition_without_networks_is_refused() -> None:
    empty = asks(source=" ")
    assert check_rule(a_rule(conditions=empty)) == ["a source condition has no networks"]


def test_conditions_that_are_fine_have_no_problem() -> None:
    conditions = asks(
        "/a",
        methods="GET HEAD POST PUT PATCH DELETE OPTIONS",
        host="localhost *.example.com",
        headers=(HeaderCondition("x-env", ("a b", "")), HeaderCondition("y", regexes=("^a",))),
        queries=(QueryCondition((QueryPair(r"\*", "a"), QueryPair("b=c"))),),
        source="10.0.0.0/8 ::1 2001:db8::/32",
    )
    assert check_rule(a_rule(conditions=conditions)) == []


def _sticky(by: StickyBy, name: str = "") -> Forward:
    return Forward((WeightedGroup("g"),), Sticky(by, name))


def _rewrite(regex: str, replacement: str) -> Forward:
    return Forward((WeightedGroup("g"),), url_rewrite=UrlRewrite(regex, replacement))


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (Forward(()), "1 to 5 target groups"),
        (to("1", "2", "3", "4", "5", "6"), "1 to 5 target groups"),
        (to("a", "a"), "stands once"),
        (to(""), "has a name"),
        (to(WeightedGroup("a", -1), "b"), "weight -1 of a"),
        (to(WeightedGroup("a", 1_000_001)), "between 0 and 1000000"),
        (to(WeightedGroup("a", 0)), "positive weight"),
        (to(WeightedGroup("a", strip=-1)), "from 0"),
        (to(WeightedGroup("a", strip=2)), "2 segments cannot be stripped off /a, which has 1"),
        (Forward((WeightedGroup("g", strip=1),), url_rewrite=UrlRewrite("a", "b")), "and not both"),
        (_sticky(StickyBy.SOURCE, "x"), "takes no name"),
        (_sticky(StickyBy.NONE, "x"), "takes no name"),
        (_sticky(StickyBy.HEADER), "needs a header name"),
        (_sticky(StickyBy.COOKIE, "a b"), "no cookie name"),
        (_sticky(StickyBy.COOKIE, "a|b"), "no cookie name"),
        (_sticky(StickyBy.HEADER, "x'y"), "needs a header name"),
        (_rewrite("(?=a)", "b"), "are allowed"),
        (_rewrite("a", "a b"), "visible"),
        (_rewrite("(a)", "$2"), "uses $2"),
        (Redirect(307, path="/b"), "not 301 or 302"),
        (Redirect(301, protocol="ftp"), "not http or https"),
        (Redirect(301, port="0"), "between 1 and 65535"),
        (Redirect(301, port="x"), "between 1 and 65535"),
        (Redirect(301, path="b"), "does not start with /"),
        (Redirect(301, host=""), "has a host"),
        (Redirect(301, path="/#{paht}"), "#{paht} is no placeholder"),
        (Redirect(301, path="/" + "a" * 128), "at most 128"),
        (Redirect(301, path="/é"), "visible"),
        (Redirect(301), "loop"),
        (Redirect(301, query="a=1"), "loop"),
        (FixedResponse(301), "not 2XX, 4XX or 5XX"),
        (FixedResponse(600), "not 2XX, 4XX or 5XX"),
        (FixedResponse(200, body="é" * 513), "at most 1024 bytes"),
        (FixedResponse(200, "text/xml"), "text/xml"),
    ],
)
def test_an_action_that_cannot_be_meant_is_refused(action: Action, says: str) -> None:
    assert says in " ".join(check_rule(a_rule("r", "/a", action=action)))


@pytest.mark.parametrize(
    "action",
    [
        to(WeightedGroup("a", 1_000_000, strip=1), WeightedGroup("b", 0)),
        _sticky(StickyBy.SOURCE),
        _sticky(StickyBy.HEADER, "x-user"),
        _sticky(StickyBy.COOKIE),
        _sticky(StickyBy.COOKIE, "sid"),
        _rewrite("^/(a)", "/$1$0"),
        Redirect(301, protocol="HTTPS", port="443"),
        Redirect(302, path="/new/#{path}", query="from=#{host}"),
        FixedResponse(200, body="x" * 1024),
        FixedResponse(599, "application/json", "{}"),
    ],
)
def test_an_action_that_is_fine_has_no_problem(action: Action) -> None:
    assert check_rule(a_rule("r", "/a", action=action)) == []


def test_strips_are_free_where_no_path_bounds_them() -> None:
    assert check_rule(a_rule("r", "~/a*", action=to(WeightedGroup("g", strip=4)))) == []


@pytest.mark.parametrize(
    "regex",
    [
        *("", "a" * 129, "(?=x)", "(?!x)", "(?<=x)", "(?<!x)", "(?>x)", "(?R)", "(?1)", "(?(1)a|b)", "(?#x)", "(?i)a"),
        *(
            "(?P=n)",
            r"(a)\1",
            r"\k<n>",
            r"\p{L}",
            r"\Z",
            r"\Q",
            r"\R",
            "\\",
            r"[\p{L}]",
            "[[:alpha:]]",
            "[a[b]",
            "[a--b]",
        ),
        *("a*+", "a++", "a?+", "a{1}+", "a{,3}", "a b", "é", "(", "[", "*a", "a{99999999999}"),
    ],
)
def test_a_regular_expression_that_dialects_read_differently_is_refused(regex: str) -> None:
    assert regex_problem(regex) is not None


@pytest.mark.parametrize(
    "regex",
    [
        "^/v[0-9]+/users$",
        "(?i:a)|(?:b)(?P<n>c)",
        r"\d\.\x2f[\]\d^-]",
        "[]a]",
        "[^]a]",
        "a{2,3}?",
        "a+?",
        r"a\++",
        "[a+]+",
    ],
)
def test_a_regular_expression_of_the_common_subset_is_fine(regex: str) -> None:
    assert regex_problem(regex) is None


def test_groups_are_counted() -> None:
    assert group_count("(a)(?:b)(?P<c>d)") == 2


@given(regex=st.text("ab(){}[]\\+*?^$|.,1=!<>:PR#", min_size=1, max_size=12))
def test_a_regular_expression_without_problem_can_be_compiled(regex: str) -> None:
    if regex_problem(regex) is None:
        re.compile(regex)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (a_rule("no spaces"), "id 'no spaces'"),
        (a_rule("r", priority=0), "priority 0"),
        (a_rule("r", priority=50_001), "between 1 and 50000"),
    ],
)
def test_a_rule_has_a_plain_id_and_a_priority_in_range(rule: Rule, says: str) -> None:
    assert says in " ".join(check_rule(rule))


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (a_rule("r", "~/???/???", priority=1), "6 wildcards"),
        (a_rule("r", "/a"), "needs a priority"),
        (a_rule("r", action=_rewrite("a", "b")), "rewrites no url"),
        (
            a_rule("r", priority=1, conditions=asks(source="10.0.0.0/8 1.1.1.1 1.1.1.2 1.1.1.3", methods="A B")),
            "6 cond",
        ),
        (a_rule("r", priority=1, conditions=Conditions(host=HostCondition(regexes=("a",) * 6))), "6 condition values"),
        (
            a_rule("r", priority=1, conditions=asks(queries=(QueryCondition((QueryPair("*"),) * 6),))),
            "6 condition values, at most 5 are allowed 6 wildcards",
        ),
    ],
)
def test_the_load_balancers_limits_hold_only_in_its_order(rule: Rule, says: str) -> None:
    assert says in " ".join(check_rule(rule, Order.PRIORITY))
    assert check_rule(rule, Order.SPECIFIC) == []


def test_what_is_no_network_is_told_of_beside_another_rule_too() -> None:
    rules = [a_rule(name, conditions=asks("/a", source=source)) for name, source in (("a", "x"), ("b", "10.0.0.0/8"))]
    assert check_rules(rules, Order.SPECIFIC) == [
        "rule a: source 'x' is no network such as 10.0.0.0/8 or 2001:db8::/32"
    ]


def test_problems_of_several_rules_name_the_rule() -> None:
    problems = check_rules([a_rule("a", "b"), a_rule("a", "/c")], Order.SPECIFIC)
    assert problems == ["rule a: path 'b' must start with / and have at most 2048 characters", "rule a stands 2 times"]


def test_priorities_are_used_once() -> None:
    rules = [a_rule("a", "/a", priority=1), a_rule("b", "/b", priority=1), a_rule("c"), a_rule("d")]
    assert check_rules(rules, Order.PRIORITY) == ["priority 1 is used 2 times", "there are several default rules"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (asks("/a"), asks("/a")),
        (asks("/a"), Conditions(paths=(PathTemplate("/a"),))),
        (asks("/a/…"), Conditions(paths=(PathTemplate("/a", children=True),))),
        (asks("/a", methods="GET POST"), asks("/a", methods="PUT POST")),
        (asks("/a", "/b"), asks("/c", "/b")),
        (asks("~/a*"), asks("~/a*")),
        (asks(), asks()),
        (asks(host="A.com b.com"), asks(host="B.com a.com")),
        (asks(source="::1/128"), asks(source="::1/128")),
        (asks(source="2001:DB8::/32"), asks(source="2001:0db8:0::/32")),
        (asks(source="10.0.0.0/8"), asks(source="::ffff:10.0.0.0/104")),
        (asks(source="10.0.0.0/8"), asks(source="10.1.0.0/16 10.0.0.0/8")),
        (asks(source="10.0.0.0/9 10.128.0.0/9"), asks(source="10.0.0.0/8")),
    ],
)
def test_two_rules_that_mean_the_same_requests_conflict(first: Conditions, second: Conditions) -> None:
    (problem,) = check_rules([a_rule("a", conditions=first), a_rule("b", conditions=second)], Order.SPECIFIC)
    assert "rules a and b conflict" in problem


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (asks("/a"), asks("/a/…")),
        (asks("/a"), asks("/a", methods="GET")),
        (asks("/a", methods="GET"), asks("/a", methods="POST")),
        (asks("/a", host="a.com"), asks("/a", host="b.com")),
        (asks("/a", headers=(HeaderCondition("x", ("1",)),)), asks("/a", headers=(HeaderCondition("x", ("2",)),))),
        (asks("/a/{x}"), asks("/b/{y}")),
        (asks("/a/{x}"), asks("/a/{x}/b/{y}")),
        (asks("/a/{x}", host="a.com"), asks("/a/{y}", host="b.com")),
    ],
)
def test_rules_that_mean_different_requests_stand_side_by_side(first: Conditions, second: Conditions) -> None:
    assert check_rules([a_rule("a", conditions=first), a_rule("b", conditions=second)], Order.SPECIFIC) == []


@pytest.mark.parametrize("other", ["/u/{name}/orders", "/u/{name}/…"])
def test_a_parameter_has_one_name_at_one_place(other: str) -> None:
    problems = check_rules([a_rule("a", "/u/{id}"), a_rule("b", other)], Order.SPECIFIC)
    assert problems == ["rules a and b name the parameter after /u/ differently"]


def test_a_name_clash_is_found_behind_another_parameter() -> None:
    problems = check_rules([a_rule("a", "/{t}/u/{id}"), a_rule("b", "/{t}/u/{name}/x")], Order.SPECIFIC)
    assert problems == ["rules a and b name the parameter after /{}/u/ differently"]


def test_same_templates_by_other_names_conflict_and_clash() -> None:
    problems = check_rules([a_rule("a", "/u/{id}"), a_rule("b", "/u/{name}")], Order.SPECIFIC)
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([a_rule("a", "/u/{x}", action=to(WeightedGroup("g", strip=2)))], "must be appended"),
        ([a_rule("a", "/u/…"), a_rule("b", "/u/{x}")], "rules a and b clash"),
        ([a_rule("b", "/u/{x}/{y}"), a_rule("a", "/u/{x}/…")], "rules a and b clash"),
    ],
)
def test_refactor_spaces_refuses_more(rules: list[Rule], says: str) -> None:
    assert check_rules(rules, Order.SPECIFIC) == []
    assert says in " ".join(strict_compat(rules))


@pytest.mark.parametrize(
    "rules",
    [
        [a_rule("a", "/u/{x}")],
        [a_rule("a", "/u/{x}", action=FixedResponse(503))],
        [a_rule("a", "/u/a", action=to(WeightedGroup("g", strip=2)))],
        [a_rule("a", "/u/…"), a_rule("b", "/u/a/{x}")],
        [a_rule("a", "/u/…"), a_rule("b", "/u/{x}/a")],
        [a_rule("a", "/u"), a_rule("b", "/u/{x}"), a_rule("c")],
    ],
)
def test_refactor_spaces_takes_the_rest(rules: list[Rule]) -> None:
    assert strict_compat(rules) == []
