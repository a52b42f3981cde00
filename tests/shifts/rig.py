"""A façade in this process with a route to be shifted, both of its sides, and clients that never pause."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.control.world import Plane, until
from tests.dataplane.haproxy_rig import Client
from tests.dataplane.upstreams import Head, an_answer, scripted

#: what lets a good candidate pass within a few dozens of requests, and a bad one fail
PLAN: dict[str, Any] = {
    "steps": [20, 50, 100],
    "bake_s": 0.1,
    "limits": {"error_increase": 10.0, "latency_ratio": None, "minimum_requests": 10},
}


@dataclass
class Side:
    """Who answers. Every ``fails_each``-th request is a 500, none for 0."""

    name: str
    fails_each: int = 0
    requests: int = 0
    url: str = ""

    async def answer(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests += 1
        is_bad = self.fails_each > 0 and self.requests % self.fails_each == 0
        body = json.dumps({"upstream": self.name}).encode()
        writer.write(an_answer(body, "500 Broken" if is_bad else "200 OK"))
        await writer.drain()


@asynccontextmanager
async def a_side(name: str, fails_each: int = 0) -> AsyncIterator[Side]:
    side = Side(name, fails_each)
    async with scripted(side.answer) as port:
        side.url = f"http://127.0.0.1:{port}"
        yield side


@dataclass(frozen=True)
class Seen:
    at: float
    upstream: str
    status: int


@dataclass
class Load:
    """Every answer, in the order in which they came. What fails altogether ends the test."""

    answers: list[Seen] = field(default_factory=list)

    def of(self, upstream: str) -> list[Seen]:
        return [one for one in self.answers if one.upstream == upstream]

    async def more(self, count: int = 60) -> list[Seen]:
        """Only what comes from now on, past those that were under way."""
        start = len(self.answers) + CLIENTS
        await until(lambda: len(self.answers) >= start + count)
        return self.answers[start:]


CLIENTS = 4


@asynccontextmanager
async def load_on(port: int, target: str) -> AsyncIterator[Load]:
    load, stop = Load(), asyncio.Event()

    async def ask(client: Client) -> None:
        while not stop.is_set():
            answer = await client.ask(target)
            load.answers.append(Seen(time.monotonic(), answer.upstream, answer.status))
        client.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(ask(Client(port)))
        try:
            yield load
        finally:
            stop.set()


@dataclass
class Route:
    """One path of the proxy shop, and its shift."""

    plane: Plane
    port: int
    id: str
    path: str

    @property
    def shift_path(self) -> str:
        return f"/v1/proxies/shop/routes/{self.id}/shift"

    async def start(self, to: str | None = None, status: int = 201, **more: Any) -> dict[str, Any]:
        body = {**PLAN, **more, **({} if to is None else {"to": to})}
        return await self.plane.post(self.shift_path, body, status=status)

    async def steer(self, verb: str, status: int = 200) -> dict[str, Any]:
        return await self.plane.post(f"{self.shift_path}/{verb}", status=status)

    async def roll_back(self) -> dict[str, Any]:
        return await self.plane.post(f"/v1/proxies/shop/routes/{self.id}/rollback", status=200)

    async def shift(self) -> dict[str, Any]:
        return dict((await self.plane.client.get(self.shift_path)).json())

    async def history(self) -> list[dict[str, Any]]:
        return list((await self.plane.client.get(f"{self.shift_path}/history")).json())

    async def weight(self) -> float:
        return float((await self.plane.client.get(f"/v1/proxies/shop/routes/{self.id}")).json()["weight"])

    async def until(self, *phases: str) -> dict[str, Any]:
        async def is_so() -> bool:
            return (await self.shift())["phase"] in phases

        await until(is_so)
        return await self.shift()

    def load(self) -> Any:
        return load_on(self.port, f"{self.path}/1")

    async def who(self, *headers: tuple[str, str], source: str = "127.0.0.1") -> str:
        """Answers a request with these headers."""
        client = Client(self.port, source)
        answer = await client.ask(f"{self.path}/1", headers=headers)
        client.close()
        return answer.upstream


async def a_route(plane: Plane, to: str, names: Iterator[str]) -> Route:
    """With weight 0. ``names`` gives one that no other route has."""
    name = next(names)
    made = await plane.post("/v1/proxies/shop/routes", {"path": f"/{name}", "to": to, "weight": 0})
    proxy = dict((await plane.client.get("/v1/proxies/shop")).json())
    return Route(plane, int(proxy["port"]), str(made["id"]), f"/{name}")


@asynccontextmanager
async def sides(*wanted: tuple[str, int]) -> AsyncIterator[list[Side]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(a_side(*one)) for one in wanted]
