"""What HAProxy 2.6 and 2.8 say on their sockets, as values. Pure.

HAProxy answers a change in free text: nothing or a known sentence when it was done, its own words when it was not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import IntEnum

from stranglerfig.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Worker:
    """``reloads`` counts the reloads since it was started. One that is not current finishes what it has."""

    pid: int
    is_current: bool
    reloads: int


@dataclass(frozen=True, slots=True)
class Processes:
    """``show proc``. ``failed`` reloads are those since the last good one."""

    master: int
    reloads: int
    failed: int
    workers: tuple[Worker, ...]

    @property
    def current(self) -> int | None:
        """The pid of the worker that accepts connections."""
        return next((worker.pid for worker in self.workers if worker.is_current), None)


@dataclass(frozen=True, slots=True)
class WorkerState:
    """``show info`` of one worker. ``is_idle``: it accepts no more connections, and has none left but for sockets'."""

    pid: int
    is_idle: bool


class StatType(IntEnum):
    FRONTEND = 0
    BACKEND = 1
    SERVER = 2
    SOCKET = 3


@dataclass(frozen=True, slots=True)
class StatRow:
    """One line of ``show stat``. Names and units are HAProxy's; a number that does not apply is 0, a text empty."""

    pxname: str
    svname: str
    type: StatType
    status: str
    scur: int
    stot: int
    req_tot: int
    hrsp_1xx: int
    hrsp_2xx: int
    hrsp_3xx: int
    hrsp_4xx: int
    hrsp_5xx: int
    hrsp_other: int
    bin: int
    bout: int
    econ: int
    eresp: int
    wretr: int
    srv_abrt: int
    rtime: int
    ttime: int
    check_status: str
    check_code: int
    addr: str
    mode: str = "http"


_MASTER = re.compile(r"^(\d+)\s+master\s+(\d+)(?:\s+\[failed: (\d+)\])?", re.MULTILINE)
_WORKER = re.compile(r"^(\d+)\s+worker\s+(\d+)")
_VERSION_CREATED = re.compile(r"^New version created: (\d+)$")
_DONE = re.compile(
    r"^(?:New server registered\.|Server deleted\.|New version created: \d+"
    r"|(?:IP|port) changed from .*|no need to change .*|nothing changed)$"
)


def parse_processes(text: str) -> Processes:
    """``show proc`` of the master."""
    master = _MASTER.search(text)
    if master is None:
        raise Unavailable(f"haproxy's master said something unknown about its processes: {_first_line(text)}")
    return Processes(int(master[1]), int(master[2]), int(master[3] or 0), tuple(_workers(text)))


def parse_stat(text: str) -> tuple[StatRow, ...]:
    """``show stat``; columns are found by name, since the versions differ."""
    lines = csv.reader(line for line in text.splitlines() if line)
    header = next(lines, [""])
    if not header[0].startswith("# "):
        raise Unavailable(f"haproxy answered no statistics: {_first_line(text)}")
    header[0] = header[0].removeprefix("# ")
    at = {name: index for index, name in enumerate(header)}
    missing = [field.name for field in fields(StatRow) if field.name not in at]
    if missing:
        raise Unavailable(f"haproxy's statistics lack {', '.join(missing)}", hint="Use HAProxy 2.6 or newer.")
    return tuple(_to_stat_row(line, at) for line in lines)


def parse_worker_state(text: str) -> WorkerState:
    """``show info``. Connections to sockets for commands do not count as such."""
    fields = {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}
    try:
        is_idle = fields["Stopping"] == "1" and int(fields["CurrConns"]) == 0
        return WorkerState(int(fields["Pid"]), is_idle)
    except (KeyError, ValueError) as problem:
        raise Unavailable(f"haproxy's worker said something unknown of itself: {_first_line(text)}") from problem


def parse_map_version(reply: str) -> int:
    """The reply to ``prepare map``."""
    created = _VERSION_CREATED.match(reply.strip())
    if created is None:
        raise Unavailable(f"haproxy prepared no map: {_first_line(reply)}")
    return int(created[1])


def parse_refusal(reply: str) -> str | None:
    """HAProxy's reason for not doing a change; None when it was done."""
    lines = [line for line in reply.strip().splitlines() if line]
    if all(_DONE.match(line) for line in lines):
        return None
    return lines[0]


def require_done(command: str, reply: str) -> None:
    """Raises ``Unavailable`` in HAProxy's own words unless ``reply`` says that the change was made."""
    refusal = parse_refusal(reply)
    if refusal is not None:
        raise Unavailable(f"haproxy refused {_first_line(command)!r}: {refusal}")


def parse_reload(text: str) -> bool | None:
    """The reply to ``reload``: whether it succeeded. None from 2.6, which goes about it without a word."""
    match text.partition("\n")[0].strip():
        case "Success=1":
            return True
        case "Success=0":
            return False
    return None


def parse_alerts(text: str) -> tuple[str, ...]:
    """The complaints in HAProxy's start-up lines, without their prefix."""
    return tuple(line.partition(" : ")[2] for line in text.splitlines() if line.startswith("[ALERT]"))


def _workers(text: str) -> Iterator[Worker]:
    is_current = False
    for line in text.splitlines():
        if line.startswith("# "):
            is_current = line.strip() == "# workers"
        elif found := _WORKER.match(line):
            yield Worker(int(found[1]), is_current, int(found[2]))


def _to_stat_row(line: list[str], at: dict[str, int]) -> StatRow:
    def text(name: str) -> str:
        return line[at[name]]

    def number(name: str) -> int:
        return int(text(name) or 0)

    return StatRow(
        pxname=text("pxname"),
        svname=text("svname"),
        type=StatType(number("type")),
        status=text("status"),
        scur=number("scur"),
        stot=number("stot"),
        req_tot=number("req_tot"),
        hrsp_1xx=number("hrsp_1xx"),
        hrsp_2xx=number("hrsp_2xx"),
        hrsp_3xx=number("hrsp_3xx"),
        hrsp_4xx=number("hrsp_4xx"),
        hrsp_5xx=number("hrsp_5xx"),
        hrsp_other=number("hrsp_other"),
        bin=number("bin"),
        bout=number("bout"),
        econ=number("econ"),
        eresp=number("eresp"),
        wretr=number("wretr"),
        srv_abrt=number("srv_abrt"),
        rtime=number("rtime"),
        ttime=number("ttime"),
        check_status=text("check_status"),
        check_code=number("check_code"),
        addr=text("addr"),
        mode=text("mode"),
    )


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200] or "nothing"
