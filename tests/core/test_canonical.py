from __future__ import annotations

import pytest

from stranglerfig.core.routing.admission import admit
from stranglerfig.core.routing.canonical import Canonical, Refusal, Target, canonicalise, parse_target
from stranglerfig.core.routing.rules import Request


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/", "/"),
        ("*", "*"),
        ("/api/%70osts", "/api/posts"),
        ("/api//posts", "/api/posts"),
        ("//api/posts", "/api/posts"),
        ("/api/x/../posts", "/api/posts"),
        ("/api/%2e/posts", "/api/posts"),
        ("/api/posts/%2e%2E/admin", "/api/admin"),
        ("/..", "/"),
        ("/../../a", "/a"),
        ("/a/.", "/a/"),
        ("/a/b/..", "/a/"),
        ("/a/.../..b", "/a/.../..b"),
        ("/a/", "/a/"),
        ("/%2570", "/%2570"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/%7e%41%5F%2d", "/~A_-"),
    ],
)
def test_a_path_is_brought_into_one_form(path: str, wanted: str) -> None:
    assert canonicalise(path) == Canonical(wanted)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "does not start with /"),
        ("a/b", "does not start with /"),
        ("/a%2Fb", "%2F"),
        ("/a%5cb", "%5c"),
        ("/a%00", "%00"),
        ("/a\\b", "read differently"),
        ("/a/..;/b", "/..;"),
        ("/a/%2e;x", "/.;"),
        ("/%zz", "broken escape at %zz"),
        ("/a%", "broken escape at %"),
        ("/a b", "' '"),
        ("/é", "é"),
        ("/a#b", "#"),
    ],
)
def test_a_path_that_servers_read_differently_is_refused(path: str, says: str) -> None:
    refusal = canonicalise(path)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 400
    assert says in refusal.reason


def test_a_target_is_taken_apart() -> None:
    assert parse_target("/a?b?c") == Target("/a", "b?c")
    assert parse_target("/a?").suffix == "?"
    assert parse_target("/a").suffix == ""
    assert parse_target("HTTP://x:80/a?b") == Target("/a", "b", "http", "x:80")
    assert parse_target("http://x") == Target("/", None, "http", "x")


@pytest.mark.parametrize(
    ("request_", "status", "says"),
    [
        (Request("GET", "/", host=""), 400, "no Host"),
        (Request("CONNECT", "/"), 405, "CONNECT"),
        (Request("TRACE", "/"), 405, "TRACE"),
        (Request("G T", "/"), 400, "no method"),
        (Request("PRI", "*"), 400, "no method"),
        (Request("GET", "/?é"), 400, "target"),
        (Request("GET", "http://a/", host="b"), 400, "the Host header b"),
        (Request("GET", "http://a/", host=""), 400, "the Host header nothing"),
        (Request("GET", "/%"), 400, "broken escape"),
    ],
)
def test_a_request_is_refused_before_any_rule(request_: Request, status: int, says: str) -> None:
    refusal = admit(request_)
    assert isinstance(refusal, Refusal)
    assert refusal.status == status
    assert says in refusal.reason


def test_a_request_about_the_whole_server_is_admitted_as_it_is() -> None:
    assert admit(Request("OPTIONS", "*")) == Canonical("*")
