"""``fig shift history``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import percent, printable, show, show_json
from stranglerfig.cli.shift.drawing import to_the_second
from stranglerfig.cli.shift.reaching import reach

if TYPE_CHECKING:
    from stranglerfig.api.shifts.wire import DecisionWire


@verb(
    "history",
    examples="""
    fig shift history shop /api/users
    fig shift history shop users --json
    """,
)
@flags.proxy
@flags.route
@elsewhere
@flags.as_json
def history(proxy: str, route: str, where: Where, as_json: bool) -> None:
    """Every decision on a route, the oldest first: when, why, and by which figures. Times are UTC."""
    proxy, there = where.locate(proxy)
    if there is not None:
        from stranglerfig.cli.aws.proxies import shifts

        shifts.history(there, route, as_json=as_json)
        return
    client, found = reach(proxy, route)
    decisions = client.history(proxy, found)
    if as_json:
        show_json(decisions)
        return
    for decision in decisions:
        for line in lines(decision):
            show(line)


def lines(decision: DecisionWire) -> list[str]:
    at = to_the_second(decision["at"])
    head = f"{at}  {decision['event']:<12}  {decision['phase']:<11}  {percent(decision['weight']):>6}"
    told = [f"{head}  {printable(decision['reason'])}"]
    told += [f"    failed: {printable(example)}" for example in decision["examples"]]
    return told + [f"    {printable(line)}" for line in decision["log"]]
