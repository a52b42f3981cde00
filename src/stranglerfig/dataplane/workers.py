"""The same maps and servers in every HAProxy worker, those included that only finish what they have.

After a reload an idle client's next request is still answered by the worker it is connected to. So every change goes to
all of them. What an older worker's configuration does not know, a target group made since, it hands over to its
successor through the listener's ``n.`` backend.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence

from stranglerfig.dataplane import maps
from stranglerfig.dataplane.actions import NO_RULE, as_spec, needed_by, rank_of
from stranglerfig.dataplane.frontend import hand_over_name, map_path
from stranglerfig.dataplane.maps import TABLES, AddEntries, DeleteEntry, ReplaceTable, SetEntry, Step
from stranglerfig.dataplane.master_socket import MasterSocket, payload_commands
from stranglerfig.dataplane.replies import parse_map_version, require_done
from stranglerfig.dataplane.tables import Tables
from stranglerfig.errors import NotFound

Translate = Callable[[str], str]


class Workers:
    """A worker that ends in the middle of a change is no failure: nobody asks it any more."""

    def __init__(self, master: MasterSocket) -> None:
        self._master = master
        self._known: dict[int, frozenset[str]] = {}
        self._current_has: frozenset[str] = frozenset()
        self._asking = asyncio.Lock()

    async def pids(self) -> tuple[int, ...]:
        """All workers, the current one first. Asks those not met before what their configuration has."""
        # One at a time: an older list that is finished later would make us forget the newest worker.
        async with self._asking:
            found = []
            for worker in await self._master.workers():
                with contextlib.suppress(NotFound):
                    if worker.pid not in self._known:
                        self._known[worker.pid] = await self._ask_backends(worker.pid)
                    if worker.is_current:
                        self._known[worker.pid] |= self._current_has
                    found.append(worker.pid)
            self._known = {pid: self._known[pid] for pid in found}
            return tuple(found)

    def note(self, pid: int, known: Iterable[str]) -> None:
        """What the configuration of a worker just started has: backends, and the codes of its listeners' features."""
        self._known[pid] = self._current_has = frozenset(known)

    def current_has(self, known: Iterable[str]) -> None:
        """What the configuration in force has. A worker that is started again after a crash tells only its backends."""
        self._current_has = frozenset(known)

    def know(self, pid: int, backend: str) -> bool:
        return backend in self._known.get(pid, frozenset())

    async def switch(self, listener: str, steps: Sequence[Step]) -> None:
        """Carry the steps out in all workers, side by side; returns when the last one has acknowledged."""
        if steps:
            await asyncio.gather(*(self._switch_one(pid, listener, steps) for pid in await self.pids()))

    async def synchronise(self, listener: str, wanted: Tables) -> None:
        """After this process was away: read what each worker really holds, and switch from there."""
        for pid in await self.pids():
            with contextlib.suppress(NotFound):
                if self.know(pid, hand_over_name(listener)):
                    steps = maps.plan_switch(await self._read_tables(pid, listener), wanted)
                    await self._switch_one(pid, listener, steps)

    async def _ask_backends(self, pid: int) -> frozenset[str]:
        reply = await self._master.worker(pid, "show backend")
        return frozenset(line.strip() for line in reply.splitlines() if line and not line.startswith("#"))

    async def _read_tables(self, pid: int, listener: str) -> Tables:
        held = Tables()
        for table in TABLES:
            reply = await self._master.worker(pid, f"show map {map_path(listener, table)}")
            # each line has a pointer before the entry
            entries = "\n".join(line.partition(" ")[2] for line in reply.splitlines())
            held.map_named(table).update(maps.parse_map(entries))
        return held

    async def _switch_one(self, pid: int, listener: str, steps: Sequence[Step]) -> None:
        if not self.know(pid, hand_over_name(listener)):
            return
        known = self._known[pid]
        with contextlib.suppress(NotFound):
            pending: list[str] = []
            for step in steps:
                translate = translation(listener, known, step.table)
                if isinstance(step, ReplaceTable):
                    await self._send(pid, pending)
                    pending = []
                    await self._replace(pid, map_path(listener, step.table), step, translate)
                else:
                    pending += _commands(listener, step, translate)
            await self._send(pid, pending)

    async def _replace(self, pid: int, path: str, step: ReplaceTable, translate: Translate) -> None:
        version = parse_map_version(await self._master.worker(pid, f"prepare map {path}"))
        lines = (f"{key} {translate(value)}" for key, value in step.entries)
        commands = payload_commands(f"add map @{version} {path}", lines)
        await self._send(pid, [*commands, f"commit map @{version} {path}"])

    async def _send(self, pid: int, commands: Sequence[str]) -> None:
        replies = await self._master.worker_batch(pid, commands)
        for command, reply in zip(commands, replies, strict=True):
            require_done(command, reply)


def translation(listener: str, known: frozenset[str], table: str) -> Translate:
    """A map value, or the listener's hand-over where the worker lacks a backend or feature that the value needs."""
    is_spec = table != "routes"

    def translate(value: str) -> str:
        if value == NO_RULE or value.startswith("!n|") or needed_by(value) <= known:
            return value
        if not is_spec:
            return hand_over_name(listener)
        # the rank stays: it decides whether this entry wins at all
        rank = rank_of(value)
        return as_spec(hand_over_name(listener)) + (f"|{rank}" if rank else "")

    return translate


def _commands(listener: str, step: SetEntry | AddEntries | DeleteEntry, translate: Translate) -> list[str]:
    path = map_path(listener, step.table)
    match step:
        case SetEntry(_, key, value):
            return [maps.set_command(path, key, translate(value))]
        case AddEntries(_, entries):
            return list(payload_commands(f"add map {path}", (f"{key} {translate(value)}" for key, value in entries)))
        case DeleteEntry(_, key):
            return [maps.delete_command(path, key)]
