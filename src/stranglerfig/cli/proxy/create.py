"""``fig proxy create``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend, show_json

if TYPE_CHECKING:
    from stranglerfig.api.wire import CreateProxy


@verb(
    "create",
    examples="""
    fig proxy create shop --to http://127.0.0.1:8000
    fig proxy create shop --to http://127.0.0.1:8000 --port 8080
    fig proxy create shop --to monolith --host 0.0.0.0 --port 80 --http2
    """,
)
@click.argument("name")
@flags.to_target
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on; without it a free one is taken.")
@click.option("--host", metavar="ADDR", help="The address to listen on (127.0.0.1).")
@click.option(
    "--order",
    type=click.Choice(["specific", "priority"]),
    help="Which of several matching routes wins: the most specific one (the default) or the lowest --priority.",
)
@click.option("--http2", is_flag=True, help="Also take HTTP/2 without TLS (prior knowledge).")
@flags.as_json
def create(
    name: str,
    to: str,
    port: int | None,
    host: str | None,
    order: Literal["specific", "priority"] | None,
    http2: bool,
    as_json: bool,
) -> None:
    """Put a proxy in front of a running monolith: everything goes there until routes say otherwise."""
    wanted: CreateProxy = {"name": name, "to": to, "http2": http2}
    if port is not None:
        wanted["port"] = port
    if host is not None:
        wanted["host"] = host
    if order is not None:
        wanted["order"] = order
    proxy = to_daemon().proxies.create(wanted)
    if as_json:
        show_json(proxy)
    done(f"Proxy {proxy['name']} answers on {proxy['url']} and sends everything to {proxy['default']}.")
    recommend(
        f"curl -i {proxy['url']}",
        f"fig target run NAME --health / -- COMMAND, then fig route add {name} /PATH --to NAME",
    )
