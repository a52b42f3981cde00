"""Shifts on AWS: the same table and verdict as on this machine, by figures of CloudWatch and weights of a balancer.

What is decided is written down before it is done, and the weight follows from what is written alone: whoever takes a
shift up again, on any machine, sets it again from there.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from stranglerfig.aws.proxies.figures import read_figures
from stranglerfig.aws.proxies.minutes import MINUTE_S, Judged, Minute, judge_minutes, window_begin, window_end
from stranglerfig.aws.proxies.place import DeployedProxy, Place
from stranglerfig.aws.proxies.rules import (
    change_rule,
    health_of,
    live_weights,
    refuse_unhealthy,
    require_live,
    set_weight,
)
from stranglerfig.aws.proxies.shift_books import Entry, ShiftBooks
from stranglerfig.aws.proxies.telling import tell
from stranglerfig.aws.synth.proxy.limits import check_weight
from stranglerfig.aws.synth.proxy.weights import fitting
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
from stranglerfig.errors import Conflict, FigError, NotFound, UsageError

#: of a balancer's health, and for figures that come by the minute
LOOK_EVERY_S = 10.0
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
    """Shifts of one proxy. ``clock`` tells UTC seconds."""

    def __init__(self, place: Place, proxy: DeployedProxy, clock: Callable[[], float] = time.time) -> None:
        self.place = place
        self.proxy = proxy
        self.books = ShiftBooks(place)
        self._clock = clock

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
        self._check(route, plan)
        if not force:
            for side in (route.candidate, route.legacy):
                refuse_unhealthy(side.group, health_of(self.place, self.proxy.arn(side.group)))
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
        self.books.write(Entry(record, to_decision(record.shift, None, now), version), self.proxy.name)
        self._put_in_force(record)
        return record

    def look(self, route: str) -> Look:
        """Once: whatever follows from what is seen is written down and in force when this returns."""
        entry = self.require(route)
        self._put_in_force(entry.record)
        if not entry.record.is_running:
            return Look(entry.record)
        judged, rates = self._judge(entry.record)
        event = event_of(judged.verdict, entry.record.shift, entry.record.shift.since + judged.baked_s)
        found = self._advance(entry, event, judged)
        return Look(found, self._sight(judged, rates) if found.is_running else None)

    def see(self, entry: Entry) -> Look:
        """What a look would go by; nothing follows from it."""
        if not entry.record.is_running:
            return Look(entry.record)
        return Look(entry.record, self._sight(*self._judge(entry.record)))

    def ask(self, route: str, event: Event, *, force: bool = False) -> ShiftRecord:
        """What a user wants of it, in force when this returns. Raises ``Conflict`` where its phase forbids it."""
        entry = self.require(route)
        if event in (Event.ABORT, Event.ROLLBACK) and not force:
            refuse_unhealthy(entry.record.legacy, health_of(self.place, self.proxy.arn(entry.record.legacy)))
        nothing = Judged(judge_minutes(entry.record, [], []).evidence, Verdict(Kind.INCONCLUSIVE, ASKED[event]), 0)
        found = self._advance(entry, event, nothing)
        self._put_in_force(found)
        return found

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

    def _check(self, route: Route, plan: Plan) -> None:
        if plan.cohort_first:
            raise UsageError("cohorts go to a rule of their own, and there is one rule for a route on AWS")
        if plan.limits.mismatch is not None:
            raise UsageError(
                "answers are compared on this machine alone: there is nothing that could differ on AWS",
                hint="Leave `--max-mismatch` out.",
            )
        for step in plan.steps:
            check_weight(route, self.proxy.urls, step)
            if fitting(step) != step:
                raise UsageError(
                    f"a step of {step / 100:g} % is not possible on AWS, where shares go by tenths of a percent",
                    hint=f"Write {fitting(step) / 100:g} instead.",
                )

    def _sight(self, judged: Judged, rates: tuple[float, float]) -> Sight:
        return Sight(self._clock(), judged.evidence, judged.verdict, rates)

    def _judge(self, record: ShiftRecord) -> tuple[Judged, tuple[float, float]]:
        """With the rates of both sides."""
        groups = (self.proxy.arn(record.candidate), self.proxy.arn(record.legacy))
        candidate, legacy = (health_of(self.place, group) for group in groups)
        begin, end = window_begin(record.shift.since), window_end(self._clock())
        figures = read_figures(self.place, self.place.outputs["PublicLoadBalancerArn"], groups, begin, end)
        judged = judge_minutes(record, *figures)
        if not candidate.serves and record.shift.weight:
            # The balancer sends its share there all the same.
            why = f"{record.candidate} has no healthy target: {'; '.join(candidate.reasons) or 'it has none'}"
            judged = replace(judged, verdict=Verdict(Kind.FAIL, why, judged.verdict.findings))
        verdict = judged.verdict
        if verdict.kind is Kind.FAIL and not legacy.serves:
            why = f"{verdict.reason}; and {record.legacy} has no healthy target to go back to"
            judged = replace(judged, verdict=Verdict(Kind.ERROR, why, verdict.findings))
        return judged, (_rate(figures[0]), _rate(figures[1]))

    def _advance(self, entry: Entry, event: Event, judged: Judged) -> ShiftRecord:
        """Written down, then in force; the same record where nothing follows."""
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
        decision = to_decision(after, event, now, judged.evidence, judged.verdict)
        try:
            self.books.write(Entry(changed, decision, entry.version), self.proxy.name)
        except Conflict:
            raise
        except FigError:
            # What breaks is taken back also while nobody can write it down.
            if after.phase is Phase.ROLLED_BACK:
                self._put_in_force(changed)
            raise
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

    def conclude(self) -> None:
        """CloudFormation learns of the weight."""
        proxy = self.place.require(self.proxy.name)
        tell(self.place, proxy, live_weights(self.place, proxy))


def _stands(record: ShiftRecord, route: Route, weight: int) -> bool:
    """What was done with the route by hand since is not the shift's."""
    sides = (route.candidate.group, route.legacy.group)
    is_same = sides == (record.candidate, record.legacy) and weight == WHOLE
    return record.shift.phase is Phase.FINISHED and is_same


def _rate(minutes: list[Minute]) -> float:
    return minutes[-1].requests / MINUTE_S if minutes else 0.0
