"""Shifts on AWS: the same table and verdict as on this machine, by figures of CloudWatch and weights of a balancer.

What is decided is written down before it is done, and the weight follows from what is written alone: whoever takes a
shift up again, on any machine, sets it again from there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from stranglerfig.aws.proxies.figures import read_figures
from stranglerfig.aws.proxies.minutes import MINUTE_S, Judged, Minute, judge_minutes, window_begin, window_end
from stranglerfig.aws.proxies.place import DeployedProxy, Place
from stranglerfig.aws.proxies.rules import (
    Health,
    change_rule,
    health_of,
    live_weights,
    refuse_unhealthy,
    require_live,
    set_weight,
    too_few,
)
from stranglerfig.aws.proxies.shift_books import Entry, ShiftBooks
from stranglerfig.aws.proxies.telling import tell
from stranglerfig.aws.synth.proxy.limits import check_plan
from stranglerfig.core.conditions_text import render_path
from stranglerfig.core.desired import Route
from stranglerfig.core.shift.measuring import reference_after
from stranglerfig.core.shift.phases import Event, Phase
from stranglerfig.core.shift.plan import Plan
from stranglerfig.core.shift.record import ShiftRecord, to_decision
from stranglerfig.core.shift.shift import Shift, advance, event_of
from stranglerfig.core.shift.sight import Sight
from stranglerfig.core.shift.verdict import Kind, Verdict
from stranglerfig.core.split import WHOLE
from stranglerfig.errors import Conflict, FigError, NotFound

#: of a balancer's health; figures come by the minute, and are asked for as often
LOOK_EVERY_S = 5.0
#: of who gives an order while others write, too
MOST_TRIES = 3
ASKED = {
    Event.PAUSE: "paused by its user",
    Event.RESUME: "resumed by its user",
    Event.PROMOTE: "promoted by its user",
    Event.ABORT: "aborted by its user",
    Event.ROLLBACK: "rolled back by its user",
}


@dataclass(frozen=True, slots=True)
class Look:
    """``sight`` None: the shift is over."""

    record: ShiftRecord
    sight: Sight | None = None


class Shifting:
    """Shifts of one proxy. ``clock`` tells UTC seconds; AWS's own is that of the figures, and the same everywhere."""

    def __init__(self, place: Place, proxy: DeployedProxy, clock: Callable[[], float] | None = None) -> None:
        self.place = place
        self.proxy = proxy
        self.books = ShiftBooks(place)
        self._clock = clock or place.session.now
        #: of the last window that was asked for
        self._figures: tuple[tuple[object, ...], tuple[list[Minute], list[Minute]]] = ((), ([], []))
        #: what is in force, and could not be written down
        self._unwritten: Entry | None = None

    def begin(self, route: Route, plan: Plan, *, force: bool = False) -> ShiftRecord:
        """Its first step is in force when this returns."""
        present = self.books.find(self.proxy.name, route.id)
        if present is not None and present.record.is_running:
            raise Conflict(
                f"route {route.id!r} is being shifted to {present.record.candidate}",
                hint=f"`fig shift resume {self.proxy.proxy.name} {route.id}` goes on with it,"
                " `fig shift abort` gives it up.",
            )
        weight = require_live(self.place, self.proxy, route)
        if weight:
            raise Conflict(
                f"{weight / 100:g} % of route {route.id!r} are moved already: a shift begins with none",
                hint=f"`fig route set {self.proxy.proxy.name} {route.id} --weight 0` takes them back.",
            )
        check_plan(route, self.proxy.urls, plan)
        if not force:
            self._refuse_unhealthy(route.candidate.group, plan.steps[0])
            self._refuse_unhealthy(route.legacy.group)
        now = self._clock()
        record = ShiftRecord(
            id=secrets.token_hex(6),
            proxy=self.proxy.proxy.name,
            route=route.id,
            path=render_path(route.conditions),
            candidate=route.candidate.group,
            legacy=route.legacy.group,
            shift=Shift(plan, now),
            started_at=now,
        )
        version = present.version if present is not None else 0
        if self.books.write(Entry(record, to_decision(record.shift, None, now), version), self.proxy.name) is None:
            raise self._overtaken(route.id)
        self._put_in_force(record)
        return record

    def look(self, route: str) -> Look:
        """Once: whatever follows from what is seen is written down and in force when this returns. What somebody else
        has decided meanwhile stands, and the next look goes by that."""
        if self._unwritten is not None:
            self.books.write(self._unwritten, self.proxy.name)
            self._unwritten = None
        entry = self.require(route)
        self._put_in_force(entry.record)
        if not entry.record.is_running:
            return Look(entry.record)
        judged, rates = self._judge(entry.record)
        event = event_of(judged.verdict, entry.record.shift, entry.record.shift.since + judged.baked_s)
        found = self._advance(entry, event, judged) or self.require(route).record
        return Look(found, self._sight(judged, rates) if found.is_running else None)

    def see(self, entry: Entry) -> Look:
        """What a look would go by; nothing follows from it."""
        if not entry.record.is_running:
            return Look(entry.record)
        return Look(entry.record, self._sight(*self._judge(entry.record)))

    def ask(self, route: str, event: Event, *, force: bool = False) -> ShiftRecord:
        """What a user wants of it, in force when this returns. Raises ``Conflict`` where its phase forbids it."""
        for _ in range(MOST_TRIES):
            entry = self.require(route)
            if not force:
                self._require_healthy(entry.record, event)
            nothing = Judged(judge_minutes(entry.record, [], []).evidence, Verdict(Kind.INCONCLUSIVE, ASKED[event]), 0)
            found = self._advance(entry, event, nothing)
            if found is not None:
                self._put_in_force(found)
                return found
        raise self._overtaken(route)

    def roll_back(self, route: Route, *, force: bool = False) -> None:
        """All of it is legacy's when this returns, whoever moved it."""
        entry = self.books.find(self.proxy.name, route.id)
        weight = require_live(self.place, self.proxy, route)
        if entry is not None and (entry.record.is_running or _stands(entry.record, route, weight)):
            self.ask(route.id, Event.ROLLBACK, force=force)
        elif weight:
            set_weight(self.place, self.proxy, route, 0, force=force)

    def require(self, route: str) -> Entry:
        found = self.books.find(self.proxy.name, route)
        if found is None:
            raise NotFound(
                f"route {route!r} of proxy {self.proxy.proxy.name!r} has had no shift",
                hint=f"`fig shift start {self.proxy.proxy.name} {route}` begins one.",
            )
        return found

    def refuse_shifting(self, route: Route) -> None:
        """What a running shift owns is set by nobody else."""
        entry = self.books.find(self.proxy.name, route.id)
        if entry is not None and entry.record.is_running:
            name = self.proxy.proxy.name
            raise Conflict(
                f"route {route.id!r} of proxy {name!r} is being shifted to {entry.record.candidate}",
                hint=f"`fig shift abort {name} {route.id}` gives the shift up;"
                f" `fig shift status {name} {route.id}` shows it.",
            )

    def _require_healthy(self, record: ShiftRecord, event: Event) -> None:
        """Whoever is to get more by it, or all for good. What its phase forbids is refused for that."""
        after, _ = advance(record.shift, event, ASKED[event], self._clock())
        if not after.weight:
            self._refuse_unhealthy(record.legacy)
        elif event is Event.PROMOTE:
            self._refuse_unhealthy(record.candidate, after.weight if after.weight > record.shift.weight else 0)

    def _refuse_unhealthy(self, group: str, weight: int = 0) -> None:
        refuse_unhealthy(group, health_of(self.place, self.proxy.arn(group)), weight)

    def _sight(self, judged: Judged, rates: tuple[float, float]) -> Sight:
        return Sight(self._clock(), judged.evidence, judged.verdict, rates)

    def _judge(self, record: ShiftRecord) -> tuple[Judged, tuple[float, float]]:
        """With the rates of both sides."""
        groups = (self.proxy.arn(record.candidate), self.proxy.arn(record.legacy))
        candidate, legacy = (health_of(self.place, group) for group in groups)
        figures = self._read(groups, window_begin(record.shift.since), window_end(self._clock()))
        judged = judge_minutes(record, *figures)
        if not candidate.serves and record.shift.weight:
            # The balancer sends its share there all the same.
            why = f"{record.candidate} has no healthy target: {'; '.join(candidate.reasons) or 'it has none'}"
            judged = replace(judged, verdict=Verdict(Kind.FAIL, why, judged.verdict.findings))
        verdict = _held(record, judged.verdict, candidate)
        judged = replace(judged, verdict=verdict)
        if verdict.kind is Kind.FAIL and not legacy.serves:
            why = f"{verdict.reason}; and {record.legacy} has no healthy target to go back to"
            judged = replace(judged, verdict=Verdict(Kind.ERROR, why, verdict.findings))
        return judged, (_rate(figures[0]), _rate(figures[1]))

    def _read(self, groups: tuple[str, str], begin: int, end: int) -> tuple[list[Minute], list[Minute]]:
        """CloudWatch wants to be paid for each figure: it is asked when there is another minute of them."""
        if self._figures[0] != (groups, begin, end):
            balancer = self.place.outputs["PublicLoadBalancerArn"]
            self._figures = (groups, begin, end), read_figures(self.place, balancer, groups, begin, end)
        return self._figures[1]

    def _advance(self, entry: Entry, event: Event, judged: Judged) -> ShiftRecord | None:
        """Written down, then in force; the same record where nothing follows. None: somebody else was faster."""
        now, record = self._clock(), entry.record
        reason = ASKED.get(event, judged.verdict.reason)
        after, effects = advance(record.shift, event, reason, now)
        if not effects:
            return record
        changed = replace(
            record,
            shift=after,
            ended_at=None if after.is_running else now,
            reference=reference_after(record, judged.evidence),
        )
        wanted = Entry(changed, to_decision(after, event, now, judged.evidence, judged.verdict), entry.version)
        try:
            written = self.books.write(wanted, self.proxy.name)
        except FigError:
            # What breaks is taken back also while nobody can write it down.
            if after.phase is Phase.ROLLED_BACK:
                self._unwritten = wanted
                self._put_in_force(changed)
            raise
        if written is None:
            return None
        self._put_in_force(changed)
        return changed

    def _put_in_force(self, record: ShiftRecord) -> None:
        """Once it is over, what others make of the route since is theirs."""
        route = self.proxy.route(record.route)
        if (route.candidate.group, route.legacy.group) != (record.candidate, record.legacy):
            if record.is_running:
                raise Conflict(
                    f"route {record.route!r} does not lead from {record.legacy} to {record.candidate} any more",
                    hint=f"`fig shift abort {record.proxy} {record.route}` gives the shift up.",
                )
            return
        live = live_weights(self.place, self.proxy).get(route.id)
        # Cut off before its last word was in force, it still has the weight of its last step.
        is_ours = record.is_running or live == record.shift.plan.steps[record.shift.step]
        if live != record.shift.weight and is_ours:
            change_rule(self.place, self.proxy, route, record.shift.weight)

    def _overtaken(self, route: str) -> Conflict:
        name = self.proxy.proxy.name
        return Conflict(
            f"somebody else steers the shift of {name}/{route}",
            hint=f"`fig shift status {name} {route}` shows where it stands.",
        )

    def conclude(self, record: ShiftRecord) -> None:
        """CloudFormation learns of the weight. ``record`` is of a shift that is over."""
        tell(self.place, self.proxy, {record.route: record.shift.weight})


def _held(record: ShiftRecord, verdict: Verdict, candidate: Health) -> Verdict:
    """No next step while too few targets would have to answer it: what they answer now says nothing of it."""
    shift = record.shift
    if verdict.kind is not Kind.PASS or shift.plan.is_last(shift.step):
        return verdict
    wanted = shift.plan.steps[shift.step + 1]
    if candidate.carries(wanted):
        return verdict
    why = f"{record.candidate} {too_few(candidate)} for {wanted / 100:g} %: {'; '.join(candidate.reasons)}"
    return Verdict(Kind.INCONCLUSIVE, why, verdict.findings)


def _stands(record: ShiftRecord, route: Route, weight: int) -> bool:
    """What was done with the route by hand since is not the shift's."""
    sides = (route.candidate.group, route.legacy.group)
    is_same = sides == (record.candidate, record.legacy) and weight == WHOLE
    return record.shift.phase is Phase.FINISHED and is_same


def _rate(minutes: list[Minute]) -> float:
    return minutes[-1].requests / MINUTE_S if minutes else 0.0
