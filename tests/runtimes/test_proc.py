"""What is read from ``/proc``, and the ports that are chosen by it."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest

from stranglerfig.errors import Unavailable
from stranglerfig.runtimes.census import parse_mark
from stranglerfig.runtimes.free_ports import PortPool, is_free, plan_candidates, read_candidates
from stranglerfig.runtimes.identity import is_running, open_pidfd, parse_stat, read_identity
from stranglerfig.runtimes.sockets import parse_listeners, read_listeners

STAT = "42 (a) b (c) S 1 7 8 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 1000 100 0\n"


def test_a_program_name_with_blanks_and_parentheses_does_not_shift_the_fields() -> None:
    stat = parse_stat(STAT)
    assert (stat.identity.pid, stat.identity.start_ticks, stat.group, stat.session) == (42, 98765, 7, 8)
    assert not stat.has_ended
    assert parse_stat(STAT.replace(" S ", " Z ")).has_ended


def test_an_ended_process_is_not_taken_for_its_successor() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        identity = read_identity(process.pid)
        assert is_running(identity)
        older = type(identity)(identity.pid, identity.start_ticks - 1)
        assert not is_running(older)
        assert open_pidfd(older) is None
        process.kill()
    assert not is_running(identity)
    assert open_pidfd(identity) is None


@pytest.mark.parametrize(
    ("environ", "mark"),
    [
        (b"A=1\0FIG_TASK_LOG=/l/g/t.log\0B=2\0", "/l/g/t.log"),
        (b"FIG_TASK_LOG=/l/g/t.log", "/l/g/t.log"),
        (b"NOT_FIG_TASK_LOG=/x.log\0", None),
        (b"", None),
    ],
)
def test_the_mark_is_read_from_an_environment(environ: bytes, mark: str | None) -> None:
    assert parse_mark(environ) == mark


def test_listeners_are_read_from_the_kernels_table() -> None:
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 100\n"
        "   1: 0100007F:1F91 0100007F:1234 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0 100\n"
        "   2: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 "
        "00:00000000 00000000  1000        0 333 1 0 100\n"
    )
    assert [(found.inode, found.address()) for found in parse_listeners(table)] == [
        (111, "127.0.0.1:8080"),
        (333, "[::1]:80"),
    ]


def test_our_own_listeners_are_found_by_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("::1", 0), family=socket.AF_INET6) as six:
        ports = {one.getsockname()[1]: True, six.getsockname()[1]: False}
        found = {found.port: found.answers_loopback() for found in read_listeners([os.getpid(), 2**22])}
        assert ports.items() <= found.items()


@pytest.mark.parametrize(
    ("low", "high", "first", "last"),
    [
        (32768, 60999, 20000, 32767),
        (16000, 50000, 50001, 65535),
        (1024, 65535, 20000, 65535),
        (49152, 65535, 20000, 49151),
    ],
)
def test_ports_lie_outside_the_range_of_outgoing_connections(low: int, high: int, first: int, last: int) -> None:
    candidates = plan_candidates(low, high)
    assert (candidates[0], candidates[-1]) == (first, last)


def test_a_port_is_given_to_one_task_and_rests_after_it_came_back() -> None:
    pool = PortPool(list(read_candidates())[:50])
    port = pool.take()
    others = {pool.take() for _ in range(5)}
    assert port not in others
    pool.give_back(port)
    assert pool.take() not in {port, *others}


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_a_port_somebody_listens_on_is_not_given_away(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(Unavailable, match="in use"):
            PortPool([port]).take()


def test_holding_a_port_keeps_it() -> None:
    one, two = list(read_candidates())[-2:]
    pool = PortPool([one, two])
    pool.hold(one)
    assert {pool.take()} <= {two}
    with pytest.raises(Unavailable):
        pool.take()
