"""A whole control plane in this process: real books, real processes, real HAProxy. And what stands behind it."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from stranglerfig.api.app import build_app
from stranglerfig.control.apps.secret_files import SecretFiles
from stranglerfig.control.assembly import Bell, World, assemble
from stranglerfig.control.context import Control
from stranglerfig.control.daemon import check_address, reach_address, running, tended
from stranglerfig.core.desired import ProcessTargets
from stranglerfig.dataplane.locate import find_haproxy
from stranglerfig.dataplane.machine import read_machine
from stranglerfig.dataplane.router import HaproxyRouter
from stranglerfig.errors import Unavailable
from stranglerfig.runtimes.docker.surroundings import Surroundings
from stranglerfig.runtimes.either import ContainerTasks, EitherRuntime
from stranglerfig.runtimes.process import ProcessRuntime
from stranglerfig.shadow.beside import ProcessBeside
from stranglerfig.store.access_keys import SqliteKeys
from stranglerfig.store.apps import SqliteApps
from stranglerfig.store.ledger import SqliteLedger
from stranglerfig.store.runs import SqliteRuns
from stranglerfig.store.shadows import SqliteShadows
from stranglerfig.store.shifts import SqliteShifts
from stranglerfig.store.spaces import SqliteSpaces
from stranglerfig.store.sqlite import SqliteStore, open_store
from stranglerfig.store.stacks import SqliteStacks
from tests.control.answerer import serve

ANSWERER = str(Path(__file__).with_name("answerer.py"))
PATIENCE_S = 60.0
#: most services that do not answer are to be found out, and not waited for
CHECK_PAUSE_S = 0.03


@dataclass
class Plane:
    """One daemon's life, without its process. ``client`` speaks to its API."""

    control: Control
    client: httpx.AsyncClient
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, path: str, body: object = None, *, status: int = 201) -> dict[str, object]:
        answer = await self.client.post(path, json={} if body is None else body)
        assert answer.status_code == status, answer.text
        return dict(answer.json()) if answer.content else {}

    async def target(self, name: str) -> dict[str, object]:
        return dict((await self.client.get(f"/v1/targets/{name}")).json())

    async def until_state(self, name: str, state: str) -> dict[str, object]:
        await until(lambda: self._has_state(name, state))
        return await self.target(name)

    async def _has_state(self, name: str, state: str) -> bool:
        return (await self.target(name))["state"] == state


def forbid_writing(plane: Plane, *, forbidden: bool = True) -> None:
    store = plane.control.books.store
    assert isinstance(store, SqliteStore)
    with store.reading() as connection:
        connection.execute(f"PRAGMA query_only = {int(forbidden)}")


async def until(holds: Callable[[], object]) -> None:
    """Wait for a condition (awaited if need be); fail when it does not come true in time."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def a_home() -> AsyncIterator[Path]:
    """A state folder with a short path. Whatever runs out of it is ended at the end."""
    home = Path(tempfile.mkdtemp(prefix="fig-", dir="/tmp"))
    for name in ("run", "log"):
        (home / name).mkdir(mode=0o700)
    try:
        yield home
    finally:
        async with a_plane(home) as plane:
            await plane.post("/v1/down", status=204)
        shutil.rmtree(home)


@asynccontextmanager
async def a_plane(home: Path) -> AsyncIterator[Plane]:
    """Taken up where the last one in this home left off; leaves traffic and tasks running."""
    binary = find_haproxy({})
    stopped = asyncio.Event()
    with closing(open_store(home / "fig.sqlite3")) as store, closing(Surroundings(str(home))) as engine:
        bell, secrets = Bell(), SecretFiles(home / "secrets")
        processes = ProcessRuntime(home / "log", on_change=bell.ring, secrets=secrets.value)
        runtime = EitherRuntime(home / "log", processes, no_containers)
        replayer = ProcessBeside(niceness=0)
        router = HaproxyRouter(home / "run", binary, read_machine(binary, {}))
        control = assemble(
            World(
                *(store, runtime, router, reach_address, str(home)),
                stop=stopped.set,
                clear_traces=lambda: None,
                apps=SqliteApps(store),
                runs=SqliteRuns(store),
                secrets=secrets,
                spaces=SqliteSpaces(store),
                stacks=SqliteStacks(store),
                check=check_address,
                keys=SqliteKeys(store),
                shadows=SqliteShadows(store),
                replayer=replayer,
                ledger=SqliteLedger(store),
                shifts=SqliteShifts(store),
                engine=engine,
                check_pause_s=CHECK_PAUSE_S,
            )
        )
        bell.listener = control.see_ended
        with closing(runtime), closing(router):
            async with aclosing(replayer), running(control, asyncio.Event(), runtime), tended(router):
                transport = httpx.ASGITransport(app=build_app(control), raise_app_exceptions=False)
                async with httpx.AsyncClient(transport=transport, base_url="http://fig", timeout=60) as client:
                    yield Plane(control, client, stopped)


def no_containers() -> ContainerTasks:
    raise Unavailable("there is no Docker engine here")


@asynccontextmanager
async def an_upstream(name: str, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """The URL of something that answers with its name and the path."""
    server = await asyncio.start_server(lambda reader, writer: serve(name, reader, writer), host, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def a_command(name: str, mode: str = "good") -> list[str]:
    return [sys.executable, ANSWERER, name, mode]


def a_target(name: str, *, mode: str = "good", says: str | None = None, **more: object) -> dict[str, object]:
    health = {"path": "/healthz", "interval_s": 0.2}
    command = a_command(says or name, mode)
    return {"name": name, "command": command, "cwd": "/", "health": health, "start_timeout_s": to_start_s(mode), **more}


def to_start_s(mode: str, bad_s: float = 10.0) -> float:
    """So long may a task of ``answerer.py`` take; of one that never becomes healthy it is waited for."""
    return PATIENCE_S if mode in ("good", "fails", "elsewhere") else bad_s


def some_tasks(name: str, replicas: int = 1) -> ProcessTargets:
    return ProcessTargets(tuple(a_command(name)), "/", replicas)


async def ask(url: str) -> str:
    """Who answers."""
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(url)
    assert answer.status_code == 200, answer.text
    return str(json.loads(answer.text)["name"])
