"""Where a shift can stand, how it gets there, and that nothing but the table moves traffic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.shift.phases import ENDED, TABLE, Event, Move, Phase
from stranglerfig.core.shift.plan import Plan
from stranglerfig.core.shift.shift import Effect, Notify, OpenWindow, SetWeight, Shift, advance, event_of, start
from stranglerfig.core.shift.verdict import Kind, Verdict
from stranglerfig.errors import Conflict

PLAN = Plan(steps=(100, 2_500, 10_000))
EVENTS = st.lists(st.sampled_from(Event), max_size=40)


def at(phase: Phase, step: int = 0) -> Shift:
    return Shift(PLAN, 0.0, step, phase)


def after(shift: Shift, *events: Event) -> Shift:
    for event in events:
        shift, _ = advance(shift, event, event.value, 1.0)
    return shift


def test_a_shift_starts_with_its_first_step() -> None:
    shift, effects = start(PLAN, 7.0)

    assert (shift.phase, shift.weight, shift.since) == (Phase.BAKING, 100, 7.0)
    assert effects == (SetWeight(100), OpenWindow(), Notify())


def test_steps_that_pass_lead_to_the_end() -> None:
    shift, _ = start(PLAN, 0.0)
    weights = []
    while shift.is_running:
        shift, effects = advance(shift, Event.PASS, "passed", 60.0)
        weights += [effect.weight for effect in effects if isinstance(effect, SetWeight)]

    assert (shift.phase, shift.weight, weights) == (Phase.FINISHED, 10_000, [2_500, 10_000])


def test_a_breach_takes_everything_back_from_every_phase_that_runs() -> None:
    for phase in set(Phase) - ENDED:
        shift, effects = advance(at(phase, step=1), Event.FAIL, "2 % failed", 9.0)

        assert (shift.phase, shift.weight, shift.reason) == (Phase.ROLLED_BACK, 0, "2 % failed")
        assert effects == (SetWeight(0), Notify())


def test_a_finished_shift_can_still_be_rolled_back() -> None:
    shift, effects = advance(at(Phase.FINISHED, step=2), Event.ROLLBACK, "by hand", 9.0)

    assert (shift.phase, shift.weight, effects[0]) == (Phase.ROLLED_BACK, 0, SetWeight(0))


def test_what_looks_the_same_again_has_no_effect() -> None:
    assert advance(at(Phase.WAITING), Event.INCONCLUSIVE, "too few", 9.0)[1] == ()
    assert advance(at(Phase.BAKING), Event.TOO_EARLY, "9 of 60 s", 9.0)[1] == ()


def test_evidence_that_comes_back_lets_a_shift_go_on() -> None:
    holding = after(at(Phase.BAKING), Event.ERROR)

    assert holding.phase is Phase.HOLDING
    assert after(holding, Event.ERROR).weight == 100
    assert after(holding, Event.INCONCLUSIVE).phase is Phase.WAITING
    assert after(holding, Event.PASS).weight == 2_500


def test_a_pause_stops_the_steps_and_resuming_begins_the_step_anew() -> None:
    paused = after(at(Phase.WAITING, step=1), Event.PAUSE, Event.PASS, Event.INCONCLUSIVE, Event.ERROR)
    assert (paused.phase, paused.weight) == (Phase.PAUSED, 2_500)

    resumed, effects = advance(paused, Event.RESUME, "by hand", 300.0)
    assert (resumed.phase, resumed.weight, resumed.since) == (Phase.BAKING, 2_500, 300.0)
    assert effects == (OpenWindow(), Notify())


def test_promoting_takes_one_step_and_skips_none() -> None:
    assert after(at(Phase.PAUSED), Event.PROMOTE).weight == 2_500
    assert after(at(Phase.HOLDING, step=2), Event.PROMOTE).phase is Phase.FINISHED


def test_inconclusive_is_too_early_until_the_bake_time_is_over() -> None:
    verdict = Verdict(Kind.INCONCLUSIVE, "too few")

    assert event_of(verdict, at(Phase.BAKING), 59.0) is Event.TOO_EARLY
    assert event_of(verdict, at(Phase.BAKING), 60.0) is Event.INCONCLUSIVE
    assert event_of(Verdict(Kind.FAIL, "worse"), at(Phase.BAKING), 1.0) is Event.FAIL


@pytest.mark.parametrize(
    ("phase", "event", "message", "hint"),
    [
        (Phase.BAKING, Event.RESUME, "is BAKING cannot be resumed", "Possible now: pause, promote, abort, rollback."),
        (Phase.FINISHED, Event.PAUSE, "is FINISHED cannot be paused", "Possible now: rollback."),
        (Phase.ABORTED, Event.ROLLBACK, "is ABORTED cannot be rolled back", "Start another shift."),
        (Phase.ROLLED_BACK, Event.PASS, "is ROLLED_BACK cannot be judged", "Start another shift."),
    ],
)
def test_what_a_phase_does_not_know_is_refused(phase: Phase, event: Event, message: str, hint: str) -> None:
    with pytest.raises(Conflict, match=message) as caught:
        advance(at(phase), event, "", 1.0)

    assert caught.value.hint == hint


def test_every_verdict_has_an_answer_in_every_phase_that_runs() -> None:
    verdicts = {Event.TOO_EARLY, *(Event[kind.name] for kind in Kind)}

    for phase in set(Phase) - ENDED:
        assert verdicts <= set(TABLE[phase])
    assert all(move is Move.BACK for phase in ENDED for _, move in TABLE[phase].values())


@given(events=EVENTS, steps=st.integers(1, 6))
def test_no_step_is_skipped_and_only_the_table_moves_traffic(events: list[Event], steps: int) -> None:
    plan = Plan(steps=(*range(1, steps), 10_000))
    shift, effects = start(plan, 0.0)
    weight = last_weight(effects, 0)
    for now, event in enumerate(events, start=1):
        if event not in TABLE[shift.phase]:
            continue
        before = shift
        shift, effects = advance(before, event, "", now)
        weight = last_weight(effects, weight)
        _, move = TABLE[before.phase][event]
        assert shift.step - before.step == (move is Move.NEXT and not plan.is_last(before.step))
        assert (shift.weight == 0) == (shift.phase in (Phase.ROLLED_BACK, Phase.ABORTED))
        assert move is not Move.STAY or shift.weight == before.weight
        # Whoever is killed here and reads the shift again sets the weight that the effects had set.
        assert weight == shift.weight


def last_weight(effects: tuple[Effect, ...], otherwise: int) -> int:
    return next((effect.weight for effect in effects if isinstance(effect, SetWeight)), otherwise)
