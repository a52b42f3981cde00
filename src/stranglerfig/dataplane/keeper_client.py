"""Speaks to the keeper, and starts one where there is none."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.errors import Conflict, FigError, Refused, StateUnusable, Unavailable, UsageError

CONTROL_SOCKET, MASTER_SOCKET, CONFIGURATION = "keeper.sock", "master.sock", "haproxy.cfg"
#: A unix socket's path has 107 bytes; HAProxy refuses above 97 since it binds under a longer, temporary name.
RUN_DIR_LIMIT = 80

_ANSWER_TIMEOUT_S = 5.0
_START_TIMEOUT_S = 10.0
_RETRY_S = 0.02
_NO_ROOM = {"ENOSPC", "EDQUOT", "EFBIG"}


@dataclass(frozen=True, slots=True)
class Slot:
    """An open listening socket: ``bind fd@<fd>`` takes it up."""

    slot: int
    fd: int
    port: int
    host: str = ""


@dataclass(frozen=True, slots=True)
class KeeperStatus:
    """``haproxy`` is the master's pid. ``owns_sockets`` False and ``note`` say what is lost after a bad take-over."""

    pid: int
    haproxy: int | None
    adopted: bool
    deaths: int
    owns_sockets: bool
    note: str
    open_slots: tuple[Slot, ...]
    free_ipv4: int
    free_ipv6: int


class Keeper:
    """One request a connection. Every method raises ``Unavailable`` when the keeper does not answer in time."""

    def __init__(self, run_dir: Path) -> None:
        """Raises ``UsageError`` when the folder's path is too long for the sockets in it."""
        length = len(bytes(run_dir.absolute()))
        if length > RUN_DIR_LIMIT:
            raise UsageError(
                f"{run_dir} is too long for a socket's path: {length} bytes, and {RUN_DIR_LIMIT} are possible",
                hint="Set FIG_HOME to a shorter path.",
            )
        self.run_dir = run_dir.absolute()

    @classmethod
    async def ensure(cls, run_dir: Path, python: str = sys.executable) -> Keeper:
        """A keeper that answers: the running one, or a new one in a session of its own."""
        keeper = cls(run_dir)
        try:
            await keeper.status()
        except Unavailable:
            await keeper._start(python)
        return keeper

    async def status(self) -> KeeperStatus:
        reply = await self._ask({"op": "status"})
        haproxy, slots = reply["haproxy"], reply["slots"]
        assert isinstance(slots, list)
        return KeeperStatus(
            pid=_whole(reply["pid"]),
            haproxy=None if haproxy is None else _whole(haproxy),
            adopted=bool(reply["adopted"]),
            deaths=_whole(reply["deaths"]),
            owns_sockets=bool(reply["owns_sockets"]),
            note=str(reply["note"]),
            open_slots=tuple(_to_slot(slot) for slot in slots if slot["open"]),
            free_ipv4=_whole(reply["free_ipv4"]),
            free_ipv6=_whole(reply["free_ipv6"]),
        )

    async def start_haproxy(self, argv: Sequence[str], env: Mapping[str, str]) -> int:
        """The master's pid. Idempotent: a running HAProxy runs on, and takes the command up when it is restarted."""
        return _whole((await self._ask({"op": "start", "argv": list(argv), "env": dict(env)}))["pid"])

    async def listen(self, host: str, port: int) -> Slot:
        """Opens the address, given as an IP, at once; port 0 is any free one. Idempotent for an open address.

        Raises ``Conflict`` when another program has it, ``Refused`` when we may not open it.
        """
        return _to_slot(await self._ask({"op": "listen", "host": host, "port": port}))

    async def release(self, slot: int) -> None:
        """Ends listening. First take the slot out of the configuration: HAProxy would listen again after a restart."""
        await self._ask({"op": "release", "slot": slot})

    async def stop(self, grace_s: float = 10.0) -> None:
        """Ends HAProxy, with ``grace_s`` for what is in flight, and the keeper. Idempotent."""
        try:
            await self._ask({"op": "stop", "grace_s": grace_s}, timeout_s=grace_s + _ANSWER_TIMEOUT_S, to_end=True)
        except Unavailable:
            if await self.is_there():
                raise

    async def is_there(self) -> bool:
        try:
            await self.status()
        except Unavailable:
            return False
        return True

    async def _start(self, python: str) -> None:
        # -P: a folder that we happen to stand in must not shadow the package
        command = (python, "-P", "-m", "stranglerfig.dataplane.keeper", "--detach", str(self.run_dir))
        try:
            self.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            async with asyncio.timeout(_START_TIMEOUT_S):
                starter = await asyncio.create_subprocess_exec(
                    *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
                )
                _, said = await starter.communicate()
                # refused: somebody else started one at the same moment, and it will answer
                while not await self.is_there():
                    if starter.returncode != 0 and b"another keeper" not in said:
                        raise Unavailable(f"the keeper did not start: {_last_line(said)}", hint=self._hint)
                    await asyncio.sleep(_RETRY_S)
        except TimeoutError as problem:
            raise Unavailable("the keeper did not start in time", hint=self._hint) from problem
        except OSError as problem:
            raise Unavailable(f"the keeper could not be started: {problem.strerror}", hint=self._hint) from problem

    @property
    def _hint(self) -> str:
        return f"Look into {self.run_dir / 'keeper.log'}, then run `fig doctor`."

    async def _ask(
        self, request: Mapping[str, object], timeout_s: float = _ANSWER_TIMEOUT_S, *, to_end: bool = False
    ) -> dict[str, object]:
        """``to_end`` waits until the keeper has gone as well."""
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await asyncio.open_unix_connection(str(self.run_dir / CONTROL_SOCKET))
                try:
                    writer.write(json.dumps(request).encode() + b"\n")
                    line = await reader.readline()
                    if to_end:
                        await reader.read()
                finally:
                    writer.close()
        except TimeoutError as problem:
            raise Unavailable("the keeper does not answer", hint=self._hint) from problem
        except OSError as problem:
            raise Unavailable(f"the keeper is not there: {problem.strerror}", hint=self._hint) from problem
        return _to_reply(line, request, self._hint)


def haproxy_argv(path: str, run_dir: Path) -> tuple[str, ...]:
    """The command that runs HAProxy as master and workers, with its master socket in ``run_dir``."""
    master = f"{run_dir / MASTER_SOCKET},mode,600,level,admin"
    return (path, "-W", "-S", master, "-f", str(run_dir / CONFIGURATION))


def _to_reply(line: bytes, request: Mapping[str, object], hint: str) -> dict[str, object]:
    try:
        reply = json.loads(line)
    except ValueError as problem:
        raise Unavailable("the keeper hung up", hint=hint) from problem
    if "error" in reply:
        raise _to_error(str(reply["error"]), str(reply["message"]), request, hint)
    assert isinstance(reply, dict)
    return reply


def _to_error(code: str, message: str, request: Mapping[str, object], hint: str) -> FigError:
    if code in _NO_ROOM:
        return StateUnusable(
            f"the keeper could not {request['op']}: {message.lower()}",
            hint="Make room on the disk, then repeat the command; what HAProxy serves now goes on meanwhile.",
        )
    if request["op"] != "listen":
        return Unavailable(f"the keeper could not {request['op']}: {message.lower()}", hint=hint)
    host, port = request["host"], request["port"]
    where = f"{host} port {port}"
    match code:
        case "EADDRINUSE":
            mend = f"Run `ss -ltnp 'sport = :{port}'` to see who has it, and end that or choose another port."
            return Conflict(f"{where} is taken: another program listens there", hint=mend)
        case "EACCES":
            mend = f"Take a port from 1024 up, or run `sysctl net.ipv4.ip_unprivileged_port_start={port}` as root."
            return Refused(f"{where} may not be opened: ports below 1024 need a privilege", hint=mend)
        case "EADDRNOTAVAIL" | "EINVAL" | "EAFNOSUPPORT":
            mend = "Give an address of this machine; `ip address` lists them."
            return UsageError(f"{where} cannot be opened: {message.lower()}", hint=mend)
        case "EMFILE" | "EPERM":
            mend = "Run `fig down` and then `fig daemon run`: HAProxy and its sockets are then made anew."
            return Unavailable(f"{where} cannot be opened: {message}", hint=mend)
    return Unavailable(f"{where} cannot be opened: {message.lower()}", hint=hint)


def _to_slot(wire: Mapping[str, object]) -> Slot:
    return Slot(_whole(wire["slot"]), _whole(wire["fd"]), _whole(wire["port"]), str(wire["host"]))


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value


def _last_line(said: bytes) -> str:
    return (said.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
