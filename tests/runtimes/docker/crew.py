"""A runtime with its watch beside it, specs of small tasks, and questions to what they run."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from stranglerfig.core.containers import Container, ContainerTargets
from stranglerfig.core.observed import ContainerIdentity, ObservedTask, TaskState
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import NotFound
from stranglerfig.runtimes.docker.engine import connect
from stranglerfig.runtimes.docker.runtime import DockerRuntime
from stranglerfig.runtimes.docker.surroundings import Surroundings
from tests.docker_image import BASE

GROUP = "shop.test.web"
HEALTH = HealthCheck(path="/", interval_s=0.1, timeout_s=2.0)
DEADLINE_S = 60.0
NETWORK = "fig-shop-test"
#: answers every GET with its environment and what the files in its query hold
SERVER = """
import http.server, json, os, pathlib, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = pathlib.Path(self.path)
        held = path.read_text() if path.is_file() else None
        body = json.dumps({"env": dict(os.environ), "file": held, "uid": os.getuid()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        print(self.path, flush=True)
port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
print("serving on", port, flush=True)
http.server.ThreadingHTTPServer(("0.0.0.0", port), Answer).serve_forever()
"""
_serial = itertools.count(1)


def python(program: str, *arguments: str) -> tuple[str, ...]:
    return ("python", "-c", program, *arguments)


def shell(line: str) -> tuple[str, ...]:
    return ("sh", "-c", line)


def a_container(name: str = "web", command: tuple[str, ...] | None = None, **more: Any) -> Container:
    return Container(name, more.pop("image", BASE), command=command or python(SERVER), **more)


def a_spec(*containers: Container, port: int | None = 8000, **more: Any) -> ContainerTargets:
    return ContainerTargets(containers or (a_container(),), port=port, **more)


def a_task_id() -> str:
    return f"{GROUP}-1-0-{time.time_ns()}{next(_serial)}"


class Crew:
    """``rings`` counts how often the bell rang. ``secrets`` is what the secret store would have."""

    def __init__(self, folder: Path, home: str | None = None) -> None:
        self.folder = folder
        self.home = home or str(folder)
        self.rings = 0
        self.secrets: dict[str, str] = {}
        self.runtime = self.new_runtime()
        self.surroundings = Surroundings(self.home)

    def new_runtime(self) -> DockerRuntime:
        return DockerRuntime(self.folder / "logs", home=self.home, secrets=self.find_secret, on_change=self.ring)

    def ring(self) -> None:
        self.rings += 1

    def find_secret(self, group: str, name: str) -> str:
        try:
            return self.secrets[name]
        except KeyError:
            raise NotFound(f"there is no secret {name}", hint="Set it with `fig secret init`.") from None

    async def start(self, spec: ContainerTargets, group: str = GROUP) -> ObservedTask:
        return await self.runtime.start(a_task_id(), group, 1, spec)

    async def start_healthy(self, spec: ContainerTargets, health: HealthCheck = HEALTH) -> ObservedTask:
        task = await self.start(spec)
        await self.healthy(task, health)
        return task

    async def healthy(self, task: ObservedTask, health: HealthCheck = HEALTH) -> None:
        async def is_healthy() -> bool:
            if self.state(task) is TaskState.EXITED:
                raise AssertionError(await self.runtime.diagnose(task.id))
            return await self.runtime.probe(task.id, health)

        await until(is_healthy, lambda: self.runtime.diagnose(task.id))

    async def ended(self, task: ObservedTask) -> ObservedTask:
        async def has_ended() -> bool:
            return self.state(task) is TaskState.EXITED

        await until(has_ended, lambda: self.runtime.diagnose(task.id))
        return self.seen(task)

    def seen(self, task: ObservedTask) -> ObservedTask:
        return next(found for found in self.runtime.observe() if found.id == task.id)

    def state(self, task: ObservedTask) -> TaskState:
        return self.seen(task).state


@contextlib.asynccontextmanager
async def a_crew(folder: Path) -> AsyncIterator[Crew]:
    """Whatever its tasks leave is removed at the end."""
    crew = Crew(folder)
    try:
        async with watched(crew.runtime):
            yield crew
    finally:
        rest = crew.new_runtime()
        await rest.stop_strays(0.0)
        rest.close()
        await crew.surroundings.clear("shop", "test")
        crew.surroundings.close()


@contextlib.asynccontextmanager
async def watched(runtime: DockerRuntime) -> AsyncIterator[DockerRuntime]:
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(runtime.watch())
        try:
            yield runtime
        finally:
            watching.cancel()
            runtime.close()


async def until(is_so: Callable[[], Awaitable[bool]], explain: Callable[[], Awaitable[str]] | None = None) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not await is_so():
        if time.monotonic() > deadline:
            raise AssertionError(await explain() if explain else "it did not become so")
        await asyncio.sleep(0.05)


def ask(port: int, path: str = "/") -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


async def fetch(task: ObservedTask, path: str = "/") -> dict[str, Any]:
    return await asyncio.to_thread(ask, task.port, path)


def containers_of(home: str) -> list[dict[str, Any]]:
    """As the engine lists them, ended ones too."""
    with contextlib.closing(connect(10.0)) as api:
        found: list[dict[str, Any]] = list(api.containers(all=True, filters={"label": f"stranglerfig.home={home}"}))
        return found


def volumes_of(home: str) -> list[str]:
    with contextlib.closing(connect(10.0)) as api:
        found = api.volumes(filters={"label": f"stranglerfig.home={home}"})
        return [volume["Name"] for volume in found.get("Volumes") or []]


def networks_of(home: str) -> list[str]:
    with contextlib.closing(connect(10.0)) as api:
        found = api.networks(filters={"label": f"stranglerfig.home={home}"})
        return [network["Name"] for network in found]


def inspect(container_id: str) -> dict[str, Any]:
    with contextlib.closing(connect(10.0)) as api:
        found: dict[str, Any] = dict(api.inspect_container(container_id))
        return found


def identity_of(task: ObservedTask) -> ContainerIdentity:
    assert isinstance(task.identity, ContainerIdentity)
    return task.identity


def kill(container_id: str) -> None:
    with contextlib.closing(connect(10.0)) as api:
        api.kill(container_id, "SIGKILL")


def listening(port: int) -> list[str]:
    """Addresses on which this machine listens on the port."""
    output = subprocess.run(("ss", "-Hltn"), capture_output=True, text=True, check=True).stdout
    return [words[3] for line in output.splitlines() if (words := line.split()) and words[3].endswith(f":{port}")]
