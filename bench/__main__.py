"""``python -m bench``: installs what is missing, measures, writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from bench import lines, load, machine, pairs, peers, report, shadows, shift_table
from bench.contenders import contenders
from bench.contenders.contender import Contender, by_name
from bench.processes import BenchError, free_port
from bench.scale import measure_scale
from bench.switching import run_switches
from bench.throughput import measure
from bench.upstream import start_upstream
from bench.values import Results, Side, Site
from stranglerfig.errors import FigError

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
PARTS = ("throughput", "pairs", "switch", "scale", "lines", "shadow", "shifts")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds over all contenders (default 9)")
    parser.add_argument("--seconds", type=float, default=2.0, help="load in each round, whole seconds (default 2)")
    parser.add_argument("--pairs", type=int, default=24, help="rounds of fig and HAProxy in turn (default 24)")
    parser.add_argument("--changes", type=int, default=10, help="route changes for each contender (default 10)")
    parser.add_argument("--shadow-rounds", type=int, default=6, help="rounds with and without a shadow (default 6)")
    parser.add_argument("--runs", type=int, default=2_000, help="simulated shifts of each kind (default 2000)")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="only this contender, or fig for all of fig's"
    )
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part")
    parser.add_argument(
        "--quick", action="store_true", help="one round of one second, two changes, 20 shifts, no scale"
    )
    parser.add_argument("--output", type=Path, help="where the page goes (default: docs/benchmarks.md for a full run)")
    options = parser.parse_args(arguments)
    options.part = options.part or list(PARTS)
    options.full = not (options.quick or options.only or len(options.part) < len(PARTS))
    if options.quick:
        options.rounds, options.seconds, options.pairs, options.changes = 1, 1.0, 1, 2
        options.runs, options.shadow_rounds = 20, 1
        options.part = [part for part in options.part if part != "scale"]
    options.output = options.output or (PAGE if options.full else None)
    return options


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


class Bench:
    """One run: the folder, the upstream and the results so far."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options = options
        self.folder = folder
        self.script = folder / "users.lua"
        self.script.write_text(load.SCRIPT)
        self.ports = {side: free_port() for side in Side}
        self.sites: dict[str, Site] = {}
        self.results = Results()

    def usable(self, chosen: Sequence[Contender]) -> list[Contender]:
        usable = []
        for contender in chosen:
            why = contender.missing()
            if why:
                self.skip(contender, why)
            else:
                self.results.versions[contender.name] = contender.version()
                usable.append(contender)
        return usable

    def skip(self, contender: Contender, why: str) -> None:
        say(f"{contender.label}: skipped, {why}")
        self.results.skipped[contender.name] = why
        self.results.samples.pop(contender.name, None)

    def site(self, contender: Contender) -> Site:
        """The same folder and port each time: fig's façade is built once and brought up again."""
        if contender.name not in self.sites:
            folder = self.folder / contender.name
            folder.mkdir()
            port = self.ports[Side.NEW] if contender.name == "direct" else free_port()
            self.sites[contender.name] = Site(folder, port, self.ports[Side.OLD], self.ports[Side.NEW])
        return self.sites[contender.name]

    def throughput(self, chosen: Sequence[Contender]) -> None:
        for number in range(self.options.rounds):
            for contender in chosen:
                if contender.measured and contender.name not in self.results.skipped:
                    self._sample(contender, self.site(contender), number)

    def _sample(self, contender: Contender, site: Site, number: int) -> None:
        try:
            sample = measure(contender, site, self.script, self.options.seconds)
        except BenchError as error:
            self.skip(contender, str(error))
            return
        self.results.samples.setdefault(contender.name, []).append(sample)
        say(
            f"round {number + 1}  {contender.label:44}{sample.load.rate:10,.0f}/s  p99 {sample.load.p99_ms:6.2f} ms"
            f"  {sample.cpu_us:6.1f} µs/request  {sample.pss_mb:5.0f} MB"
        )

    def pairs(self, chosen: Sequence[Contender]) -> None:
        """The hand-written HAProxies and fig's two kinds of route in turn; not without the minimal one and fig."""
        usable = {contender.name: contender for contender in chosen if contender.name not in self.results.skipped}
        groups = [[usable[name] for name in names if name in usable] for names in pairs.TOGETHER]
        if not groups[0] or not groups[-1]:
            return
        with ExitStack() as stack:
            lanes = pairs.start_lanes(stack, [(self.site(group[0]), group) for group in groups if group])
            pairs.warm_up(lanes, self.script)
            for number in range(self.options.pairs):
                turns = pairs.run_round(lanes, self.script)
                for name, both in turns.items():
                    self.results.pairs.setdefault(name, []).append(both)
                rates = ", ".join(f"{name} {pairs.rate(both):,.0f}/s" for name, both in turns.items())
                say(f"in turn {number + 1}  {rates}")

    def switch(self, chosen: Sequence[Contender]) -> None:
        for contender in chosen:
            if not contender.switches or contender.name in self.results.skipped:
                continue
            try:
                run = run_switches(contender, self.site(contender), self.script, self.options.changes)
            except BenchError as error:
                say(f"{contender.label}: no switch, {error}")
                self.results.skipped[f"{contender.label}, the switch"] = str(error)
                continue
            self.results.switches[contender.name] = run
            say(f"switch   {' | '.join(report.switch_row(contender.label, run))}")

    def scale(self) -> None:
        try:
            self.results.scale = measure_scale(self.folder, self.ports[Side.OLD], say)
        except BenchError as error:
            say(f"scale: skipped, {error}")
            self.results.skipped["1,000 target groups and 10,000 routes"] = str(error)

    def lines(self) -> None:
        folder = self.folder / "lines"
        folder.mkdir()
        try:
            self.results.lines = lines.measure(folder, self.ports[Side.NEW], say)
        except BenchError as error:
            say(f"lines: skipped, {error}")
            self.results.skipped["access lines"] = str(error)

    def shadow(self) -> None:
        folder = self.folder / "shadow"
        folder.mkdir()
        site = Site(folder, free_port(), self.ports[Side.OLD], self.ports[Side.NEW])
        try:
            self.results.shadows = shadows.measure(site, self.script, self.options.shadow_rounds, say)
        except (BenchError, FigError) as error:
            say(f"shadow: skipped, {error}")
            self.results.skipped["shadowing"] = str(error)


def prepare(chosen: Sequence[Contender]) -> None:
    missing = peers.install_debian()
    if missing:
        raise BenchError("; ".join(missing))
    for problem in peers.install([contender.name for contender in chosen]):
        say(problem)
    if len(os.sched_getaffinity(0)) < 2 or not shutil.which("taskset"):
        raise BenchError("the bench needs Linux, taskset and two processors: one for the proxy, one for the load")


def run(options: argparse.Namespace) -> str:
    load_before = os.getloadavg()[0]
    if options.part == ["shifts"]:
        results = Results(shifts=shift_table.run_all(options.runs, say))
        return report.render(results, describe(options, load_before))
    chosen = by_name(contenders(), options.only)
    prepare(chosen)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fig-bench-", ignore_cleanup_errors=True)))
        bench = Bench(options, folder)
        stack.callback(start_upstream(folder, bench.ports, cpu=1).stop)
        usable = bench.usable(chosen)
        if "throughput" in options.part:
            bench.throughput(usable)
        if "pairs" in options.part:
            bench.pairs(usable)
        if "switch" in options.part:
            bench.switch(usable)
        if "scale" in options.part:
            bench.scale()
        if "lines" in options.part:
            bench.lines()
        if "shadow" in options.part:
            bench.shadow()
        if "shifts" in options.part:
            bench.results.shifts = shift_table.run_all(options.runs, say)
        return report.render(bench.results, describe(options, load_before))


def describe(options: argparse.Namespace, load_before: float) -> report.Setting:
    return report.Setting(
        machine=machine.describe(),
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        rounds=options.rounds,
        seconds=options.seconds,
        load_before=load_before,
        labels={contender.name: contender.label for contender in contenders()},
        places={str(ROOT): ".", str(Path.home()): "~"},
    )


def interrupt(number: int, frame: object) -> None:
    """Unwind once, so that everything we started is ended; a second Ctrl-C must not cut that short."""
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    options = parse()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        page = run(options)
    except BenchError as error:
        say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        say("bench: interrupted; everything it started is ended")
        return 130
    if options.output:
        if options.output.exists() and not options.full:
            page = report.renew(options.output.read_text(), page)
        options.output.write_text(page)
        say(f"written: {options.output}")
    else:
        print(page)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
