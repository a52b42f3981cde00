"""Random rule tables and requests that meet: few segments, hosts and values, so that rules overlap all the time."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

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
    Request,
    Rule,
    SourceCondition,
    Sticky,
    StickyBy,
    UrlRewrite,
    WeightedGroup,
)
from stranglerfig.core.routing.validate import check_rules

Drawn = TypeVar("Drawn")

#: target groups and their base paths
BASE_PATHS = {"mono": "", "posts": "", "users": "/app", "threads": "/v2/x"}

SEGMENTS = ("a", "api", "posts", "postscript", "Posts", "x.y", "~me", "a-b", "0", "caf%C3%A9", "p+q", "@h", "semi;v=1")
segments = st.sampled_from(SEGMENTS)
METHODS = ("GET", "POST", "HEAD", "DELETE", "PURGE", "get", "M-SEARCH", "OPTIONS")
HOSTS = ("localhost", "shop.test", "api.shop.test", "SHOP.test:8080", "[::1]:80", "10.0.0.1")


def _joined(parts: list[str]) -> str:
    return "/" + "/".join(parts)


paths = st.lists(segments, max_size=3).map(_joined)
params = st.sampled_from(("{id}", "{name}"))


@st.composite
def templates(draw: st.DrawFn) -> PathTemplate:
    parts = draw(st.lists(segments, max_size=2))
    parts.insert(draw(st.integers(0, len(parts))), draw(params))
    return PathTemplate(_joined(parts), draw(st.booleans()))


patterns = st.lists(
    st.one_of(segments, st.sampled_from(("*", "?", "/", "/*", "p*", "*.y"))), min_size=1, max_size=4
).map(lambda parts: PathPattern("/" + "/".join(parts).replace(";", "").replace("%", "")))
regexes = st.sampled_from(
    (r"^/api/[^/]+$", r"posts", r"^/a(/.*)?$", r"\.y$", r"^/[a-z]{1,3}/", r"[^a-z/]", r"/p\S+t", r"^/(api|a)/")
).map(PathRegex)
path_conditions: st.SearchStrategy[PathCondition] = st.one_of(
    paths.map(PathPrefix), paths.map(PathExact), templates(), patterns, regexes
)

hosts = st.one_of(
    st.lists(st.sampled_from(("shop.test", "*.shop.test", "API.shop.test", "shop.t?st")), min_size=1, max_size=2).map(
        lambda names: HostCondition(patterns=tuple(names))
    ),
    st.sampled_from((r"^api\.", r"shop", r"test$")).map(lambda regex: HostCondition(regexes=(regex,))),
)
headers = st.one_of(
    st.sampled_from(("beta", "*canary*", "b?ta", "", "*")).map(lambda text: HeaderCondition("X-Env", (text,))),
    st.sampled_from((r"^be", r"ta$", r"[^a-z]")).map(lambda regex: HeaderCondition("x-env", regexes=(regex,))),
)
queries = st.lists(
    st.sampled_from(
        (
            QueryPair("v1", "version"),
            QueryPair("*beta*"),
            QueryPair("1", "a*"),
            QueryPair(r"a\*b", "key"),
            QueryPair(""),
        )
    ),
    min_size=1,
    max_size=2,
).map(lambda pairs: QueryCondition(tuple(pairs)))
sources = st.sampled_from(("127.0.0.0/8", "127.0.0.1/32", "10.0.0.0/9", "2001:db8::/33", "0.0.0.0/1")).map(
    lambda network: SourceCondition((network,))
)


def rarely(strategy: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn | None]:
    return st.one_of(st.none(), st.none(), st.none(), strategy)


@st.composite
def conditions(draw: st.DrawFn) -> Conditions:
    return Conditions(
        paths=tuple(draw(st.lists(path_conditions, min_size=1, max_size=2))),
        methods=draw(
            st.one_of(st.just(()), st.just(()), st.lists(st.sampled_from(METHODS), max_size=2, unique=True).map(tuple))
        ),
        host=draw(rarely(hosts)),
        headers=tuple(filter(None, [draw(rarely(headers))])),
        queries=tuple(filter(None, [draw(rarely(queries))])),
        source=draw(rarely(sources)),
    )


weighted = st.builds(
    WeightedGroup,
    st.sampled_from(sorted(BASE_PATHS)),
    st.sampled_from((0, 1, 1, 3, 50)),
    st.sampled_from((0, 0, 0, 1, 2, 3)),
    st.sampled_from((False, False, True)),
)
stickies = st.sampled_from(
    (Sticky(), Sticky(), Sticky(StickyBy.SOURCE), Sticky(StickyBy.HEADER, "X-User"), Sticky(StickyBy.COOKIE))
)
rewrites = st.sampled_from(
    (
        UrlRewrite("^/api/(.*)$", "/$1"),
        UrlRewrite("posts", "p'o,s)t"),
        UrlRewrite(r"^/a\b", ""),
        UrlRewrite(r"\?.*$", ""),
    )
)


@st.composite
def forwards(draw: st.DrawFn) -> Forward:
    groups = draw(st.lists(weighted, min_size=1, max_size=3, unique_by=lambda one: one.group))
    if not any(one.weight for one in groups):
        groups[0] = WeightedGroup(groups[0].group, 1, groups[0].strip)
    rewrite = draw(st.one_of(st.none(), st.none(), st.none(), st.none(), rewrites))
    return Forward(tuple(groups), draw(stickies), rewrite)


actions: st.SearchStrategy[Action] = st.one_of(
    forwards(),
    forwards(),
    forwards(),
    st.sampled_from(
        (
            Redirect(301, path="/new/#{path}"),
            Redirect(302, protocol="https", port="443"),
            Redirect(302, host="#{host}.example", path="/x", query="was=#{path}&#{query}"),
            FixedResponse(418, "text/plain", 'tea "pot" $5 %s\n'),
            FixedResponse(200, "application/json", "{}"),
        )
    ),
)


@st.composite
def rule_tables(draw: st.DrawFn) -> tuple[tuple[Rule, ...], Order]:
    order = draw(st.sampled_from((Order.SPECIFIC, Order.SPECIFIC, Order.PRIORITY)))
    count = draw(st.integers(1, 10))
    priorities = draw(st.permutations(range(1, count + 1)))
    rules = [
        Rule(f"r{number}", draw(conditions()), draw(actions), priorities[number] if order is Order.PRIORITY else None)
        for number in range(count)
    ]
    if draw(st.booleans()):
        everything = Conditions() if order is Order.PRIORITY else Conditions(paths=(PathPrefix("/"),))
        rules.append(Rule("default", everything, Forward((WeightedGroup("mono"),))))
    # Most tables of ten have two rules that are at odds: without the second one they are a table all the same.
    sound: list[Rule] = []
    for rule in rules:
        if not check_rules((*sound, rule), order):
            sound.append(rule)
    return tuple(sound), order


@st.composite
def targets(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.one_of(segments, segments, segments, _odd_segments), max_size=5))
    path = _joined(parts) + draw(st.sampled_from(("", "", "", "/", "//", "/.", "/..", "/./")))
    if draw(st.integers(0, 40)) == 0:
        path += "/long" * 800
    return path + draw(
        st.sampled_from(("", "", "", "?", "?version=v1", "?a1=1&b=2", "?x=xBETAy", "?key=a*b", "?p=/a//b", "?="))
    )


_pathless = st.sampled_from(("*", "*", "a/b", "?x", "api", "*/a", "http://localhost?x"))
_odd_segments = st.sampled_from(
    (
        "",
        ".",
        "..",
        "%70osts",
        "po%73ts",
        "%2e%2e",
        "%2E",
        "%2f",
        "%5C",
        "%00",
        "%zz",
        "%",
        "a%",
        "%c3%a9",
        "\\",
        "..;",
        ".;x",
        ";",
        "%3B",
        "%25",
        "%2570",
        "a b".replace(" ", "%20"),
        "<x>",
        '"q"',
        "{id}",
        "^",
        "|",
        "`",
        "*",
        "!$&'()*,=:",
    )
)


@st.composite
def requests(draw: st.DrawFn, rules: tuple[Rule, ...]) -> Request:
    values = draw(st.lists(st.sampled_from(("beta", "BETA", "my-Canary-1", "", "zz", "a, beta")), max_size=2))
    user = draw(st.one_of(st.just(()), st.integers(1, 99).map(lambda number: (("X-User", f"u{number}"),))))
    target = draw(
        st.one_of(targets(), targets(), targets(), _pathless, targets().map(lambda path: f"http://localhost{path}"))
    )
    # HAProxy 2.6 refuses a target without path itself, before it looks at the method
    method = draw(st.sampled_from(METHODS if target[:1] not in "/h" else (*METHODS, *METHODS, "TRACE")))
    return Request(
        method=draw(st.one_of(st.just("GET"), st.just(method))),
        target=target,
        host="localhost" if draw(st.booleans()) else draw(st.sampled_from((*HOSTS, ""))),
        headers=(*(("X-Env", value) for value in values), *user),
    )
