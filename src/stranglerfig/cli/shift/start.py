"""``fig shift start``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_target_or_url
from stranglerfig.cli.output import done, recommend, show_json
from stranglerfig.cli.quantities import seconds
from stranglerfig.cli.shift.reaching import reach, sentence
from stranglerfig.errors import FigError, NotFound

if TYPE_CHECKING:
    from stranglerfig.api.shifts.wire import ShiftWire, StartShift


def share(text: str) -> float:
    """Percent, with or without its sign."""
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no share: write 0.5 or 0.5%") from error


def shares(text: str) -> list[float]:
    return [share(part) for part in text.split(",")]


def ratio(text: str) -> float | None:
    try:
        return None if text == "none" else float(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no ratio: write 1.5, or none") from error


@verb(
    "start",
    examples="""
    fig shift start shop /api/users --to users
    fig shift start shop /api/users --to users --steps 1,5,25,50,100 --bake 5m --wait
    fig shift start shop users --max-error-increase 1% --max-latency-ratio 2 --min-requests 200
    fig shift start shop users --cohort header:X-Beta=1 --cohort 'cookie:team=web*'
    fig shift start shop users --webhook https://chat.example.com/hook --on-change 'jq .reason >> shifts.log'
    """,
)
@flags.proxy
@flags.route
@click.option(
    "--to",
    metavar="CANDIDATE",
    shell_complete=complete_target_or_url,
    help="Who is to answer, a target or URL (the route's candidate).",
)
@click.option("--steps", type=shares, metavar="LIST", help="Shares in percent, the last one 100 (1,5,25,50,100).")
@click.option("--bake", type=seconds, metavar="TIME", help="How long each step is watched at least (60s).")
@click.option(
    "--max-error-increase", type=share, metavar="SHARE", help="How much the route's error rate may rise (0.5%)."
)
@click.option(
    "--max-latency-ratio",
    type=ratio,
    metavar="RATIO",
    help="How many times legacy's 99th percentile the candidate's may be (1.5); none: not watched.",
)
@click.option(
    "--max-mismatch",
    type=share,
    metavar="SHARE",
    help="How many of the answers that `fig shadow` compares may differ; not watched without.",
)
@click.option("--min-requests", type=click.IntRange(min=1), help="The candidate's, in each step (50).")
@click.option(
    "--cohort",
    "cohorts",
    multiple=True,
    metavar="WHO",
    help="Goes to the candidate first, before any share of the others: header:X-Beta=1, cookie:beta=1 or "
    "source:10.0.0.0/8; may be repeated.",
)
@click.option("--webhook", metavar="URL", help="Every change is posted there as JSON.")
@click.option("--on-change", metavar="COMMAND", help="The shell runs it at every change, with JSON on its input.")
@flags.force
@click.option("--wait", is_flag=True, help="Return when it is over: 0 if it has finished, 7 if it was taken back.")
@elsewhere
@flags.as_json
def start(proxy: str, route: str, wait: bool, where: Where, as_json: bool, **given: object) -> None:
    """Move a route to its candidate step by step.

    Each step bakes; the next one follows when the evidence allows it. All traffic goes back to legacy at once when the
    candidate is surely worse than the limits. The route must be there, with weight 0.

    On AWS this command is who watches, so it always waits; `fig shift resume` goes on where one was cut off.
    """
    proxy, there = where.locate(proxy)
    if there is not None:
        from stranglerfig.cli.aws.proxies import shifts

        shifts.start(there, route, order(given), as_json=as_json)
        return
    try:
        client, found = reach(proxy, route)
        shift = client.start(proxy, found, order(given))
    except NotFound as error:
        raise with_mend(error, proxy, route, given["to"]) from error
    if not as_json or not wait:
        done(sentence(shift))
    if wait:
        from stranglerfig.cli.shift.waiting import wait_for

        wait_for(client, shift, as_json=as_json)
        return
    if as_json:
        show_json(shift)
    recommend(*next_steps(shift))


LIMITS = (
    ("max_error_increase", "error_increase"),
    ("max_mismatch", "mismatch"),
    ("min_requests", "minimum_requests"),
)


def order(given: dict[str, object]) -> StartShift:
    """Only what the user gave: what is absent is the daemon's to decide."""
    names = {"to": "to", "steps": "steps", "bake": "bake_s", "webhook": "webhook", "on_change": "command"}
    wanted = {wire: given[name] for name, wire in names.items() if given[name] is not None}
    limits = {wire: given[name] for name, wire in LIMITS if given[name] is not None}
    context = click.get_current_context()
    if context.get_parameter_source("max_latency_ratio") is click.core.ParameterSource.COMMANDLINE:
        limits["latency_ratio"] = given["max_latency_ratio"]
    if limits:
        wanted["limits"] = limits
    if given["force"]:
        wanted["force"] = True
    if given["cohorts"]:
        wanted["cohorts"] = given["cohorts"]
    return cast("StartShift", wanted)


def with_mend(error: NotFound, proxy: str, route: str, to: object) -> FigError:
    """A route that is not there yet is made with weight 0."""
    if not error.message.startswith("no route"):
        return error
    path = route if route.startswith("/") else "PATH"
    mend = f"`fig route add {proxy} {path} --to {to or 'TARGET'} --weight 0` makes one to begin with."
    return NotFound(error.message, hint=mend if error.hint is None else f"{mend} {error.hint}")


def next_steps(shift: ShiftWire) -> tuple[str, ...]:
    place = f"{shift['proxy']} {shift['route']}"
    return (f"fig shift status {place} --watch", f"fig shift abort {place}    (takes it back)")
