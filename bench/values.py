"""What is measured, as values: nothing here starts, reads or prints anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

#: the two routes that are loaded: one plain, one that splits by weight, is sticky and strips
PLAIN = "/api/posts"
SPLIT = "/api/users"


class Side(Enum):
    """The two upstreams of a switch."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a contender lives while it is measured: a folder of its own, its port, and the two upstreams."""

    folder: Path
    port: int
    old_port: int
    new_port: int
    proxy_cpu: int = 0
    load_cpu: int = 1

    def upstream(self, side: Side) -> int:
        return self.old_port if side is Side.OLD else self.new_port


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw. Latencies are milliseconds; ``failed`` is its socket errors and every answer but 2xx and 3xx."""

    requests: int
    rate: float
    p50_ms: float
    p99_ms: float
    failed: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One contender in one round. ``cpu_us`` is the proxy's processor time for one request, all its processes.

    ``busy`` and ``others`` are shares of its processor: the proxy's own, and what anybody else took of it meanwhile.
    ``stolen`` is what the hypervisor took of both processors, in processors.
    """

    load: Load
    cpu_us: float
    busy: float
    others: float
    stolen: float
    rss_mb: float
    pss_mb: float


@dataclass(frozen=True, slots=True)
class Switch:
    """One change of the route, in milliseconds from its start.

    ``accepted_ms`` is when the command or call came back. The last old answer is the last one to a request that was
    sent after the start, by kind of client; ``stale`` counts old answers to requests sent after ``accepted_ms``.
    """

    accepted_ms: float
    kept_ms: float
    fresh_ms: float
    stale: int


@dataclass(frozen=True, slots=True)
class SwitchRun:
    """All changes of one contender. ``failures`` by kind as the strict client counts them, ``wrk_failed`` beside it."""

    switches: tuple[Switch, ...]
    requests: int
    failures: dict[str, int]
    wrk_requests: int
    wrk_failed: int
    unfinished: int = 0


@dataclass(frozen=True, slots=True)
class Scale:
    """The control plane with many target groups and routes."""

    groups: int
    routes: int
    build_s: float
    by_id_ms: tuple[float, ...]
    by_path_ms: tuple[float, ...]
    api_ms: tuple[float, ...]
    daemon_rss_mb: float
    daemon_pss_mb: float
    haproxy_pss_mb: float
    idle_daemon_pct: float
    idle_haproxy_pct: float
    reload_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ShiftRun:
    """One case of ``bench.shift_table``, ``runs`` times. ``before_half``: rolled back before 50 % of the traffic.

    ``requests`` and ``errors`` are the candidate's, medians; ``high_s`` is the 95th percentile of the durations.
    """

    label: str
    rate: float
    runs: int
    rolled_back: int
    before_half: int
    finished: int
    median_s: float
    high_s: float
    requests: float
    errors: float


@dataclass(slots=True)
class ShadowRun:
    """One kind of shadow. ``rounds`` are the ratios of throughputs and of processor time for a request, with to
    without, and the 99th percentiles without and with it."""

    label: str
    rounds: list[tuple[float, float, float, float]] = field(default_factory=list)
    copied: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class LineCost:
    """Instructions a request with access lines like that, on a plain route and on one that does all."""

    label: str
    plain: float
    split: float


@dataclass(slots=True)
class Results:
    """Grows while the run goes on; ``skipped`` says why a contender is not in the tables.

    ``pairs`` are the rounds of ``bench.pairs``: both turns of a contender, forth and back.
    """

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    pairs: dict[str, list[tuple[Sample, Sample]]] = field(default_factory=dict)
    switches: dict[str, SwitchRun] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    scale: Scale | None = None
    shifts: list[ShiftRun] = field(default_factory=list)
    shadows: list[ShadowRun] = field(default_factory=list)
    lines: list[LineCost] = field(default_factory=list)
