"""``fig route set``: the switch. One request with an id, two with a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend, say, show_json
from stranglerfig.cli.route.address import route_id
from stranglerfig.cli.views import route_sentence
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.api.wire import ChangeRoute


@verb(
    "set",
    examples="""
    fig route set shop /api/users --weight 25
    fig route set shop users-1 --weight 0
    fig route set shop /api/posts --sticky header:X-User --method GET
    fig route set shop /api/posts --method any --state inactive
    """,
)
@flags.proxy
@flags.route
@flags.weight
@click.option(
    "--state", type=click.Choice(["active", "inactive"], case_sensitive=False), help="In force, or kept only."
)
@flags.methods
@flags.sticky
@flags.priority
@flags.force
@elsewhere
@flags.as_json
def set_route(proxy: str, route: str, where: Where, as_json: bool, **given: object) -> None:
    """Change a route; what is not named stays. Every new request follows when the command returns.

    Weight 100 is the cut-over and weight 0 the way back, both at once. `--method any` lifts the limit to methods.
    """
    change = order(given)
    proxy, found = where.locate(proxy)
    if found is not None:
        from stranglerfig.cli.aws.proxies import routes

        routes.set_route(found, route, dict(change), as_json=as_json)
        return
    client = to_daemon()
    changed = client.routes.change(proxy, route_id(client, proxy, route), change)
    if as_json:
        show_json(changed)
    done(route_sentence(changed))
    if changed["declared"]:
        say("A manifest has this route: the next `fig proxy deploy` sets it as it says there.")
    if changed["weight"] > 0:
        recommend("fig status", f"fig route set {proxy} {changed['id']} --weight 0    (takes it back)")
    else:
        recommend("fig status")


def order(given: dict[str, object]) -> ChangeRoute:
    change = {key: given[key] for key in ("weight", "sticky", "priority") if given[key] is not None}
    if given["state"] is not None:
        change["state"] = str(given["state"]).upper()
    methods = given["methods"]
    assert isinstance(methods, tuple)
    if methods:
        names = [method.upper() for method in methods]
        change["methods"] = [] if names == ["ANY"] else names
    if not change:
        raise UsageError(
            "nothing to change: no flag was given",
            hint="Say what, as in `fig route set PROXY ROUTE --weight 25`.",
        )
    if given["force"]:
        change["force"] = True
    return cast("ChangeRoute", change)
