"""What a request costs, and its access line, in instructions that HAProxy executes in user space.

They are counted by callgrind, so that a machine with other work to do finds the same: two runs of one configuration,
one of them with more requests, and the difference is these requests' alone. The configurations are those written by
hand, and fig's own, as it is and less the lines.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bench.contenders import haproxy
from bench.contenders.haproxy import found
from bench.processes import BenchError, free_port, wait_for_answer
from bench.values import LineCost, Side, Site
from stranglerfig.core.routing.rules import Conditions, Forward, PathPrefix, Rule, Sticky, StickyBy, WeightedGroup
from stranglerfig.core.topology import Group, Listener, Server, Topology
from stranglerfig.dataplane.config import render_config
from stranglerfig.dataplane.config_file import write_file, write_files
from stranglerfig.dataplane.frontend import map_path
from stranglerfig.dataplane.lines.format import FLOOD, ONE_IN
from stranglerfig.dataplane.machine import read_machine
from stranglerfig.dataplane.maps import TABLES, render_map
from stranglerfig.dataplane.rule_tables import RuleTables
from stranglerfig.dataplane.structure import to_structure

FEW, MANY = 500, 4_500
PATIENCE_S = 60.0
NAME = "bench"
PLAIN, SPLIT = "/api/posts/1", "/api/users/1"
_REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n"
    "Accept: */*\r\nCookie: session=abcdef0123456789; theme=dark\r\nX-User: u7\r\n\r\n"
)
_COLLECTED = re.compile(r"Collected : (\d+)")
_LINES_ALONE = re.compile(
    r"  (log |log-format |error-log-format |http-request set-log-level |acl (left_out|calm|counted|drawn) )"
)


def measure(folder: Path, upstream: int, say: Callable[[str], None]) -> list[LineCost]:
    if shutil.which("valgrind") is None:
        raise BenchError("valgrind is not there")
    port = free_port()
    text = a_configuration(folder, port, upstream)
    # Every rate is a flood, for no request is fast under callgrind.
    flood = text.replace(f"fe_req_rate lt {FLOOD}", "fe_req_rate lt 1")
    site = Site(folder, port, upstream, upstream)
    routes = folder / "routes.map"
    routes.write_text(haproxy.render_routes(Side.NEW))
    kinds = (
        ("HAProxy by hand, minimal", haproxy.render(site, Side.NEW)),
        ("HAProxy by hand, façade", haproxy.render_facade(site, Side.NEW, routes)),
        ("fig, without access lines", without_lines(text)),
        ("fig, left out of the sample", flood.replace(f"rand({ONE_IN})", "rand(1000000000)")),
        (f"fig, one in {ONE_IN} drawn, as in a flood", flood),
        ("fig, all drawn, as where there are few", text.replace("fe_req_rate,div(200)", "fe_req_rate,div(1000000)")),
    )
    costs = []
    for label, configuration in kinds:
        write_file(folder / "haproxy.cfg", configuration)
        cost = LineCost(label, *(per_request(folder, port, path) for path in (PLAIN, SPLIT)))
        say(f"lines    {label:36}{cost.plain:10,.0f}{cost.split:10,.0f} instructions/request")
        costs.append(cost)
    return costs


def a_configuration(folder: Path, port: int, upstream: int) -> str:
    """fig's, of a listener with a plain and a special route; its maps are written."""
    sides = (WeightedGroup("one", 5_000, strip=1), WeightedGroup("two", 5_000))
    special = Forward(sides, Sticky(StickyBy.HEADER, "X-User"))
    rules = (
        Rule("posts", Conditions(paths=(PathPrefix("/api/posts"),)), Forward((WeightedGroup("one"),))),
        Rule("users", Conditions(paths=(PathPrefix("/api/users"),)), special),
        Rule("default", Conditions(paths=(PathPrefix("/"),)), Forward((WeightedGroup("two"),))),
    )
    listener = Listener(NAME, "127.0.0.1", port, rules)
    server = Server("u1", "127.0.0.1", upstream)
    groups = tuple(Group(name, (server,), retry_empty=False) for name in ("one", "two"))
    tables = RuleTables()
    tables.update(listener)
    held = tables.tables(NAME)
    write_files(folder, {map_path(NAME, table): render_map(held.map_named(table)) for table in TABLES})
    structure = to_structure(Topology((listener,), groups), {NAME: 0})
    text = render_config(structure, read_machine(found(), os.environ))
    return text.replace("bind fd@0", f"bind 127.0.0.1:{port}").replace("global\n", "global\n  nbthread 1\n", 1)


def without_lines(text: str) -> str:
    text = re.sub(r"^ring .*\n(?:  .*\n)+", "", text, flags=re.MULTILINE)
    kept = (line for line in text.split("\n") if not _LINES_ALONE.match(line))
    less = (line for line in kept if "txn.line" not in line and "txn.n)" not in line and "left_out" not in line)
    return "\n".join(less).replace("allow if counted ", "allow if ")


def per_request(folder: Path, port: int, path: str) -> float:
    few, many = (_instructions(folder, port, path, count) for count in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def _instructions(folder: Path, port: int, path: str, count: int) -> int:
    command = [
        "valgrind",
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        found().path,
        "-db",
        "-f",
        "haproxy.cfg",
    ]
    environment = {**os.environ, **dict(found().env), "HAPROXY_RUN": "bench"}
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        wait_for_answer(port, path, b"", PATIENCE_S)
        ask(port, [path] * count)
    finally:
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE_S)
    collected = _COLLECTED.search(said)
    if collected is None:
        raise BenchError(f"callgrind counted nothing: {said[-200:]}")
    return int(collected[1])


def ask(port: int, paths: Sequence[str]) -> None:
    """One after the other on one connection."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection, connection.makefile("rb") as answers:
        for path in paths:
            connection.sendall(_REQUEST.format(path=path).encode())
            length = 0
            while (line := answers.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            answers.read(length)


def render(costs: Sequence[LineCost], date: str, table: Callable[[Sequence[str], Iterable[Sequence[str]]], str]) -> str:
    if not costs:
        return ""
    minimal = costs[0]
    rows = [
        (
            one.label,
            f"{one.plain:,.0f}",
            f"{one.plain / minimal.plain:.3f}",
            f"{one.split:,.0f}",
            f"{one.split / minimal.split:.3f}",
        )
        for one in costs
    ]
    head = ("requests", "plain", "of minimal", "weight, sticky, strip", "of minimal")
    return f"""## Instructions

What HAProxy executes in user space for one request, in instructions counted by callgrind. The kernel's share, which is
the same for all, comes on top and is larger. {MANY - FEW:,} requests each. fig's access lines are in it, and what they
take.

{table(head, rows)}

Run of `python -m bench --part lines` at {date}."""
