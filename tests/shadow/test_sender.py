"""What is asked arrives as it was said, and whatever comes back is an answer, in bounded time and size."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import AsyncIterator

import pytest

from stranglerfig.core.compare.answers import Answer, NoAnswer
from stranglerfig.core.compare.jobs import Address, Bounds
from stranglerfig.shadow.sender import Ask, Sender
from tests.shadow.sides import Reply, a_side, always

BOUNDS = Bounds(timeout_s=20, body_bytes=1000)
HASTY = Bounds(timeout_s=0.3)


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    found = Sender()
    yield found
    await found.close()


def get(url: str, bounds: Bounds = BOUNDS, *, target: str = "/") -> Ask:
    return Ask("GET", Address(url, target, "a"), bounds=bounds)


async def test_target_host_headers_and_body_arrive_byte_for_byte(sender: Sender) -> None:
    with a_side(always({})) as side:
        target = '/a%2Fb/%7e//x?q=%20&q="<>|'
        await sender.ask(
            Ask(
                "POST",
                Address(side.url, target, "shop.example"),
                (("X-Name", "J\xfcrgen\udcff"), ("cookie", "a=1")),
                b"abc",
            )
        )

    (asked,) = side.asked
    assert (asked.method, asked.target, asked.body) == ("POST", target, b"abc")
    assert (asked.headers["host"], asked.headers["x-name"], asked.headers["cookie"]) == (
        "shop.example",
        "J\xfcrgen\udcff".encode(errors="surrogateescape").decode("latin-1"),
        "a=1",
    )
    assert set(asked.headers) == {"host", "x-name", "cookie", "content-length"}


async def test_cookies_are_not_kept_and_redirects_not_followed(sender: Sender) -> None:
    with a_side(always({}, 302, ("Location", "/elsewhere"), ("Set-Cookie", "sid=1"))) as side:
        answers = [(await sender.ask(get(side.url)))[0] for _ in range(2)]

    assert side.paths() == ["/", "/"]
    assert all(isinstance(one, Answer) and one.status == 302 for one in answers)
    assert "cookie" not in side.asked[1].headers


async def test_what_comes_compressed_is_compared_as_what_it_says(sender: Sender) -> None:
    bomb, small = gzip.compress(b"x" * 5_000_000), gzip.compress(b"hello")
    with a_side(
        lambda asked: Reply(bomb[:900] if "bomb" in asked.target else small, headers=(("Content-Encoding", "gzip"),))
    ) as side:
        answer, _ = await sender.ask(get(side.url))
        large, _ = await sender.ask(get(side.url, target="/bomb"))

    assert isinstance(answer, Answer)
    assert answer.body == b"hello"
    assert isinstance(large, Answer)
    assert large.is_cut
    assert len(large.body) == BOUNDS.body_bytes


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(wait_s=30), "it did not end within 0.3 s"),
        (Reply({}, cuts=True), "the connection broke"),
    ],
)
async def test_a_side_that_hangs_or_breaks_off_has_not_answered(sender: Sender, reply: Reply, reason: str) -> None:
    with a_side(lambda _: reply) as side:
        answer, _ = await sender.ask(get(side.url, HASTY))

    assert isinstance(answer, NoAnswer)
    assert reason in answer.reason


async def test_a_flood_is_cut_off(sender: Sender) -> None:
    with a_side(lambda _: Reply(b"", floods=True)) as side:
        begin = time.monotonic()
        answer, _ = await sender.ask(get(side.url))

        assert isinstance(answer, Answer)
        assert answer.is_cut
        assert len(answer.body) == BOUNDS.body_bytes
        assert time.monotonic() - begin < 10


async def test_nobody_there_is_an_answer_too(sender: Sender) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer, _ = await sender.ask(get(f"http://127.0.0.1:{taken.getsockname()[1]}"))

    assert answer == NoAnswer("it refuses connections")


async def test_a_connection_that_was_closed_meanwhile_is_no_failure(sender: Sender) -> None:
    with a_side(always({}, 200, ("Connection", "close"))) as side:
        answers = [(await sender.ask(get(side.url)))[0] for _ in range(5)]

    assert all(isinstance(one, Answer) for one in answers)
