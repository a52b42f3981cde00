"""``fig proxy create``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

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
def create(name: str, to: str, as_json: bool, **given: object) -> None:
    """Put a proxy in front of a running monolith: everything goes there until routes say otherwise."""
    wanted = {"name": name, "to": to, **{key: value for key, value in given.items() if value is not None}}
    proxy = to_daemon().proxies.create(cast("CreateProxy", wanted))
    if as_json:
        show_json(proxy)
    done(f"Proxy {proxy['name']} answers on {proxy['url']} and sends everything to {proxy['default']}.")
    recommend(
        f"curl -i {proxy['url']}",
        "fig target run NAME --health / -- COMMAND",
        f"fig route add {name} /PATH --to NAME --weight 5",
    )
