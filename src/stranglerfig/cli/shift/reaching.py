"""What every verb of shifts needs: the daemon, and the route that its user means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.api.shifts.client import ShiftClient
from stranglerfig.cli.connect import starting_transport
from stranglerfig.cli.output import done, percent, recommend, show_json
from stranglerfig.cli.route.address import route_id

if TYPE_CHECKING:
    from stranglerfig.api.shifts.wire import ShiftWire, Verb
    from stranglerfig.cli.aws.proxies.reaching import Where


def reach(proxy: str, route: str) -> tuple[ShiftClient, str]:
    """The client, and the route's id."""
    from stranglerfig.api.client import Client

    transport = starting_transport()
    return ShiftClient(transport), route_id(Client(transport), proxy, route)


def to_shifts() -> ShiftClient:
    return ShiftClient(starting_transport())


def steer(where: Where, proxy: str, route: str, verb: Verb, *, as_json: bool, force: bool = False) -> None:
    proxy, there = where.locate(proxy)
    if there is not None:
        from stranglerfig.cli.aws.proxies import shifts

        if verb == "resume":
            shifts.resume(there, route, as_json=as_json)
        else:
            shifts.steer(there, route, verb, force=force, as_json=as_json)
        return
    client, found = reach(proxy, route)
    shift = client.steer(proxy, found, verb, force=force)
    if as_json:
        show_json(shift)
    done(sentence(shift))
    recommend(f"fig shift status {proxy} {found}")


def sentence(shift: ShiftWire) -> str:
    """What is true now."""
    moved = f"{percent(shift['weight'])} of {shift['proxy']}/{shift['route']} ({shift['path']}) goes to"
    step = f"step {shift['step']} of {len(shift['steps'])}"
    match shift["phase"]:
        case "FINISHED":
            return f"All of {shift['proxy']}/{shift['route']} ({shift['path']}) goes to {shift['candidate']}."
        case "ROLLED_BACK" | "ABORTED":
            return f"All of {shift['proxy']}/{shift['route']} ({shift['path']}) goes to {shift['legacy']}."
        case "PAUSED":
            return f"{moved} {shift['candidate']}, and stays so: {step}, paused."
        case _:
            return f"{moved} {shift['candidate']}: {step}."
