"""``fig shadow start``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon, to_shadows
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_target_or_url
from stranglerfig.cli.output import done, percent, recommend, show_json, warn
from stranglerfig.cli.route.address import route_id
from stranglerfig.cli.shadow import wishes as shared

if TYPE_CHECKING:
    from stranglerfig.api.shadows.wire import StartShadow


@verb(
    "start",
    examples="""
    fig shadow start shop /api/users
    fig shadow start shop /api/users --candidate http://127.0.0.1:9101 --sample 10% --ignore '$.**.updatedAt'
    fig shadow start shop api-users --method GET --path /api/users/search --header 'X-Beta: yes' --rate 20/s
    fig shadow start shop api-users --writes
    """,
)
@flags.proxy
@flags.route
@click.option(
    "--candidate",
    metavar="TARGET|URL",
    shell_complete=complete_target_or_url,
    help="Who answers the copies (the route's candidate).",
)
@click.option("--sample", type=shared.share, default="100%", metavar="%", help="The share that is copied (100%).")
@click.option("--rate", type=shared.rate, default="3/s", metavar="N/s", help="No more copies than that (3/s).")
@flags.methods
@click.option(
    "--header", "headers", multiple=True, metavar="'N: V'", help="Only with this header; all given must match."
)
@click.option("--path", metavar="PATH", help="Only this path and below.")
@shared.writes
@shared.ignore
@shared.normalise
@shared.redact
@shared.reveal
@shared.timeout
@shared.max_body
@flags.as_json
def start(proxy: str, route: str, as_json: bool, **given: object) -> None:
    """Send copies of a route's requests to its candidate, out of the users' sight, and compare the answers.

    Each copy is asked of legacy twice and of the candidate once, past the proxy; no user waits for that, and copies
    that come too fast are dropped. Only GET, HEAD and OPTIONS are copied unless --writes is given.
    """
    wanted = order(given)
    found = to_shadows().start(proxy, route_id(to_daemon(), proxy, route), wanted)
    if as_json:
        show_json(found)
    share = percent(found["sample"])
    done(f"{share} of {found['path']} is copied to {found['candidate']} and compared with {found['legacy']}.")
    if found["writes"]:
        warn(f"{found['candidate']} gets copies of writes, each with the headers X-Fig-Shadow and Idempotency-Key")
    recommend(
        f"fig shadow report {proxy} {found['route']}", f"fig shadow stop {proxy} {found['route']}    (takes it back)"
    )


def order(given: dict[str, object]) -> StartShadow:
    """Only what the user gave."""
    texts = cast("dict[str, tuple[str, ...]]", given)
    wanted: dict[str, object] = {
        "sample": 100 * cast("float", given["sample"]),
        "rate": given["rate"],
        "timeout_s": given["timeout"],
        "body_bytes": given["max_body"],
        "writes": given["writes"],
        "methods": [method.upper() for method in texts["methods"]],
        "rules": [rule.text for rule in shared.field_rules(texts["ignore"], texts["normalise"])],
    }
    wanted |= {name: list(texts[name]) for name in ("headers", "redact", "reveal")}
    if given["candidate"] is not None:
        wanted["to"] = given["candidate"]
    if given["path"] is not None:
        wanted["path"] = given["path"]
    return cast("StartShadow", wanted)
