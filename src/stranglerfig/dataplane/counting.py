"""Totals that only grow, from counters that start at zero in every worker."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from stranglerfig.core.observed import (
    GroupCounters,
    ObservedDataplane,
    ObservedGroup,
    ObservedServer,
    ServerHealth,
)
from stranglerfig.dataplane.config_file import write_file
from stranglerfig.dataplane.frontend import hand_over_name
from stranglerfig.dataplane.replies import StatRow, StatType
from stranglerfig.errors import StateUnusable

log = logging.getLogger(__name__)

#: in HAProxy's folder; whoever forgets everything removes it
COUNTERS = "counters.json"
#: who looks at totals has seen the last one of what is gone by then
GONE_KEPT_S = 24 * 3600.0
#: unless a worker has ended
WRITE_EVERY_S = 1.0
_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "other")


@dataclass(frozen=True, slots=True)
class Tally:
    """What is added up. ``responses`` in the order of the status classes."""

    requests: int = 0
    responses: tuple[int, ...] = (0,) * len(_CLASSES)
    bytes_in: int = 0
    bytes_out: int = 0
    connect_errors: int = 0
    response_errors: int = 0
    retries: int = 0
    broken_off: int = 0

    def __add__(self, other: Tally) -> Tally:
        return self._with(other, 1)

    def __sub__(self, other: Tally) -> Tally:
        return self._with(other, -1)

    def _with(self, other: Tally, sign: int) -> Tally:
        return Tally(
            self.requests + sign * other.requests,
            tuple(mine + sign * theirs for mine, theirs in zip(self.responses, other.responses, strict=True)),
            self.bytes_in + sign * other.bytes_in,
            self.bytes_out + sign * other.bytes_out,
            self.connect_errors + sign * other.connect_errors,
            self.response_errors + sign * other.response_errors,
            self.retries + sign * other.retries,
            self.broken_off + sign * other.broken_off,
        )


class Counting:
    """Remembers the last figures of each worker in ``path``, which survives us: of those that live, and of all that
    ended added up."""

    def __init__(self, path: Path, version: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._version = version
        self._ended, self._living = _read(path)
        self._written = self._living
        self._written_at = float("-inf")
        #: since when listeners and pools are in no configuration and no worker any more
        self._gone: dict[str, float] = {}

    def add_up(self, rows_by_worker: Mapping[int, Iterable[StatRow]]) -> ObservedDataplane:
        """``rows_by_worker``, the current worker first, is ``show stat`` of every worker there is."""
        rows = {pid: tuple(found) for pid, found in rows_by_worker.items()}
        before, buried = self._living, self._ended
        self._living = {pid: _tallies(found) for pid, found in rows.items()}
        for pid, tallies in before.items():
            if _has_ended(tallies, self._living.get(pid)):
                self._ended = _sum(self._ended, tallies)
        self._forget_gone(row.pxname for found in rows.values() for row in found)
        is_due = self._clock() - self._written_at > WRITE_EVERY_S
        if self._ended is not buried or (is_due and self._living != self._written):
            self._write()
        totals = self._ended
        for tallies in self._living.values():
            totals = _sum(totals, tallies)
        current = next(iter(rows.values()), ())
        everything = [row for found in rows.values() for row in found]
        listeners = [row for row in current if row.type is StatType.FRONTEND and row.pxname.startswith("l.")]
        there = {row.pxname for row in current}
        answers = {row.pxname[2:]: _answered(row.pxname[2:], totals, is_tcp=row.mode == "tcp") for row in listeners}
        answers |= {name[2:]: _answered(name[2:], totals) for name in totals if name[:2] == "l." and name not in there}
        return ObservedDataplane(
            version=self._version,
            workers=len(rows),
            groups=tuple(_groups(current, everything, totals)),
            listener_requests=tuple((row.pxname[2:], _came(row.pxname[2:], totals).requests) for row in listeners),
            listener_answers=tuple(answers.items()),
            gone=tuple(
                ObservedGroup(name[2:], (), _counters(total))
                for name, total in totals.items()
                if name[:2] == "g." and name not in there
            ),
        )

    def _forget_gone(self, there: Iterable[str]) -> None:
        now, gone = self._clock(), self._ended.keys() - set(there)
        self._gone = {name: self._gone.get(name, now) for name in gone}
        old = {name for name, since in self._gone.items() if now - since > GONE_KEPT_S}
        if old:
            self._ended = {name: tally for name, tally in self._ended.items() if name not in old}

    def note_last(self, pid: int, rows: Iterable[StatRow]) -> None:
        """The figures of a worker that answers no more requests, before it ends."""
        self._living[pid] = _tallies(rows)
        self._write()

    def keep(self) -> None:
        """What was added up last must be there when HAProxy is again: others may have booked it."""
        if self._living != self._written:
            self._write()

    def _write(self) -> None:
        self._written, self._written_at = dict(self._living), self._clock()
        living = {str(pid): _to_json(tallies) for pid, tallies in self._living.items()}
        try:
            write_file(self._path, json.dumps({"ended": _to_json(self._ended), "living": living}))
        except StateUnusable as problem:
            log.warning("totals may be lost: %s", problem.message)


def _has_ended(then: Mapping[str, Tally], now: Mapping[str, Tally] | None) -> bool:
    """Whether the worker has ended: its pid is gone, or one that has counted less goes by it."""
    return now is None or sum(one.requests for one in now.values()) < sum(one.requests for one in then.values())


def _sum(some: Mapping[str, Tally], others: Mapping[str, Tally]) -> dict[str, Tally]:
    return {**some, **{name: some.get(name, Tally()) + tally for name, tally in others.items()}}


def _came(listener: str, totals: Mapping[str, Tally]) -> Tally:
    """What an old worker handed over to its successor has come to both."""
    return totals[f"l.{listener}"] - totals.get(hand_over_name(listener), Tally())


def _answered(listener: str, totals: Mapping[str, Tally], *, is_tcp: bool = False) -> int:
    """Requests that have ended: how, is counted together with what their pool counts."""
    came = _came(listener, totals)
    return came.requests if is_tcp else sum(came.responses)


def _groups(
    current: Iterable[StatRow], everything: Iterable[StatRow], totals: Mapping[str, Tally]
) -> list[ObservedGroup]:
    servers: dict[str, list[StatRow]] = {}
    in_flight: dict[tuple[str, str], int] = {}
    for row in everything:
        in_flight[row.pxname, row.svname] = in_flight.get((row.pxname, row.svname), 0) + row.scur
    for row in current:
        if row.type is StatType.SERVER and not row.svname.endswith("-anyway"):
            servers.setdefault(row.pxname, []).append(row)
    return [
        ObservedGroup(
            name=row.pxname[2:],
            servers=tuple(_server(one, in_flight[one.pxname, one.svname]) for one in servers.get(row.pxname, [])),
            counters=replace(
                _counters(totals[row.pxname]),
                in_flight=in_flight[row.pxname, row.svname],
                response_ms=float(row.rtime),
                total_ms=float(row.ttime),
            ),
        )
        for row in current
        if row.type is StatType.BACKEND and row.pxname.startswith("g.")
    ]


def _server(row: StatRow, sessions: int) -> ObservedServer:
    detail = f"{row.check_status}/{row.check_code}" if row.check_code else row.check_status
    return ObservedServer(row.svname, row.addr, _health(row), sessions, detail)


def _health(row: StatRow) -> ServerHealth:
    if row.status.startswith(("DRAIN", "MAINT", "NOLB")):
        return ServerHealth.DRAINING
    if row.status.startswith("DOWN"):
        return ServerHealth.DOWN
    return ServerHealth.CHECKING if row.check_status in ("", "INI") else ServerHealth.UP


def _counters(total: Tally) -> GroupCounters:
    return GroupCounters(
        requests=total.requests,
        responses=tuple(zip(_CLASSES, total.responses, strict=True)),
        bytes_in=total.bytes_in,
        bytes_out=total.bytes_out,
        connect_errors=total.connect_errors,
        response_errors=total.response_errors,
        retries=total.retries,
        broken_off=total.broken_off,
    )


def _tallies(rows: Iterable[StatRow]) -> dict[str, Tally]:
    return {
        row.pxname: Tally(
            # where bytes are passed, a connection is all there is to count
            row.stot if row.mode == "tcp" else row.req_tot,
            (row.hrsp_1xx, row.hrsp_2xx, row.hrsp_3xx, row.hrsp_4xx, row.hrsp_5xx, row.hrsp_other),
            row.bin,
            row.bout,
            row.econ,
            row.eresp,
            row.wretr,
            row.srv_abrt,
        )
        for row in rows
        if row.type in (StatType.FRONTEND, StatType.BACKEND) and row.pxname[:2] in ("l.", "n.", "g.")
    }


def _to_json(tallies: Mapping[str, Tally]) -> dict[str, object]:
    return {name: astuple(tally) for name, tally in tallies.items()}


def _from_json(held: Mapping[str, Any]) -> dict[str, Tally]:
    return {name: Tally(fields[0], tuple(fields[1]), *fields[2:]) for name, fields in held.items()}


def _read(path: Path) -> tuple[dict[str, Tally], dict[int, dict[str, Tally]]]:
    """Those of ended workers, and of living ones by pid. A damaged file costs past totals, nothing else."""
    try:
        held = json.loads(path.read_text())
        living = {int(pid): _from_json(tallies) for pid, tallies in held["living"].items()}
        return _from_json(held["ended"]), living
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return {}, {}
