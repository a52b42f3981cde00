"""Runs wrk and reads what it prints."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from bench.processes import BenchError
from bench.values import Load

CONNECTIONS = 64

#: Every contender gets the same requests: 64 users in turn, so that a sticky split has someone to be sticky for.
SCRIPT = """
local requests, turn = {}, 0
init = function(args)
  for user = 0, 63 do
    requests[user] = wrk.format("GET", nil, {["X-User"] = "u" .. user})
  end
end
request = function()
  turn = (turn + 1) % 64
  return requests[turn]
end
"""


def command(script: Path, port: int, path: str, *, seconds: float, cpu: int) -> list[str]:
    """``seconds`` is rounded up to whole ones: wrk knows no others."""
    whole = max(1, round(seconds + 0.499))
    wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{whole}s", "--latency", "--timeout", "5s", "-s", str(script)]
    return ["taskset", "-c", str(cpu), *wrk, f"http://127.0.0.1:{port}{path}"]


def run_wrk(script: Path, port: int, path: str, *, seconds: float, cpu: int) -> Load:
    line = command(script, port, path, seconds=seconds, cpu=cpu)
    done = subprocess.run(line, capture_output=True, text=True, timeout=seconds + 20, check=False)
    if done.returncode:
        raise BenchError(f"wrk ended with status {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return parse_wrk(done.stdout)


def parse_wrk(text: str) -> Load:
    rate, total = re.search(r"Requests/sec:\s+([\d.]+)", text), re.search(r"(\d+) requests in", text)
    if not rate or not total:
        raise BenchError(f"wrk printed no totals: {text.strip()[-200:]}")
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return Load(
        requests=int(total[1]),
        rate=float(rate[1]),
        p50_ms=_percentile(text, 50),
        p99_ms=_percentile(text, 99),
        failed=sum(map(int, errors.groups() if errors else ())) + int(refused[1] if refused else 0),
    )


def _percentile(text: str, which: int) -> float:
    found = re.search(rf"^\s+{which}%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.MULTILINE)
    if not found:
        return float("nan")
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}[found[2]]
