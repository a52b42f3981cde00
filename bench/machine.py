"""Reads the machine: who it is, and what processes cost on it."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterable
from pathlib import Path


def describe() -> str:
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    return (
        f"{os.cpu_count()} cores of {model}, {memory_kb / 2**20:.0f} GiB, "
        f"Linux {platform.release()} ({platform.machine()}), Python {platform.python_version()}"
    )


def cpu_ns(pids: Iterable[int]) -> dict[int, int]:
    """Nanoseconds on a processor so far, by process; one that is gone is left out."""
    spent: dict[int, int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            spent[pid] = sum(_thread_ns(thread) for thread in Path(f"/proc/{pid}/task").iterdir())
    return spent


def _thread_ns(thread: Path) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((thread / "schedstat").read_text().split()[0])
    return 0


def cpu_spent(before: dict[int, int], after: dict[int, int]) -> int:
    """What was spent between two readings; a process that came in between counts in full."""
    return sum(now - before.get(pid, 0) for pid, now in after.items())


def memory_mb(pids: Iterable[int]) -> tuple[float, float]:
    """RSS and PSS in MB. Pages that processes share count once for each in RSS, and once altogether in PSS."""
    rss = pss = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Rss:"):
                    rss += int(line.split()[1])
                elif line.startswith("Pss:"):
                    pss += int(line.split()[1])
    return rss / 1000, pss / 1000


def busy_s(cpu: int) -> float:
    """Seconds that a processor has worked for anybody, stolen ones included."""
    user, nice, system, _, _, irq, softirq, steal = _ticks(f"cpu{cpu}")
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def stolen_s() -> float:
    """Seconds that the hypervisor has given to other machines while this one's processors had work, over all of them.

    See steal in proc(5). Zero for ever where no hypervisor says so.
    """
    return _ticks("cpu")[7] / os.sysconf("SC_CLK_TCK")


def _ticks(processor: str) -> list[int]:
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == processor:
            return [int(tick) for tick in ticks[:8]]
    return [0] * 8
