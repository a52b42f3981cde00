"""A small shop, and the ways in which its successor can be broken: each candidate is one animal of the zoo.

Run with ``PORT`` in the environment and an animal as the only argument; ``legacy`` is the shop as it was. The first
segment of a path says which animal's route it came by, and changes nothing. ``/-/live`` tells how many requests of
users it has answered, and when the last one: copies that a shadow sent do not count.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

HEAD_END = b"\r\n\r\n"
COPY_HEADER = b"x-fig-shadow:"
JSON = "application/json"
PRODUCTS = [
    {
        "id": number,
        "name": f"kettle {number}",
        "price": number * 3,
        "stock": {"amount": number % 7, "place": "shelf"},
        "tags": ["steel", "red", "new", "loud"],
    }
    for number in range(1, 21)
]
#: after so many requests the leaking candidate has used up its memory
LEAK_DIES_AT = 120


@dataclass(frozen=True)
class Answer:
    """``resets``: the connection goes in the middle of it."""

    status: int
    document: Any
    content_type: str = JSON
    delay_s: float = 0.0
    resets: bool = False


@dataclass(frozen=True)
class Request:
    """``count`` counts the requests of this process, from 1."""

    segments: tuple[str, ...]
    query: dict[str, list[str]]
    count: int

    @property
    def what(self) -> str:
        return self.segments[0] if self.segments else ""


def answer_as_legacy(request: Request) -> Answer:
    match request.segments:
        case ("products",):
            return Answer(200, PRODUCTS)
        case ("products", number) if number.isdigit() and 0 < int(number) <= len(PRODUCTS):
            return Answer(200, PRODUCTS[int(number) - 1])
        case ("search",):
            wanted = request.query.get("q", [""])[0]
            found = [one for one in PRODUCTS if wanted in str(one["name"])]
            return Answer(200, {"results": sorted(found, key=lambda one: str(one["price"]))})
        case ("orders", number):
            made = {"order": number, "at": time.time(), "receipt": str(uuid.uuid4()), "lines": PRODUCTS[:2]}
            return Answer(200, made)
        case ("labels",):
            return Answer(200, {"labels": random.sample(["new", "old", "cheap", "dear", "far", "near"], 6)})
        case _:
            return Answer(404, {"message": "there is no such thing"})


def _on(what: str, change: Callable[[Any], Any]) -> Callable[[Request, Answer], Answer]:
    """``change`` the document of answers with 200 about ``what``."""

    def break_it(request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or request.what != what or isinstance(answer.document, list):
            return answer
        return replace(answer, document=change(answer.document))

    return break_it


def _without_stock(product: Any) -> Any:
    return {name: value for name, value in product.items() if name != "stock"}


def _wrong_status(_: Request, answer: Answer) -> Answer:
    return replace(answer, status=200, document=None) if answer.status == 404 else answer


def _slow_tail(_: Request, answer: Answer) -> Answer:
    return replace(answer, delay_s=0.6 if random.random() < 0.05 else 0.0)


def _sometimes_fails(_: Request, answer: Answer) -> Answer:
    return Answer(500, {"message": "out of luck"}) if random.random() < 0.02 else answer


def _fails_at_orders(request: Request, answer: Answer) -> Answer:
    return Answer(500, {"message": "no orders today"}) if request.what == "orders" else answer


def _leaks(request: Request, answer: Answer) -> Answer:
    if request.count > LEAK_DIES_AT:
        os._exit(137)
    return answer


#: name -> what it makes of legacy's answer
ANIMALS: dict[str, Callable[[Request, Answer], Answer]] = {
    "legacy": lambda _, answer: answer,
    "wrong-field": _on("products", lambda one: {**one, "price": one["price"] + 1}),
    "missing-field": _on("products", _without_stock),
    "changed-type": _on("products", lambda one: {**one, "id": str(one["id"])}),
    "order-that-matters": _on("search", lambda one: {"results": one["results"][::-1]}),
    "order-that-does-not": _on("labels", lambda one: {"labels": one["labels"][::-1]}),
    "wrong-status": _wrong_status,
    "wrong-content-type": lambda _, answer: replace(answer, content_type="text/html"),
    "slow": lambda _, answer: replace(answer, delay_s=0.3),
    "slow-tail": _slow_tail,
    "sometimes-fails": _sometimes_fails,
    "fails-at-orders": _fails_at_orders,
    "leaks": _leaks,
    "resets": lambda _, answer: replace(answer, resets=random.random() < 0.1),
    "other-ids": _on("orders", lambda one: {**one, "at": time.time() + 5, "receipt": uuid.uuid4().hex}),
}


class Shop(asyncio.Protocol):
    """One connection. ``house`` is shared by all."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.received = b""
        self.answering: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while HEAD_END in self.received:
            head, _, self.received = self.received.partition(HEAD_END)
            task = asyncio.ensure_future(self.answer(head))
            self.answering.add(task)
            task.add_done_callback(self.answering.discard)

    async def answer(self, head: bytes) -> None:
        target = urlsplit(head.split(b" ", 2)[1].decode())
        segments = tuple(target.path.strip("/").split("/"))
        if segments == ("-", "live"):
            self.send(Answer(200, {"requests": self.house.live, "last": self.house.last}))
            return
        if COPY_HEADER not in head.lower():
            self.house.live += 1
            self.house.last = time.time()
        self.house.count += 1
        request = Request(segments[1:], parse_qs(target.query), self.house.count)
        answer = self.house.change(request, answer_as_legacy(request))
        if answer.delay_s:
            await asyncio.sleep(answer.delay_s)
        self.send(answer)

    def send(self, answer: Answer) -> None:
        body = json.dumps(answer.document).encode()
        kind = (
            f"HTTP/1.1 {answer.status} X\r\ncontent-type: {answer.content_type}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        if answer.resets:
            self.transport.write(kind.encode() + body[: len(body) // 2])
            self.transport.abort()
        else:
            self.transport.write(kind.encode() + body)


class House:
    def __init__(self, animal: str) -> None:
        self.change = ANIMALS[animal]
        self.count = 0
        self.live = 0
        self.last = 0.0


async def main(animal: str, port: int) -> None:
    house = House(animal)
    server = await asyncio.get_running_loop().create_server(lambda: Shop(house), "127.0.0.1", port, backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(os.environ["PORT"])))
