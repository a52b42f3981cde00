from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path

import pytest
import trustme

from stranglerfig.core.topology import HealthCheck, Tls
from stranglerfig.errors import UsageError
from stranglerfig.runtimes.probe import is_expected, parse_expect, parse_status, probe_address
from tests.runtimes.servers import a_server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def a_check(path: str | None = "/health", **fields: object) -> HealthCheck:
    return HealthCheck(path=path, **{"timeout_s": 2.0, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("200", {200}, {199, 201}),
        ("200,204", {200, 204}, {201, 203}),
        ("200-399", {200, 302, 399}, {199, 400}),
        (" 200 , 404-410 ", {200, 404, 410}, {411}),
    ],
)
def test_expected_statuses_are_codes_and_ranges(text: str, inside: set[int], outside: set[int]) -> None:
    expect = parse_expect(text)
    assert {status for status in inside | outside if is_expected(status, expect)} == inside


@pytest.mark.parametrize("text", ["", "ok", "200,", "20", "2000", "399-200", "200-", "-200", "600", "2xx", "²00"])
def test_anything_else_is_refused_as_expected_statuses(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_expect(text)
    assert "200-399" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"HTTP/1.1 200 OK\r\n", 200),
        (b"HTTP/1.0 503\r\n", 503),
        (b"HTTP/1.1 2000 OK\r\n", None),
        (b"HTTP/1.1 abc\r\n", None),
        (b"SSH-2.0-OpenSSH\r\n", None),
        (b"", None),
    ],
)
def test_the_status_line_is_read_strictly(line: bytes, status: int | None) -> None:
    assert parse_status(line) == status


@pytest.mark.parametrize(
    ("answer", "healthy", "detail"),
    [
        (OK, True, "answers 200"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", True, "answers 302"),
        (b"HTTP/1.1 500 Oh\r\n\r\n", False, "answers 500"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK, True, "answers 200"),
        (b"HTTP/1.1 200 OK\r\nX: y\r\n", False, "closes the connection without a complete answer"),
        (b"", False, "closes the connection without a complete answer"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", False, "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", False, "answers with more than 64 KiB of headers"),
    ],
)
async def test_what_a_server_says_decides(answer: bytes, healthy: bool, detail: str) -> None:
    async with a_server(answer) as server:
        probed = await probe_address("127.0.0.1", server.port, a_check())
    assert (bool(probed), probed.detail) == (healthy, detail)


async def test_the_request_names_path_and_host_and_nothing_can_be_smuggled_in() -> None:
    async with a_server(OK) as server:
        await probe_address("127.0.0.1", server.port, a_check("/h?a=b%20c"))
        await probe_address("127.0.0.1", server.port, a_check("/a b\r\nX: y/ü"), host_header="shop.example")
    assert server.heads[0].startswith(f"GET /h?a=b%20c HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n")
    assert server.heads[1].startswith("GET /a%20b%0D%0AX:%20y/%C3%BC HTTP/1.1\r\nHost: shop.example\r\n")


@pytest.mark.parametrize(
    ("pieces", "is_silent"), [((bytes([byte]) for byte in OK), False), ((OK[:20],), True), ((), True)]
)
async def test_a_server_that_drips_or_keeps_quiet_is_given_up_in_time(pieces: object, is_silent: bool) -> None:
    async with a_server(*pieces, pause_s=0.05, is_silent=is_silent) as server:  # type: ignore[misc]
        before = time.monotonic()
        probed = await probe_address("127.0.0.1", server.port, a_check(timeout_s=0.3))
        assert time.monotonic() - before >= 0.3
    assert (bool(probed), probed.detail) == (False, "does not answer within 0.3 s")


async def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        probed = await probe_address("127.0.0.1", unused.getsockname()[1], a_check())
    assert (bool(probed), probed.detail) == (False, "refuses connections")


async def test_without_a_path_a_connection_is_enough() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        probed = await probe_address("127.0.0.1", listener.getsockname()[1], a_check(None))
    assert (bool(probed), probed.detail) == (True, "accepts connections")


async def test_a_name_that_does_not_resolve_is_an_answer() -> None:
    probed = await probe_address("no-such-host.invalid", 80, a_check())
    assert not probed
    assert probed.detail.startswith(("cannot be reached", "does not answer within"))


@pytest.mark.parametrize(
    ("name", "has_ca", "verify", "detail"),
    [
        ("localhost", True, True, "answers 200"),
        ("127.0.0.1", True, True, "shows a certificate that is not trusted"),
        ("localhost", False, True, "shows a certificate that is not trusted"),
        ("127.0.0.1", False, False, "answers 200"),
    ],
)
async def test_https_is_verified_by_name_unless_told_not_to(
    tmp_path: Path, name: str, has_ca: bool, verify: bool, detail: str
) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = Tls(ca_file=str(tmp_path / "ca.pem") if has_ca else None, verify=verify)
    async with a_server(OK, context=context) as server:
        probed = await probe_address(name, server.port, a_check(), tls=tls)
    assert probed.detail.startswith(detail)
    assert bool(probed) is (detail == "answers 200")


async def test_https_to_a_server_that_speaks_http_is_said_so() -> None:
    async with a_server(OK) as server:
        probed = await probe_address("127.0.0.1", server.port, a_check(timeout_s=0.5), tls=Tls(verify=False))
    assert not probed


async def test_an_authority_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("nonsense", encoding="ascii")
    for name in ("bad.pem", "missing.pem"):
        with pytest.raises(UsageError, match=name):
            await probe_address("127.0.0.1", 1, a_check(), tls=Tls(ca_file=str(tmp_path / name)))
