from __future__ import annotations

import pytest

from stranglerfig.core.routing.canonical import parse_target
from stranglerfig.core.routing.rewrite import redirect_location, rewrite_url, upstream_target
from stranglerfig.core.routing.rules import Redirect, Request, UrlRewrite, WeightedGroup
from tests.core.routing_builders import a_path


@pytest.mark.parametrize(
    ("path", "strip", "base", "target", "wanted"),
    [
        ("/a/…", 0, "", "/a/b?q=1", "/a/b?q=1"),
        ("/a/…", 0, "/base", "/a", "/base/a"),
        ("/a/…", 1, "", "/a", "/"),
        ("/a/…", 1, "", "/a/", "/"),
        ("/a/…", 1, "/base", "/a", "/base"),
        ("/a/…", 1, "/base", "/a/", "/base/"),
        ("/a/…", 1, "", "/a/b/?", "/b/?"),
        ("/a/b/…", 1, "", "/a/b/c", "/b/c"),
        ("/a/b/…", 2, "/x", "/a/b?q", "/x?q"),
        ("/a", 0, "", "/a/", "/a"),
        ("/a", 1, "", "/a/?q", "/?q"),
        ("/", 0, "/base", "/", "/base/"),
        ("/{x}", 0, "", "/7/", "/7"),
        ("/{x}/…", 0, "", "/7/", "/7/"),
        ("~/a*", 1, "", "/a//", "//"),
        ("/…", 1, "/base", "*", "*"),
    ],
)
def test_what_goes_upstream(path: str, strip: int, base: str, target: str, wanted: str) -> None:
    assert upstream_target(a_path(path), WeightedGroup("g", strip=strip), base, parse_target(target)) == wanted


@pytest.mark.parametrize("path", ["/a", "/{x}", "/a/…"])
def test_the_side_that_gets_paths_as_they_came_keeps_the_trailing_slash(path: str) -> None:
    legacy = WeightedGroup("g", as_sent=True)
    assert upstream_target(a_path(path), legacy, "/base", parse_target("/a/?q")) == "/base/a/?q"
    assert upstream_target(a_path(path), legacy, "", parse_target("/a")) == "/a"


def test_any_path_can_be_stripped_beyond_its_end() -> None:
    assert upstream_target(None, WeightedGroup("g", strip=3), "", parse_target("/a/b?q")) == "/?q"


def test_a_rewritten_url_goes_behind_the_base_path() -> None:
    rewrite = UrlRewrite(r"^/api/([^?]*)\?v=(.)", "/v$2/$1?was=$0")
    target = upstream_target(None, WeightedGroup("g"), "/base", parse_target("/api/x?v=2"), rewrite)
    assert target == "/base/v2/x?was=/api/x?v=2"


@pytest.mark.parametrize(
    ("regex", "replacement", "url", "wanted"),
    [
        ("b", "c", "/bb", "/cb"),
        ("^/a", "", "/a/b", "/b"),
        ("^/a/", "", "/a/b", "/b"),
        ("(x)?/a", "/$1z", "/a", "/z"),
        ("^/z", "/y", "/a", "/a"),
        ("$", "?new", "/a", "/a?new"),
    ],
)
def test_the_first_match_gives_way_to_the_replacement(regex: str, replacement: str, url: str, wanted: str) -> None:
    assert rewrite_url(UrlRewrite(regex, replacement), url) == wanted


@pytest.mark.parametrize(
    ("redirect", "wanted"),
    [
        (Redirect(301, path="/new/#{path}"), "/new/a/b?x=1"),
        (Redirect(301, path="/", query=""), "/"),
        (Redirect(302, path="/#{path}/", query="from=#{host}&#{query}"), "/a/b/?from=a.com&x=1"),
        (Redirect(301, protocol="HTTPS", port="443"), "https://a.com/a/b?x=1"),
        (Redirect(301, protocol="https"), "https://a.com:8080/a/b?x=1"),
        (Redirect(301, host="new.#{host}"), "http://new.a.com:8080/a/b?x=1"),
        (Redirect(301, port="80"), "http://a.com/a/b?x=1"),
    ],
)
def test_where_a_redirect_points(redirect: Redirect, wanted: str) -> None:
    request = Request("GET", "/a/b?x=1", host="A.com:8080", port=8080)
    assert redirect_location(redirect, request, parse_target(request.target)) == wanted
