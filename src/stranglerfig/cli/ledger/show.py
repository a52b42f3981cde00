"""``fig ledger show``, and ``fig ledger`` alone."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_ledger
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.ledger.lines import candidate_lines, ledger_lines
from stranglerfig.cli.ledger.times import proxy, since
from stranglerfig.cli.output import recommend, say, show, show_json


@verb(
    "show",
    examples="""
    fig ledger
    fig ledger shop --since 24h
    fig ledger show shop --json
    fig ledger show shop --candidates
    """,
)
@proxy
@since
@click.option("--candidates", is_flag=True, help="Which paths to move next, and why.")
@flags.as_json
def show_ledger(proxy: str | None, since: float, candidates: bool, as_json: bool) -> None:
    """What share of requests and of endpoints has moved; what still reaches legacy, and by whom it was called last;
    what is idle and can go. Of one proxy, or of all listeners."""
    if candidates:
        show_candidates(proxy, since, as_json)
        return
    found = to_ledger().show(proxy, since)
    if as_json:
        show_json(found)
        return
    lines = ledger_lines(found)
    for line in lines:
        show(line)
    if not lines:
        say("The ledger is empty: no request has come by a proxy yet.")
    elif found["quiet"]:
        recommend(f"fig ledger retire {found['quiet'][0]['target']}")
    elif any(listener["requests"]["legacy"] for listener in found["listeners"]):
        recommend("fig ledger --candidates")


def show_candidates(proxy: str | None, since_s: float, as_json: bool) -> None:
    found = to_ledger().candidates(proxy, since_s)
    if as_json:
        show_json(found)
        return
    for line in candidate_lines(found):
        show(line)
    if found:
        recommend(f"fig route add {found[0]['listener']} {found[0]['path']} --to TARGET --weight 0")
    else:
        say("Nothing reaches legacy in this time: there is nothing to move.")
