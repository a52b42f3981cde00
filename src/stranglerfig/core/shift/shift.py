"""One shift as a value: where it stands, and what each event makes of it and of the traffic."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.core.shift.phases import ENDED, TABLE, Event, Move, Phase
from stranglerfig.core.shift.plan import Plan
from stranglerfig.core.shift.verdict import Kind, Verdict
from stranglerfig.core.split import WHOLE
from stranglerfig.errors import Conflict


@dataclass(frozen=True, slots=True)
class Shift:
    """``since``: when the window of this step was opened, UTC seconds. ``reason``: why it stands where it stands."""

    plan: Plan
    since: float
    step: int = 0
    phase: Phase = Phase.BAKING
    reason: str = "started"

    @property
    def is_running(self) -> bool:
        return self.phase not in ENDED

    @property
    def weight(self) -> int:
        """What the route's weight must be, in hundredths of a percent. Nothing else says so: after any interruption it
        is set again from here."""
        if self.phase is Phase.FINISHED:
            return WHOLE
        return self.plan.steps[self.step] if self.is_running else 0


@dataclass(frozen=True, slots=True)
class SetWeight:
    weight: int


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """What was measured so far says nothing about what comes."""


@dataclass(frozen=True, slots=True)
class Notify:
    """The shift is not where it was: tell whoever wants to know."""


Effect = SetWeight | OpenWindow | Notify


def start(plan: Plan, now: float) -> tuple[Shift, tuple[Effect, ...]]:
    shift = Shift(plan, now)
    return shift, (SetWeight(shift.weight), OpenWindow(), Notify())


def event_of(verdict: Verdict, shift: Shift, now: float) -> Event:
    if verdict.kind is Kind.INCONCLUSIVE and now - shift.since < shift.plan.bake_s:
        return Event.TOO_EARLY
    return Event[verdict.kind.name]


def advance(shift: Shift, event: Event, reason: str, now: float) -> tuple[Shift, tuple[Effect, ...]]:
    """By the table. Effects are for after the new shift is in the books, and may be carried out again."""
    if event not in TABLE[shift.phase]:
        raise _refuse(shift, event)
    phase, move = TABLE[shift.phase][event]
    after = replace(shift, phase=phase, reason=reason)
    if move is Move.NEXT:
        after = _next_step(replace(after, since=now))
    elif event is Event.RESUME:
        after = replace(after, since=now)
    return after, _effects(shift, after)


def _next_step(shift: Shift) -> Shift:
    if shift.plan.is_last(shift.step):
        return replace(shift, phase=Phase.FINISHED)
    return replace(shift, step=shift.step + 1)


def _effects(before: Shift, after: Shift) -> tuple[Effect, ...]:
    effects: list[Effect] = []
    if after.weight != before.weight:
        effects.append(SetWeight(after.weight))
    if after.is_running and after.since != before.since:
        effects.append(OpenWindow())
    if (after.phase, after.step) != (before.phase, before.step):
        effects.append(Notify())
    return tuple(effects)


def _refuse(shift: Shift, event: Event) -> Conflict:
    asked = {Event.RESUME: "resumed", Event.PAUSE: "paused", Event.PROMOTE: "promoted", Event.ABORT: "aborted"}
    done = asked.get(event, "rolled back" if event is Event.ROLLBACK else "judged")
    possible = [event.value for event in TABLE[shift.phase] if event in asked or event is Event.ROLLBACK]
    hint = f"Possible now: {', '.join(possible)}." if possible else "Start another shift."
    return Conflict(f"a shift that is {shift.phase.value} cannot be {done}", hint=hint)
