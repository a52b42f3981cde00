"""``fig rollback``: the one word that takes a route back, whoever moved it."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend, show_json
from stranglerfig.cli.shift.reaching import reach
from stranglerfig.cli.views import route_sentence


@verb(
    "rollback",
    examples="""
    fig rollback shop /api/users
    fig rollback shop users --json
    """,
)
@flags.proxy
@flags.route
@click.option("--force", is_flag=True, help="Even if legacy has nobody to answer.")
@elsewhere
@flags.as_json
def rollback(proxy: str, route: str, force: bool, where: Where, as_json: bool) -> None:
    """Give all requests of a route back to legacy: in the middle of a shift, after one, or moved by hand.

    Every new request follows when the command returns.
    """
    proxy, found = where.locate(proxy)
    if found is not None:
        from stranglerfig.cli.aws.proxies import routes

        routes.roll_back(found, route, force=force, as_json=as_json)
        return
    client, name = reach(proxy, route)
    rolled_back = client.roll_back(proxy, name, force=force)
    if as_json:
        show_json(rolled_back)
    done(route_sentence(rolled_back))
    recommend("fig status")
