"""Commands to master and workers of a real HAProxy, through reloads and deaths."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from stranglerfig.dataplane.master_socket import PAYLOAD_LIMIT, MasterSocket, payload_commands
from stranglerfig.dataplane.replies import (
    parse_map_version,
    parse_refusal,
    parse_stat,
    require_done,
)
from stranglerfig.errors import NotFound, Unavailable
from tests.dataplane.keeper_rig import Rig, get, wait_until_dead

LINES = [f"n{index:06d}/api/posts/ be_{index:06d}|ms_000|2500|user|0||" for index in range(10_000)]


async def test_a_worker_and_the_master_answer_for_themselves(rig: Rig) -> None:
    await rig.started()
    pid = await rig.worker_pid()
    info = (await rig.master.worker(pid, "show info")).splitlines()
    assert f"Pid: {pid}" in info
    assert any(line.startswith(f"Version: {rig.binary.version_text}") for line in info)
    assert "show proc" in await rig.master.master("help")


async def test_statistics_of_a_real_worker_are_understood(rig: Rig) -> None:
    _, slot = await rig.serving()
    get(slot.port)
    rows = parse_stat(await rig.master.worker(await rig.worker_pid(), "show stat"))
    frontend = next(row for row in rows if row.pxname == f"slot{slot.slot}")
    assert (frontend.req_tot, frontend.hrsp_2xx) == (1, 1)


async def test_ten_thousand_map_entries_reach_a_worker_all_of_them(rig: Rig) -> None:
    await rig.started()
    pid = await rig.worker_pid()
    version = parse_map_version(await rig.master.worker(pid, f"prepare map {rig.map_path}"))
    commands = list(payload_commands(f"add map @{version} {rig.map_path}", LINES))
    replies = await rig.master.worker_batch(pid, [*commands, f"commit map @{version} {rig.map_path}"])
    assert {parse_refusal(reply) for reply in replies} == {None}
    held = (await rig.master.worker(pid, f"show map {rig.map_path}")).splitlines()
    assert [line.partition(" ")[2] for line in held] == LINES


async def test_every_reply_of_a_batch_is_that_of_its_command(rig: Rig) -> None:
    await rig.started()
    commands_and_replies = [
        ("add server pool/t1 127.0.0.1:81", "New server registered."),
        ("add server pool/t1 127.0.0.1:81", "Already exists a server with the same name in backend."),
        (f"add map {rig.map_path} <<\n/a pool\n/b pool", ""),
        ("del server pool/t2", "No such server."),
        ("set server pool/t1 state maint", ""),
        (f"add map {rig.map_path} <<\n/c", "Missing value for key '/c'."),
        ("del server pool/t1", "Server deleted."),
        ("set server pool/t1 state ready", "No such server."),
        (f"set map {rig.map_path} /a inner", ""),
        (f"get map {rig.map_path} /a", None),
    ]
    commands = [command for command, _ in commands_and_replies]
    replies = await rig.master.worker_batch(await rig.worker_pid(), commands)
    for (command, wanted), reply in zip(commands_and_replies, replies, strict=True):
        assert wanted is None or reply == wanted, command
    assert 'value="inner"' in replies[-1]
    require_done(commands[0], replies[0])


@pytest.mark.parametrize("separator", ["/", "\n/"])
async def test_a_payload_of_one_or_many_lines_up_to_the_limit_arrives_whole(rig: Rig, separator: str) -> None:
    await rig.started()
    pid = await rig.worker_pid()
    command = f"add map {rig.map_path} <<\n"
    while len(command) < PAYLOAD_LIMIT - 40:
        command += f"{separator.strip('/')}/k{len(command)}" + (" value" if separator != "/" else "")
    command = (command.replace("<<\n\n", "<<\n") + " ").ljust(PAYLOAD_LIMIT - 2, "v")
    assert await rig.master.worker(pid, command) == ""
    held = (await rig.master.worker(pid, f"show map {rig.map_path}")).splitlines()
    assert [line.partition(" ")[2] for line in held] == command.splitlines()[1:]


async def test_a_command_that_is_too_long_is_never_taken_for_done(rig: Rig) -> None:
    await rig.started()
    pid = await rig.worker_pid()
    command = f"add map {rig.map_path} <<\n" + "\n".join(LINES[:1000])
    with pytest.raises(ValueError, match="too long"):
        await rig.master.worker(pid, command)
    careless = MasterSocket(rig.run_dir / "master.sock", payload_limit=1 << 20)
    with pytest.raises(Unavailable, match=r"unanswered|too big|did not answer"):
        require_done(command, await careless.worker(pid, command))


@pytest.mark.parametrize("command", ["show info\nshow stat", "add map /m <<\na b\n\nc d"])
async def test_two_commands_in_one_are_refused(command: str) -> None:
    with pytest.raises(ValueError, match="not one command"):
        await MasterSocket(Path("/nonexistent")).worker(1, command)


async def test_a_worker_that_is_gone_is_not_found(rig: Rig) -> None:
    await rig.started()
    with pytest.raises(NotFound):
        await rig.master.worker_batch(os.getpid(), ["show version", "show version"])


@pytest.mark.parametrize("command", ["show version", f"set var proc.x str({'x' * 3000})"])
async def test_commands_to_workers_that_are_gone_leave_the_master_as_it_was(rig: Rig, command: str) -> None:
    """It holds ten conversations and keeps one that hangs for ever: after ten of those it would answer nobody."""
    await rig.started()
    for _ in range(10):
        asked = [rig.master.worker(os.getpid(), command) for _ in range(40)]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {NotFound}
    assert (await rig.master.processes()).current == await rig.worker_pid()


async def test_a_worker_that_hangs_takes_not_every_place_in_the_master(rig: Rig) -> None:
    await rig.started()
    pid = await rig.worker_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        asking = asyncio.gather(*(rig.master.worker(pid, "show version") for _ in range(30)))
        await asyncio.sleep(0)
        assert (await MasterSocket(rig.run_dir / "master.sock").processes()).current == pid
    finally:
        os.kill(pid, signal.SIGCONT)
    assert all(reply.startswith(rig.binary.version_text) for reply in await asking)


async def test_old_workers_of_idle_clients_receive_what_everyone_receives(rig: Rig) -> None:
    _, slot = await rig.serving()
    first = await rig.worker_pid()
    reader, writer = await asyncio.open_connection("127.0.0.1", slot.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    assert (await rig.master.reload()).ok
    second = await rig.worker_pid()
    replies = await rig.master.all_workers(f"add map {rig.map_path} /new pool")
    assert replies == {second: "", first: ""}
    for pid in (first, second):
        assert "/new pool" in await rig.master.worker(pid, f"show map {rig.map_path}")
    writer.close()
    await wait_until_dead(first)
    assert set(await rig.master.all_workers("show version")) == {second}


async def test_a_worker_that_ends_between_listing_and_command_is_left_out(rig: Rig) -> None:
    _, slot = await rig.serving()
    first = await rig.worker_pid()
    _, writer = await asyncio.open_connection("127.0.0.1", slot.port)
    writer.write(b"GET / HTTP/1.1\r\n")
    await rig.master.worker(first, "show version")
    assert (await rig.master.reload()).ok
    asking = asyncio.gather(*(rig.master.all_workers("show version") for _ in range(30)))
    os.kill(first, signal.SIGKILL)
    for replies in await asking:
        assert await rig.worker_pid() in replies
    writer.close()


async def test_a_reload_returns_with_a_new_worker_that_answers(rig: Rig) -> None:
    await rig.started()
    seen = {await rig.worker_pid()}
    for _ in range(5):
        outcome = await rig.master.reload()
        assert outcome.ok
        assert outcome.worker not in seen
        seen.add(outcome.worker or 0)
        assert await rig.master.worker(outcome.worker or 0, "show version")


async def test_a_refused_configuration_leaves_the_former_worker_and_a_good_one_mends_it(rig: Rig) -> None:
    _, slot = await rig.serving()
    before = await rig.worker_pid()
    rig.configure(slot, extra="nonsense\n")
    outcome = await rig.master.reload()
    assert (outcome.ok, outcome.worker) == (False, before)
    if rig.binary.version >= (2, 7, 0):
        assert any("unknown keyword 'nonsense'" in reason for reason in outcome.reasons)
    assert get(slot.port) == f"slot {slot.slot}"
    rig.configure(slot)
    assert (await rig.master.reload()).ok


async def test_a_reload_that_kills_the_master_is_unavailable_in_bounded_time(rig: Rig) -> None:
    keeper = await rig.started()
    master = (await keeper.status()).haproxy or 0
    os.kill(master, signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable):
            await rig.master.reload(timeout_s=0.3)
    finally:
        os.kill(master, signal.SIGKILL)


async def test_commands_while_haproxy_is_restarted_wait_for_it(rig: Rig) -> None:
    keeper = await rig.started()
    master = (await keeper.status()).haproxy
    os.kill(master or 0, signal.SIGKILL)
    await rig.new_master(master)
    assert (await rig.master.processes()).master != master


async def test_a_master_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not there"):
        await MasterSocket(tmp_path / "none.sock").master("show proc")


async def test_a_master_that_does_not_answer_is_unavailable_in_time(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute.sock"))
        mute.listen()
        with pytest.raises(Unavailable, match=r"within 0\.2 s"):
            await MasterSocket(tmp_path / "mute.sock", timeout_s=0.2).master("show proc")


def test_payloads_hold_every_line_once_in_order_and_stay_within_the_limit() -> None:
    commands = list(payload_commands("add map @3 /m", LINES, limit=1000))
    assert [line for command in commands for line in command.split("\n")[1:]] == LINES
    assert max(len(command) for command in commands) <= 998
    assert len(commands) < 10_000 / 18
    assert list(payload_commands("add map @3 /m", [])) == []
