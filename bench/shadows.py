"""What it costs users that a tenth of their requests is shadowed: the same listener with and without, in turn."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.contenders.fig import PROXY, FigListener
from bench.load import run_wrk
from bench.processes import BenchError
from bench.throughput import MOST_DISTURBED, disturbance, sample
from bench.values import PLAIN, Sample, ShadowRun, Side, Site
from stranglerfig.api.client import Transport
from stranglerfig.api.shadows.client import ShadowClient
from stranglerfig.core.compare.shadow import USUAL_RATE

if TYPE_CHECKING:
    from stranglerfig.api.shadows.wire import ShadowWire, StartShadow

TURN_S = 1.0
#: a round in which others took too much is taken again
TRIES = 2
SAMPLE_PERCENT = 10.0
#: what the candidate that floods sends before it is cut off is many times that
PART = b"x" * 65_536
#: a candidate that dies resets connections and is gone for that long, so that each turn sees both
LIFE_S = TURN_S / 2
#: closing with this resets the connection (SO_LINGER: on, 0 s)
AT_ONCE = struct.pack("ii", 1, 0)
#: of the first copies that differ, examples are made of all; later of one in twenty
FIRST = 10
#: for the last copies
SETTLE_S = 0.5
#: for the process beside the daemon to begin and to compare its first copy
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Kind:
    label: str
    rate: float
    candidate: str = ""

    def wanted(self) -> StartShadow:
        found: StartShadow = {"sample": SAMPLE_PERCENT, "rate": self.rate}
        if self.candidate:
            found["to"] = self.candidate
        return found


@dataclass(frozen=True, slots=True)
class Round:
    """Turns without and with a shadow."""

    plain: tuple[Sample, Sample]
    shadowed: tuple[Sample, Sample]
    copied: int

    @property
    def disturbance(self) -> float:
        return max(map(disturbance, (*self.plain, *self.shadowed)))

    def add_to(self, run: ShadowRun) -> None:
        ratio = sum(one.load.rate for one in self.shadowed) / sum(one.load.rate for one in self.plain)
        run.rounds.append((ratio, cost(self.shadowed) / cost(self.plain), p99(self.plain), p99(self.shadowed)))
        run.copied += self.copied
        run.failed += sum(one.load.failed for one in (*self.plain, *self.shadowed))


def measure(site: Site, script: Path, rounds: int, say: Callable[[str], None]) -> list[ShadowRun]:
    contender = FigListener("fig-shadow", "", routes=3)
    running = contender.start(site, Side.OLD)
    shadows = ShadowClient(Transport(str(running.fig.home / "run" / "api.sock")))
    try:
        with ExitStack() as stack:
            hanging, flooding = (stack.enter_context(a_bad_candidate(one, site.load_cpu)) for one in (hang, flood))
            dying = stack.enter_context(a_dying_candidate())
            kinds = (
                Kind(f"{USUAL_RATE:g} copies/s, as without `--rate`", USUAL_RATE),
                Kind("50 copies/s", 50.0),
                Kind("a candidate that hangs", USUAL_RATE, hanging),
                Kind("a candidate that floods", USUAL_RATE, flooding),
                Kind("a candidate that dies", USUAL_RATE, dying),
            )
            runs = [ShadowRun(kind.label) for kind in kinds]
            warm_up(site, script)
            for number in range(rounds):
                for kind, one in zip(kinds, runs, strict=True):
                    begin_anew = partial(begin, shadows, running.route, kind, partial(warm_up, site, script))
                    stop = partial(shadows.stop, PROXY, running.route)
                    turn = partial(sample, contender, running, site, script, TURN_S)
                    found = least_disturbed(partial(take_round, turn, begin_anew, stop))
                    found.add_to(one)
                    ratio, spent, without, with_it = one.rounds[-1]
                    rates = f"{ratio:.3f}  CPU {spent:.3f}  p99 {without:.2f} / {with_it:.2f} ms"
                    say(f"shadow {number + 1}  {one.label:34} {rates}  others {found.disturbance:.1%}")
    finally:
        running.stop()
    return runs


def warm_up(site: Site, script: Path) -> None:
    run_wrk(script, site.port, PLAIN, seconds=TURN_S, cpu=site.load_cpu)


def begin(shadows: ShadowClient, route: str, kind: Kind, load: Callable[[], None]) -> None:
    """Until it has compared a few, whole examples of which are made: what begins once is not what it costs."""
    shadows.start(PROXY, route, kind.wanted())
    load()
    deadline = time.monotonic() + PATIENCE_S
    while shadows.report(PROXY, route)["compared"] < FIRST:
        if time.monotonic() > deadline:
            raise BenchError(f"less than {FIRST} copies were compared within {PATIENCE_S:.0f} s")
        load()


def take_round(turn: Callable[[], Sample], start: Callable[[], None], stop: Callable[[], ShadowWire]) -> Round:
    """Without, with, with, without: a drift falls out of the ratio."""
    first = turn()
    start()
    shadowed = turn(), turn()
    copied = stop()["counts"]["copied"]
    time.sleep(SETTLE_S)
    return Round((first, turn()), shadowed, copied)


def least_disturbed(take: Callable[[], Round]) -> Round:
    tries: list[Round] = []
    while not tries or (tries[-1].disturbance > MOST_DISTURBED and len(tries) < TRIES):
        tries.append(take())
    return min(tries, key=lambda one: one.disturbance)


def cost(samples: Sequence[Sample]) -> float:
    """All that fig's processes do for a request, the one that compares among them."""
    return sum(one.cpu_us for one in samples) / len(samples)


def p99(samples: Iterable[Sample]) -> float:
    return median(one.load.p99_ms for one in samples)


def render(runs: Sequence[ShadowRun], date: str, table: Callable[[Sequence[str], Iterable[Sequence[str]]], str]) -> str:
    if not runs:
        return ""
    rows = [
        (
            one.label,
            *(f"{median(column):.3f}" for column in list(zip(*one.rounds, strict=True))[:2]),
            *(f"{median(column):.2f}" for column in list(zip(*one.rounds, strict=True))[2:]),
            f"{one.copied:,}",
            str(one.failed),
        )
        for one in runs
    ]
    head = (
        "shadow",
        "throughput, of without",
        "CPU/request, of without",
        "p99 ms without",
        "p99 ms with",
        "copies",
        "failed",
    )
    return f"""## Shadowing at full load

A route at full load, {SAMPLE_PERCENT:g} % of its requests shadowed and not shadowed in turn, second by second, in
{len(runs[0].rounds)} rounds. Daemon, HAProxy and the process that compares share one processor; the load and both
upstreams have the other one. What copies there are is bounded by their rate: the rest is dropped. The candidate that
dies resets connections for half a second and refuses them for the next one, and so on.

{table(head, rows)}

Run of `python -m bench --part shadow` at {date}."""


def hang(connection: socket.socket, over: threading.Event) -> None:
    over.wait()


def flood(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
    while not over.is_set():
        connection.sendall(PART)


@contextmanager
def a_bad_candidate(behave: Callable[[socket.socket, threading.Event], None], cpu: int) -> Iterator[str]:
    """Beside the other upstreams: what it takes is not taken from the proxy."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve(connection: socket.socket) -> None:
            os.sched_setaffinity(threading.get_native_id(), {cpu})
            with connection, suppress(OSError):
                behave(connection, over)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()


@contextmanager
def a_dying_candidate() -> Iterator[str]:
    """From the first connection on it resets them, and then it is gone, as a process that breaks down; and again."""
    over = threading.Event()
    with socket.socket() as place:
        # Bound and not listening: it keeps the port while nobody is there.
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(("127.0.0.1", 0))
        address = place.getsockname()

        def live_and_die() -> None:
            while not over.is_set():
                with socket.create_server(address) as server:
                    reset_all(server, over)
                over.wait(LIFE_S)

        thread = threading.Thread(target=live_and_die, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{address[1]}"
        finally:
            over.set()
            thread.join()


def reset_all(server: socket.socket, over: threading.Event) -> None:
    """For a while, once there was one: who is not asked does not break down."""
    end = None
    server.settimeout(LIFE_S)
    while not over.is_set() and (end is None or time.monotonic() < end):
        with suppress(OSError), server.accept()[0] as connection:
            end = end or time.monotonic() + LIFE_S
            connection.recv(65_536)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
