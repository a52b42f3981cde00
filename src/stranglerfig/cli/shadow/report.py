"""``fig shadow report``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon, to_shadows
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, show, show_json
from stranglerfig.cli.route.address import route_id
from stranglerfig.cli.shadow.screen import render_report

if TYPE_CHECKING:
    from stranglerfig.api.shadows.wire import ShadowReportWire

DROPPED = {
    "over_rate": "more than the rate",
    "no_room": "no room",
    "nobody": "nobody to ask",
    "lost": "never came back",
}


@verb(
    "report",
    examples="""
    fig shadow report shop /api/users
    fig shadow report shop api-users --json
    """,
)
@flags.proxy
@flags.route
@flags.as_json
def report(proxy: str, route: str, as_json: bool) -> None:
    """Show what copies of a route's requests have shown: by endpoint, what differs, how often, and how long it took."""
    found = to_shadows().report(proxy, route_id(to_daemon(), proxy, route))
    if as_json:
        show_json(found)
        return
    for line in (*head(found), *render_report(found)):
        show(line)
    ids = [one["id"] for endpoint in found["endpoints"] for one in endpoint["differences"]]
    if ids:
        recommend(f"fig shadow show {ids[0]}")


def head(found: ShadowReportWire) -> list[str]:
    shadow, counts = found["shadow"], found["shadow"]["counts"]
    since = f"since {shadow['started_at']}" + (f" until {shadow['ended_at']}" if shadow["ended_at"] else "")
    dropped = [f"{count:,} {why}" for name, why in DROPPED.items() if (count := counts[name])]  # type: ignore[literal-required]
    return [
        f"{shadow['path']}: {shadow['candidate']} compared with {shadow['legacy']}, {since}",
        f"{counts['copied']:,} copied" + (f"; not copied: {', '.join(dropped)}" if dropped else ""),
        *([f"rules: {', '.join(shadow['rules'])}"] if shadow["rules"] else []),
        "",
    ]
