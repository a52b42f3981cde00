"""What a line says is what the client sent, byte for byte, and what is no whole line says nothing."""

from __future__ import annotations

import base64
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.traffic.lines import AccessLine, Copy
from stranglerfig.dataplane.lines.format import parse_headers, parse_line, to_session
from stranglerfig.dataplane.lines.receiver import split_messages

SALT = b"salt"
#: what HAProxy lets through in a header's value: anything but line ends and NUL
VALUES = st.binary(max_size=60).map(lambda raw: raw.translate(None, b"\r\n\0").strip(b" \t"))


def a_message(
    target: bytes = b"/api/users/3?x=1",
    headers: bytes = b"host: shop.test\r\nuser-agent: curl/8\r\n\r\n",
    backend: str = "g.users:b1",
    server: str = "u1",
    status: str = "200",
    waits: str = "3 6",
    drawn: str = "0",
    body: bytes = b"",
) -> bytes:
    encoded = [base64.b64encode(part).decode() for part in (target, b"shop.test", headers, body)]
    request = f"{drawn} 1700000000000000 GET {encoded[0]} {encoded[1]} 127.0.0.1 {encoded[2]}"
    return f"{request} {encoded[3]} l.shop {backend} {server} {status} 186 {waits} 1700000000012500 x-7-1 .".encode()


def parsed(message: bytes) -> AccessLine:
    line = parse_line(message, SALT)
    assert line is not None
    return line


def test_a_line_says_what_was_asked_who_answered_and_how_long_it_took() -> None:
    line = parsed(a_message())

    assert line == AccessLine(
        at=1_700_000_000.0,
        listener="shop",
        pool="users:b1",
        server="u1",
        method="GET",
        target="/api/users/3?x=1",
        host="shop.test",
        status=200,
        total_ms=12.5,
        answer_ms=6.5,
        bytes_out=186,
        client="127.0.0.1",
        user_agent="curl/8",
        request_id="x-7-1",
        copy=Copy((("host", "shop.test"), ("user-agent", "curl/8"))),
    )


def test_answers_of_haproxys_own_have_no_pool_and_no_server() -> None:
    line = parsed(a_message(backend="a.0123", server="<NOSRV>", waits="-1 -1"))

    assert (line.pool, line.server, line.answer_ms) == ("", "", None)


def test_a_server_that_answers_while_every_check_fails_is_the_same_server() -> None:
    assert parsed(a_message(server="u1-anyway")).server == "u1"


def test_a_request_without_an_answer_has_no_status() -> None:
    assert parsed(a_message(status="-1")).status == 0


def test_a_sampled_line_says_what_it_stands_for() -> None:
    assert [parsed(a_message(drawn=drawn)).stands_for for drawn in ("0", "1", "25")] == [1, 1, 25]


def test_what_an_ending_worker_passes_on_is_told_by_its_successor() -> None:
    assert parse_line(a_message(backend="n.shop"), SALT) is None


def test_a_copy_says_whether_its_body_is_missing() -> None:
    def body(headers: bytes, told: bytes = b"") -> bytes | None:
        copy = parsed(a_message(headers=headers, body=told)).copy
        assert copy is not None
        return copy.body

    assert body(b"content-length: 0\r\n\r\n") == body(b"host: h\r\n\r\n") == b""
    assert body(b"content-length: 3\r\n\r\n") is body(b"transfer-encoding: chunked\r\n\r\n") is None
    assert body(b"content-length: 3\r\n\r\n", b"a\0b") == b"a\0b"
    assert body(b"content-length: 4\r\n\r\n", b"a\0b") is None
    assert parsed(a_message(headers=b"")).copy is None


def test_a_request_id_is_told_only_where_it_is_figs_own() -> None:
    assert parsed(a_message(headers=b"x-request-id: mine\r\n\r\n")).request_id == ""


@given(agent=VALUES, referer=VALUES, target=st.binary(min_size=1, max_size=60))
def test_nothing_that_a_client_sends_changes_another_field(agent: bytes, referer: bytes, target: bytes) -> None:
    headers = b"user-agent: %b\r\nreferer: %b\r\n\r\n" % (agent, referer)

    line = parsed(a_message(target, headers))

    assert line.user_agent.encode(errors="surrogateescape") == agent
    assert line.target.encode(errors="surrogateescape") == target
    assert replace(line, user_agent="", referer="", target="", copy=None) == replace(
        parsed(a_message(headers=b"\r\n")), user_agent="", referer="", target=""
    )


@given(cut=st.integers(min_value=0, max_value=len(a_message()) - 1))
def test_a_line_that_was_cut_is_no_line(cut: int) -> None:
    assert parse_line(a_message()[:cut], SALT) is None


@given(st.binary(max_size=300))
def test_rubbish_is_no_line(message: bytes) -> None:
    assert parse_line(message, SALT) is None


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(min_value=0, max_value=400))
def test_messages_come_whole_however_they_arrive(messages: list[bytes], at: int) -> None:
    stream = b"".join(b"%d %b" % (len(message), message) for message in messages)

    first, rest = split_messages(stream[:at])
    assert rest is not None
    second, nothing = split_messages(rest + stream[at:])

    assert [*first, *second] == messages
    assert nothing == b""


def test_what_is_not_framed_ends_the_connection() -> None:
    assert split_messages(b"5 hello" + b"<134>Nov 28 10:00:00") == ([b"hello"], None)
    assert split_messages(b"999999 x")[1] is None


def test_sessions_are_told_apart_by_what_only_their_client_has() -> None:
    def session(text: str, salt: bytes = SALT) -> str:
        return to_session(parse_headers(text), salt)

    anna = session("cookie: theme=dark; sessionid=anna")
    assert anna
    assert session("cookie: sessionid=anna; theme=light") == anna
    assert session("cookie: sessionid=bert") != anna
    assert session("cookie: theme=dark") == ""
    assert session("authorization: Bearer t") not in ("", anna)
    assert session("cookie: sessionid=anna", b"other") != anna
    assert "anna" not in anna


def test_a_session_may_be_of_any_bytes() -> None:
    line = parsed(a_message(headers=b"host: shop.test\r\ncookie: sid=caf\xe9\r\nauthorization: Basic \xff\r\n\r\n"))

    assert line.session
