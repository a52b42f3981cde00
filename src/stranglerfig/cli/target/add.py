"""``fig target add``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend, show_json
from stranglerfig.cli.views import target_sentence

if TYPE_CHECKING:
    from stranglerfig.api.wire import CreateTarget


@verb(
    "add",
    examples="""
    fig target add monolith http://127.0.0.1:8000
    fig target add search http://10.0.0.5:9000/v2 http://10.0.0.6:9000/v2 --health /ping
    fig target add billing https://billing.internal --ca ca.pem --host-header target
    """,
)
@click.argument("name")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--ca", metavar="FILE", type=click.Path(exists=True, dir_okay=False), help="Authorities for https, PEM.")
@click.option("--insecure", is_flag=True, help="Do not verify the certificate of an https target.")
@click.option(
    "--host-header",
    type=click.Choice(["preserve", "target"]),
    help="Which Host it sees: the client's own (preserve) or the URL's (target). Without it: the URL's if that has a "
    "name, the client's if it has an IP address.",
)
@flags.health
@flags.expect
@flags.drain
@flags.as_json
def add(name: str, urls: tuple[str, ...], as_json: bool, **given: object) -> None:
    """Name one or more URLs that answer alike.

    They share scheme and base path; the base path goes in front of every request's path.
    """
    target = to_daemon().targets.create(order(name, urls, given))
    if as_json:
        show_json(target)
    done(target_sentence(target))
    recommend(f"fig route add PROXY /PATH --to {name}", f"fig target show {name}")


def order(name: str, urls: tuple[str, ...], given: dict[str, object]) -> CreateTarget:
    """The request: only what the user gave."""
    wanted = {
        "name": name,
        "urls": list(urls),
        "ca_file": os.path.abspath(str(given["ca"])) if given["ca"] is not None else None,
        "verify": False if given["insecure"] else None,
        "host_header": given["host_header"],
        "drain_s": given["drain"],
        "health": flags.health_check(given) or None,
    }
    return cast("CreateTarget", {key: value for key, value in wanted.items() if value is not None})
