"""A listener as an HAProxy frontend (pure).

The cheap way comes first: a canonical path with a plain forward costs one look-up more than a fixed backend would.
Only what the maps mark with ``!`` goes on to methods, patterns, buckets and rewriting. What depends on a name that the
configuration must spell out (a sticky header or cookie, a URL rewrite, a split over more than two groups) is a
*feature*; a listener has the lines of the features its rules use.
"""

from __future__ import annotations

from collections.abc import Iterable

from stranglerfig.core.routing.rules import Forward, UrlRewrite
from stranglerfig.core.topology import Listener
from stranglerfig.dataplane.actions import STRIP_FLAGS, rewrite_name, sticky_code
from stranglerfig.dataplane.conditions import request_key
from stranglerfig.dataplane.quoting import quoted, regsub

#: fig's own cookie lives for 30 days
COOKIE_SECONDS = 30 * 24 * 3600
MANY_GROUPS = "many-groups"


def features(listener: Listener) -> frozenset[str | UrlRewrite]:
    """Sticky codes with a name, URL rewrites and ``MANY_GROUPS``: what a route can need that only a reload brings."""
    found: set[str | UrlRewrite] = set()
    for rule in listener.rules:
        if isinstance(rule.action, Forward):
            code = sticky_code(rule.action.sticky)
            if code[:2] in ("h.", "c."):
                found.add(code)
            if rule.action.url_rewrite:
                found.add(rule.action.url_rewrite)
            if len(rule.action.groups) > 2:
                found.add(MANY_GROUPS)
    return frozenset(found)


def frontend_name(listener: str) -> str:
    return f"l.{listener}"


def hand_over_name(listener: str) -> str:
    """The backend by which a worker that is ending passes on requests for what only its successor knows."""
    return f"n.{listener}"


def map_path(listener: str, table: str) -> str:
    """Relative to HAProxy's working folder; runtime commands must spell it just so."""
    return f"maps/{listener}.{table}"


def hand_over_socket(listener: str) -> str:
    return f"next.{listener}.sock"


def render_frontend(listener: Listener, fd: int, wanted: frozenset[str | UrlRewrite], no_match: str) -> list[str]:
    """``fd`` is the listening socket's number in HAProxy; ``no_match`` the backend for requests without a rule."""
    names = sorted(code for code in wanted if isinstance(code, str) and code != MANY_GROUPS)
    rewrites = sorted((one for one in wanted if isinstance(one, UrlRewrite)), key=rewrite_name)
    return [
        f"frontend {frontend_name(listener.name)}",
        f"  bind fd@{fd}",
        f"  bind unix@{hand_over_socket(listener.name)} mode 600 accept-proxy",
        *([] if listener.http2 else ["  option disable-h2-upgrade"]),
        *_cheap_way(map_path(listener.name, "routes")),
        *_find_rule(listener.name),
        *_bucket(names),
        *_destination(many=MANY_GROUPS in wanted),
        *_rewrite_path(rewrites),
        "  use_backend %[var(txn.be)] if { var(txn.be) -m found }",
        f"  use_backend %[path,concat(//),map_beg({map_path(listener.name, 'routes')})]",
        f"  default_backend {no_match}",
        f"backend {hand_over_name(listener.name)}",
        f"  server next unix@{hand_over_socket(listener.name)} send-proxy-v2",
    ]


def _cheap_way(routes: str) -> list[str]:
    """Refuse, then let everything pass that needs no more than its path; clean the paths that are not canonical."""
    return [
        "  acl unclean path_sub % // /. ; \\\\",
        f"  acl special path,concat(//),map_beg({routes}) -m beg !",
        _answer(400, "the request has no Host header", "!{ req.hdr(host) -m found }"),
        _answer(405, "this method is not for servers behind a proxy", "{ method CONNECT TRACE }"),
        "  http-request allow if !unclean !special",
        _answer(400, "the path can be read in two ways", "{ path_sub -i %00 %2f %5c \\\\ }"),
        # the two percent steps would rewrite the query too, and refuse a lone % in it
        f"  http-request set-var(txn.q) pathq,{regsub('^[^?]*', '')} if {{ path_sub % }}",
        "  http-request set-pathq %[path] if { var(txn.q) -m found }",
        "  http-request normalize-uri percent-to-uppercase strict if { var(txn.q) -m found }",
        "  http-request normalize-uri percent-decode-unreserved strict if { var(txn.q) -m found }",
        "  http-request set-pathq %[path]%[var(txn.q)] if { var(txn.q) -m found }",
        "  http-request normalize-uri path-merge-slashes if { path_sub // }",
        "  http-request normalize-uri path-strip-dot if { path_sub /. }",
        "  http-request normalize-uri path-strip-dotdot full if { path_sub /. }",
        # ;jsessionid=… is common, but some servers read /..;/ as /../
        _answer(400, "the path can be read in two ways", "{ path_sub /.; /..; }"),
        "  http-request allow if !special",
    ]


def _find_rule(listener: str) -> list[str]:
    """``txn.v`` becomes the winner's map value; see ``tables``."""
    routes, nodes, patterns = (map_path(listener, table) for table in ("routes", "nodes", "patterns"))
    return [
        "  acl node var(txn.v) -m beg !n",
        "  acl open_to_patterns var(txn.g) -m len gt 0",
        "  acl pattern_found var(txn.c) -m found",
        f"  http-request set-var(txn.v) path,concat(//),map_beg({routes})",
        "  http-request set-var(txn.g) var(txn.v),field(3,|) if node",
        "  http-request set-var(txn.n) var(txn.v),field(2,|) if node",
        "  http-request set-var(txn.m) method if node",
        f"  http-request set-var(txn.v) var(txn.n),concat(:,txn.m),map_str({nodes}) if node",
        f"  http-request set-var(txn.v) var(txn.n),concat(:*),map_str({nodes}) if node",
        f'  http-request set-var-fmt(txn.k) "{request_key("%[var(txn.g)]")}" if open_to_patterns',
        f"  http-request set-var(txn.c) var(txn.k),map_reg({patterns}) if open_to_patterns",
        "  http-request set-var(txn.r) var(txn.v),field(-1,|) if pattern_found !node",
        "  http-request set-var(txn.v) var(txn.c) if pattern_found node or "
        "pattern_found { var(txn.c),field(-1,|),sub(txn.r) lt 0 }",
        "  http-request set-var(txn.be) var(txn.v),field(1,|) if !{ var(txn.v) -m beg ! }",
    ]


def _bucket(names: Iterable[str]) -> list[str]:
    """``txn.b``, 0 to 9999: drawn anew, or from what the rule is sticky by, with the rule's id as salt."""
    return [
        "  acl forward var(txn.v) -m beg !f",
        "  acl identified var(txn.id) -m found",
        "  http-request set-var(txn.y) var(txn.v),field(3,|) if forward",
        "  http-request set-var(txn.b) rand(10000) if forward",
        "  http-request set-var(txn.id) src if { var(txn.y) -m str s }",
        "  http-request set-var(txn.id) req.cook(fig) if { var(txn.y) -m str k }",
        "  http-request set-var(txn.new) uuid if { var(txn.y) -m str k } !identified",
        "  http-request set-var(txn.id) var(txn.new) if { var(txn.new) -m found }",
        *(f"  http-request set-var(txn.id) {_named(name)} if {{ var(txn.y) -m str {quoted(name)} }}" for name in names),
        "  http-request set-var(txn.salt) var(txn.v),field(2,|) if identified",
        "  http-request set-var(txn.b) var(txn.id),concat(:,txn.salt),xxh32(0),mod(10000) if identified",
        f'  http-response add-header set-cookie "fig=%[var(txn.new)]; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; '
        'SameSite=Lax" if { var(txn.new) -m found }',
    ]


def _named(code: str) -> str:
    kind, name = code[:1], code[2:]
    return f"req.{'hdr' if kind == 'h' else 'cook'}({quoted(name)})"


def _destination(*, many: bool) -> list[str]:
    """``txn.be``, and in ``txn.f`` what is to be done to the path; see ``actions`` for the fields."""
    later = ((7, 8), (9, 10), (11, 12)) if many else ()
    return [
        "  http-request set-var(txn.t) var(txn.v),field(4,|) if forward",
        "  http-request set-var(txn.d) var(txn.v),field(5,|) if forward",
        "  http-request set-var(txn.d) var(txn.v),field(6,|) if forward { var(txn.b),sub(txn.t) ge 0 }",
        *(
            line
            for limit, destination in later
            for line in (
                f"  http-request set-var(txn.t) var(txn.v),field({limit},|) "
                f"if {{ var(txn.v),field({destination},|) -m beg g. }}",
                f"  http-request set-var(txn.d) var(txn.v),field({destination},|) "
                f"if {{ var(txn.v),field({destination},|) -m beg g. }} {{ var(txn.b),sub(txn.t) ge 0 }}",
            )
        ),
        "  http-request set-var(txn.be) var(txn.d),field(1,~) if forward",
        "  http-request set-var(txn.f) var(txn.d),field(2,~) if { var(txn.d) -m sub ~ }",
    ]


def _rewrite_path(rewrites: Iterable[UrlRewrite]) -> list[str]:
    """In ``core.routing.rewrite``'s order. ``txn.bare`` tells the backend that its base path is to stand alone."""
    return [
        "  acl rewritten var(txn.f) -m found",
        f"  http-request set-path %[path,{regsub('/$', '')}] if {{ var(txn.f) -m beg z }} !{{ path / }}",
        *(line for one in rewrites for line in _rewrite_url(one)),
        "  http-request set-var(txn.p) path if rewritten",
        *(
            f"  http-request set-var(txn.p) var(txn.p),{_stripping(count)} if {{ var(txn.f) -m sub {flag} }}"
            for flag, count in STRIP_FLAGS.items()
        ),
        "  acl nothing_left var(txn.p) -m len 0",
        "  http-request set-var(txn.bare) bool(true) if rewritten nothing_left",
        "  http-request set-path %[var(txn.p)] if rewritten !nothing_left",
        "  http-request set-path / if rewritten nothing_left",
    ]


def _rewrite_url(rewrite: UrlRewrite) -> list[str]:
    name = rewrite_name(rewrite)
    wanted = f"{{ var(txn.f) -m sub {name} }}"
    return [
        f"  http-request set-var(txn.u) pathq,{regsub(rewrite.regex, rewrite.replacement)} if {wanted}",
        f"  http-request set-pathq %[var(txn.u)] if {wanted} {{ var(txn.u) -m beg / }}",
        f"  http-request set-pathq /%[var(txn.u)] if {wanted} !{{ var(txn.u) -m beg / }}",
    ]


def _stripping(count: int) -> str:
    return regsub(f"^(/[^/]*){{1,{count}}}", "")


def _answer(status: int, message: str, condition: str) -> str:
    body = quoted(f'{{"message":"{message}"}}')
    return f"  http-request return status {status} content-type application/json string {body} if {condition}"
