"""Access lines: the lines of configuration that make HAProxy write them, and what they say (pure).

A line is made of two parts. What the request says is put into ``txn.line`` while it is there to be read, and only for
requests that are sampled: all of them while there are few, about ``LINES_A_SECOND`` of a listener when there are more,
and one in ``ONE_IN`` of a flood. The log format adds how it ended. Fields are separated by blanks; what a client may
write freely is in base64, so nobody can forge a field or a line. What is too long for HAProxy's buffers is missing as a
whole, and a line that was cut has not its last field: both are dropped, for a part would be wrong.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from stranglerfig.core.traffic.lines import AccessLine, Copy
from stranglerfig.dataplane.quoting import quoted

#: where the daemon takes lines, relative to the folder that HAProxy runs in
LINES_SOCKET = "lines.sock"
#: where lines come that no ring brings
DATAGRAM_SOCKET = "lines.dgram.sock"
#: 2.6 connects again without a pause when nobody listens, some 50,000 times a second
RINGS_SINCE = (2, 8)
#: of a line, header and all in base64; what HAProxy's buffer holds of headers does not need more
LONGEST_LINE = 32_000
#: of bodies, in bytes: with the headers they must have room in HAProxy's buffer
LONGEST_BODY = 8_192
#: from this rate on (requests/s) the cheapest way alone is taken
FLOOD = 10_000
ONE_IN = 100
LINES_A_SECOND = 200

_RING_BYTES = 2 << 20
_REQUEST = "%[date(0,us)] %[method] %[pathq,base64] %[req.fhdr(host),base64] %[var(sess.client)] %[req.hdrs,base64]"
_ENDING = "%[var(txn.line)] %[var(txn.body)] %f %b %s %ST %B %Tr %Td %[date(0,us)] ${HAPROXY_RUN}-%pid-%rt ."
_FIELDS: Final = 18
_LOG_IT = "  http-request set-log-level info if drawn"
#: of cookies that tell one client from another for as long as it is there
_SESSION_COOKIE = re.compile(r"(?i)sess|sid$|^sid|auth|token|jwt|login|remember|identity")


def render_ring(haproxy: tuple[int, ...]) -> list[str]:
    """Lines wait here for the daemon, the oldest give way when there is no room, and no request waits for any."""
    if haproxy < RINGS_SINCE:
        return []
    return [
        "ring lines",
        "  format raw",
        f"  maxlen {LONGEST_LINE}",
        f"  size {_RING_BYTES}",
        "  timeout connect 1s",
        "  timeout server 1m",
        f"  server fig unix@{LINES_SOCKET} log-proto octet-count",
    ]


def render_log(haproxy: tuple[int, ...]) -> list[str]:
    """Each line goes to the ring and, as a datagram, to the daemon: a worker that a reload replaces has no ring any
    more. A datagram that finds nobody, or no room, is dropped."""
    ways = [f"unix@{DATAGRAM_SOCKET}", *(["ring@lines"] if haproxy >= RINGS_SINCE else [])]
    return [
        *(f"  log {way} len {LONGEST_LINE} format raw local0" for way in ways),
        f'  log-format "{_ENDING}"',
        # what is no request at all cannot be silenced: to say nothing of it is cheapest
        "  error-log-format -",
    ]


def render_conditions() -> list[str]:
    return [
        "  acl left_out rand(100) -m bool",
        f"  acl calm fe_req_rate lt {FLOOD}",
        "  acl counted var(txn.n) -m found",
        "  acl drawn var(txn.line) -m found",
    ]


def render_bodies(paths: Collection[str]) -> list[str]:
    """After a draw. Only a body whose length is said beforehand and short is waited for, for as long as a client may
    take anyway: HAProxy answers 408 where less is allowed."""
    if not paths:
        return []
    is_told = f"drawn {{ path_beg {' '.join(map(quoted, paths))} }} {{ req.hdr_val(content-length) 1:{LONGEST_BODY} }}"
    return [
        f"  http-request wait-for-body time 5m if {is_told}",
        f"  http-request set-var(txn.body) req.body,base64 if {is_told}",
    ]


def render_way_out(plain: str, bodies: Collection[str]) -> list[str]:
    """First of all rules, for requests that ``plain`` holds for. In a flood 99 of 100 leave by the first line.

    Who is still here in calm is drawn now. Modulo nought is nought: a listener with few requests leaves none out.
    """
    return [
        "  http-request set-log-level silent",
        f"  http-request allow if {plain} left_out !calm",
        f"  http-request set-var(txn.n) fe_req_rate,div({LINES_A_SECOND}) if calm",
        _take("%[var(txn.n)]", "counted !{ rand(1000000),mod(txn.n) -m bool }"),
        _LOG_IT,
        *render_bodies(bodies),
        f"  http-request allow if counted {plain}",
    ]


def render_draw_of_special() -> list[str]:
    """In a flood, once a destination is chosen and before the path is rewritten. A plain request that comes here was
    drawn on the way out."""
    was_drawn = "!{ var(txn.be) -m found } !counted { var(txn.v) -m found } !{ var(txn.v) -m beg ! }"
    return [
        _take(str(ONE_IN), "!left_out !counted { var(txn.be) -m found }"),
        _take(str(ONE_IN), was_drawn),
        _LOG_IT,
    ]


def render_draw_of_unclean() -> list[str]:
    return [_take(str(ONE_IN), "!counted !left_out"), _LOG_IT]


def _take(stands_for: str, condition: str) -> str:
    return f'  http-request set-var-fmt(txn.line) "{stands_for} {_REQUEST}" if {condition}'


def parse_line(message: bytes, salt: bytes) -> AccessLine | None:
    """None for what is no whole line, and for requests that another worker tells of. ``salt`` is for sessions."""
    fields = message.split(b" ")
    if len(fields) != _FIELDS or fields[-1] != b".":
        return None
    try:
        return _to_line([field.decode("ascii") for field in fields], salt)
    except ValueError:
        return None


def serial_of(message: bytes) -> bytes:
    """The same for a line that comes twice, and for no other one."""
    return message[-64:].rsplit(b" ", 2)[-2] if message.endswith(b" .") else message


def _to_line(fields: list[str], salt: bytes) -> AccessLine | None:
    drawn, began, method, target, host, client, headers = fields[:7]
    body, listener, backend, server, status, size, waited, transfer, ended, request_id, _ = fields[7:]
    if not target or backend.startswith("n."):
        return None
    told = parse_headers(_plain(headers))
    named = dict(told)
    total_ms = max(0, int(ended) - int(began)) / 1e3
    return AccessLine(
        at=int(began) / 1e6,
        listener=listener.removeprefix("l."),
        pool=backend[2:] if backend.startswith("g.") else "",
        server="" if server.startswith("<") else server.removesuffix("-anyway"),
        method=method,
        target=_plain(target),
        host=_plain(host),
        status=max(0, int(status)),
        total_ms=total_ms,
        # HAProxy's own times are whole milliseconds
        answer_ms=max(float(waited), total_ms - max(0, int(transfer))) if int(waited) >= 0 else None,
        bytes_out=int(size),
        client=client,
        user_agent=named.get("user-agent", ""),
        referer=named.get("referer", ""),
        session=to_session(told, salt),
        request_id="" if "x-request-id" in named else request_id,
        stands_for=max(1, int(drawn)),
        copy=Copy(told, _to_body(named, binascii.a2b_base64(body))) if told else None,
    )


def _to_body(headers: Mapping[str, str], told: bytes) -> bytes | None:
    if "transfer-encoding" in headers:
        return None
    return told if headers.get("content-length", "0") == str(len(told)) else None


def parse_headers(text: str) -> tuple[tuple[str, str], ...]:
    """As HAProxy's ``req.hdrs`` has them."""
    pairs = (line.partition(":") for line in text.split("\r\n") if line)
    return tuple((name.lower(), value.strip(" \t")) for name, _, value in pairs)


def to_session(headers: Iterable[tuple[str, str]], salt: bytes) -> str:
    """A digest of what tells this client from others, empty if nothing does. Authorization goes before cookies."""
    cookies: list[str] = []
    for name, value in headers:
        if name == "authorization":
            return _digest(value, salt)
        if name == "cookie":
            pairs = (pair.strip() for pair in value.split(";"))
            cookies += [pair for pair in pairs if _SESSION_COOKIE.search(pair.partition("=")[0])]
    return _digest("; ".join(sorted(cookies)), salt) if cookies else ""


def _digest(secret: str, salt: bytes) -> str:
    return hashlib.blake2b(secret.encode("utf-8", "surrogateescape"), key=salt, digest_size=9).hexdigest()


def _plain(text: str) -> str:
    """What clients sent may be in any encoding: bytes that are no UTF-8 come back as such with surrogateescape."""
    return binascii.a2b_base64(text, strict_mode=True).decode("utf-8", "surrogateescape")
