"""The client against a peer that says exactly what a test wants, in the pieces it wants."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from stranglerfig.api.client import DaemonAbsent, Transport
from stranglerfig.errors import Unavailable

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@contextlib.contextmanager
def peer(parts: Sequence[bytes], *, until: threading.Event | None = None) -> Iterator[Transport]:
    """Answers one request with ``parts``, each a packet of its own, and closes (``until`` is set, if given)."""
    with tempfile.TemporaryDirectory(prefix="fig-api-") as folder, socket.socket(socket.AF_UNIX) as listener:
        path = str(Path(folder) / "s")
        listener.bind(path)
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65_536)
                for part in parts:
                    connection.sendall(part)
                if until is not None:
                    until.wait(10)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Transport(path, timeout_s=10)
        thread.join()


def test_an_answer_may_come_byte_by_byte() -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a": 12}'

    with peer([answer[at : at + 1] for at in range(len(answer))]) as transport:
        assert transport.call("GET", "/") == {"a": 12}


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    with peer([b"HTTP/1.0 200 OK\r\n\r\n[1,", b"2]"]) as transport:
        assert transport.call("GET", "/") == [1, 2]


def test_an_answer_without_a_body_is_nothing() -> None:
    with peer([b"HTTP/1.1 204 No Content\r\n\r\n"]) as transport:
        assert transport.call("DELETE", "/") is None


def test_a_line_is_given_before_the_next_one_comes() -> None:
    more = threading.Event()
    with peer([CHUNKED, b"3\r\n1\n2\r\n", b"2\r\n3\n\r\n"], until=more) as transport:
        lines = transport.lines("/", endless=True)

        assert [next(lines), next(lines)] == [1, 23]
        more.set()
        with pytest.raises(Unavailable, match="ended the connection"):
            next(lines)


def test_a_last_line_needs_no_end() -> None:
    with peer([CHUNKED, b"3\r\n1\n2\r\n0\r\n\r\n"]) as transport:
        assert list(transport.lines("/", endless=False)) == [1, 2]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b"HTTP/1.1 200 OK\r\nContent-"],
        [b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a"'],
        [CHUNKED, b"3\r\n1"],
        [CHUNKED, b"zz\r\n"],
        [b"SSH-2.0-OpenSSH_9.2\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}{}"],
    ],
    ids=["nothing", "half a head", "half a body", "half a chunk", "no chunk", "no HTTP", "more than it said"],
)
def test_a_broken_answer_is_unavailable_with_a_mend(parts: list[bytes]) -> None:
    with peer(parts) as transport, pytest.raises(Unavailable, match="before it had answered") as raised:
        transport.call("GET", "/")

    assert raised.value.hint is not None


def test_a_peer_that_is_silent_is_given_up() -> None:
    done = threading.Event()
    with peer([], until=done) as transport:
        transport.timeout_s = 0.05
        with pytest.raises(Unavailable, match="did not answer in time"):
            transport.call("GET", "/")
        done.set()


def test_nobody_there_is_absent() -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.raises(DaemonAbsent):
        Transport(f"{folder}/s").call("GET", "/")
