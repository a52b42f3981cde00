"""fig's listener and HAProxies written by hand in turn, second by second.

Rounds of all contenders are many seconds apart, and a shared machine may change more in between than what is to be told
apart. Here both stand ready and take turns of a second, forth and back, so that a drift falls out of their ratio. Who
waits is stopped (SIGSTOP), health checks, daemon and all: it takes nothing from the other's turn.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.contenders.contender import Contender, Running
from bench.load import run_wrk
from bench.throughput import MOST_DISTURBED, WARM_UP_S, disturbance, sample
from bench.values import Sample, Side, Site

#: names of contenders; what one process serves stands together, the yardsticks first
TOGETHER = (("haproxy",), ("haproxy-facade", "haproxy-facade-split"), ("fig-1000", "fig-1000-split"))
#: the route that was written by hand, for each of fig's
LIKE = {"fig-1000": "haproxy-facade", "fig-1000-split": "haproxy-facade-split"}
TURN_S = 1.0
TRIES = 4
#: after SIGCONT, for the health checks that were under way
SETTLE_S = 0.2


@dataclass(frozen=True, slots=True)
class Lane:
    """What is loaded in a turn: a running contender by one contender's path. Two lanes may share what runs."""

    contender: Contender
    running: Running
    site: Site


def start_lanes(stack: ExitStack, started: Sequence[tuple[Site, Sequence[Contender]]]) -> list[Lane]:
    """Start the first contender of each site; the others of that site ask it for their own paths. All are stopped."""
    lanes = []
    for site, contenders in started:
        running = contenders[0].start(site, Side.NEW)
        stack.callback(running.stop)
        stack.callback(_signal, running, signal.SIGCONT)
        _signal(running, signal.SIGSTOP)
        lanes += [Lane(contender, running, site) for contender in contenders]
    return lanes


def run_round(lanes: Sequence[Lane], script: Path) -> dict[str, tuple[Sample, Sample]]:
    """Two turns each, by the contender's name; of several tries the one in which the others took least."""
    tries: list[dict[str, tuple[Sample, Sample]]] = []
    while not tries or (_disturbance(tries[-1]) > MOST_DISTURBED and len(tries) < TRIES):
        forth = [_take_turn(lane, script) for lane in lanes]
        back = [_take_turn(lane, script) for lane in reversed(lanes)][::-1]
        turns = zip(lanes, forth, back, strict=True)
        tries.append({lane.contender.name: (first, second) for lane, first, second in turns})
    return min(tries, key=_disturbance)


def rate(both: tuple[Sample, Sample]) -> float:
    return sum(one.load.rate for one in both) / 2


def cpu_us(both: tuple[Sample, Sample]) -> float:
    return sum(one.cpu_us for one in both) / 2


def warm_up(lanes: Sequence[Lane], script: Path) -> None:
    for lane in lanes:
        with _turn(lane):
            run_wrk(script, lane.site.port, lane.contender.path, seconds=WARM_UP_S, cpu=lane.site.load_cpu)


def _take_turn(lane: Lane, script: Path) -> Sample:
    with _turn(lane):
        return sample(lane.contender, lane.running, lane.site, script, TURN_S)


@contextlib.contextmanager
def _turn(lane: Lane) -> Iterator[None]:
    _signal(lane.running, signal.SIGCONT)
    time.sleep(SETTLE_S)
    try:
        yield
    finally:
        _signal(lane.running, signal.SIGSTOP)


def _signal(running: Running, number: signal.Signals) -> None:
    for pid in running.pids():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _disturbance(turns: dict[str, tuple[Sample, Sample]]) -> float:
    return max(disturbance(one) for pair in turns.values() for one in pair)
