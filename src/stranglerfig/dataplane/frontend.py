"""A listener as an HAProxy frontend (pure).

The cheap way comes first: a canonical path with a plain forward costs one look-up more than a fixed backend would.
Only what the maps mark with ``!`` goes on to methods, patterns, buckets and rewriting. What depends on a name that the
configuration must spell out (a sticky header or cookie, a URL rewrite), is rare (a split over more than two groups, a
deep strip), or would cost every answer something (fig's own cookie) is a *feature*; a listener has the lines of the
features its rules use.
"""

from __future__ import annotations

import hashlib

from stranglerfig.core.routing.rules import Forward, StickyBy, UrlRewrite
from stranglerfig.core.topology import Listener
from stranglerfig.dataplane.actions import (
    DEEP_STRIP,
    MANY_GROUPS,
    OWN_COOKIE,
    SHALLOW_STRIP,
    STRIP_FLAGS,
    backend_of_group,
    rewrite_name,
    sticky_code,
)
from stranglerfig.dataplane.conditions import request_key
from stranglerfig.dataplane.lines import format as access_lines
from stranglerfig.dataplane.quoting import quoted, regsub

#: fig's own cookie lives for 30 days
COOKIE_SECONDS = 30 * 24 * 3600
LONGEST_IN_SOCKET = 60
Features = frozenset[str | UrlRewrite]

_PLAIN = "!special has_host !unforwardable !unclean"
_HASH = ",concat(:,txn.be),xxh32(0),mod(10000)"


def features(listener: Listener) -> Features:
    """Sticky codes of headers and cookies, URL rewrites and the capitals: what only a reload brings to a listener."""
    found: set[str | UrlRewrite] = {DEEP_STRIP} if listener.strips else set()
    for rule in listener.rules:
        action = rule.action
        if not isinstance(action, Forward):
            continue
        # Each change goes through all rules: most are plain, and quickly seen to be.
        if action.sticky.by is not StickyBy.NONE:
            code = sticky_code(action.sticky)
            if code[:2] in ("h.", "c.") or code == OWN_COOKIE:
                found.add(code)
        if action.url_rewrite:
            found.add(action.url_rewrite)
        if len(action.groups) > 2:
            found.add(MANY_GROUPS)
        for group in action.groups:
            if group.strip > SHALLOW_STRIP:
                found.add(DEEP_STRIP)
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
    """A socket's path is 107 bytes at most, and HAProxy adds to it while it binds."""
    digest = hashlib.blake2s(listener.encode(), digest_size=6).hexdigest()
    return f"next.{listener if len(listener) <= LONGEST_IN_SOCKET else digest}.sock"


def render_tcp_frontend(listener: Listener, fd: int) -> list[str]:
    """Every connection to one backend, whatever it carries; nowhere while there is none."""
    to = listener.passes_to
    return [
        f"frontend {frontend_name(listener.name)}",
        "  mode tcp",
        f"  bind fd@{fd}",
        "  tcp-request connection reject" if to is None else f"  default_backend {backend_of_group(to)}",
    ]


def render_frontend(
    listener: Listener, fd: int, wanted: Features, no_match: str, haproxy: tuple[int, ...]
) -> list[str]:
    """``fd`` is the listening socket's number in HAProxy; ``no_match`` the backend for requests without a rule;
    ``haproxy`` its version."""
    look_up = f"  http-request set-var(txn.v) path,concat(//),map_beg({map_path(listener.name, 'routes')})"
    find, rewrite = [*_find_rule(listener.name), *_choose_destination(wanted)], _rewrite_path(wanted)
    return [
        f"frontend {frontend_name(listener.name)}",
        f"  bind fd@{fd}",
        f"  bind unix@{hand_over_socket(listener.name)} mode 600 accept-proxy",
        *([] if listener.http2 else ["  option disable-h2-upgrade"]),
        # as text once a connection, because a request would pay for it more than for all else that it gets here
        "  tcp-request session set-var-fmt(sess.client) %[src]",
        *access_lines.render_log(haproxy),
        *_conditions(),
        *access_lines.render_conditions(),
        look_up,
        *access_lines.render_way_out(_PLAIN, listener.bodies),
        _answer(400, "the request has no Host header", "!has_host"),
        _answer(405, "this method is not for servers behind a proxy", "unforwardable"),
        "  http-request unset-var(txn.v) if unclean",
        *find,
        *access_lines.render_draw_of_special(),
        *access_lines.render_bodies(listener.bodies),
        *rewrite,
        # each path is in the map, so this one was clean
        "  http-request allow if { var(txn.v) -m found }",
        *access_lines.render_draw_of_unclean(),
        *_clean_path(),
        look_up,
        "  http-request allow if !special",
        *find,
        *rewrite,
        *(_set_cookie() if OWN_COOKIE in wanted else []),
        "  use_backend %[var(txn.be),field(1,~)] if has_destination",
        "  use_backend %[var(txn.v)]",
        f"  default_backend {no_match}",
        f"backend {hand_over_name(listener.name)}",
        f"  server next unix@{hand_over_socket(listener.name)} send-proxy-v2",
    ]


def _set_cookie() -> list[str]:
    return [
        f'  http-response add-header set-cookie "fig=%[var(txn.new)]; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; '
        'SameSite=Lax" if { var(txn.new) -m found }'
    ]


def _conditions() -> list[str]:
    """Whether a variable is there costs a quarter of what it costs to look at its value."""
    return [
        "  acl has_host req.fhdr(host) -m found",
        "  acl unforwardable method CONNECT TRACE",
        "  acl unclean path_sub % // /. ; \\\\",
        "  acl special var(txn.v) -m beg !",
        "  acl node var(txn.v) -m beg !n",
        "  acl has_destination var(txn.be) -m found",
        "  acl open_to_patterns var(txn.g) -m len gt 0",
        "  acl pattern_found var(txn.c) -m found",
        "  acl split var(txn.v) -m beg !-w !rw",
        "  acl has_bucket var(txn.b) -m found",
        "  acl rewritten var(txn.f) -m found",
    ]


def _clean_path() -> list[str]:
    """The canonical path, as ``core.routing.canonical`` has it, or a refusal."""
    return [
        _answer(400, "the path can be read in two ways", "{ path_sub -i %00 %2f %5c \\\\ }"),
        # the two percent steps would rewrite the query too, and refuse a lone % in it
        f"  http-request set-var(txn.q) pathq,{regsub('^[^?]*', '')} if {{ path_sub % }}",
        "  http-request set-pathq %[path] if { var(txn.q) -m found }",
        "  http-request normalize-uri percent-to-uppercase strict if { var(txn.q) -m found }",
        "  http-request normalize-uri percent-decode-unreserved strict if { var(txn.q) -m found }",
        "  http-request set-pathq %[path]%[var(txn.q)] if { var(txn.q) -m found }",
        "  http-request normalize-uri path-merge-slashes",
        "  http-request normalize-uri path-strip-dot",
        "  http-request normalize-uri path-strip-dotdot full",
        # ;jsessionid=… is common, but some servers read /..;/ as /../
        _answer(400, "the path can be read in two ways", "{ path_sub /.; /..; }"),
    ]


def _find_rule(listener: str) -> list[str]:
    """Where ``txn.v`` leaves methods or patterns open, it becomes the winner's; see ``tables``.

    ``txn.be`` is the rule's first destination.
    """
    nodes, patterns = map_path(listener, "nodes"), map_path(listener, "patterns")
    return [
        "  http-request set-var(txn.be) var(txn.v),field(2,|) if !node",
        "  http-request set-var(txn.g) var(txn.v),field(3,|) if !has_destination node",
        f"  http-request set-var(txn.v) method,concat(,txn.v),map_str({nodes}) if !has_destination node",
        f"  http-request set-var(txn.v) str(*),concat(,txn.v),map_str({nodes}) if !has_destination node",
        f'  http-request set-var-fmt(txn.k) "{request_key("%[var(txn.g)]")}" if open_to_patterns',
        f"  http-request set-var(txn.c) var(txn.k),map_reg({patterns}) if open_to_patterns",
        "  http-request set-var(txn.r) var(txn.v),field(-1,|) if pattern_found !node",
        "  http-request set-var(txn.v) var(txn.c) if pattern_found node or "
        "pattern_found { var(txn.c),field(-1,|),sub(txn.r) lt 0 }",
        "  http-request set-var(txn.be) var(txn.v),field(2,|) if !has_destination !node",
    ]


def _choose_destination(wanted: Features) -> list[str]:
    """``txn.be`` stays the first destination, unless the request's bucket (``txn.b``, 0 to 9999) is not below T1.

    The bucket is drawn anew, or comes from what the rule is sticky by. The first destination is its salt, so that a
    client is on the same side of all routes to one target group, but on another one's by another chance.
    """
    names = sorted(code for code in wanted if isinstance(code, str) and code[1:2] == ".")
    later = ((5, 6), (7, 8), (9, 10)) if MANY_GROUPS in wanted else ()
    return [
        f"  http-request set-var(txn.b) src{_HASH} if {{ var(txn.v) -m beg !-ws !rws }}",
        *(_by_own_cookie() if OWN_COOKIE in wanted else []),
        *(f"  http-request set-var(txn.b) {_named(name)}{_HASH} if {{ {_sticky_by(name)} }}" for name in names),
        "  http-request set-var(txn.b) rand(10000) if !has_bucket split",
        "  http-request set-var(txn.be) var(txn.v),field(4,|) if has_bucket { var(txn.v),field(3,|),sub(txn.b) le 0 }",
        *(
            f"  http-request set-var(txn.be) var(txn.v),field({destination},|) "
            f"if has_bucket {{ var(txn.v),field({destination},|) -m beg g. }} "
            f"{{ var(txn.v),field({limit},|),sub(txn.b) le 0 }}"
            for limit, destination in later
        ),
    ]


def _by_own_cookie() -> list[str]:
    return [
        "  acl by_cookie var(txn.v) -m beg !-wk !rwk",
        "  http-request set-var(txn.new) uuid if by_cookie !{ req.cook(fig) -m found }",
        f"  http-request set-var(txn.b) req.cook(fig){_HASH} if by_cookie",
        f"  http-request set-var(txn.b) var(txn.new){_HASH} if {{ var(txn.new) -m found }}",
    ]


def _sticky_by(name: str) -> str:
    return f"var(txn.v) -m beg {quoted(f'!-w{name}|')} {quoted(f'!rw{name}|')}"


def _named(code: str) -> str:
    kind, name = code[:1], code[2:]
    return f"req.{'hdr' if kind == 'h' else 'cook'}({quoted(name)})"


def _rewrite_path(wanted: Features) -> list[str]:
    """In ``core.routing.rewrite``'s order. ``txn.bare`` tells the backend that its base path is to stand alone."""
    rewrites = sorted((one for one in wanted if isinstance(one, UrlRewrite)), key=rewrite_name)
    return [
        "  http-request set-var(txn.f) var(txn.be),field(2,~) if { var(txn.v) -m beg !r }",
        f"  http-request set-path %[path,{regsub('/$', '')}] if rewritten {{ var(txn.f) -m beg z }} !{{ path / }}",
        *(line for one in rewrites for line in _rewrite_url(one)),
        "  http-request set-var(txn.end) bool(true) if rewritten { path_end / }",
        # what is left; nothing, when there are not so many segments
        *(
            f"  http-request set-path /%[path,field({count + 2},/,0)] if rewritten {{ var(txn.f) -m sub {flag} }}"
            for flag, count in STRIP_FLAGS.items()
            if count <= SHALLOW_STRIP or DEEP_STRIP in wanted
        ),
        "  http-request set-var(txn.bare) bool(true) if rewritten { path / } !{ var(txn.end) -m bool }",
    ]


def _rewrite_url(rewrite: UrlRewrite) -> list[str]:
    name = rewrite_name(rewrite)
    wanted = f"{{ var(txn.f) -m sub {name} }}"
    return [
        f"  http-request set-var(txn.u) pathq,{regsub(rewrite.regex, rewrite.replacement)} if {wanted}",
        f"  http-request set-pathq %[var(txn.u)] if {wanted} {{ var(txn.u) -m beg / }}",
        f"  http-request set-pathq /%[var(txn.u)] if {wanted} !{{ var(txn.u) -m beg / }}",
    ]


def _answer(status: int, message: str, condition: str) -> str:
    body = quoted(f'{{"message":"{message}"}}')
    return f"  http-request return status {status} content-type application/json string {body} if {condition}"
