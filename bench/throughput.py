"""Throughput, latency, memory and processor time: one contender at a time, round after round."""

from __future__ import annotations

import time
from pathlib import Path

from bench import machine
from bench.contenders.contender import Contender, Running
from bench.load import run_wrk
from bench.values import Sample, Side, Site

WARM_UP_S = 1.0


#: a sample from which the hypervisor and other processes took more than this share of a processor is taken again
MOST_DISTURBED = 0.03
TRIES = 6


def measure(contender: Contender, site: Site, script: Path, seconds: float) -> Sample:
    """The first sample that was left alone, or the least disturbed one of several."""
    samples: list[Sample] = []
    while not samples or (disturbance(samples[-1]) > MOST_DISTURBED and len(samples) < TRIES):
        samples.append(measure_once(contender, site, script, seconds))
    return min(samples, key=disturbance)


def disturbance(found: Sample) -> float:
    return found.stolen + found.others


def measure_once(contender: Contender, site: Site, script: Path, seconds: float) -> Sample:
    """Start it, warm it up, load it, read it, end it. Nothing else of ours but the upstream runs meanwhile."""
    running = contender.start(site, Side.NEW)
    try:
        run_wrk(script, site.port, contender.path, seconds=WARM_UP_S, cpu=site.load_cpu)
        return sample(contender, running, site, script, seconds)
    finally:
        running.stop()


def sample(contender: Contender, running: Running, site: Site, script: Path, seconds: float) -> Sample:
    pids = running.pids()
    before, busy, stolen = machine.cpu_ns(pids), machine.busy_s(site.proxy_cpu), machine.stolen_s()
    started = time.monotonic()
    load = run_wrk(script, site.port, contender.path, seconds=seconds, cpu=site.load_cpu)
    elapsed, busy = time.monotonic() - started, machine.busy_s(site.proxy_cpu) - busy
    stolen = machine.stolen_s() - stolen
    pids = running.pids()
    spent = machine.cpu_spent(before, machine.cpu_ns(pids))
    rss, pss = machine.memory_mb(pids)
    return Sample(
        load=load,
        cpu_us=spent / 1000 / max(1, load.requests),
        busy=spent / 1e9 / elapsed,
        others=max(0.0, (busy - spent / 1e9) / elapsed),
        stolen=stolen / elapsed,
        rss_mb=rss,
        pss_mb=pss,
    )
