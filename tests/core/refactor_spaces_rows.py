"""Refactor Spaces' routes as a table: one row a case, so that the same rows can be asked of any implementation.

A route with AppendSourcePath keeps its path; without it the rule strips as many segments as the source path has.
``upstream`` is the whole URL, ``wanted`` the rule's id. Rows of routes that are INACTIVE or FAILED have no rule for
them, as such routes carry no traffic.
"""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.core.routing.paths import segments
from stranglerfig.core.routing.rules import (
    Conditions,
    Forward,
    PathCondition,
    PathExact,
    PathPrefix,
    PathTemplate,
    Request,
    Rule,
    WeightedGroup,
)

#: each target group's URL without its base path, and that base path
SERVICES = {
    "M": ("http://mono", ""),
    "MB": ("http://mono", "/app"),
    "P": ("http://pets-svc", "/petclinic/api"),
    "S": ("http://svc", ""),
    "SB": ("http://svc", "/v2"),
}
BASE_PATHS = {name: base for name, (_, base) in SERVICES.items()}


@dataclass(frozen=True, slots=True)
class RefactorSpacesRow:
    """``upstream`` None: no rule matches."""

    number: int
    rules: tuple[Rule, ...]
    request: Request
    upstream: str | None


@dataclass(frozen=True, slots=True)
class StrictRow:
    """Rules that work here but that Refactor Spaces refuses to make; ``says`` is part of the reason."""

    number: int
    rules: tuple[Rule, ...]
    says: str


def default(service: str) -> Rule:
    return Rule("default", Conditions(), Forward((WeightedGroup(service),)))


def route(path: str, flags: str, service: str, methods: str = "") -> Rule:
    """``flags``: C includes child paths, A appends the source path."""
    strip = 0 if "A" in flags else len(segments(path))
    conditions = Conditions((source_path(path, children="C" in flags),), tuple(methods.split()))
    name = "-".join(("route", *methods.split(), *path.strip("/").replace("{", "").replace("}", "").split("/")))
    return Rule(name, conditions, Forward((WeightedGroup(service, strip=strip),)))


def source_path(path: str, *, children: bool) -> PathCondition:
    if "{" in path:
        return PathTemplate(path, children)
    return PathPrefix(path) if children else PathExact(path)


def row(number: int, rules: tuple[Rule, ...], request: str, upstream: str | None) -> RefactorSpacesRow:
    method, target = request.split(" ")
    return RefactorSpacesRow(number, rules, Request(method, target), upstream)


_M = default("M")
_USERS = (route("/users/me", "A", "S"), route("/users/{id}", "A", "P"))
_BASKET = (route("/basket", "", "S", "POST"), route("/basket", "C", "P", "GET"))
_NESTED = (route("/api", "CA", "S"), route("/api/posts", "CA", "P"))
_STAGE = Rule("stage", Conditions((PathPrefix("/prod"),)), Forward((WeightedGroup("M", strip=1),)))

ROWS: tuple[RefactorSpacesRow, ...] = (
    row(1, (_M,), "GET /a/b?x=1", "http://mono/a/b?x=1"),
    row(2, (_STAGE,), "GET /prod/a", "http://mono/a"),
    row(3, (default("MB"),), "GET /users", "http://mono/app/users"),
    row(4, (_M,), "GET /", "http://mono/"),
    row(5, (default("MB"),), "GET /", "http://mono/app/"),
    row(6, (route("/posts", "", "S"),), "GET /posts", "http://svc/"),
    row(7, (route("/posts", "", "S"), _M), "GET /posts/1", "http://mono/posts/1"),
    row(8, (route("/posts", "C", "S"),), "GET /posts/1?q=2", "http://svc/1?q=2"),
    row(9, (route("/posts", "C", "S"),), "GET /posts", "http://svc/"),
    row(10, (route("/posts", "A", "S"),), "GET /posts", "http://svc/posts"),
    row(11, (route("/posts", "CA", "S"),), "GET /posts/1/c", "http://svc/posts/1/c"),
    row(12, (route("/posts", "CA", "SB"),), "GET /posts/1", "http://svc/v2/posts/1"),
    row(13, (route("/posts", "C", "SB"),), "GET /posts/1", "http://svc/v2/1"),
    row(14, (route("/pets/{id}", "A", "P"),), "GET /pets/7", "http://pets-svc/petclinic/api/pets/7"),
    row(15, (route("/pets/{id}", "A", "P"), _M), "GET /pets/7/toys", "http://mono/pets/7/toys"),
    row(16, (route("/pets/{id}", "CA", "P"),), "GET /pets/7/toys/2", "http://pets-svc/petclinic/api/pets/7/toys/2"),
    row(17, (route("/u/{uid}/o/{oid}", "A", "S"),), "GET /u/4/o/9", "http://svc/u/4/o/9"),
    row(19, _USERS, "GET /users/me", "http://svc/users/me"),
    row(
        20,
        (route("/users/me", "A", "S", "POST"), _USERS[1]),
        "GET /users/me",
        "http://pets-svc/petclinic/api/users/me",
    ),
    row(21, (route("/posts", "CA", "S", "GET"), _M), "POST /posts/1", "http://mono/posts/1"),
    row(22, _BASKET, "GET /basket/3", "http://pets-svc/petclinic/api/3"),
    row(23, (*_BASKET, _M), "POST /basket/3", "http://mono/basket/3"),
    row(24, _NESTED, "GET /api/posts/1", "http://pets-svc/petclinic/api/api/posts/1"),
    row(25, _NESTED, "GET /api/users", "http://svc/api/users"),
    row(26, (_NESTED[0],), "GET /api/posts", "http://svc/api/posts"),
    row(27, (_M,), "GET /posts", "http://mono/posts"),
    row(28, (route("/posts", "CA", "S"), _M), "GET /postsx", "http://mono/postsx"),
    row(29, (route("/posts", "CA", "S"), _M), "GET /Posts", "http://mono/Posts"),
    row(30, (route("/posts", "A", "S"),), "GET /posts/", "http://svc/posts"),
    row(31, (route("/posts", "A", "S", "GET"), _M), "HEAD /posts", "http://mono/posts"),
    row(32, (route("/posts", "A", "S"),), "OPTIONS /posts", "http://svc/posts"),
    row(33, (), "GET /x", None),
    row(
        35,
        (route("/users", "CA", "S"), route("/users/a/{id}", "A", "P")),
        "GET /users/a/5",
        "http://pets-svc/petclinic/api/users/a/5",
    ),
)

REFUSED_BY_REFACTOR_SPACES: tuple[StrictRow, ...] = (
    StrictRow(18, (_M, route("/pets/{id}", "", "P")), "must be appended"),
    StrictRow(34, (_M, route("/users", "CA", "S"), route("/users/{id}", "A", "P")), "below a path with children"),
)

#: row 36 hands parameters to a function, which http targets have no counterpart for: template, path, parameters
FUNCTION_ROW = (PathTemplate("/fn/{id}", children=True), "/fn/3/z", {"id": "3", "proxy": "z"})
