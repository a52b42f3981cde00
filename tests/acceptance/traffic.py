"""Clients on a proxy for as long as a test lasts, and what became of their requests in each of its phases."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.machine import PROGRAMS


@dataclass
class Tally:
    """What was counted between two looks, all client processes together."""

    seconds: float = 0.0
    requests: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    #: ``profile kind`` -> number
    failures: Counter[str] = field(default_factory=Counter)
    answered_by: Counter[str] = field(default_factory=Counter)
    slowest_ms: float = 0.0
    p99_ms: float = 0.0
    details: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def failed(self) -> int:
        return self.failures.total()

    def failed_besides_posts(self) -> int:
        return sum(count for kind, count in self.failures.items() if not kind.startswith("post "))

    def line(self, phase: str) -> str:
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(self.failures.items())) or "no failure"
        kinds = " ".join(f"{kind} {count}" for kind, count in sorted(self.by_kind.items()))
        return (
            f"{phase}: {self.requests} requests in {self.seconds:.1f} s, {self.rate:.0f}/s ({kinds}), "
            f"p99 {self.p99_ms:.1f} ms; {said}"
        )

    def explain(self) -> str:
        return "\n".join(
            f"  {time.strftime('%H:%M:%S', time.gmtime(one['at']))}.{one['at'] % 1 * 1000:03.0f}"
            f" {one['profile']} {one['kind']} {one['request']}: {one['detail']}"
            for one in self.details
        )


@dataclass
class Traffic:
    """``look`` gives what happened since the last look."""

    processes: list[subprocess.Popen[bytes]]
    _seen: list[dict[str, Any]] = field(default_factory=list)
    _looked_at: float = field(default_factory=time.monotonic)

    def look(self, command: str = "snapshot") -> Tally:
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write(f"{command}\n".encode())
            process.stdin.flush()
        reports = [self._read(process) for process in self.processes]
        now = time.monotonic()
        tally = Tally(seconds=now - self._looked_at)
        for before, after in zip(self._seen or [{}] * len(reports), reports, strict=True):
            add_difference(tally, before, after)
        self._seen, self._looked_at = reports, now
        return tally

    def stop(self) -> Tally:
        """Every request has been answered, or has failed, when this returns."""
        tally = self.look("stop")
        for process in self.processes:
            process.wait(timeout=30)
        return tally

    def _read(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the load generator died"
        found: dict[str, Any] = json.loads(line)
        return found


def add_difference(tally: Tally, before: dict[str, Any], after: dict[str, Any]) -> None:
    for kind, now in after["profiles"].items():
        then = before.get("profiles", {}).get(kind, {"ok": 0, "failures": {}, "answered_by": {}})
        failures = Counter(now["failures"]) - Counter(then["failures"])
        count = now["ok"] - then["ok"] + failures.total()
        tally.requests += count
        tally.by_kind[kind] += count
        tally.failures.update({f"{kind} {failure}": number for failure, number in failures.items()})
        tally.answered_by.update(Counter(now["answered_by"]) - Counter(then["answered_by"]))
        if kind != "slow" and now["latencies"]:
            tally.slowest_ms = max(tally.slowest_ms, now["latencies"]["max"])
            if kind == "keepalive":
                tally.p99_ms = now["latencies"]["p99"]
    tally.details += after["failures"][len(before.get("failures", [])) :]


def keep_alive(rate: float, paths: list[str], connections: int = 32) -> dict[str, Any]:
    return {"kind": "keepalive", "connections": connections, "rate": rate, "paths": paths}


def fresh(rate: float, paths: list[str], connections: int = 16) -> dict[str, Any]:
    return {"kind": "fresh", "connections": connections, "rate": rate, "paths": paths}


def posts(rate: float, paths: list[str], connections: int = 8) -> dict[str, Any]:
    sizes = [20, 400, 5_000, 60_000]
    return {"kind": "post", "connections": connections, "rate": rate, "paths": paths, "body_sizes": sizes}


def slow(rate: float, paths: list[str], connections: int = 16) -> dict[str, Any]:
    """Requests that take one to two seconds."""
    return {"kind": "slow", "connections": connections, "rate": rate, "paths": paths, "delays": [1.0, 1.5, 2.0]}


@contextlib.contextmanager
def traffic_on(port: int, *crews: list[dict[str, Any]]) -> Iterator[Traffic]:
    """One process a crew."""
    program = [sys.executable, "-I", "-S", str(PROGRAMS / "load.py")]
    processes = [
        subprocess.Popen(
            [*program, json.dumps({"port": port, "profiles": crew})], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for crew in crews
    ]
    try:
        yield Traffic(processes)
    finally:
        for process in processes:
            process.kill()
            process.wait()
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.stdout.close()
