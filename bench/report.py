"""Results as a page of Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bench import lines, pairs, shadows, shift_table
from bench.values import Results, Sample, Scale, SwitchRun

Rounds = Sequence[tuple[Sample, Sample]]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the page says about the run itself."""

    machine: str
    date: str
    rounds: int
    seconds: float
    load_before: float
    labels: dict[str, str]
    #: folders of this machine, and what the page says in their place
    places: dict[str, str]


def render(results: Results, setting: Setting) -> str:
    parts = [
        _head(results, setting),
        _throughput(results, setting),
        _pairs(results, setting),
        _cpu(results, setting),
        _switches(results, setting),
        _scale(results.scale),
        lines.render(results.lines, setting.date, table),
        shadows.render(results.shadows, setting.date, table),
        shift_table.render(results.shifts, setting.date, table),
        _skipped(results, setting),
        NOTES,
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def renew(page: str, part: str) -> str:
    """``page`` with the tables of ``part``: new ones in place of old ones, others before the notes. Its head stays."""
    sections = _sections(page)
    notes = _sections(NOTES)
    fresh = {title: text for title, text in _sections(part).items() if title and title not in notes}
    kept = {title: fresh.pop(title, text) for title, text in sections.items() if title not in notes}
    return "\n\n".join(text.strip() for text in [*kept.values(), *fresh.values(), NOTES]) + "\n"


def _sections(page: str) -> dict[str, str]:
    """By heading; what comes before the first one by an empty one."""
    parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    return {part.partition("\n")[0] if part.startswith("## ") else "": part for part in parts if part.strip()}


def _head(results: Results, setting: Setting) -> str:
    versions = ", ".join(sorted(set(results.versions.values()) - {""}, key=str.lower))
    return f"""
# Benchmarks

Written by `make bench`; do not edit by hand. All figures of a table come from one run on one machine, so compare
within a table, never between machines.

- Machine: {setting.machine}
- Versions: {versions}
- Run: {setting.date}, {setting.rounds} rounds of {setting.seconds:g} s for each contender, interleaved; medians, and
  for ratios the medians of each round's own
- Load average before the run {setting.load_before:.2f}{_disturbance(results)}
- Every proxy is held to processor 0; the upstream (nginx, 120 bytes of JSON) and the load (wrk, one thread,
  64 keep-alive connections, 64 users in the header `X-User`) share processor 1
"""


def _disturbance(results: Results) -> str:
    shares = [sample.others for name, samples in results.samples.items() if name != "direct" for sample in samples]
    if not shares:
        return ""
    middle, worst = f"{median(shares):.0%}", f"{max(shares):.0%}"
    return f"; others took {middle} of processor 0 in the median measurement, {worst} in the worst"


def _throughput(results: Results, setting: Setting) -> str:
    if not results.samples:
        return ""
    rows = [
        [
            setting.labels[name],
            f"{_mid(samples, lambda s: s.load.rate):,.0f}",
            _ratio(samples, results.samples.get("haproxy"), lambda s: s.load.rate),
            _ratio(samples, results.samples.get("direct"), lambda s: s.load.rate),
            f"{_mid(samples, lambda s: s.load.p50_ms):.2f}",
            f"{_mid(samples, lambda s: s.load.p99_ms):.2f}",
            _spread([sample.load.rate for sample in samples]),
            str(sum(sample.load.failed for sample in samples)),
        ]
        for name, samples in results.samples.items()
    ]
    head = ["", "requests/s", "of minimal HAProxy", "of direct", "p50 ms", "p99 ms", "spread of rounds", "failed"]
    return "## Throughput on one core\n\n" + table(head, rows)


def _pairs(results: Results, setting: Setting) -> str:
    """Pairs of one round are compared with each other; the middle half of the ratios tells how sure the median is."""
    if "haproxy" not in results.pairs:
        return ""
    rows = []
    for name, rounds in results.pairs.items():
        like = results.pairs.get(pairs.LIKE.get(name, ""), [])
        minimal = results.pairs["haproxy"]
        rows.append(
            [
                setting.labels[name],
                f"{median(pairs.rate(both) for both in rounds):,.0f}",
                *_middle(_ratios(rounds, minimal, pairs.rate)),
                *_middle(_ratios(rounds, like, pairs.rate)),
                f"{median(pairs.cpu_us(both) for both in rounds):.1f}",
                _middle(_ratios(rounds, minimal, pairs.cpu_us))[0],
                _middle(_ratios(rounds, like, pairs.cpu_us))[0],
                str(sum(one.load.failed for both in rounds for one in both)),
            ]
        )
    head = [
        "",
        "requests/s",
        "of minimal HAProxy",
        "half of the rounds",
        "of the façade by hand",
        "half of the rounds",
        "CPU µs/request",
        "of minimal HAProxy",
        "of the façade by hand",
        "failed",
    ]
    return f"""## fig and HAProxy by hand in turn

The rounds above are many seconds apart, and a shared machine changes more in between than what is to be told apart. So
these take turns of one second, forth and back, in {len(results.pairs["haproxy"])} rounds; who waits is stopped
(SIGSTOP), and each round gives a ratio of its own. The façade by hand does what fig's route does for a request, as far
as a configuration written by hand does it (see below); the minimal HAProxy does nothing.

{table(head, rows)}"""


def _ratios(ours: Rounds, theirs: Rounds, figure: Callable[[tuple[Sample, Sample]], float]) -> list[float]:
    return [figure(one) / figure(other) for one, other in zip(ours, theirs, strict=False)]


def _middle(ratios: Sequence[float]) -> tuple[str, str]:
    """The median and the middle half."""
    return (f"{median(ratios):.3f}", _middle_half(ratios)) if ratios else ("", "")


def _middle_half(ratios: Sequence[float]) -> str:
    if len(ratios) < 2:
        return "–"
    low, _, high = quantiles(ratios, n=4, method="inclusive")
    return f"{low:.3f} to {high:.3f}"


def _cpu(results: Results, setting: Setting) -> str:
    if not results.samples:
        return ""
    rows = [
        [
            setting.labels[name],
            f"{_mid(samples, lambda s: s.cpu_us):.1f}",
            _ratio(samples, results.samples.get("haproxy"), lambda s: s.cpu_us),
            f"{_mid(samples, lambda s: s.busy):.0%}",
            _spread([sample.cpu_us for sample in samples]),
            f"{_mid(samples, lambda s: s.rss_mb):,.0f}",
            f"{_mid(samples, lambda s: s.pss_mb):,.0f}",
        ]
        for name, samples in results.samples.items()
        if name != "direct"
    ]
    head = ["", "CPU µs/request", "of minimal HAProxy", "core busy", "spread of rounds", "RSS MB", "PSS MB"]
    return f"""## Processor time and memory

What all processes of a proxy (fig: HAProxy, keeper and daemon together) spend on one request, from the scheduler's own
accounts. It varies much less than throughput does, and it goes on telling proxies apart where the upstream's core is
the limit: a proxy whose core is not fully busy was not the bottleneck of its throughput above (and pays a little more
for each request, because it wakes up more often for less).

{table(head, rows)}"""


def _switches(results: Results, setting: Setting) -> str:
    rows = [switch_row(setting.labels[name], run) for name, run in results.switches.items()]
    if not rows:
        return ""
    head = [
        "",
        "accepted",
        "last old answer, keep-alive",
        "last old answer, fresh",
        "old answers after acceptance",
        "failed (strict client)",
        "failed (wrk)",
    ]
    return f"""## Route switch under full load

`/api/posts` goes back and forth between two upstreams while wrk loads the proxy fully. A client that never
repeats a request watches beside it: 80 keep-alive connections (16 busy, 64 with 0.2 s between requests) and 8
that connect anew for each request. Milliseconds from the moment the command or call begins: median (worst). Old
answers count when their request was sent after that moment.

{table(head, rows)}"""


def switch_row(label: str, run: SwitchRun) -> list[str]:
    failures = ", ".join(f"{count} {kind}" for kind, count in sorted(run.failures.items())) or "0"
    unfinished = f"; {run.unfinished} switches not seen to end" if run.unfinished else ""
    return [
        label,
        _worst([one.accepted_ms for one in run.switches]),
        _worst([one.kept_ms for one in run.switches]),
        _worst([one.fresh_ms for one in run.switches]),
        f"{sum(one.stale for one in run.switches)}{unfinished}",
        f"{failures} of {run.requests:,}",
        f"{run.wrk_failed} of {run.wrk_requests:,}",
    ]


def _scale(scale: Scale | None) -> str:
    if scale is None:
        return ""
    rows = [
        ["`fig route set PROXY ID`, the whole command", _tail(scale.by_id_ms)],
        ["`fig route set PROXY PATH`, the whole command", _tail(scale.by_path_ms)],
        ["the same change through the API", _tail(scale.api_ms)],
        ["hitless reload (a new target group, API call to answer)", _tail(scale.reload_ms)],
        ["daemon RSS / PSS", f"{scale.daemon_rss_mb:.0f} / {scale.daemon_pss_mb:.0f} MB"],
        ["HAProxy and keeper PSS", f"{scale.haproxy_pss_mb:.0f} MB"],
        ["idle daemon, share of a core over 10 s", f"{scale.idle_daemon_pct:.2f} %"],
        ["idle HAProxy and keeper (health checks), share of a core over 10 s", f"{scale.idle_haproxy_pct:.2f} %"],
        ["until all that is in force, from the books", f"{scale.build_s:.0f} s"],
    ]
    title = f"## {scale.groups:,} target groups and {scale.routes:,} routes"
    return f"{title}\n\n" + table(["", "median (95th percentile)"], rows)


def _skipped(results: Results, setting: Setting) -> str:
    if not results.skipped:
        return ""
    lines = [
        f"- {setting.labels.get(name, name)}: {without_places(why, setting.places)}"
        for name, why in results.skipped.items()
    ]
    return "## Not measured in this run\n\n" + "\n".join(lines)


def without_places(text: str, places: Mapping[str, str]) -> str:
    """The deepest folder first, so that a checkout in somebody's home is the checkout."""
    for folder in sorted(places, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.-]){re.escape(folder)}(?![\w.-])", places[folder], text)
    return text


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _mid(samples: Sequence[Sample], of: Callable[[Sample], float]) -> float:
    return median([of(sample) for sample in samples]) if samples else float("nan")


def _ratio(ours: Sequence[Sample], theirs: Sequence[Sample] | None, of: Callable[[Sample], float]) -> str:
    """The median of the rounds' own ratios: what disturbed a whole round falls out of it."""
    if not theirs:
        return "–"
    return f"{median([of(one) / of(other) for one, other in zip(ours, theirs, strict=False)]):.2f}"


def _spread(values: Sequence[float]) -> str:
    """Half the distance between the least and the most, against the median."""
    return f"± {(max(values) - min(values)) / 2 / median(values):.0%}"


def _worst(values: Sequence[float]) -> str:
    return f"{median(values):.0f} ({max(values):.0f})" if values else "–"


def _tail(values: Sequence[float]) -> str:
    if not values:
        return "–"
    high = quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return f"{median(values):.0f} ms ({high:.0f} ms)"


NOTES = """
## How to run it

`make bench` (or `python -m bench` in the checkout) installs the peers from the package index into a virtual
environment under `~/.cache/stranglerfig-bench` (`FIG_BENCH_CACHE` names another folder), wrk and nginx from
Debian where it may, and rewrites this page. It wants a Linux machine with two idle cores.
`--rounds` and `--seconds` set the length; `--quick` is a short run, `--only NAME` (repeatable)
takes some contenders, `--part` some tables: these three leave the page alone and print theirs,
unless `--output` names a file. In a page that is there already they replace their own tables only. `--part shifts`
alone needs neither peers nor idle cores.

## What is measured, and what is not

- A sample during which the hypervisor or processes that are not part of it took more than 3% of a processor is
  taken again, up to six times in all, and the least disturbed one counts.
- Contenders that take turns are warmed up once. Such a round is taken again up to four times in the same case, one of
  shadows once.
- Each other contender is started right before its measurement in each round and ended right after it, so that
  nobody's health checks and timers run in another's time; one second of load warms it up first.
- All are set up alike: no access log but fig's own, keep-alive towards the upstream, one worker or thread (nginx
  `worker_processes 1`, Envoy `--concurrency 1`, Traefik and Caddy `GOMAXPROCS=1`, HAProxy `nbthread 1`);
  nginx's limit on requests for one connection is lifted, because the others have none. Everything else is
  each one's default.
- The minimal HAProxy has no rules, no health checks and no headers of its own. The façade by hand looks the path up
  in a map of 1,000, sets the forwarding headers and a request id as the manuals have it, and splits, keeps and
  strips on its second route; it has no health checks either. fig's listener does all that its users get: it
  refuses ambiguous requests, normalises paths, sets the forwarding headers and a request
  id, checks health, counts, and draws what it tells of. The peers hold two routes each, `/api/posts` and the rest.
- fig's second kind of route splits by weight (50 %), keeps each user on one side by the header `X-User`, and
  takes two segments off the path on the way to the new side.
- In the switch table "accepted" is what the contender's own way of changing it reports: HAProxy's and Caddy's
  calls return when the change is made, `nginx -s reload` when the signal is sent, for Envoy and Traefik it is
  the file's move into place. Traefik's throttle between two changes (2 s by default) is set to 1 ms.
- Refactor Spaces' `UpdateRoute` answers UPDATING at once: accepted is what `GetRoute` says then, asked every 20 ms.
  Making a route active includes a look at its service's health.
- `fig route set` is a whole command, its start included, on the same fully loaded core; the API row is the
  change alone.
- The watching client shares processor 1 with wrk and the upstream: times below about 5 ms are under its
  resolution.
- One machine, loopback, small answers, HTTP/1.1 without TLS. No long bodies, no HTTP/2, no network latency.
  Two cores mean that the direct figure is bounded by wrk and nginx on one core, and so is every proxy that
  comes near it.
"""
