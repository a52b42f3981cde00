"""The Router port over a real HAProxy: what is wanted becomes reloads, runtime commands and files, in a safe order.

First what is new (one reload if only the configuration can say it), then servers, then rules by the runtime socket,
then what nothing needs any more. Files are ahead of HAProxy's memory, so that a crash of either side loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from stranglerfig.core.observed import ObservedDataplane
from stranglerfig.core.topology import Listener, Topology
from stranglerfig.dataplane.config import WORKER_SOCKET, Machine, Structure, render_config
from stranglerfig.dataplane.config_file import ConfigFile, write_files
from stranglerfig.dataplane.counting import COUNTERS, Counting
from stranglerfig.dataplane.frontend import map_path
from stranglerfig.dataplane.keeper_client import MASTER_SOCKET, Keeper, Slot, haproxy_argv
from stranglerfig.dataplane.last_figures import LastFigures
from stranglerfig.dataplane.leftovers import remove_leftovers
from stranglerfig.dataplane.locate import HaproxyBinary
from stranglerfig.dataplane.maps import TABLES, Step, render_map
from stranglerfig.dataplane.master_socket import MasterSocket
from stranglerfig.dataplane.rotation import Leaving, Rotation, read_stat
from stranglerfig.dataplane.rule_tables import RuleTables
from stranglerfig.dataplane.structure import (
    backends_and_features,
    grown,
    same_without_servers,
    shrunk,
    to_structure,
)
from stranglerfig.dataplane.workers import Workers
from stranglerfig.errors import Conflict, FigError, Refused, Unavailable, UsageError

EMPTY = Structure({}, {}, {}, {}, frozenset())
#: how long a dead keeper may go unnoticed
TEND_EVERY_S = 1.0
#: how long workers that have nothing left to do may take to end
ENDING_S = 2.0
#: how long a claimed address waits for the topology that uses it
CLAIM_S = 60.0

log = logging.getLogger(__name__)


class HaproxyRouter:
    """See ``control.ports.Router``. ``run_dir`` holds sockets, configuration and maps, and must have a short path."""

    def __init__(self, run_dir: Path, binary: HaproxyBinary, machine: Machine) -> None:
        self._run_dir = run_dir
        self._binary = binary
        self._machine = machine
        self._keeper = Keeper(run_dir)
        self._master = MasterSocket(run_dir / MASTER_SOCKET)
        self._workers = Workers(self._master)
        self._rotation = Rotation(self._master, self._workers, machine.authorities)
        self._config = ConfigFile(run_dir, binary)
        self._counting = Counting(run_dir / COUNTERS, binary.version_text)
        self._last_figures = LastFigures(run_dir / WORKER_SOCKET)
        self._counting_turn = asyncio.Lock()
        self._tables = RuleTables()
        #: what HAProxy holds; None until it has been compared with what it should
        self._held: Structure | None = None
        self._slots: dict[tuple[str, int], Slot] = {}
        self._claimed: dict[tuple[str, int], float] = {}
        #: what the last ``apply`` was asked for, and the listeners in it that wait for their address
        self._topology = Topology()
        self._waiting: dict[str, str] = {}
        self._lock = asyncio.Lock()
        #: between ``start`` and ``stop``
        self._is_wanted = False

    async def start(self) -> None:
        async with self._lock:
            await self._start()
            self._is_wanted = True

    async def _start(self) -> None:
        self._keeper = await Keeper.ensure(self._run_dir)
        if self._config.read() is None:
            await self._config.replace(render_config(EMPTY, self._machine))
        argv = haproxy_argv(self._binary.path, self._run_dir)
        await self._keeper.start_haproxy(argv, dict(self._binary.env))
        self._forget()
        self._slots = {(slot.host, slot.port): slot for slot in (await self._keeper.status()).open_slots}

    async def tend(self) -> None:
        """Runs until it is cancelled. Workers that a reload replaced may end once their last figures are counted. A
        keeper that died is followed by another one: without it, HAProxy's own next death would be for good. Listeners
        that wait for their address follow when it is there."""
        try:
            while True:
                await asyncio.sleep(TEND_EVERY_S)
                await self._count_last_figures()
                try:
                    if self._is_wanted and not await self._keeper.is_there():
                        await self._bring_back()
                except FigError as error:
                    log.warning("the keeper is not back: %s", error.message)
                try:
                    await self._open_waiting()
                except FigError as error:
                    log.warning("the data plane does not follow: %s", error.message)
        finally:
            self.close()

    def close(self) -> None:
        """Hold on to no worker any more: whoever comes after us counts from what is written."""
        self._last_figures.let_all_go()

    async def _open_waiting(self) -> None:
        waiting = [listener for listener in self._topology.listeners if listener.name in self._waiting]
        if not self._is_wanted or not any([await self._has_opened(listener) for listener in waiting]):
            return
        async with self._lock:
            # By now another topology may be the last one.
            leaving = await self._apply_or_forget(self._topology) if self._is_wanted else []
        await self._rotation.retire(leaving)

    async def _has_opened(self, listener: Listener) -> bool:
        try:
            await self.claim(listener.host, listener.port)
        except (Conflict, Refused, UsageError):
            return False
        return True

    async def _bring_back(self) -> None:
        async with self._lock:
            # It may have been told to stop while we waited.
            if self._is_wanted:
                log.warning("the keeper is gone: another one takes over")
                await self._start()

    async def claim(self, host: str, port: int) -> int:
        slot = await self._keeper.listen(host, port)
        self._slots[host, slot.port] = slot
        self._claimed[host, slot.port] = asyncio.get_running_loop().time()
        return slot.port

    async def apply(self, topology: Topology) -> None:
        async with self._lock:
            leaving = await self._apply_or_forget(topology)
        await self._rotation.retire(leaving)

    def waiting(self) -> Mapping[str, str]:
        return dict(self._waiting)

    async def observe(self) -> ObservedDataplane:
        # One at a time: figures that are older than those counted before would look like another worker's.
        async with self._counting_turn:
            await self._last_figures.look(self._counting.note_last)
            pids = await self._workers.pids()
            rows = {pid: await read_stat(self._master, pid) for pid in pids}
            return self._counting.add_up({pid: found for pid, found in rows.items() if found is not None})

    async def stop(self) -> None:
        self._is_wanted = False
        async with self._lock:
            self._last_figures.let_all_go()
            self._counting.keep()
            await self._let_old_workers_end()
            await self._keeper.stop()
            self._forget()
            self._slots.clear()
            self._topology, self._waiting = Topology(), {}

    async def _let_old_workers_end(self) -> None:
        """One that is told to end again just as its last connection goes stays until it is killed. (Seen with 2.8.)"""
        clock = asyncio.get_running_loop().time
        deadline = clock() + ENDING_S
        with contextlib.suppress(FigError):
            while clock() < deadline and len(await self._master.workers()) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def _count_last_figures(self) -> None:
        async with self._counting_turn:
            await self._last_figures.look(self._counting.note_last)

    def _forget(self) -> None:
        self._held = None
        self._tables = RuleTables()

    async def _apply_or_forget(self, topology: Topology) -> list[Leaving]:
        try:
            sockets = await self._open_sockets(topology.listeners)
            listeners = tuple(listener for listener in topology.listeners if listener.name in sockets)
            leaving = await self._apply(replace(topology, listeners=listeners), sockets)
        except BaseException:
            # HAProxy may have taken a part of it, when we are cancelled too: compare anew before the next change. What
            # waits follows with that one.
            self._forget()
            self._waiting = {}
            raise
        self._topology = topology
        return leaving

    async def _apply(self, topology: Topology, sockets: Mapping[str, int]) -> list[Leaving]:
        wanted = to_structure(topology, sockets)
        steps = {one.name: self._tables.update(one) for one in topology.listeners if not one.tcp}
        held = self._held
        if held is None:
            held = await self._compare(wanted)
        both = grown(held, wanted)
        if not same_without_servers(held, both):
            self._write_maps(name for name in steps if _is_without_maps(held.listeners.get(name)))
            await self._reload(both)
        elif both.groups != held.groups:
            self._config.write_ahead(render_config(both, self._machine))
        leaving = await self._rotation.change(held.groups.values(), topology.groups)
        self._config.settle()
        await self._switch_rules(steps)
        final = shrunk(both, wanted)
        if not same_without_servers(both, final):
            await self._reload(final)
        if self._held is None or final.listeners.keys() != both.listeners.keys():
            remove_leftovers(self._run_dir, final.listeners.values())
        self._held = final
        self._tables.keep_only(steps.keys())
        await self._close_sockets(topology.listeners)
        return leaving

    async def _compare(self, wanted: Structure) -> Structure:
        """After a start: bring HAProxy to what is wanted, whatever it holds, and read its maps rather than trust."""
        with_rules = [name for name, listener in wanted.listeners.items() if not listener.tcp]
        if self._config.is_in_force(render_config(wanted, self._machine)):
            self._write_maps(with_rules)
            self._workers.current_has(backends_and_features(wanted))
        else:
            self._write_maps(name for name in with_rules if not self._has_maps(name))
            await self._reload(wanted, maps_of=with_rules)
        for name in with_rules:
            await self._workers.synchronise(name, self._tables.tables(name))
        return wanted

    async def _switch_rules(self, steps: Mapping[str, list[Step]]) -> None:
        for name, to_do in steps.items():
            if to_do:
                self._write_maps([name], {step.table for step in to_do})
                await self._workers.switch(name, to_do)

    def _write_maps(self, listeners: Iterable[str], only: Iterable[str] = TABLES) -> None:
        tables = tuple(only)
        for name in listeners:
            held = self._tables.tables(name)
            write_files(self._run_dir, {map_path(name, table): render_map(held.map_named(table)) for table in tables})

    def _has_maps(self, listener: str) -> bool:
        return all((self._run_dir / map_path(listener, table)).exists() for table in TABLES)

    async def _reload(self, structure: Structure, maps_of: Iterable[str] = ()) -> None:
        """The maps of ``maps_of`` are written once the configuration is good: till then the former one holds."""
        await self._config.replace(render_config(structure, self._machine))
        self._write_maps(maps_of)
        await self._last_figures.hold()
        outcome = await self._master.reload()
        if not outcome.ok or outcome.worker is None:
            self._config.restore()
            raise Unavailable(f"haproxy did not reload: {'; '.join(outcome.reasons)}")
        self._config.settle()
        self._workers.note(outcome.worker, backends_and_features(structure))

    async def _open_sockets(self, listeners: Iterable[Listener]) -> dict[str, int]:
        """Of those that may wait, only what can be opened now."""
        found: dict[str, int] = {}
        waiting: dict[str, str] = {}
        for listener in listeners:
            try:
                found[listener.name] = await self._open_socket(listener.host, listener.port)
            except (Conflict, Refused, UsageError) as error:
                if not listener.may_wait:
                    raise
                waiting[listener.name] = error.message
                if listener.name not in self._waiting:
                    log.warning("%s waits for its address: %s", listener.name, error.message)
        self._waiting = waiting
        return found

    async def _open_socket(self, host: str, port: int) -> int:
        address = (host, port)
        if address not in self._slots:
            self._slots[address] = await self._keeper.listen(host, port)
        self._claimed.pop(address, None)
        return self._slots[address].fd

    async def _close_sockets(self, listeners: Iterable[Listener]) -> None:
        now = asyncio.get_running_loop().time()
        self._claimed = {address: since for address, since in self._claimed.items() if now - since < CLAIM_S}
        wanted = {*((listener.host, listener.port) for listener in listeners), *self._claimed}
        # By slot: an IPv6 address has several spellings, and the keeper knows one of them.
        used = {self._slots[address].slot for address in wanted if address in self._slots}
        for address in [address for address, slot in self._slots.items() if slot.slot not in used]:
            await self._keeper.release(self._slots.pop(address).slot)


def _is_without_maps(held: Listener | None) -> bool:
    return held is None or held.tcp
