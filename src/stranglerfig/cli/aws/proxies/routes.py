"""`fig route` and `fig rollback` of a proxy on AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from stranglerfig.api.rendering import render_explanation, render_route
from stranglerfig.aws.proxies.place import DeployedProxy, Place, readable
from stranglerfig.aws.proxies.rules import live_weights
from stranglerfig.aws.proxies.shifting import Shifting
from stranglerfig.aws.proxies.telling import move, tell
from stranglerfig.aws.synth.proxy.weights import fitting
from stranglerfig.cli.aws.proxies.place import reach
from stranglerfig.cli.aws.proxies.reaching import OnAws
from stranglerfig.cli.output import done, percent, recommend, say, show, show_json, show_table, warn
from stranglerfig.cli.route.address import choose
from stranglerfig.cli.route.explain import answer_lines
from stranglerfig.cli.route.show import lines as route_lines
from stranglerfig.cli.views import route_sentence, route_table
from stranglerfig.core.compile import compile_proxy
from stranglerfig.core.conditions_text import parse_weight
from stranglerfig.core.desired import Route
from stranglerfig.core.routing.explain import explain as explain_request
from stranglerfig.core.routing.trial import to_header, to_sample_request
from stranglerfig.errors import FigError, UsageError

if TYPE_CHECKING:
    from stranglerfig.api.wire import RouteWire


def wires(place: Place, proxy: DeployedProxy) -> list[RouteWire]:
    """With the weights that are in force."""
    found = readable(proxy.with_weights(live_weights(place, proxy)), proxy.urls)
    return [render_route(found.name, route) for route in found.routes]


def find_route(place: Place, proxy: DeployedProxy, named: str) -> Route:
    """By its id, or by its path."""
    is_path = "/" in named or "*" in named
    return proxy.route(choose(wires(place, proxy), proxy.proxy.name, named)["id"] if is_path else named)


def ls(found: OnAws, *, as_json: bool) -> None:
    place, proxy = reach(found)
    routes = wires(place, proxy)
    if as_json:
        show_json(routes)
    elif routes:
        show_table(*route_table(routes))
    else:
        say(f"Proxy {proxy.proxy.name} has no routes: everything goes to its default.")


def show_one(found: OnAws, named: str, *, as_json: bool) -> None:
    place, proxy = reach(found)
    route = find_route(place, proxy, named)
    wire = next(one for one in wires(place, proxy) if one["id"] == route.id)
    if as_json:
        show_json(wire)
        return
    for line in route_lines(wire):
        show(line)


def explain(found: OnAws, url: str, method: str, headers: Sequence[str], source: str | None, *, as_json: bool) -> None:
    """By the rules that the balancer has, in the order of their numbers."""
    place, proxy = reach(found)
    current = readable(proxy.with_weights(live_weights(place, proxy)), proxy.urls)
    listener = compile_proxy(current).listener
    bases = {target.text: target.base_path for target in proxy.urls.values()}
    request = to_sample_request(method, url, [to_header(line) for line in headers], source or "127.0.0.1")
    origins = {target.text: f"{target.scheme}://{target.authority}" for target in proxy.urls.values()}
    explained = explain_request(listener.rules, listener.order, request, bases)
    wire = render_explanation(explained, lambda group: origins.get(group, f"http://{group}"))
    if as_json:
        show_json(wire)
        return
    show(f"{method} {url}")
    for line in answer_lines(wire):
        show(line)


def set_route(found: OnAws, named: str, change: dict[str, Any], *, as_json: bool) -> None:
    """Its weight, in one call; CloudFormation learns of it afterwards."""
    others = [name for name in change if name not in ("weight", "force")]
    if others:
        raise UsageError(
            f"on AWS {', '.join(others)} of a route is what the manifest says",
            hint=f"Change copilot/{found.proxy}/manifest.yml, and run"
            f" `fig proxy deploy {found.proxy} --env {found.env}`.",
        )
    place, proxy = reach(found)
    route = find_route(place, proxy, named)
    Shifting(place, proxy).refuse_shifting(route)
    asked = parse_weight(cast("float", change["weight"]))
    moved = move(place, proxy, route.id, asked, force=change.get("force") is True)
    if moved.weight != asked:
        say(in_tenths(asked))
    conclude(place, proxy, route, moved.lowered, as_json=as_json)


def in_tenths(weight: int, of: str = "") -> str:
    became = percent(fitting(weight) / 100)
    return f"A balancer has shares by tenths of a percent: {percent(weight / 100)}{of} became {became}."


def roll_back(found: OnAws, named: str, *, force: bool, as_json: bool) -> None:
    place, proxy = reach(found)
    route = find_route(place, proxy, named)
    Shifting(place, proxy).roll_back(route, force=force)
    conclude(place, proxy, route, {route.id: 0}, as_json=as_json)


def conclude(place: Place, proxy: DeployedProxy, route: Route, lowered: Mapping[str, int], *, as_json: bool) -> None:
    """What is true now; and CloudFormation is told."""
    wire = next(one for one in wires(place, proxy) if one["id"] == route.id)
    if as_json:
        show_json(wire)
    done(route_sentence(wire))
    try:
        tell(place, proxy, lowered, waits=False)
    except FigError as error:
        warn(f"CloudFormation could not be told: {error.message}")
        say("The next `fig proxy deploy` keeps the weight all the same: it reads it from the balancer.")
    recommend(f"fig route ls {proxy.proxy.name}")
