"""The keeper: listening sockets that HAProxy takes up later, and what clients may ask for."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from stranglerfig.dataplane.keeper_client import RUN_DIR_LIMIT, Keeper
from stranglerfig.dataplane.sockets import IPV4_SLOTS, SLOTS
from stranglerfig.errors import Conflict, Refused, Unavailable, UsageError
from tests.dataplane.keeper_rig import KEEPER, Rig, get, is_alive, is_refused, needs_setpriv, wait_until_dead


async def test_a_socket_opened_after_haproxy_was_started_is_served_after_a_reload(rig: Rig) -> None:
    keeper = await rig.started()
    first = await keeper.listen("127.0.0.1", 0)
    await rig.serve(first)
    second = await keeper.listen("::1", 0)
    await rig.serve(first, second)
    assert get(first.port) == f"slot {first.slot}"
    assert get(second.port, "::1") == f"slot {second.slot}"


async def test_a_connection_made_before_the_reload_waits_and_is_served(rig: Rig) -> None:
    keeper = await rig.started()
    slot = await keeper.listen("127.0.0.1", 0)
    answer = asyncio.ensure_future(asyncio.to_thread(get, slot.port))
    await rig.serve(slot)
    assert await answer == f"slot {slot.slot}"


async def test_listening_twice_on_one_address_is_one_slot(rig: Rig) -> None:
    keeper = await rig.keeper()
    slot = await keeper.listen("127.0.0.1", 0)
    assert await keeper.listen("127.0.0.1", slot.port) == slot
    assert (await keeper.status()).open_slots == (slot,)


async def test_a_released_address_refuses_and_comes_back_in_its_old_slot(rig: Rig) -> None:
    keeper, slot = await rig.serving()
    await rig.serve()
    await keeper.release(slot.slot)
    assert is_refused(slot.port)
    assert await keeper.listen("127.0.0.1", slot.port) == slot
    await rig.serve(slot)
    assert get(slot.port) == f"slot {slot.slot}"


async def test_a_released_address_that_another_program_took_is_a_conflict_until_it_is_free(rig: Rig) -> None:
    keeper = await rig.keeper()
    slot = await keeper.listen("127.0.0.1", 0)
    await keeper.release(slot.slot)
    with socket.create_server(("127.0.0.1", slot.port)):
        with pytest.raises(Conflict):
            await keeper.listen("127.0.0.1", slot.port)
        assert (await keeper.status()).open_slots == ()
    assert await keeper.listen("127.0.0.1", slot.port) == slot


async def test_a_taken_port_is_a_conflict_that_says_how_to_see_who_has_it(rig: Rig) -> None:
    keeper = await rig.keeper()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Conflict) as caught:
            await keeper.listen("127.0.0.1", port)
    assert f"ss -ltnp 'sport = :{port}'" in str(caught.value.hint)
    assert (await keeper.status()).free_ipv4 == IPV4_SLOTS


@pytest.mark.parametrize("host", ["192.0.2.1", "localhost", "2001:db8::1"])
async def test_an_address_that_is_not_ours_is_the_users_error(rig: Rig, host: str) -> None:
    keeper = await rig.keeper()
    with pytest.raises(UsageError):
        await keeper.listen(host, 8080)


async def test_running_out_of_sockets_is_said_and_ends_nothing(rig: Rig) -> None:
    keeper = await rig.keeper()
    slots = [await keeper.listen("127.0.0.1", 0) for _ in range(IPV4_SLOTS)]
    with pytest.raises(Unavailable, match="pool"):
        await keeper.listen("127.0.0.1", 0)
    assert (await keeper.status()).open_slots == tuple(slots)
    assert (await keeper.listen("::1", 0)).slot == IPV4_SLOTS


@needs_setpriv
async def test_a_privileged_port_is_refused_with_the_mend(rig: Rig) -> None:
    keeper = await rig.keeper_without("net_bind_service")
    floor = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    with pytest.raises(Refused) as caught:
        await keeper.listen("127.0.0.1", floor - 1)
    assert "ip_unprivileged_port_start" in str(caught.value.hint)


async def test_a_second_keeper_is_refused_and_says_who_is_first(rig: Rig) -> None:
    first = (await (await rig.keeper()).status()).pid
    command = (sys.executable, "-P", "-m", KEEPER, str(rig.run_dir))
    second = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, said = await asyncio.wait_for(second.communicate(), 10)
    assert second.returncode == 1
    assert f"pid {first}" in said.decode()
    assert (await Keeper(rig.run_dir).status()).pid == first


async def test_keepers_started_at_the_same_moment_are_one(rig: Rig) -> None:
    keepers = await asyncio.gather(*(rig.keeper() for _ in range(4)))
    assert len({(await keeper.status()).pid for keeper in keepers}) == 1


async def test_stop_leaves_no_process_and_no_control_socket(rig: Rig) -> None:
    keeper, slot = await rig.serving()
    status = await keeper.status()
    worker = await rig.worker_pid()
    assert status.haproxy is not None
    await keeper.stop(grace_s=5)
    await wait_until_dead(status.pid)
    assert not is_alive(status.haproxy)
    assert not is_alive(worker)
    assert is_refused(slot.port)
    assert not {"keeper.sock", "master.sock", "keeper.json"} & {path.name for path in rig.run_dir.iterdir()}
    await keeper.stop()


async def test_stop_lets_a_request_in_flight_finish_and_waits_no_longer(rig: Rig) -> None:
    keeper, slot = await rig.serving()
    reader, writer = await asyncio.open_connection("127.0.0.1", slot.port)
    writer.write(b"GET / HTTP/1.1\r\n")
    await rig.master.worker(await rig.worker_pid(), "show version")
    stopping = asyncio.ensure_future(keeper.stop(grace_s=60))
    await _until_refused(slot.port)
    writer.write(b"Host: a\r\n\r\n")
    assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 200")
    writer.close()
    await asyncio.wait_for(stopping, 10)


async def test_a_client_that_never_ends_does_not_hold_up_a_stop(rig: Rig) -> None:
    keeper, slot = await rig.serving()
    _, writer = await asyncio.open_connection("127.0.0.1", slot.port)
    writer.write(b"GET / HTTP/1.1\r\n")
    await asyncio.wait_for(keeper.stop(grace_s=0.2), 5)
    writer.close()


async def test_nonsense_on_the_control_socket_is_answered_and_survived(rig: Rig) -> None:
    keeper = await rig.keeper()
    reader, writer = await asyncio.open_unix_connection(str(rig.run_dir / "keeper.sock"))
    for nonsense in (b"{", b"[]", b'{"op":1}', b'{"op":"listen","host":"127.0.0.1","port":"x"}', b'{"op":"release"}'):
        writer.write(nonsense + b"\n")
        assert json.loads(await reader.readline())["error"] == "EINVAL"
    writer.write(b'{"op":"listen","host":"127.0.0.1","port":99999}\n{"op":"release","slot":9999}\n')
    assert "error" in json.loads(await reader.readline())
    assert "error" in json.loads(await reader.readline())
    writer.write(b"x" * 200_000)
    writer.close()
    assert (await keeper.status()).free_ipv4 == IPV4_SLOTS


async def test_a_keeper_starts_where_few_files_are_allowed(rig: Rig) -> None:
    command = f"ulimit -S -n 64; exec {sys.executable} -P -m {KEEPER} --detach {rig.run_dir}"
    assert await (await asyncio.create_subprocess_shell(command)).wait() == 0
    keeper = await rig.started()
    assert (await keeper.status()).free_ipv4 == IPV4_SLOTS


async def test_keeper_and_haproxy_have_sessions_of_their_own(rig: Rig) -> None:
    """So that whatever ends the terminal or the control plane does not reach them."""
    status = await (await rig.started()).status()
    assert os.getsid(status.pid) == status.pid
    assert os.getsid(status.haproxy or 0) == status.haproxy


async def test_the_control_socket_is_the_owners_alone(rig: Rig) -> None:
    await rig.keeper()
    assert (rig.run_dir / "keeper.sock").stat().st_mode & 0o777 == 0o600


async def test_an_interrupt_from_the_terminal_does_not_reach_the_keeper(rig: Rig) -> None:
    keeper = await rig.keeper()
    pid = (await keeper.status()).pid
    os.kill(pid, signal.SIGINT)
    assert (await keeper.status()).pid == pid


async def test_a_keeper_is_small_and_leaks_nothing_into_haproxy(rig: Rig) -> None:
    await rig.started()
    status = await Keeper(rig.run_dir).status()
    resident = next(
        int(line.split()[1]) for line in Path(f"/proc/{status.pid}/status").read_text().splitlines() if "VmRSS" in line
    )
    assert resident < 12_000
    files = [os.readlink(link) for link in Path(f"/proc/{status.haproxy}/fd").iterdir()]
    assert not [name for name in files if "keeper" in name]
    assert len(files) < SLOTS + 16


def test_a_run_folder_too_deep_for_sockets_is_the_users_error() -> None:
    with pytest.raises(UsageError) as caught:
        Keeper(Path("/tmp") / ("x" * RUN_DIR_LIMIT))
    assert "FIG_HOME" in str(caught.value.hint)


async def test_a_run_folder_that_cannot_be_made_is_said() -> None:
    with pytest.raises(Unavailable, match="could not be started"):
        await Keeper.ensure(Path("/proc/none"))


async def test_asking_a_keeper_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="not there"):
        await Keeper(Path("/nonexistent")).status()


async def _until_refused(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            if is_refused(port):
                return
            await asyncio.sleep(0.005)
