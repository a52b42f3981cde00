"""Target groups, and answers that HAProxy gives itself, as HAProxy backends (pure)."""

from __future__ import annotations

import functools
import ipaddress

from stranglerfig.core.routing.rules import FixedResponse, Redirect
from stranglerfig.core.topology import Group, HealthCheck, Server
from stranglerfig.dataplane.actions import backend_of_answer, backend_of_group
from stranglerfig.dataplane.quoting import format_text, quoted

IDEMPOTENT = "GET HEAD OPTIONS PUT DELETE"
#: ``a/b`` or ``?x``; neither ``*`` nor ``http://host``, which stands for its root
_NO_PATH = (
    "  http-request return status 400 content-type application/json string "
    + quoted('{"message":"the path does not start with /"}')
    + r" if !{ path -m found } !{ url * } !{ url -m reg ^[A-Za-z][A-Za-z0-9+.-]*:// }"
)


def render_group(group: Group, authorities: str) -> list[str]:
    """``authorities`` is the file of certificate authorities for https targets that name none."""
    if group.tcp:
        return [
            f"backend {backend_of_group(group.name)}",
            "  mode tcp",
            "  balance roundrobin",
            *_health(group.health),
            *_servers(group, authorities),
        ]
    return [
        f"backend {backend_of_group(group.name)}",
        "  balance roundrobin",
        *_health(group.health),
        *_retries(group),
        *_headers(group),
        *_base_path(group.base_path),
        *(_stickiness(group.name) if group.sticky else []),
        *_servers(group, authorities),
    ]


def server_arguments(group: Group, server: Server, authorities: str) -> str:
    """What follows the name, in the configuration and in ``add server``; neither takes defaults from the other."""
    words = [_address(server), *_check(group.health)]
    if server.check_port is not None:
        words.append(f"port {server.check_port}")
    if group.http2:
        words.append("proto h2")
    if group.retry_empty:
        # a target that refuses a connection gets no more requests until a check has passed
        words.append("observe layer4 error-limit 10 on-error mark-down")
    words += _tls(group, server, authorities)
    if group.tls is not None:
        # a server that is added at run time is otherwise checked without TLS being set up for it
        words.append("check-ssl")
    return " ".join(words)


def render_answer(answer: Redirect | FixedResponse, *, for_no_match: bool = False) -> list[str]:
    """``for_no_match``: no rule matches a target without path either, and that is a fault of the request."""
    name = f"backend {backend_of_answer(answer)}"
    if isinstance(answer, FixedResponse):
        kind = quoted(answer.content_type)
        return [
            name,
            *([_NO_PATH] if for_no_match else []),
            f"  http-request return status {answer.status} content-type {kind} string {quoted(answer.body)}",
        ]
    return [name, *(_redirect(answer, query, usual) for query in (True, False) for usual in (True, False))]


def _redirect(answer: Redirect, has_query: bool, usual_port: bool) -> str:
    """Four lines for what depends on the request: whether it has a query, whether its port is the scheme's own."""
    own_port = 443 if answer.protocol.lower() == "https" else 80
    condition = (
        f"{'' if has_query else '!'}{{ query -m len gt 0 }} {'' if usual_port else '!'}{{ dst_port {own_port} }}"
    )
    location = quoted(_location(answer, str(own_port), has_query=has_query, usual_port=usual_port))
    return f"  http-request redirect code {answer.status} location {location} if {condition}"


@functools.cache
def is_name(host: str) -> bool:
    """Whether HAProxy has to resolve it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def _location(answer: Redirect, own_port: str, *, has_query: bool, usual_port: bool) -> str:
    """See ``core.routing.rewrite.redirect_location``. Listeners speak http."""
    parts = {
        "#{protocol}": "http",
        "#{host}": "%[req.hdr(host),host_only,lower]",
        "#{port}": own_port if usual_port else "%[dst_port]",
        "#{path}": "%[path,regsub(^/,)]",
        "#{query}": "%[query]" if has_query else "",
    }

    def filled(template: str) -> str:
        text = format_text(template)
        for placeholder, expression in parts.items():
            text = text.replace(placeholder, expression)
        return text

    query = filled(answer.query)
    location = filled(answer.path) + (f"?{query}" if query else "")
    if (answer.protocol, answer.host, answer.port) == ("#{protocol}", "#{host}", "#{port}"):
        return location
    port = filled(answer.port)
    return (
        f"{filled(answer.protocol).lower()}://{filled(answer.host)}{'' if port == own_port else f':{port}'}{location}"
    )


def _health(health: HealthCheck) -> list[str]:
    if health.path is None:
        return []
    return [
        "  option httpchk",
        # closed and not reset, which it is once the status is read: many a server has its body still to send, and would
        # print a traceback at each check
        "  http-check connect default linger",
        f"  http-check send meth GET uri {quoted(health.path)} ver HTTP/1.1 hdr host localhost hdr user-agent fig",
        f"  http-check expect status {health.expect}",
        f"  timeout check {_ms(health.timeout_s)}",
    ]


def _check(health: HealthCheck) -> list[str]:
    fast = min(health.interval_s, 0.1)
    timing = f"inter {_ms(health.interval_s)} fastinter {_ms(fast)} downinter {_ms(min(health.interval_s, 1.0))}"
    return ["check", timing, f"rise {health.rise} fall {health.fall}"]


def _retries(group: Group) -> list[str]:
    """A request that may be sent twice is sent again when a target closed without a word; others only when no
    connection came about. It takes a copy of each request, so a lone URL does without."""
    if not group.retry_empty:
        return ["  retry-on conn-failure"]
    return [
        "  retry-on conn-failure empty-response",
        f"  http-request disable-l7-retry unless {{ method {IDEMPOTENT} }}",
    ]


def _headers(group: Group) -> list[str]:
    """Here and not in the frontend: a request that an ending worker hands over must get them once."""
    host = [f"  http-request set-header host {quoted(format_text(group.host_header))}"] if group.host_header else []
    return [
        "  http-request set-header x-forwarded-proto http",
        "  http-request set-header x-forwarded-host %[req.fhdr(host)]",
        "  http-request add-header x-forwarded-for %[var(sess.client)]",
        # a HAProxy of the keeper's, one of its workers, and the worker's count: cheaper than any variable
        '  http-request add-header x-request-id "${HAPROXY_RUN}-%pid-%rt" if !{ req.fhdr(x-request-id) -m found }',
        *host,
    ]


def _stickiness(group: str) -> list[str]:
    """The cookie's value is a digest of the server's address: the same after a reload, and in every worker."""
    name = f"fig.{group.replace(':', '.')}"
    return [
        f"  cookie {name} insert indirect nocache httponly attr SameSite=Lax dynamic",
        f"  dynamic-cookie-key {name}",
    ]


def _base_path(base: str) -> list[str]:
    if not base:
        return []
    text = format_text(base)
    return [
        "  acl bare var(txn.bare) -m bool",
        f"  http-request set-path {quoted(text + '%[path]')} if !bare",
        f"  http-request set-path {quoted(text)} if bare",
    ]


def _servers(group: Group, authorities: str) -> list[str]:
    lines = [
        f"  server {server.id} {server_arguments(group, server, authorities)}{' disabled' if server.draining else ''}"
        for server in group.servers
        if group.sticky or not server.draining
    ]
    if not group.retry_empty:
        # when every check fails, try anyway: the target may be back before the next check
        lines += [
            f"  server {server.id}-anyway {' '.join([_address(server), *_tls(group, server, authorities)])} backup"
            for server in group.servers
        ]
    return lines


def _address(server: Server) -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    if is_name(server.host) and server.host != "localhost":
        # without allow-dup-ip a twin never gets the address that its server has, and takes the new one away from it
        resolving = "resolvers system resolve-prefer ipv4 resolve-opts allow-dup-ip init-addr last,libc,none"
        return f"{host}:{server.port} {resolving}"
    return f"{host}:{server.port}"


def _tls(group: Group, server: Server, authorities: str) -> list[str]:
    if group.tls is None:
        return []
    name = quoted(server.host)
    sni = [f"sni str({name}) check-sni {name}"] if is_name(server.host) else []
    if not group.tls.verify:
        return ["ssl verify none", *sni]
    return [f"ssl verify required ca-file {quoted(group.tls.ca_file or authorities)} verifyhost {name}", *sni]


def _ms(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))}ms"
