"""Servers enter and leave the rotation of running workers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stranglerfig.core.topology import Group, Server
from stranglerfig.dataplane import membership
from stranglerfig.dataplane.actions import backend_of_group
from stranglerfig.dataplane.master_socket import MasterSocket
from stranglerfig.dataplane.replies import StatRow, parse_refusal, parse_stat
from stranglerfig.dataplane.workers import Workers
from stranglerfig.errors import NotFound

log = logging.getLogger(__name__)

#: how long a leaving server may finish what it has
DRAIN_LIMIT_S = 30.0
_DELETE_LIMIT_S = 3.0
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Leaving:
    """A server out of the rotation. One that is gone already is not waited for."""

    group: Group
    server: Server
    wait: bool


class Rotation:
    """Refusals are no failures here: a server may be there already, or gone already, in this or that worker."""

    def __init__(self, master: MasterSocket, workers: Workers, authorities: str) -> None:
        self._master = master
        self._workers = workers
        self._authorities = authorities

    async def change(self, held: Iterable[Group], wanted: Iterable[Group]) -> list[Leaving]:
        """New servers get traffic at once, leaving ones get no more; returns those, for ``retire``."""
        found = membership.changes(held, wanted)
        if not found:
            return []
        for pid in await self._workers.pids():
            known = [change for change in found if self._workers.know(pid, backend_of_group(change.group.name))]
            adds = [line for change in known for line in membership.add_commands(change, self._authorities)]
            drains = [line for change in known for line in membership.drain_commands(change)]
            replies = await self._try(pid, [*adds, *drains])
            for command, reply in zip(adds, replies, strict=False):
                refusal = parse_refusal(reply)
                if refusal is not None and not refusal.lower().startswith("already exists"):
                    # a healthy target stays out of this worker until the next reload: somebody should know
                    log.warning("haproxy worker %d refused %r: %s", pid, command, refusal)
        return [
            Leaving(change.group, server, wait)
            for change in found
            for wait, servers in ((True, change.drained), (False, change.removed))
            for server in servers
        ]

    async def retire(self, leaving: Sequence[Leaving]) -> None:
        """Returns when the leaving servers have no requests in flight and are deleted, or the limits are over."""
        if not leaving:
            return
        clock = asyncio.get_running_loop().time
        deadline = clock() + DRAIN_LIMIT_S
        while clock() < deadline and await self._sessions([one for one in leaving if one.wait]):  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)
        deadline = clock() + _DELETE_LIMIT_S
        while not await self._delete(leaving) and clock() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)

    async def _try(self, pid: int, commands: Sequence[str]) -> list[str]:
        try:
            return await self._master.worker_batch(pid, commands)
        except NotFound:
            return []

    async def _sessions(self, leaving: Sequence[Leaving]) -> int:
        """Requests in flight on the leaving servers, in all workers."""
        names = {(backend_of_group(one.group.name), one.server.id) for one in leaving}
        total = 0
        for pid in await self._workers.pids():
            for backend in {backend for backend, _ in names if self._workers.know(pid, backend)}:
                rows = await read_stat(self._master, pid, f" {backend} 4 -1")
                total += sum(row.scur for row in rows or () if (row.pxname, row.svname) in names)
        return total

    async def _delete(self, leaving: Sequence[Leaving]) -> bool:
        """Whether all are gone from all workers; HAProxy refuses while a connection is just being given up."""
        done = True
        for pid in await self._workers.pids():
            commands = [line for one in leaving for line in membership.delete_commands(one.group, one.server)]
            done &= not any("still has connections" in reply for reply in await self._try(pid, commands))
        return done


async def read_stat(master: MasterSocket, pid: int, of: str = "") -> tuple[StatRow, ...] | None:
    """``show stat``, of everything or of a proxy; None when the worker is gone."""
    try:
        return parse_stat(await master.worker(pid, f"show stat{of}"))
    except NotFound:
        return None
