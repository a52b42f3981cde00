"""``fig proxy set``: who answers what no route takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend, say, show_json

if TYPE_CHECKING:
    from stranglerfig.api.wire import ChangeProxy, ProxyWire, RouteWire


@verb(
    "set",
    examples="""
    fig proxy set shop --to web
    fig proxy set shop --to http://127.0.0.1:9000
    fig proxy set shop --to monolith --force
    """,
)
@flags.proxy_name
@flags.to_target
@flags.force
@flags.as_json
def set_proxy(name: str, to: str, force: bool, as_json: bool) -> None:
    """Change a proxy's default: who answers what no route takes. Every new request follows when the command returns.

    Routes stay as they are, and who was the default until now keeps its share of those that are split.
    """
    client = to_daemon()
    before = client.proxies.show(name)["default"]
    change: ChangeProxy = {"to": to}
    if force:
        change["force"] = True
    proxy = client.proxies.change(name, change)
    if as_json:
        show_json(proxy)
    if proxy["default"] == before:
        done(f"Proxy {name} sends what no route takes to {before}, as it did before.")
        return
    if before is None:
        done(f"Proxy {name} sends what no route takes to {proxy['default']}; until now it was refused.")
        return
    done(f"Proxy {name} sends what no route takes to {proxy['default']}; until now {before} answered it.")
    remaining = [route["id"] for route in proxy["routes"] if sends_to(route, before)]
    if remaining:
        say(f"{before} still gets a share of {', '.join(remaining)}.")
    recommend("fig status", f"fig proxy set {name} --to {before}    (takes it back)", *to_free(proxy, before))


def sends_to(route: RouteWire, target: str) -> bool:
    """Whether requests reach ``target`` by this route now."""
    if route["state"] == "INACTIVE":
        return False
    return (route["legacy"] == target and route["weight"] < 100) or (route["to"] == target and route["weight"] > 0)


def to_free(proxy: ProxyWire, target: str) -> list[str]:
    """What moves the rest of the routes that still leave some to ``target``."""
    left = [route for route in proxy["routes"] if sends_to(route, target) and route["legacy"] == target != route["to"]]
    return [f"fig route set {proxy['name']} {route['id']} --weight 100" for route in left[:1]]
