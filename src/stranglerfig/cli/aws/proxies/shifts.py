"""`fig shift` of a proxy on AWS. Whoever starts or resumes a shift watches it until it is over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from stranglerfig.api.shifts.rendering import render_decision, render_shift, to_wanted_plan
from stranglerfig.aws.proxies.shift_books import ShiftBooks, since_start
from stranglerfig.aws.proxies.shifting import LOOK_EVERY_S, Look, Shifting
from stranglerfig.cli.aws.proxies.place import place_of, reach
from stranglerfig.cli.aws.proxies.reaching import OnAws
from stranglerfig.cli.aws.proxies.routes import find_route
from stranglerfig.cli.output import done, percent, recommend, say, show, show_json, warn
from stranglerfig.cli.shift.history import lines as decision_lines
from stranglerfig.cli.shift.reaching import sentence
from stranglerfig.core.shift.phases import Event, Phase
from stranglerfig.core.shift.record import ShiftRecord
from stranglerfig.core.shift.terms import Terms
from stranglerfig.errors import DeployFailed, FigError, Unavailable, UsageError

if TYPE_CHECKING:
    from stranglerfig.api.shifts.wire import ShiftWire, StartShift

EVENTS = {"pause": Event.PAUSE, "promote": Event.PROMOTE, "abort": Event.ABORT}


def start(found: OnAws, named: str, wanted: StartShift, *, as_json: bool) -> None:
    """Raises ``DeployFailed`` when it is taken back."""
    for name, flag in (("to", "--to"), ("webhook", "--webhook"), ("command", "--on-change"), ("cohorts", "--cohort")):
        if name in wanted:
            raise UsageError(
                f"{flag} is not possible on AWS: the candidate is the manifest's, and this command tells how it goes",
                hint="Its exit status is 0 when the shift has finished, and 7 when it was taken back.",
            )
    place, proxy = reach(found)
    route = find_route(place, proxy, named)
    plan = to_wanted_plan(wanted, route.shift or Terms(), ())
    shifting = Shifting(place, proxy)
    record = shifting.begin(route, plan, force=wanted.get("force") is True)
    done(sentence(render_shift(record, None)))
    watch(shifting, route.id, as_json=as_json)


def resume(found: OnAws, named: str, *, as_json: bool) -> None:
    """Goes on where it stands, whoever watched it before."""
    place, proxy = reach(found)
    shifting, route = Shifting(place, proxy), find_route(place, proxy, named)
    record = shifting.require(route.id).record
    if record.shift.phase is Phase.PAUSED or not record.is_running:
        record = shifting.ask(route.id, Event.RESUME)
    done(sentence(render_shift(record, None)))
    watch(shifting, route.id, as_json=as_json)


def watch(shifting: Shifting, route: str, *, as_json: bool) -> None:
    place = f"{shifting.proxy.proxy.name} {route}"
    try:
        look = until_over(shifting, route)
    except (KeyboardInterrupt, FigError):
        say(f"Nobody watches the shift now: `fig shift resume {place}` goes on, `fig shift abort {place}` gives it up.")
        raise
    conclude(shifting, look.record)
    wire = render_shift(look.record, None)
    if as_json:
        show_json(wire)
    if look.record.shift.phase is not Phase.FINISHED:
        raise DeployFailed(
            f"the shift of {wire['proxy']}/{route} is {wire['phase']}: {wire['reason']}",
            hint=f"`fig shift history {place}` tells what was seen.",
        )
    done(sentence(wire))


def conclude(shifting: Shifting, record: ShiftRecord) -> None:
    """Whatever becomes of that, the weight is in force."""
    try:
        shifting.conclude(record)
    except FigError as error:
        warn(f"CloudFormation could not be told: {error.message}")


def until_over(shifting: Shifting, route: str) -> Look:
    told: tuple[object, ...] = ()
    while True:
        try:
            look = shifting.look(route)
        except Unavailable as error:
            warn(f"{error.message}: looking again.")
        else:
            if not look.record.is_running:
                return look
            shift = look.record.shift
            reason = look.sight.verdict.reason if look.sight is not None else shift.reason
            if (shift.phase, shift.step, reason) != told:
                told = (shift.phase, shift.step, reason)
                say(f"  {percent(shift.weight / 100)}  {shift.phase.value}  {reason}")
        time.sleep(LOOK_EVERY_S)


def steer(found: OnAws, named: str, verb: str, *, force: bool = False, as_json: bool) -> None:
    place, proxy = reach(found)
    shifting, route = Shifting(place, proxy), find_route(place, proxy, named)
    record = shifting.ask(route.id, EVENTS[verb], force=force)
    wire = render_shift(record, None)
    if as_json:
        show_json(wire)
    done(sentence(wire))
    if not record.is_running:
        conclude(shifting, record)
    recommend(f"fig shift status {proxy.proxy.name} {route.id}")


def seen(found: OnAws, named: str) -> ShiftWire:
    """The last shift of a route, and what is measured of it now."""
    place, proxy = reach(found)
    shifting, route = Shifting(place, proxy), find_route(place, proxy, named)
    look = shifting.see(shifting.require(route.id))
    return render_shift(look.record, look.sight)


def all_shifts(found: OnAws, *, ended: bool) -> list[ShiftWire]:
    entries = ShiftBooks(place_of(found)).all()
    return [render_shift(entry.record, None) for entry in entries if ended or entry.record.is_running]


def history(found: OnAws, named: str, *, as_json: bool) -> None:
    place, proxy = reach(found)
    shifting, route = Shifting(place, proxy), find_route(place, proxy, named)
    shifting.require(route.id)
    decisions = [
        render_decision(record, decision)
        for record, told in since_start(shifting.books.history(proxy.name, route.id))
        for decision in told
    ]
    if as_json:
        show_json(decisions)
        return
    for decision in decisions:
        for line in decision_lines(decision):
            show(line)
