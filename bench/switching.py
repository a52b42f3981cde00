"""Switches the route back and forth under full load and finds when the last old answer came."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench import strict
from bench.contenders.contender import Contender, Running
from bench.load import command, parse_wrk
from bench.processes import Process
from bench.strict import Fate, Kind
from bench.values import Load, Side, Site, Switch, SwitchRun

SETTLE_S = 1.0
#: between two switches: longer than any contender needs, or it is counted as unfinished
PAUSE_S = 2.0
LAST_FLIGHT_S = 0.2


@dataclass(frozen=True, slots=True)
class Moment:
    """One switch to ``side``: when it was begun, accepted, and when the next one was (the end of its observation)."""

    side: Side
    began: float
    accepted: float
    until: float


def run_switches(contender: Contender, site: Site, script: Path, count: int) -> SwitchRun:
    running = contender.start(site, Side.OLD)
    try:
        seconds = SETTLE_S + count * (PAUSE_S + 10.0)
        load = subprocess.Popen(
            command(script, site.port, contender.path, seconds=seconds, cpu=site.load_cpu),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            return _observe(running, contender, site, load, seconds, count)
        finally:
            load.kill()
            load.communicate()
    finally:
        running.stop()


def _observe(
    running: Running, contender: Contender, site: Site, load: subprocess.Popen[str], seconds: float, count: int
) -> SwitchRun:
    output = site.folder / "fates.json"
    arguments = [str(site.port), contender.path, str(seconds), str(output)]
    client = Process(
        [sys.executable, "-m", "bench.strict", *arguments], cpu=site.load_cpu, log=site.folder / "strict.log"
    )
    try:
        time.sleep(SETTLE_S)
        moments = _switch(running, count)
        client.end(grace_s=10.0)
    finally:
        client.stop()
    # At SIGINT wrk ends early and prints what it has.
    load.send_signal(signal.SIGINT)
    printed, _ = load.communicate(timeout=30)
    return summarise(strict.read(output), moments, parse_wrk(printed))


def _switch(running: Running, count: int) -> list[Moment]:
    moments = []
    for number in range(count):
        side = (Side.NEW, Side.OLD)[number % 2]
        began = time.monotonic()
        running.switch(side)
        accepted = time.monotonic()
        time.sleep(max(0.0, began + PAUSE_S - accepted))
        moments.append(Moment(side, began, accepted, time.monotonic()))
    return moments


def summarise(fates: Iterable[Fate], moments: Iterable[Moment], load: Load) -> SwitchRun:
    fates = list(fates)
    switches = [_assess(fates, moment) for moment in moments]
    failures = Counter(fate.answer for fate in fates if fate.failed)
    return SwitchRun(
        switches=tuple(one for one in switches if one is not None),
        requests=len(fates),
        failures=dict(failures),
        wrk_requests=load.requests,
        wrk_failed=load.failed,
        unfinished=sum(one is None for one in switches),
    )


def _assess(fates: list[Fate], moment: Moment) -> Switch | None:
    """None when the old side still answered as the observation ended, or the new one never did."""
    # A request sent right before the next switch may well be answered after it.
    end = moment.until - LAST_FLIGHT_S
    seen = [fate for fate in fates if moment.began <= fate.sent < end and not fate.failed]
    stale = [fate for fate in seen if fate.answer != moment.side.value]
    if len(stale) == len(seen) or any(fate.sent > end - LAST_FLIGHT_S for fate in stale):
        return None
    return Switch(
        accepted_ms=(moment.accepted - moment.began) * 1000,
        kept_ms=_last(stale, (Kind.KEEPALIVE, Kind.IDLE), moment.began),
        fresh_ms=_last(stale, (Kind.FRESH,), moment.began),
        stale=sum(fate.sent > moment.accepted for fate in stale),
    )


def _last(stale: list[Fate], kinds: tuple[Kind, ...], began: float) -> float:
    """When the last answer of the other side came, to a request that was sent after the switch was begun."""
    return max((fate.done - began for fate in stale if fate.kind in kinds), default=0.0) * 1000
