"""``fig route try``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon, to_ledger
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_proxy
from stranglerfig.cli.output import percent, plural, show, show_json, show_table
from stranglerfig.errors import NotFound, UsageError

if TYPE_CHECKING:
    from stranglerfig.api.ledger.wire import AskedRequest, ChangeWire, OutcomeWire, TrialWire, TryRoutes

#: what one request to the daemon may hold
MOST_BYTES = 500_000
MOST_ROWS = 50
#: what a route is made of, of what `fig route ls --json` shows
OF_A_ROUTE = (
    *("path", "exact", "pattern", "methods", "hosts", "headers", "queries", "sources"),
    *("to", "weight", "strip", "sticky", "legacy", "priority", "state"),
)


@verb(
    "try",
    examples="""
    fig route try shop.har shop --add /api/posts=posts
    fig route try shop.har --set api-users=100 --without api-old
    fig route try --routes proposed.json
    """,
)
@click.argument("file", metavar="[FILE]", required=False)
@click.argument("proxy", required=False, shell_complete=complete_proxy)
@click.option("--add", multiple=True, metavar="PATH=TARGET|URL", help="With a route more; may be repeated.")
@click.option("--set", "weights", multiple=True, metavar="ROUTE=WEIGHT", help="With another weight, in percent.")
@click.option("--without", multiple=True, metavar="ROUTE", help="With a route less.")
@click.option(
    "--routes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="JSON",
    help="With this table instead, as `fig route ls --json` writes one.",
)
@flags.as_json
def try_routes(
    file: str | None,
    proxy: str | None,
    add: Sequence[str],
    weights: Sequence[str],
    without: Sequence[str],
    routes: Path | None,
    as_json: bool,
) -> None:
    """Ask a proposed table of routes about requests that were seen, and say which would change side. Nothing is
    changed, and nothing sent.

    FILE is a HAR: a browser's export, or what `fig shadow record` wrote. Without it the ledger's own endpoints are
    asked, each by its last request. PROXY may be left out where there is one only.
    """
    if file is not None and proxy is None and not Path(file).exists():
        # One name alone is a proxy's, unless there is such a file.
        require_proxy(file)
        file, proxy = None, file
    if not (add or weights or without or routes):
        raise UsageError("nothing is proposed", hint="Add `--add`, `--set`, `--without` or `--routes`; see `--help`.")
    proposal = to_proposal(add, weights, without, routes)
    found = ask(choose_proxy(proxy), proposal, None if file is None else read_requests(Path(file)))
    if as_json:
        show_json(found)
        return
    changed = sum(change["times"] for change in found["changes"])
    show(f"{changed:,} of {plural(found['requests'], 'request')} would change side.")
    if found["changes"]:
        show_table(("METHOD", "PATH", "TIMES", "NOW", "THEN"), map(row, found["changes"][:MOST_ROWS]))
        if len(found["changes"]) > MOST_ROWS:
            show(f"and {len(found['changes']) - MOST_ROWS} others: `--json` has all")


def choose_proxy(name: str | None) -> str:
    if name is not None:
        return name
    names = [proxy["name"] for proxy in to_daemon().proxies.all()]
    if len(names) != 1:
        raise UsageError("which proxy is meant is not clear", hint=f"Name one: {', '.join(names) or 'there is none'}.")
    return names[0]


def require_proxy(name: str) -> None:
    if name not in (proxy["name"] for proxy in to_daemon().proxies.all()):
        raise NotFound(
            f"{name!r} is neither a file nor a proxy",
            hint="`fig proxy ls` lists the proxies; `fig shadow record` writes such a file.",
        )


def to_proposal(add: Sequence[str], weights: Sequence[str], without: Sequence[str], routes: Path | None) -> TryRoutes:
    proposal: dict[str, Any] = {"without": list(without), "weights": {}, "add": []}
    for text in weights:
        route, _, weight = text.rpartition("=")
        try:
            proposal["weights"][route] = float(weight)
        except ValueError as error:
            raise UsageError(f"{text!r} is not ROUTE=WEIGHT", hint="Write it like `api-users=50`.") from error
    for text in add:
        path, separator, target = text.partition("=")
        if not separator or not path.startswith("/") or not target:
            raise UsageError(f"{text!r} is not PATH=TARGET", hint="Write it like `/api/posts=posts`.")
        proposal["add"].append({"path": path, "to": target})
    if routes is not None:
        proposal["routes"] = read_routes(routes)
    return cast("TryRoutes", proposal)


def read_routes(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text())
        return [{key: one[key] for key in OF_A_ROUTE if one.get(key) is not None} for one in found]
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UsageError(
            f"{path} holds no table of routes: {error}", hint="Begin with `fig route ls PROXY --json > FILE`."
        ) from error


def read_requests(path: Path) -> list[AskedRequest]:
    """Each kind once, with how often it is there."""
    from stranglerfig.core.traffic.har import read_har

    try:
        recording = read_har(path.read_bytes(), str(path))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    kinds: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    for entry in recording.entries:
        copy = entry.copy
        headers = [f"{name}: {value}" for name, value in copy.headers if name[:1] != ":" and name.lower() != "host"]
        kinds[copy.method, copy.target, (f"Host: {copy.host}", *headers)] += 1
    return [
        {"method": method, "url": target, "headers": list(headers), "times": times}
        for (method, target, headers), times in kinds.items()
    ]


def ask(proxy: str, proposal: TryRoutes, requests: list[AskedRequest] | None) -> TrialWire:
    client = to_ledger()
    if requests is None:
        return client.try_routes(proxy, proposal)
    total: TrialWire = {"kinds": 0, "requests": 0, "changes": []}
    for part in in_parts(requests):
        found = client.try_routes(proxy, {**proposal, "requests": part})
        total["kinds"] += found["kinds"]
        total["requests"] += found["requests"]
        total["changes"] += found["changes"]
    total["changes"].sort(key=lambda change: -change["times"])
    return total


def in_parts(requests: list[AskedRequest]) -> Iterator[list[AskedRequest]]:
    """One at least: what is proposed is checked even if nothing was recorded."""
    part: list[AskedRequest] = []
    size = 0
    for one in requests:
        length = len(json.dumps(one))
        if part and size + length > MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(one)
        size += length
    yield part


def row(change: ChangeWire) -> tuple[object, ...]:
    return change["method"], change["url"], change["times"], side(change["before"]), side(change["after"])


def side(outcome: OutcomeWire) -> str:
    if outcome["shares"]:
        parts = sorted(outcome["shares"].items(), key=lambda part: -part[1])
        return ", ".join(name if share >= 1 else f"{percent(share * 100)} {name}" for name, share in parts)
    return " ".join(filter(None, (outcome["verdict"], str(outcome["status"] or ""), outcome["location"])))
