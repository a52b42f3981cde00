"""The load balancer's rules as a table: one row a case, so that the same rows can be asked of any implementation.

Row numbers are stable names. ``wanted`` is a rule's id, None when no rule matches.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.core.routing.rules import (
    Conditions,
    FixedResponse,
    Forward,
    HeaderCondition,
    HostCondition,
    PathPattern,
    PathRegex,
    QueryCondition,
    QueryPair,
    Redirect,
    Request,
    Rule,
    SourceCondition,
    UrlRewrite,
    WeightedGroup,
)


@dataclass(frozen=True, slots=True)
class AlbRow:
    """A request and the rule that answers it. ``target``: path and query upstream; ``location``: of a redirect."""

    number: str
    rules: tuple[Rule, ...]
    request: Request
    wanted: str | None
    target: str | None = None
    location: str | None = None
    shares: tuple[float, ...] | None = None
    empty_groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A rule that cannot be made; ``says`` is part of the reason."""

    number: str
    rule: Rule
    says: str


def rule(
    conditions: Conditions,
    name: str = "hit",
    priority: int = 10,
    action: Forward | Redirect | FixedResponse | None = None,
) -> Rule:
    return Rule(name, conditions, action or Forward((WeightedGroup(name),)), priority)


def path(*patterns: str) -> Conditions:
    return Conditions(paths=tuple(PathPattern(pattern) for pattern in patterns))


def host(*patterns: str) -> Conditions:
    return Conditions(host=HostCondition(patterns))


def header(name: str, *patterns: str) -> Conditions:
    return Conditions(headers=(HeaderCondition(name, patterns),))


def query(*pairs: tuple[str | None, str]) -> Conditions:
    return Conditions(queries=(QueryCondition(tuple(QueryPair(value, key) for key, value in pairs)),))


def source(network: str) -> Conditions:
    return Conditions(source=SourceCondition((network,)))


def get(target: str = "/", method: str = "GET", host: str = "www.example.com") -> Request:
    return Request(method, target, host)


def hit(number: int | str, conditions: Conditions, request: Request) -> AlbRow:
    return AlbRow(str(number), (rule(conditions),), request, "hit")


def miss(number: int | str, conditions: Conditions, request: Request) -> AlbRow:
    return AlbRow(str(number), (rule(conditions),), request, None)


def _two(posts: int, api: int) -> tuple[Rule, ...]:
    return (rule(path("/api/posts*"), "posts", posts), rule(path("/api*"), "api", api))


def _with_header(request: Request, *headers: tuple[str, str]) -> Request:
    return replace(request, headers=headers)


def _split(one: int, other: int) -> tuple[Rule, ...]:
    groups = (WeightedGroup("tgA", one), WeightedGroup("tgB", other))
    return (rule(path("/*"), action=Forward(groups)),)


_REWRITE = Forward((WeightedGroup("hit"),), url_rewrite=UrlRewrite("^/api/(.*)$", "/$1"))
_DEFAULT = Rule("default", Conditions(), Forward((WeightedGroup("default"),)))
_REGEX = Conditions(paths=(PathRegex("^/v[0-9]+/users$"),))
_TWO_QUERIES = Conditions(queries=(QueryCondition((QueryPair("1", "a"),)), QueryCondition((QueryPair("2", "b"),))))

ROWS: tuple[AlbRow, ...] = (
    hit(1, path("/img/*"), get("/img/a.png")),
    hit(2, path("/img/*"), get("/img/a/b/c.png")),
    miss(3, path("/img/*"), get("/img")),
    hit(4, path("/img/*"), get("/img/")),
    hit(5, path("/img*"), get("/imgage")),
    hit(6, path("/img*"), get("/img")),
    hit(7, path("/img/*/pics"), get("/img/2024/x/pics")),
    miss(8, path("/img/*/pics"), get("/img/pics")),
    hit(9, path("/a?c"), get("/abc")),
    miss(10, path("/a?c"), get("/ac")),
    hit(11, path("/a?c"), get("/a/c")),
    miss(12, path("/API/*"), get("/api/x")),
    hit(13, path("/api/*"), get("/api/x?y=1")),
    miss(14, path("/x"), get("/y?p=/x")),
    hit(15, path("*.js"), get("/a/b.js")),
    AlbRow("16", _two(3, 99), get("/api/posts/1"), "posts"),
    AlbRow("17", _two(99, 3), get("/api/posts/1"), "api"),
    AlbRow("18", _two(3, 99), get("/api/postscript"), "posts"),
    hit(19, path("/a", "/b"), get("/b")),
    miss(20, Conditions(paths=(PathPattern("/a"),), methods=("POST",)), get("/a")),
    hit(21, path("/"), get("/")),
    miss(22, path("/"), get("/index")),
    hit("23-star", path("*"), get("/any/thing?x")),
    hit("23-slash-star", path("/*"), get("/")),
    miss(24, path("/a"), get("/a/")),
    hit(25, host("example.com"), get(host="EXAMPLE.com")),
    hit(26, host("*.example.com"), get(host="www.example.com")),
    hit(27, host("*.example.com"), get(host="a.b.example.com")),
    miss(28, host("*.example.com"), get(host="example.com")),
    hit(29, host("www.?xample.com"), get(host="www.example.com")),
    hit(30, host("api.test.com"), get(host="api.test.com:8443")),
    hit(32, header("x-env", "*Canary*"), _with_header(get(), ("X-ENV", "my-canary-1"))),
    hit(33, header("x-env", "beta"), _with_header(get(), ("x-env", "a"), ("x-env", "BETA"))),
    miss(34, header("x-env", "beta"), get()),
    miss(36, Conditions(methods=("GET",)), get(method="HEAD")),
    miss(37, Conditions(methods=("GET",)), get(method="get")),
    hit(38, query(("version", "v1")), get("/?VERSION=V1")),
    miss(39, query(("version", "v1")), get("/?version=v10")),
    hit(40, query((None, "*beta*")), get("/?any=xBETAy")),
    hit("41-literal", query(("key", r"a\*b")), get("/?key=a*b")),
    miss("41-other", query(("key", r"a\*b")), get("/?key=axb")),
    miss(42, _TWO_QUERIES, get("/?a=1")),
    hit("42-both", _TWO_QUERIES, get("/?b=2&a=1")),
    hit(43, query(("a", "1"), ("b", "2")), get("/?a=1")),
    hit(44, source("10.0.0.0/8"), replace(get(), source="10.1.2.3")),
    miss(45, source("10.0.0.0/8"), replace(get(), source="8.8.8.8", headers=(("X-Forwarded-For", "10.1.2.3"),))),
    hit(46, source("2001:db8::/32"), replace(get(), source="2001:db8::1")),
    hit(47, _REGEX, get("/v12/users")),
    miss(48, _REGEX, get("/vx/users")),
    AlbRow("50", (rule(path("/a")), _DEFAULT), get("/b"), "default"),
    AlbRow("51", _split(1, 0), get(), "hit", shares=(1.0, 0.0)),
    AlbRow("52", _split(50, 50), get(), "hit", shares=(0.5, 0.5), empty_groups=frozenset({"tgB"})),
    AlbRow("53", (rule(path("/a*"), "late", 20), rule(path("/a*"), "early", 10)), get("/a"), "early"),
    AlbRow("55", (rule(path("/api/*"), action=_REWRITE),), get("/api/x?q=1"), "hit", target="/x?q=1"),
    AlbRow("56", (rule(path("/*"), action=_REWRITE),), get("/other?q=1"), "hit", target="/other?q=1"),
    AlbRow(
        "58",
        (rule(path("/*"), action=Redirect(301, path="/new/#{path}")),),
        get("/a?x=1"),
        "hit",
        location="/new/a?x=1",
    ),
)

REFUSED: tuple[RefusedRow, ...] = (
    RefusedRow("31-digit", rule(host("example.c0m")), "only letters after the last one"),
    RefusedRow("31-dotless", rule(host("localhost")), "needs a dot"),
    RefusedRow("35-host", rule(header("Host", "a")), "use a host condition"),
    RefusedRow("35-wildcard", rule(header("x-*", "a")), "without wildcard"),
    RefusedRow("49", rule(Conditions(paths=(PathRegex("(?=x)"),))), "are allowed"),
    RefusedRow("54", rule(path("/1", "/2", "/3", "/4", "/5", "/6")), "6 condition values"),
    RefusedRow("57", rule(path("/*"), action=Redirect(301)), "loop"),
)
