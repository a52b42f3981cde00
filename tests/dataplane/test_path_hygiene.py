"""One path, one rule: spellings of it meet the same one, and what two servers may read differently meets none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from stranglerfig.dataplane.locate import HaproxyBinary
from tests.core.routing_builders import a_rule, to
from tests.dataplane.facade import Facade, a_facade, everything_to, group_of, upstreams
from tests.dataplane.haproxy_rig import Answer, Client, Upstream, haproxy_binaries

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Paths:
    facade: Facade
    posts: Upstream
    mono: Upstream

    async def ask(self, target: str, method: str = "GET", host: str | None = "localhost") -> Answer:
        client = Client(self.facade.port)
        try:
            return await client.ask(target, method, host=host)
        finally:
            client.close()

    @property
    def seen(self) -> int:
        return self.posts.seen + self.mono.seen


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=haproxy_binaries(), ids=lambda one: one.version_text
)
async def paths(request: pytest.FixtureRequest) -> AsyncIterator[Paths]:
    """``/api/posts`` is moved; its methods decide too, so that it takes HAProxy's long way."""
    binary: HaproxyBinary = request.param
    async with a_facade(binary) as facade, upstreams("posts", "mono") as (posts, mono):
        moved = a_rule("posts", "/api/posts/…", action=to("posts"))
        await facade.hold(moved, everything_to("mono"), groups=(group_of(posts), group_of(mono)))
        yield Paths(facade, posts, mono)


@pytest.mark.parametrize(
    "target",
    [
        "/api/posts",
        "/api/%70osts",
        "/api/%70%6f%73%74%73",
        "/api//posts",
        "//api/posts",
        "/api/x/../posts",
        "/api/x/%2e%2E/posts",
        "/api/./posts",
        "/./api/posts",
        "/../api/posts",
        "/%61pi/.//posts",
        "http://localhost/api/posts",
        "http://localhost/api/%70osts",
    ],
)
async def test_every_spelling_of_a_path_meets_its_rule_and_goes_on_in_the_plain_one(paths: Paths, target: str) -> None:
    answer = await paths.ask(target)
    assert (answer.upstream, answer.target) == ("posts", "/api/posts")


@pytest.mark.parametrize(
    ("target", "upstream", "path"),
    [
        ("/api/posts/../admin", "mono", "/api/admin"),
        ("/api/posts/%2e%2e/admin", "mono", "/api/admin"),
        ("/api/postscript", "mono", "/api/postscript"),
        ("/API/posts", "mono", "/API/posts"),
        ("/api/%2570osts", "mono", "/api/%2570osts"),
        ("/api/posts/caf%c3%a9", "posts", "/api/posts/caf%C3%A9"),
        ("/api/posts;jsessionid=1", "mono", "/api/posts;jsessionid=1"),
        ("/api/posts/1;jsessionid=1?a;b", "posts", "/api/posts/1;jsessionid=1?a;b"),
    ],
)
async def test_what_only_looks_alike_is_not_the_same(paths: Paths, target: str, upstream: str, path: str) -> None:
    answer = await paths.ask(target)
    assert (answer.upstream, answer.target) == (upstream, path)


@pytest.mark.parametrize(
    "query", ["?a=%70%2f%00&b=//../.&c=\\", "?%", "?a=%zz", "??x=?", "?", "?next=http://a/b%20c", "?;"]
)
@pytest.mark.parametrize("path", ["/api/posts", "/api/%70osts", "/api//posts", "/api/x/../posts"])
async def test_a_query_passes_byte_for_byte(paths: Paths, path: str, query: str) -> None:
    assert (await paths.ask(path + query)).target == f"/api/posts{query}"


@pytest.mark.parametrize(
    "target",
    [
        "/api%2fposts",
        "/api%2Fposts",
        "/api/%5cposts",
        "/api/posts%00",
        "/api/%00",
        "/api\\posts",
        "/api/..;/posts",
        "/api/.;x/posts",
        "/api/%2e%2e;/posts",
        "/api/posts%",
        "/api/%7",
        "/api/%zzposts",
        "api/posts",
        "?api/posts",
    ],
)
async def test_an_ambiguous_path_is_refused_and_reaches_nobody(paths: Paths, target: str) -> None:
    before = paths.seen
    assert (await paths.ask(target)).status == 400
    assert paths.seen == before


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
async def test_methods_for_proxies_are_refused(paths: Paths, method: str) -> None:
    before = paths.seen
    target = "localhost:80" if method == "CONNECT" else "/api/posts"
    assert (await paths.ask(target, method)).status == 405
    assert paths.seen == before


async def test_a_request_without_host_is_refused(paths: Paths) -> None:
    assert (await paths.ask("/api/posts", host=None)).status == 400


_POST = b"POST /api/posts HTTP/1.1\r\nHost: localhost\r\n"
_GET = b"GET /api/posts HTTP/1.1\r\nHost: localhost\r\n"
SMUGGLING = {
    "two different lengths": _POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcdX",
    "a list of lengths": _POST + b"Content-Length: 4, 5\r\n\r\nabcdX",
    "a length with a sign": _POST + b"Content-Length: +4\r\n\r\nabcd",
    "an empty length": _POST + b"Content-Length:\r\n\r\n",
    "a length in hexadecimal": _POST + b"Content-Length: 0x4\r\n\r\nabcd",
    "an unknown coding": _POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked that is not last": _POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a space before the colon": _POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a chunk size that is none": _POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "two hosts": _GET + b"Host: other.test\r\n\r\n",
    "a host that contradicts the target": b"GET http://other.test/api/posts HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a space in the target": b"GET /api/posts /x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a header name with a space": _GET + b"X A: b\r\n\r\n",
    "a line without colon": _GET + b"nonsense\r\n\r\n",
}


@pytest.mark.parametrize("data", SMUGGLING.values(), ids=SMUGGLING.keys())
async def test_a_request_that_two_servers_may_cut_differently_is_refused(paths: Paths, data: bytes) -> None:
    said = await everything_said(paths.facade.port, data + _GET + b"\r\n")
    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.count(b"HTTP/1.1 ") == 1


async def test_length_and_chunks_together_are_one_request_by_its_chunks(paths: Paths) -> None:
    hidden = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % (5 + len(hidden))
    before = paths.seen
    said = await everything_said(paths.facade.port, _POST + head + b"0\r\n\r\n")
    assert said.count(b"HTTP/1.1 200 ") == 1
    assert paths.seen == before + 1
    assert b"content-length" not in said.partition(b"\r\n\r\n")[2]


async def everything_said(port: int, data: bytes) -> bytes:
    """Until the proxy hangs up, or says nothing more for a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    said = b""
    try:
        while chunk := await asyncio.wait_for(reader.read(65_536), 3 if not said else 0.2):
            said += chunk
    except TimeoutError:
        pass
    writer.close()
    return said
