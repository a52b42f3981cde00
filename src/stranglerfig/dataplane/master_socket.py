"""Sends commands to HAProxy's master and, through it, to any of its workers, the old ones after a reload included.

Measured on 2.6 and 2.8: a connection and one command take 0.15 ms, a further command of a batch 0.08 ms, 10,000 map
entries in payloads 10 ms. The workers' own socket would be twice as fast per command, but reaches the newest worker
only. A ``;`` after ``@!<pid>`` runs the rest in the master, so every command of a batch has a line and a prefix of its
own. Interactive mode is what tells replies apart: 2.6 does not end each of them with an empty line.

The master holds ten conversations at a time, and one that hangs in it is there for good: ten of them, and it answers
nobody any more. 2.8 hangs where the worker that is asked for has gone and we have said that we are done writing. So to
workers that is never said: ``quit`` ends the conversation, or we do by hanging up.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.dataplane.replies import Processes, Worker, parse_alerts, parse_processes, parse_reload
from stranglerfig.errors import NotFound, Unavailable

#: The longest command in bytes, payload included, that arrives whole with the default ``tune.bufsize`` of 16384. Both
#: versions take up to 16383 bytes if no single line is above 15360; a longer line is silently replaced by ``help``, and
#: 2.6 drops a longer command without a word.
PAYLOAD_LIMIT = 15_000

#: of the ten that the master holds: who waits for a place here is not refused there
CONVERSATIONS = 8
_CONNECT_TIMEOUT_S = 2.0
_RETRY_S = 0.005
#: ENOTCONN: the master's queue of ten connections is full, which asyncio takes for a connection
_NOBODY_READ_IT = {errno.ECONNREFUSED, errno.ENOENT, errno.ECONNRESET, errno.EPIPE, errno.EAGAIN, errno.ENOTCONN}
_PROMPT = "master> "
_END = "quit\n"
_PAYLOAD_PROMPTS = re.compile(r"^(?:\+ )+")
_NO_SUCH_WORKER = "Can't find the target PID matching the prefix"
#: said now and then by a worker that is just starting or ending, instead of an answer, and ends the batch
_UNREACHABLE = "Can't connect to the target CLI!"
_HINT = "Run `fig doctor`, and look into haproxy.log in the run folder."


@dataclass(frozen=True, slots=True)
class ReloadOutcome:
    """``reasons`` are HAProxy's complaints when it is not ``ok``; then the former worker serves on."""

    ok: bool
    worker: int | None
    reasons: tuple[str, ...] = ()


class MasterSocket:
    """Each call is one connection with one deadline. Raises ``Unavailable`` when HAProxy does not answer.

    During a reload of 2.6 and after a crash nobody listens for a moment: connecting is tried for two seconds.
    """

    def __init__(self, path: Path, *, timeout_s: float = 5.0, payload_limit: int = PAYLOAD_LIMIT) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._payload_limit = payload_limit
        self._places = asyncio.Semaphore(CONVERSATIONS)

    async def master(self, command: str) -> str:
        """One command to the master itself."""
        return await self._talk(_to_line(command), self._timeout_s)

    async def processes(self) -> Processes:
        return parse_processes(await self.master("show proc"))

    async def workers(self) -> tuple[Worker, ...]:
        """The current one first, then those that finish after a reload."""
        return (await self.processes()).workers

    async def worker(self, pid: int, payload: str) -> str:
        """One command to one worker. Raises ``NotFound`` when that worker is gone."""
        return (await self.worker_batch(pid, [payload]))[0]

    async def worker_batch(self, pid: int, commands: Sequence[str]) -> list[str]:
        """Many commands in one connection, in order, and a reply for each; refusals do not stop the rest.

        A command with a payload is its first line with ``<<`` and then the payload's lines. Raises ``NotFound`` when
        the worker is gone, which may have happened half-way.
        """
        replies: list[str] = []
        give_up_at = asyncio.get_running_loop().time() + _CONNECT_TIMEOUT_S
        while len(replies) < len(commands):
            text = await self._run_batch(pid, commands[len(replies) :])
            replies += _complete_replies(text)
            if len(replies) < len(commands):
                if _NO_SUCH_WORKER in text or pid not in {worker.pid for worker in await self.workers()}:
                    raise NotFound(f"haproxy worker {pid} is gone")
                if asyncio.get_running_loop().time() >= give_up_at:
                    raise Unavailable(f"haproxy worker {pid} left a command unanswered", hint=_HINT)
                await asyncio.sleep(_RETRY_S)
        return replies

    async def _run_batch(self, pid: int, commands: Sequence[str]) -> str:
        lines = [f"@!{pid} {self._checked(command)}" for command in commands]
        return await self._talk("".join(["prompt\n", *lines, _END]), self._timeout_s)

    async def all_workers(self, payload: str) -> dict[int, str]:
        """One command to every worker. One that ends meanwhile is left out."""
        return {pid: replies[0] for pid, replies in (await self.all_workers_batch([payload])).items()}

    async def all_workers_batch(self, commands: Sequence[str]) -> dict[int, list[str]]:
        """Many commands to every worker, at the same time. One that ends meanwhile is left out."""
        if not commands:
            return {}
        pids = [worker.pid for worker in await self.workers()]
        outcomes = await asyncio.gather(*(self._batch_or_gone(pid, commands) for pid in pids))
        return {pid: replies for pid, replies in zip(pids, outcomes, strict=True) if replies is not None}

    async def reload(self, timeout_s: float = 30.0) -> ReloadOutcome:
        """Takes the configuration file up; returns when the new worker answers or the file was refused.

        Check the file with ``haproxy -c`` first: one that crashes the parser takes the master with it.
        """
        try:
            async with asyncio.timeout(timeout_s):
                before = await self.processes()
                said = await self._talk("reload\n", timeout_s)
                after = await self._reloaded(before)
                if parse_reload(said) is False or after.failed:
                    return ReloadOutcome(False, after.current, parse_alerts(said))
                while not await self._answers(after.current):
                    await asyncio.sleep(_RETRY_S)
                    after = await self.processes()
                return ReloadOutcome(True, after.current)
        except TimeoutError as problem:
            raise Unavailable(f"haproxy did not reload within {timeout_s:g} s", hint=_HINT) from problem

    async def _reloaded(self, before: Processes) -> Processes:
        """A master that was killed meanwhile and started again has read the file as well, and counts from 0."""
        while True:
            processes = await self.processes()
            if (processes.master, processes.reloads) != (before.master, before.reloads):
                return processes
            await asyncio.sleep(_RETRY_S)

    async def _answers(self, pid: int | None) -> bool:
        if pid is None:
            return False
        try:
            return bool(await self.worker(pid, "show version"))
        except NotFound:
            return False

    async def _batch_or_gone(self, pid: int, commands: Sequence[str]) -> list[str] | None:
        try:
            return await self.worker_batch(pid, commands)
        except NotFound:
            return None

    def _checked(self, command: str) -> str:
        line = _to_line(command)
        if len(line.encode()) > self._payload_limit:
            raise ValueError(f"a command of {len(line)} bytes is too long for haproxy: {line[:60]!r}")
        return line

    async def _talk(self, text: str, timeout_s: float) -> str:
        """Sends all, reads to the end. What was reset before its first byte was not read by anybody: it is repeated."""
        async with self._places:
            return await self._talk_at_once(text, timeout_s)

    async def _talk_at_once(self, text: str, timeout_s: float) -> str:
        give_up_at = asyncio.get_running_loop().time() + _CONNECT_TIMEOUT_S
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    try:
                        return await self._converse(text)
                    except OSError as problem:
                        if problem.errno not in _NOBODY_READ_IT or asyncio.get_running_loop().time() >= give_up_at:
                            raise
                    await asyncio.sleep(_RETRY_S)
        except TimeoutError as problem:
            raise Unavailable(f"haproxy did not answer within {timeout_s:g} s", hint=_HINT) from problem
        except OSError as problem:
            raise Unavailable(f"haproxy's master is not there: {problem.strerror}", hint=_HINT) from problem

    async def _converse(self, text: str) -> str:
        reader, writer = await asyncio.open_unix_connection(str(self._path))
        answer = b""
        try:
            writer.write(text.encode())
            if not text.endswith(_END):
                # without it the master waits for more after a command that is not in a `prompt` … `quit` bracket
                writer.write_eof()
            while chunk := await reader.read(1 << 18):
                answer += chunk
                # the master then drops the rest of the batch, its end included
                if _NO_SUCH_WORKER.encode() in answer[-len(chunk) - len(_NO_SUCH_WORKER) :]:
                    break
        except ConnectionError:
            if not answer:
                raise
        finally:
            # what is not sent yet is for nobody: to wait until the master has read it could be for ever
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        return answer.decode(errors="replace")


def payload_commands(head: str, lines: Iterable[str], limit: int = PAYLOAD_LIMIT) -> Iterator[str]:
    """As few commands ``head <<`` as hold all lines, none above ``limit`` bytes. ``add map @7 FILE`` is a head."""
    opening = f"{head} <<\n"
    # two line ends close a payload
    room = limit - len(opening.encode()) - 2
    block: list[str] = []
    used = 0
    for line in lines:
        size = len(line.encode()) + 1
        if block and used + size > room:
            yield opening + "\n".join(block)
            block, used = [], 0
        block.append(line)
        used += size
    if block:
        yield opening + "\n".join(block)


def _complete_replies(text: str) -> list[str]:
    """The answers of a batch, up to the first that is missing. The last prompt is that of ``quit``."""
    replies = []
    # one prompt comes before the first reply, one after each
    for part in text.split(_PROMPT)[1:-1]:
        reply = _PAYLOAD_PROMPTS.sub("", part)
        if not reply.endswith("\n") or _UNREACHABLE in reply or _NO_SUCH_WORKER in reply:
            break
        replies.append(reply.strip())
    return replies


def _to_line(command: str) -> str:
    """As it goes over the socket. A stray line end would be a second command, in the master."""
    command = command.rstrip("\n")
    head, separator, payload = command.partition("\n")
    if not separator:
        return command + "\n"
    if not head.endswith("<<") or "\n\n" in payload:
        raise ValueError(f"not one command: {head!r}")
    return command + "\n\n"
