from __future__ import annotations

import pytest

from stranglerfig.core.routing.match import host_only, matches
from stranglerfig.core.routing.paths import parameters, path_matches, path_text
from stranglerfig.core.routing.rules import (
    Conditions,
    HeaderCondition,
    HostCondition,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
    QueryCondition,
    QueryPair,
    Request,
)
from tests.core.routing_builders import a_path, a_rule, asks, get, only


@pytest.mark.parametrize(
    ("condition", "hits", "misses"),
    [
        ("/a", ("/a", "/a/"), ("/a/b", "/ab", "/", "*")),
        ("/", ("/",), ("/a", "*")),
        ("/a/…", ("/a", "/a/", "/a/b"), ("/ab", "/A", "*")),
        ("/…", ("/", "/a"), ("*",)),
        ("/u/{id}", ("/u/3", "/u/3/"), ("/u", "/u/", "/u/3/x", "*")),
        ("/u/{id}/…", ("/u/3", "/u/3/", "/u/3/x/y"), ("/u", "/u/", "*")),
        (PathTemplate("/"), ("/",), ("/a", "*")),
        (PathTemplate("/", children=True), ("/", "/a"), ("*",)),
        ("~*", ("/", "/a/b", "*"), ()),
        (PathRegex("b$"), ("/b", "/ab"), ("/ba",)),
        (PathRegex(r"^/\w+$"), ("/a",), ("/\xe9",)),
    ],
)
def test_a_path_condition_means_these_paths(
    condition: str | PathCondition, hits: tuple[str, ...], misses: tuple[str, ...]
) -> None:
    path = a_path(condition) if isinstance(condition, str) else condition
    assert [hit for hit in hits if not path_matches(path, hit)] == []
    assert [miss for miss in misses if path_matches(path, miss)] == []


def test_parameters_are_whole_segments() -> None:
    assert parameters(PathTemplate("/u/{uid}/o/{oid}"), "/u/4/o/9") == {"uid": "4", "oid": "9"}
    assert parameters(PathTemplate("/u/{uid}", children=True), "/u/4/") == {"uid": "4"}
    assert parameters(PathTemplate("/u/{uid}"), "/v/4") is None


@pytest.mark.parametrize(
    ("conditions", "request_", "reason"),
    [
        (asks("/a"), get("/b"), "path /b is not /a exactly"),
        (asks(methods="GET HEAD"), get(method="POST"), "method POST is not GET or HEAD"),
        (asks(host="a.com *.b.com"), get(host="c.com:80"), "host c.com is not a.com or *.b.com"),
        (asks(headers=(HeaderCondition("x", ("1",)),)), get(), "no header x is 1"),
        (asks(queries=(QueryCondition((QueryPair("1", "a"), QueryPair("2"))),)), get(), "the query has no a=1 or 2"),
        (asks(source="10.0.0.0/8 ::1/128"), get(), "source 127.0.0.1 is not in 10.0.0.0/8 or ::1/128"),
        (Conditions(host=HostCondition(regexes=("^a",))), get(host="b"), "host b is not ^a"),
    ],
)
def test_a_miss_is_told_in_words(conditions: Conditions, request_: Request, reason: str) -> None:
    alternative = only(a_rule(conditions=conditions))
    assert matches(alternative, request_, request_.target) == reason


@pytest.mark.parametrize(
    ("conditions", "request_"),
    [
        (asks(), Request("OPTIONS", "*")),
        (asks(host="[::1]"), get(host="[::1]:80")),
        (Conditions(host=HostCondition(regexes=("^A",))), get(host="api.test")),
        (asks(headers=(HeaderCondition("X-A", regexes=("^V[12]$",)),)), Request("GET", "/", headers=(("x-a", " v2"),))),
        (asks(queries=(QueryCondition((QueryPair("", "a"),)),)), get("/?x&a=")),
        (asks(queries=(QueryCondition((QueryPair("b=c", "a"),)),)), get("/?a=b=c")),
        (asks(source="10.0.0.0/8"), get(source="::ffff:10.1.2.3")),
        (asks(source="::ffff:10.0.0.0/104"), get(source="10.1.2.3")),
    ],
)
def test_a_request_is_meant(conditions: Conditions, request_: Request) -> None:
    assert matches(only(a_rule(conditions=conditions)), request_, request_.target) is None


@pytest.mark.parametrize(
    ("conditions", "request_"),
    [
        (asks(queries=(QueryCondition((QueryPair("*"),)),)), get("/?a")),
        (asks(queries=(QueryCondition((QueryPair("a b"),)),)), get("/?x=a%20b")),
        (asks(headers=(HeaderCondition("x", ("a",)),)), Request("GET", "/", headers=(("x", "a,b"),))),
        (asks(source="0.0.0.0/0"), get(source="::1")),
    ],
)
def test_a_request_is_not_meant(conditions: Conditions, request_: Request) -> None:
    assert matches(only(a_rule(conditions=conditions)), request_, "/") is not None


def test_a_host_has_neither_port_nor_case() -> None:
    assert host_only("API.Test:8443") == "api.test"
    assert host_only("[FE80::1]:1") == "[fe80::1]"
    assert host_only("a:") == "a"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (None, "any path"),
        (PathExact("/a"), "/a exactly"),
        (PathPrefix("/"), "/…"),
        (PathTemplate("/{x}"), "/{x}"),
        (PathTemplate("/{x}", children=True), "/{x}/…"),
        (PathPattern("/a*"), "pattern /a*"),
        (PathRegex("^/"), "regular expression ^/"),
    ],
)
def test_a_path_condition_is_written_for_people(path: PathCondition | None, text: str) -> None:
    assert path_text(path) == text
