"""What the two versions really said, and what is made of it."""

from __future__ import annotations

import pytest

from stranglerfig.dataplane.replies import (
    StatType,
    Worker,
    parse_alerts,
    parse_map_version,
    parse_processes,
    parse_refusal,
    parse_reload,
    parse_stat,
    require_done,
)
from stranglerfig.errors import Unavailable

PROCESSES = """\
#<PID>          <type>          <reloads>       <uptime>        <version>
11904           master          2 [failed: 1]   0d00h00m03s     2.8.25-5cf5d0683
# workers
11917           worker          0               0d00h00m00s     2.8.25-5cf5d0683
# old workers
11906           worker          2               0d00h00m03s     2.8.25-5cf5d0683
11801           worker          1               2d00h00m03s     2.6.12-1+deb12u4
# programs

"""
HEADER = (
    "# pxname,svname,scur,stot,bin,bout,econ,eresp,wretr,status,type,check_status,check_code,hrsp_1xx,hrsp_2xx,"
    "hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,req_tot,rtime,ttime,addr,mode,srv_abrt,extra,\n"
)
SERVER = 'posts,t1,3,40,500,600,1,2,3,no check,2,L7OK,200,0,38,1,1,0,0,,12,13,"[::1]:8000",http,5,0,\n'
FRONTEND = "web,FRONTEND,1,9,10,11,,,,OPEN,0,,,0,9,0,0,0,0,99,,,,http,,0,\n"


def test_the_current_worker_is_told_from_those_that_finish() -> None:
    processes = parse_processes(PROCESSES)
    assert (processes.master, processes.reloads, processes.failed, processes.current) == (11904, 2, 1, 11917)
    assert processes.workers == (Worker(11917, True, 0), Worker(11906, False, 2), Worker(11801, False, 1))


def test_a_master_between_two_workers_has_no_current_one() -> None:
    lines = PROCESSES.splitlines()
    assert parse_processes("\n".join(lines[:2])).current is None


def test_statistics_are_found_by_column_name_and_missing_numbers_are_zero() -> None:
    frontend, server = parse_stat(HEADER + FRONTEND + SERVER + "\n")
    assert (frontend.pxname, frontend.type, frontend.req_tot, frontend.econ) == ("web", StatType.FRONTEND, 99, 0)
    assert (server.svname, server.type, server.status, server.addr) == ("t1", StatType.SERVER, "no check", "[::1]:8000")
    assert (server.scur, server.stot, server.bin, server.bout, server.wretr) == (3, 40, 500, 600, 3)
    assert (server.hrsp_2xx, server.hrsp_3xx, server.hrsp_4xx, server.rtime, server.ttime) == (38, 1, 1, 12, 13)
    assert (server.check_status, server.check_code) == ("L7OK", 200)
    assert (frontend.srv_abrt, server.srv_abrt) == (0, 5)
    assert (frontend.mode, server.mode) == ("http", "http")


@pytest.mark.parametrize("text", ["", "Permission denied\n", "# pxname,svname,\nweb,FRONTEND,\n"])
def test_what_is_no_statistic_is_not_taken_for_an_empty_one(text: str) -> None:
    with pytest.raises(Unavailable):
        parse_stat(text)


def test_the_version_of_a_prepared_map_is_read() -> None:
    assert parse_map_version("New version created: 45\n\n") == 45
    with pytest.raises(Unavailable, match="Unknown map identifier"):
        parse_map_version("Unknown map identifier. Please use #<id> or <file>.\n")


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "\n",
        "New server registered.\n\n",
        "Server deleted.",
        "New version created: 2\n",
        "IP changed from '127.0.0.1' to '127.0.0.2', port changed from '81' to '82' by 'stats socket command'",
        "no need to change the addr, no need to change the port",
    ],
)
def test_a_change_that_was_made_is_recognised(reply: str) -> None:
    assert parse_refusal(reply) is None
    require_done("set server a/b addr 127.0.0.2", reply)


@pytest.mark.parametrize(
    "reply",
    [
        "entry not found.",
        "Key not found.",
        "Already exists a server with the same name in backend.",
        "Health check was not configured on this server, cannot enable.",
        "Only servers in maintenance mode can be deleted.",
        "No such server.",
        "No such backend.",
        "Version number out of range.",
        "Missing value for key 'cc'.",
        "Unknown map identifier. Please use #<id> or <file>.",
        "Unknown command, but maybe one of the following ones is a better match:\n  show fd [num]\n",
        "The command is too big for the buffer size. Please change tune.bufsize",
        "Permission denied",
    ],
)
def test_a_refused_change_is_an_error_in_haproxys_words(reply: str) -> None:
    first = reply.splitlines()[0]
    assert parse_refusal(reply + "\n\n") == first
    with pytest.raises(Unavailable) as caught:
        require_done("add map @1 /m <<\nkey value", reply)
    assert first in caught.value.message
    assert "key value" not in caught.value.message


def test_a_reload_says_how_it_went_or_nothing_at_all() -> None:
    assert parse_reload("Success=1\n--\n[NOTICE] (1) : Loading success.\n") is True
    assert parse_reload("Success=0\n--\n[WARNING] (1) : Loading failure!\n") is False
    assert parse_reload("") is None


def test_only_alerts_are_reasons() -> None:
    text = (
        "[NOTICE]   (1) : haproxy version is 2.8\n[ALERT]    (1) : config : parsing [/c:18] : unknown keyword 'x'\n"
        "[WARNING]  (1) : Loading failure!\n"
    )
    assert parse_alerts(text) == ("config : parsing [/c:18] : unknown keyword 'x'",)
