"""Random rules and requests from so small an alphabet that they often meet."""

from __future__ import annotations

from hypothesis import strategies as st

from stranglerfig.core.routing.rules import (
    Conditions,
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
    Request,
    Rule,
    SourceCondition,
)
from tests.core.routing_builders import to

_SEGMENTS = st.sampled_from(["a", "b", "ab"])


def _joined(parts: list[str]) -> str:
    return "/" + "/".join(parts)


plain_paths = st.lists(_SEGMENTS, max_size=3).map(_joined)
#: canonical paths, some with a trailing slash
request_paths = st.one_of(plain_paths, plain_paths.map(lambda path: path.rstrip("/") + "/"), st.just("/abc"))
patterns = st.text("/ab*?", min_size=1, max_size=6).map(lambda text: text if text[0] in "/*?" else f"/{text}")


@st.composite
def templates(draw: st.DrawFn) -> PathTemplate:
    parts = draw(st.lists(st.one_of(_SEGMENTS, st.just("{}")), min_size=1, max_size=3))
    named = [f"{{p{depth}}}" if part == "{}" else part for depth, part in enumerate(parts)]
    return PathTemplate(_joined(named), draw(st.booleans()))


path_conditions: st.SearchStrategy[PathCondition] = st.one_of(
    plain_paths.map(PathExact),
    plain_paths.map(PathPrefix),
    templates(),
    patterns.map(PathPattern),
    st.sampled_from(["^/a", "b$", "^/[ab]+/"]).map(PathRegex),
)
_hosts = st.one_of(
    st.lists(st.sampled_from(["a.com", "*.com", "b.a.com", "?.com"]), min_size=1, max_size=2).map(
        lambda names: HostCondition(tuple(names))
    ),
    st.just(HostCondition(regexes=("^a",))),
)
_headers = st.builds(HeaderCondition, st.just("x-env"), st.sampled_from([("beta",), ("*a*",)]))
_queries = st.sampled_from(["1", "2", "*"]).map(lambda value: QueryCondition((QueryPair(value, "a"),)))
_networks = st.lists(st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "::/0"]), min_size=1, max_size=2)

conditions = st.builds(
    Conditions,
    paths=st.lists(path_conditions, max_size=2).map(tuple),
    methods=st.lists(st.sampled_from(["GET", "POST", "HEAD"]), unique=True, max_size=2).map(tuple),
    host=st.one_of(st.none(), _hosts),
    headers=st.lists(_headers, max_size=1).map(tuple),
    queries=st.lists(_queries, max_size=1).map(tuple),
    source=st.one_of(st.none(), _networks.map(lambda networks: SourceCondition(tuple(networks)))),
)


@st.composite
def rule_lists(draw: st.DrawFn) -> list[Rule]:
    wanted = draw(st.lists(st.tuples(conditions, st.one_of(st.none(), st.integers(1, 5))), max_size=8))
    return [Rule(f"r{place}", ask, to(f"g{place}"), priority) for place, (ask, priority) in enumerate(wanted)]


requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
    target=st.tuples(request_paths, st.sampled_from(["", "?a=1", "?a=2&a=1"])).map("".join),
    host=st.sampled_from(["a.com", "b.a.com", "A.COM:80", "other"]),
    headers=st.sampled_from([(), (("X-Env", "beta"),), (("x-env", "x"), ("x-env", "a"))]),
    source=st.sampled_from(["10.1.2.3", "10.9.9.9", "8.8.8.8", "::1"]),
)
orders = st.sampled_from(list(Order))
