"""The small programs that the tests run as tasks, and what it takes to run and watch them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from textwrap import dedent

from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.observed import ObservedTask
from stranglerfig.core.topology import HealthCheck
from stranglerfig.runtimes.free_ports import PortPool
from stranglerfig.runtimes.process import ProcessRuntime

GROUP = "posts"
TASK = "posts-1-0-1"
HEALTH = HealthCheck(path="/health", timeout_s=1.0)

#: answers every GET with the status in its path (``/500``), else 200
SERVER = """
    import http.server, os, sys

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            word = self.path.strip("/")
            self.send_response(int(word) if word.isdigit() else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *arguments):
            pass

    address = (os.environ.get("BIND", "127.0.0.1"), int(os.environ.get("BIND_PORT") or os.environ["PORT"]))
    server = http.server.HTTPServer(address, Handler)
    print("listening on", server.server_port, flush=True)
    server.serve_forever()
"""

#: prints the pid of a child, which ignores SIGTERM when its command line says so, and waits with it
PARENT = """
    import subprocess, sys, time

    child = subprocess.Popen([sys.executable, "-c", CHILD], **OPTIONS)
    print(child.pid, flush=True)
    time.sleep(60)
"""

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def a_command(folder: Path, source: str) -> tuple[str, ...]:
    path = folder / f"program{abs(hash(source))}.py"
    path.write_text(dedent(source), encoding="utf-8")
    return (sys.executable, str(path))


def a_spec(folder: Path, source: str = SERVER, **fields: object) -> ProcessTargets:
    return ProcessTargets(command=a_command(folder, source), cwd=str(folder), **fields)  # type: ignore[arg-type]


def a_parent(child: str, options: str = "{}") -> str:
    return dedent(PARENT).replace("CHILD", repr(child)).replace("OPTIONS", options)


@contextlib.asynccontextmanager
async def a_runtime(folder: Path, ports: PortPool | None = None) -> AsyncIterator[ProcessRuntime]:
    """A runtime with its watch beside it; at the end everything it has is killed."""
    runtime = ProcessRuntime(folder / "logs", ports=ports)
    async with asyncio.TaskGroup() as group:
        watch = group.create_task(runtime.watch())
        try:
            yield runtime
        finally:
            await asyncio.gather(*(runtime.stop(task.id, 0.0) for task in runtime.observe()))
            watch.cancel()
            runtime.close()


async def start(runtime: ProcessRuntime, spec: ProcessTargets, task_id: str = TASK) -> ObservedTask:
    return await runtime.start(task_id, GROUP, 1, spec)


def the_task(runtime: ProcessRuntime, task_id: str = TASK) -> ObservedTask:
    return next(task for task in runtime.observe() if task.id == task_id)


async def until(is_true: Callable[[], bool], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.01)


async def until_healthy(runtime: ProcessRuntime, task_id: str = TASK) -> None:
    deadline = time.monotonic() + 60
    while not await runtime.probe(task_id, HEALTH):
        assert time.monotonic() < deadline, await runtime.diagnose(task_id)
        await asyncio.sleep(0.02)


def log_path(folder: Path, task_id: str = TASK) -> Path:
    return folder / "logs" / GROUP / f"{task_id}.log"


def written(folder: Path, task_id: str = TASK) -> str:
    path = log_path(folder, task_id)
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


async def printed_pid(folder: Path, task_id: str = TASK) -> int:
    """The first one: parent and child write to one file, in whatever order they come to it."""

    def numbers() -> list[str]:
        return [line for line in written(folder, task_id).splitlines(keepends=True) if line.strip().isdigit()]

    await until(lambda: any(line.endswith("\n") for line in numbers()))
    return int(numbers()[0])


def runs(pid: int) -> bool:
    """Asked of the kernel directly, not through the code under test."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def is_zombie_of_ours(pid: int) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return fields[0] == "Z" and int(fields[1]) == os.getpid()
