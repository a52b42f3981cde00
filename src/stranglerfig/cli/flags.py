"""Flags that several commands share, one spelling each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stranglerfig.cli.names import complete_proxy, complete_route, complete_target, complete_target_or_url
from stranglerfig.cli.quantities import seconds

if TYPE_CHECKING:
    from stranglerfig.api.wire import HealthWire

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout instead of text.")
yes = click.option("--yes", is_flag=True, help="Do not ask.")
no_wait = click.option("--no-wait", is_flag=True, help="Return as soon as the daemon has taken the order.")

proxy = click.argument("proxy", shell_complete=complete_proxy)
proxy_name = click.argument("name", shell_complete=complete_proxy)
target_name = click.argument("name", shell_complete=complete_target)
route = click.argument("route", metavar="ROUTE", shell_complete=complete_route)

methods = click.option(
    "--method", "methods", multiple=True, metavar="METHOD", help="Only this HTTP method; may be repeated."
)
sticky = click.option(
    "--sticky",
    metavar="BY",
    help="What keeps a client on its side of a split: none, source, cookie, cookie:NAME or header:NAME.",
)
weight = click.option(
    "--weight",
    type=click.FloatRange(0, 100),
    help="The share that moves, in percent with up to two decimals; the rest stays with legacy.",
)
priority = click.option(
    "--priority", type=click.IntRange(min=1), help="Lowest number wins; only in a proxy with --order priority."
)
force = click.option("--force", is_flag=True, help="Even to a target without a healthy task.")
overwrite = click.option("--force", is_flag=True, help="Write over a file that is there already.")
to_target = click.option(
    "--to", required=True, metavar="TARGET|URL", shell_complete=complete_target_or_url, help="Who answers."
)
health = click.option("--health", metavar="PATH", help="Path of the health check; without one, an open port is enough.")
expect = click.option(
    "--expect", metavar="STATUSES", help="What a healthy answer is, 200,204 or 200-399 (the default)."
)
drain = click.option(
    "--drain", type=seconds, metavar="TIME", help="How long a leaving task may finish what it has (30s)."
)


def health_check(given: dict[str, object]) -> HealthWire:
    """What ``health`` and ``expect`` gave; empty when neither was given."""
    check: HealthWire = {}
    if given["health"] is not None:
        check["path"] = str(given["health"])
    if given["expect"] is not None:
        check["expect"] = str(given["expect"])
    return check
