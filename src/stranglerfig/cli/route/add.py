"""``fig route add``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_target
from stranglerfig.cli.output import done, recommend, show_json
from stranglerfig.cli.views import route_sentence

if TYPE_CHECKING:
    from stranglerfig.api.wire import CreateRoute


@verb(
    "add",
    examples="""
    fig route add shop /api/users --to users
    fig route add shop /api/posts --to posts --weight 5 --sticky cookie
    fig route add shop /api/posts --to posts --method GET --method HEAD
    fig route add shop '/users/{id}/orders' --to orders --header 'X-Beta: yes*' --strip
    fig route add shop '/img/*.png' --pattern --to images --query size=large --source 10.0.0.0/8
    """,
)
@flags.proxy
@click.argument("path")
@flags.to_target
@flags.weight
@flags.methods
@click.option("--host", "hosts", multiple=True, metavar="HOST", help="Only this Host, `*` and `?` understood.")
@click.option(
    "--header", "headers", multiple=True, metavar="'N: V'", help="Only with this header; all given must match."
)
@click.option("--query", "queries", multiple=True, metavar="K=V", help="Only with one of these query parameters.")
@click.option("--source", "sources", multiple=True, metavar="CIDR", help="Only from one of these networks.")
@click.option("--exact", is_flag=True, help="The path alone, nothing below it.")
@click.option("--pattern", is_flag=True, help="PATH is a pattern: `*` any run of characters, `?` exactly one.")
@click.option("--strip", is_flag=True, help="Take the route's own path off before the request goes to the target.")
@flags.sticky
@click.option(
    "--legacy", metavar="TARGET", shell_complete=complete_target, help="Who keeps the rest (who answers now)."
)
@flags.priority
@click.option("--inactive", is_flag=True, help="Keep it, but not in force until `route set --state active`.")
@flags.force
@flags.as_json
def add(proxy: str, path: str, to: str, as_json: bool, **given: object) -> None:
    """Peel PATH and everything below it off a proxy, whole or by weight; in force when the command returns.

    PATH ends on a segment: /api/posts never takes /api/postscript. A segment in braces stands for any one. The most
    specific route wins.
    """
    route = to_daemon().routes.create(proxy, order(path, to, given))
    if as_json:
        show_json(route)
    done(route_sentence(route))
    recommend(*next_steps(proxy, route["id"], path, route["weight"]))


def order(path: str, to: str, given: dict[str, object]) -> CreateRoute:
    """Only what the user gave: what is absent is the daemon's to decide."""
    wanted: dict[str, object] = {"path": path, "to": to}
    for key in ("methods", "hosts", "headers", "queries", "sources"):
        values = given[key]
        assert isinstance(values, tuple)
        if values:
            wanted[key] = [value.upper() for value in values] if key == "methods" else list(values)
    wanted.update({key: True for key in ("exact", "pattern", "strip", "force") if given[key]})
    wanted.update({key: given[key] for key in ("weight", "sticky", "legacy", "priority") if given[key] is not None})
    if given["inactive"]:
        wanted["state"] = "INACTIVE"
    return cast("CreateRoute", wanted)


def next_steps(proxy: str, route: str, path: str, weight: float) -> tuple[str, ...]:
    explain = f"fig route explain {proxy} '{path}'"
    if weight < 100:
        return (explain, f"fig route set {proxy} {route} --weight 100")
    return (explain, f"fig route set {proxy} {route} --weight 0    (takes it back)")
