"""``fig shadow stop``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon, to_shadows
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend, show_json
from stranglerfig.cli.route.address import route_id


@verb(
    "stop",
    examples="""
    fig shadow stop shop /api/users
    fig shadow stop shop api-users --json
    """,
)
@flags.proxy
@flags.route
@flags.as_json
def stop(proxy: str, route: str, as_json: bool) -> None:
    """Make no more copies of a route's requests. The report stays until the route goes, or a new shadow begins."""
    found = to_shadows().stop(proxy, route_id(to_daemon(), proxy, route))
    if as_json:
        show_json(found)
    compared, different = found["compared"], found["different"]
    done(f"{found['path']} is not copied any more; of {compared:,} compared answers {different:,} differ.")
    recommend(f"fig shadow report {proxy} {found['route']}")
