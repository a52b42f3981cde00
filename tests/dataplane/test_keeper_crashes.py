"""HAProxy and the keeper are killed, each for itself and in every order; clients must not be refused."""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import socket
import time

import pytest

from stranglerfig.dataplane.keeper_client import Keeper, haproxy_argv
from stranglerfig.errors import Unavailable
from tests.dataplane.keeper_rig import (
    Rig,
    Traffic,
    eventually,
    get,
    is_alive,
    is_refused,
    needs_setpriv,
    wait_until_dead,
)
from tests.effort import SECONDS

LOG = logging.getLogger(__name__)


@pytest.mark.parametrize("victim", ["worker", "master"])
async def test_killing_haproxy_refuses_nobody_and_serves_again_at_once(rig: Rig, victim: str) -> None:
    keeper, slot = await rig.serving()
    with Traffic(slot.port) as traffic:
        await traffic.more()
        for _ in range(3):
            master, worker = (await keeper.status()).haproxy, await rig.worker_pid()
            os.kill(worker if victim == "worker" else master or 0, signal.SIGKILL)
            await rig.new_master(master)
            await traffic.more()
            assert not is_alive(worker)
    LOG.info("longest gap %.3f s, %d requests in flight lost", traffic.longest_gap_s, traffic.lost)
    assert traffic.refused == 0
    assert traffic.longest_gap_s < SECONDS


async def test_killing_the_keeper_disturbs_nobody_and_the_next_one_keeps_the_sockets(rig: Rig) -> None:
    _, slot = await rig.serving()
    with Traffic(slot.port) as traffic:
        master = (await Keeper(rig.run_dir).status()).haproxy
        await rig.kill_keeper()
        await traffic.more()
        keeper = await rig.keeper()
        status = await keeper.status()
        assert (status.haproxy, status.adopted, status.owns_sockets) == (master, True, True)
        assert status.open_slots == (slot,)
        assert traffic.lost == 0
        os.kill(master or 0, signal.SIGKILL)
        await rig.new_master(master)
        await traffic.more()
    LOG.info("longest gap %.3f s, %d requests in flight lost", traffic.longest_gap_s, traffic.lost)
    assert traffic.refused == 0
    assert traffic.longest_gap_s < SECONDS
    assert not (await keeper.status()).adopted


async def test_a_keeper_that_took_over_opens_and_releases_addresses(rig: Rig) -> None:
    _, first = await rig.serving()
    await rig.kill_keeper()
    keeper = await rig.keeper()
    second = await keeper.listen("127.0.0.1", 0)
    await rig.serve(first, second)
    assert get(second.port) == f"slot {second.slot}"
    assert get(first.port) == f"slot {first.slot}"


async def test_a_keeper_that_took_over_can_end_haproxy_for_good(rig: Rig) -> None:
    _, slot = await rig.serving()
    await rig.kill_keeper()
    keeper = await rig.keeper()
    status = await keeper.status()
    await keeper.stop(grace_s=5)
    await wait_until_dead(status.haproxy or 0)
    await wait_until_dead(status.pid)
    assert is_refused(slot.port)


async def test_a_keeper_told_to_end_leaves_haproxy_to_the_next_one(rig: Rig) -> None:
    keeper, slot = await rig.serving()
    before = await keeper.status()
    with Traffic(slot.port) as traffic:
        os.kill(before.pid, signal.SIGTERM)
        await wait_until_dead(before.pid)
        await traffic.more()
        assert (await (await rig.keeper()).status()).haproxy == before.haproxy
    assert (traffic.refused, traffic.lost) == (0, 0)


async def test_when_both_were_killed_the_same_addresses_come_back(rig: Rig) -> None:
    keeper, slot = await rig.serving()
    master = (await keeper.status()).haproxy
    await rig.kill_keeper()
    os.kill(master or 0, signal.SIGKILL)
    await wait_until_dead(master or 0)
    await rig.keeper()
    await rig.new_master(None)
    assert get(slot.port) == f"slot {slot.slot}"


async def test_an_address_lost_to_another_program_costs_only_itself(rig: Rig) -> None:
    keeper, lost = await rig.serving()
    kept = await keeper.listen("127.0.0.1", 0)
    await rig.serve(lost, kept)
    master = (await keeper.status()).haproxy
    await rig.kill_keeper()
    os.kill(master or 0, signal.SIGKILL)
    await wait_until_dead(master or 0)
    await rig.workers_end(master or 0)
    with socket.create_server(("127.0.0.1", lost.port)):
        keeper = await rig.keeper()
        await rig.new_master(None)
        assert get(kept.port) == f"slot {kept.slot}"
        status = await keeper.status()
    assert f"port {lost.port}" in status.note


@needs_setpriv
async def test_a_keeper_that_may_not_look_into_haproxy_says_so_and_serves_again_on_new_sockets(rig: Rig) -> None:
    _, slot = await rig.serving()
    await rig.kill_keeper()
    keeper = await rig.keeper_without("sys_ptrace", "net_raw")
    status = await keeper.status()
    assert not status.owns_sockets
    assert "could not be taken" in status.note
    with pytest.raises(Unavailable, match="could not be taken"):
        await keeper.listen("127.0.0.1", 0)
    assert get(slot.port) == f"slot {slot.slot}"
    os.kill(status.haproxy or 0, signal.SIGKILL)
    await rig.new_master(status.haproxy)
    await rig.worker_pid()
    assert get(slot.port) == f"slot {slot.slot}"
    assert (await keeper.status()).open_slots == (slot,)


async def test_a_stranger_with_the_recorded_pid_is_not_adopted(rig: Rig) -> None:
    await rig.keeper()
    await rig.kill_keeper()
    state = {"pid": os.getpid(), "start_ticks": 1, "argv": [], "env": {}, "slots": []}
    (rig.run_dir / "keeper.json").write_text(json.dumps(state))
    status = await (await rig.keeper()).status()
    assert (status.haproxy, status.adopted) == (None, False)


@pytest.mark.parametrize(
    "torn", ["", "{", "[]", '{"pid": 1}', '{"pid":1,"start_ticks":1,"argv":1,"env":[],"slots":[1]}']
)
async def test_a_torn_state_file_is_as_good_as_none(rig: Rig, torn: str) -> None:
    (rig.run_dir / "keeper.json").write_text(torn)
    status = await (await rig.keeper()).status()
    assert (status.haproxy, status.open_slots) == (None, ())


async def test_a_haproxy_that_cannot_live_is_tried_again_without_haste_until_it_can(rig: Rig) -> None:
    keeper = await rig.keeper()
    (rig.run_dir / "haproxy.cfg").write_text("nonsense\n")
    await rig.start_haproxy(keeper)

    async def five_deaths() -> bool:
        return (await keeper.status()).deaths >= 5

    begin = time.monotonic()
    await eventually(five_deaths)
    # at once, then after 0.1, 0.2 and 0.4 s
    assert time.monotonic() - begin > 0.6
    rig.configure()
    assert await rig.worker_pid()


async def test_a_command_that_does_not_exist_ends_nobody(rig: Rig) -> None:
    keeper = await rig.keeper()
    await keeper.start_haproxy(("/nonexistent/haproxy",), {})

    async def died() -> bool:
        return (await keeper.status()).deaths > 0

    await eventually(died)
    await keeper.start_haproxy(haproxy_argv(rig.binary.path, rig.run_dir), dict(rig.binary.env))
    rig.configure()
    assert await rig.worker_pid()
    assert "could not be run" in (rig.run_dir / "haproxy.log").read_text()


async def test_starting_twice_is_one_haproxy(rig: Rig) -> None:
    keeper = await rig.started()
    pid = (await keeper.status()).haproxy
    assert await rig.start_haproxy(keeper) == pid


async def test_a_grown_log_is_moved_aside(rig: Rig) -> None:
    log = rig.run_dir / "haproxy.log"
    log.write_bytes(b"x" * (2 << 20))
    await rig.started()
    assert log.stat().st_size < 1 << 20
    assert (rig.run_dir / "haproxy.log.1").stat().st_size == 2 << 20


async def test_a_haproxy_that_cannot_be_noted_serves_and_is_said_to_be_lost_to_the_next_keeper(rig: Rig) -> None:
    keeper, slot = await rig.serving()
    master = (await keeper.status()).haproxy
    (rig.run_dir / "keeper.json.new").mkdir()

    os.kill(master or 0, signal.SIGKILL)
    fresh = await rig.new_master(master)

    assert get(slot.port) == f"slot {slot.slot}"
    note = (await keeper.status()).note
    assert note.startswith("keeper.json could not be written (Is a directory): ")
    assert note.endswith(f"HAProxy {fresh} serves, but the next keeper would not find it")


async def test_a_haproxy_whose_death_nobody_would_notice_is_not_let_in(rig: Rig) -> None:
    """The keeper may open two more files, which is one less than it needs to watch its child."""
    keeper, slot = await rig.serving()
    status = await keeper.status()
    await eventually(lambda: has_no_client(status.pid))
    limits = resource.prlimit(status.pid, resource.RLIMIT_NOFILE)
    # The one that tells of the old HAProxy's end is closed before the new one is made.
    taken = open_files(status.pid) - {watching(status.pid, status.haproxy or 0)}
    free = [number for number in range(len(taken) + 3) if number not in taken]

    resource.prlimit(status.pid, resource.RLIMIT_NOFILE, (free[1] + 1, limits[1]))
    os.kill(status.haproxy or 0, signal.SIGKILL)
    await eventually(lambda: is_written(rig, "HAProxy could not be started: Too many open files"))
    resource.prlimit(status.pid, resource.RLIMIT_NOFILE, limits)
    await rig.new_master(status.haproxy)

    assert get(slot.port) == f"slot {slot.slot}"
    assert "keeper.json" not in (await keeper.status()).note


def open_files(pid: int) -> set[int]:
    return {int(name) for name in os.listdir(f"/proc/{pid}/fd")}


async def has_no_client(pid: int) -> bool:
    """Whoever asked it something has hung up, and it knows."""
    files = [os.readlink(f"/proc/{pid}/fd/{number}") for number in open_files(pid)]
    with open("/proc/net/unix", encoding="utf-8") as file:
        rows = [line.split() for line in file if line.rstrip().endswith("keeper.sock")]
    connected = "03"
    return not any(f"socket:[{row[6]}]" in files for row in rows if row[5] == connected)


def watching(keeper: int, child: int) -> int:
    """The keeper's descriptor that tells of the child's end."""
    for number in open_files(keeper):
        with open(f"/proc/{keeper}/fdinfo/{number}", encoding="ascii") as file:
            if f"Pid:\t{child}\n" in file.read():
                return number
    raise AssertionError("nobody watches it")


async def is_written(rig: Rig, text: str) -> bool:
    return text in (rig.run_dir / "keeper.log").read_text(encoding="utf-8")
