"""kill -9 of the real daemon at every transition of a shift, in each of its moments, while clients go on asking.

What is tried comes from the table of phases: one that is added there has no scene here, and fails.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from stranglerfig.core.shift.phases import TABLE, Event, Phase
from stranglerfig.core.shift.shift import Shift, advance
from stranglerfig.dataplane.counting import COUNTERS
from stranglerfig.errors import FigError
from tests.acceptance.conftest import Say
from tests.acceptance.machine import kill_and_wait, wait_until
from tests.acceptance.programs.mortal_daemon import AFTER_ACTING, BEFORE_COMMIT, DEATHS
from tests.acceptance.shift_deaths import BROKEN, LIMIT_S, Stage, Terms, Transition, a_stage
from tests.acceptance.traffic import fresh, keep_alive, posts, traffic_on
from tests.effort import IS_FULL, amount

TRANSITIONS = [Transition(phase, event) for phase, row in TABLE.items() for event in row]


@dataclass(frozen=True)
class Scene:
    """``stands`` brings the shift, which has just been started, to its phase; None: its start is all it takes, and the
    event follows on it. ``comes`` makes the event happen. ``health`` is of a candidate that is the route's own."""

    terms: Terms = Terms()
    comes: Callable[[Stage, Transition], None] = lambda *_: None
    stands: Callable[[Stage, str], None] | None = None
    health: int | None = None


BAKED = Terms(bake_s=0)
EASY = Terms(bake_s=0, minimum=1, increase=100)
#: all at once: there is no legacy to compare with
WHOLE = Terms(steps=(100.0,))
#: what a shift that is given early has behind it when its turn comes
SOON_S = 8.0
ASKED = (Event.PAUSE, Event.PROMOTE, Event.ABORT, Event.ROLLBACK)


def is_asked(stage: Stage, transition: Transition) -> None:
    with contextlib.suppress(FigError):
        stage.ask(transition.name, transition.event)


def is_answered_well(stage: Stage, transition: Transition) -> None:
    stage.send(transition.name, "good", lambda _: stage.is_dead())


def is_answered_badly(stage: Stage, transition: Transition) -> None:
    stage.send(transition.name, BROKEN, lambda _: stage.is_dead())


def falls_ill(stage: Stage, transition: Transition) -> None:
    stage.become(transition.name, 503)


def recovers(stage: Stage, transition: Transition) -> None:
    stage.become(transition.name, 200)


def recovers_with_evidence(stage: Stage, transition: Transition) -> None:
    answers: Counter[str] = Counter()

    def is_enough(by: str) -> bool:
        answers[by] += 1
        return len(answers) == 2 and min(answers.values()) >= 20

    stage.send(transition.name, "good", is_enough)
    recovers(stage, transition)


def loses_its_counts(stage: Stage, transition: Transition) -> None:
    """Of a worker that has ended they are in a file alone."""
    stage.until(transition.name, Phase.WAITING)
    kill_and_wait(stage.pid)
    (stage.machine.home / "run" / COUNTERS).unlink()
    stage.launch()


def in_phase(phase: Phase) -> Callable[[Stage, str], None]:
    return lambda stage, name: stage.until(name, phase)


def paused(stage: Stage, name: str) -> None:
    stage.ask(name, Event.PAUSE)


def finished(stage: Stage, name: str) -> None:
    stage.ask(name, Event.PROMOTE)


baking, waiting, holding = map(in_phase, (Phase.BAKING, Phase.WAITING, Phase.HOLDING))
SCENES = {
    Transition(Phase.BAKING, Event.TOO_EARLY): Scene(),
    Transition(Phase.BAKING, Event.INCONCLUSIVE): Scene(BAKED),
    Transition(Phase.BAKING, Event.PASS): Scene(Terms(bake_s=1, minimum=1, increase=100), is_answered_well),
    Transition(Phase.BAKING, Event.FAIL): Scene(Terms(), is_answered_badly, baking),
    Transition(Phase.BAKING, Event.ERROR): Scene(WHOLE),
    **{Transition(Phase.BAKING, event): Scene(Terms(), is_asked, baking) for event in ASKED},
    Transition(Phase.WAITING, Event.TOO_EARLY): Scene(Terms(bake_s=SOON_S), loses_its_counts, baking),
    Transition(Phase.WAITING, Event.INCONCLUSIVE): Scene(BAKED),
    Transition(Phase.WAITING, Event.PASS): Scene(EASY, is_answered_well),
    Transition(Phase.WAITING, Event.FAIL): Scene(BAKED, is_answered_badly, waiting),
    Transition(Phase.WAITING, Event.ERROR): Scene(BAKED, falls_ill, waiting, health=200),
    **{Transition(Phase.WAITING, event): Scene(BAKED, is_asked, waiting) for event in ASKED},
    Transition(Phase.HOLDING, Event.TOO_EARLY): Scene(Terms(), recovers, holding, health=503),
    Transition(Phase.HOLDING, Event.INCONCLUSIVE): Scene(BAKED, recovers, holding, health=503),
    Transition(Phase.HOLDING, Event.PASS): Scene(EASY, recovers_with_evidence, holding, health=503),
    Transition(Phase.HOLDING, Event.FAIL): Scene(Terms(), is_answered_badly, holding, health=503),
    Transition(Phase.HOLDING, Event.ERROR): Scene(WHOLE),
    **{Transition(Phase.HOLDING, event): Scene(WHOLE, is_asked, holding) for event in ASKED},
    Transition(Phase.PAUSED, Event.TOO_EARLY): Scene(Terms(), stands=paused),
    Transition(Phase.PAUSED, Event.INCONCLUSIVE): Scene(BAKED, stands=paused),
    Transition(Phase.PAUSED, Event.PASS): Scene(
        Terms(bake_s=SOON_S, minimum=1, increase=100), is_answered_well, paused
    ),
    Transition(Phase.PAUSED, Event.FAIL): Scene(Terms(), is_answered_badly, paused),
    Transition(Phase.PAUSED, Event.ERROR): Scene(WHOLE, stands=paused),
    **{Transition(Phase.PAUSED, event): Scene(Terms(), is_asked, paused) for event in (Event.RESUME, *ASKED[1:])},
    Transition(Phase.FINISHED, Event.ROLLBACK): Scene(WHOLE, is_asked, finished),
}


def test_every_transition_of_the_table_is_tried() -> None:
    assert set(SCENES) == set(TRANSITIONS)


@pytest.mark.torture
@pytest.mark.timeout(300)
@pytest.mark.parametrize("turn", range(amount(1, len(DEATHS))))
def test_wherever_the_daemon_dies_the_shift_goes_on_and_no_request_fails(turn: int, say: Say) -> None:
    """A sample has each transition with one death, whichever it is; all turns together have each with each."""
    seed = int(os.environ.get("FIG_SEED", 0 if IS_FULL else time.time_ns() % len(DEATHS))) + turn
    # Those whose bake time is to be over come last, the one that has something to lose at the very end.
    transitions = sorted(SCENES, key=lambda one: (SCENES[one].terms.bake_s == SOON_S, one.phase is Phase.WAITING))
    names = [one.name for one in reversed(transitions)]
    frail = {one.name: scene.health for one, scene in SCENES.items() if scene.health is not None}
    with a_stage(names, frail) as stage, traffic_on(stage.port, clients(names)) as traffic:
        for transition in reversed(transitions):
            given(stage, transition)
        for number, transition in enumerate(transitions, seed):
            tried(stage, transition, DEATHS[number % len(DEATHS)])
        tally = traffic.stop()
    assert tally.failed == 0, tally.explain()
    assert set(tally.by_kind) == {"keepalive", "fresh", "post"}
    assert {"monolith", "users"} <= set(tally.answered_by)
    say(tally.line(f"FIG_SEED={seed}, {len(transitions)} deaths of the daemon"))


def clients(names: list[str]) -> list[dict[str, Any]]:
    paths = ["/page", *(f"/{name}" for name in names)]
    return [keep_alive(100, paths, 8), fresh(30, paths, 4), posts(30, paths, 4)]


def given(stage: Stage, transition: Transition) -> None:
    scene = SCENES[transition]
    if scene.stands is not None:
        stage.start(transition.name, scene.terms)
        scene.stands(stage, transition.name)


def tried(stage: Stage, transition: Transition, death: str) -> None:
    scene, name = SCENES[transition], transition.name
    stage.order(transition, death)
    if scene.stands is None:
        with contextlib.suppress(FigError):
            stage.start(name, scene.terms)
    scene.comes(stage, transition)
    told = stage.bury(said := f"{name}, {death}")
    before = Shift(scene.terms.plan(), 0.0, told["step"], transition.phase)
    after, effects = advance(before, transition.event, "", 0.0)
    has_acted = death == AFTER_ACTING and effects
    assert stage.weights()[name] == (after if has_acted else before).weight / 100, said
    stage.start_daemon()
    assert_went_on(stage, transition, death, before)
    assert_goes_by_the_table(stage, name, scene.terms)
    wait_until(lambda: serves(stage, name), f"{said}: HAProxy serves what the books say", LIMIT_S)


def assert_went_on(stage: Stage, transition: Transition, death: str, before: Shift) -> None:
    name, said = transition.name, f"{transition.name}, {death}"
    after, effects = advance(before, transition.event, "", 0.0)
    if not effects:
        assert stage.phase(name) is transition.phase, said
    elif death != BEFORE_COMMIT:
        assert has_taken(stage, transition, before), said
        # Who is answered finds everything in force.
        assert after.weight == before.weight or stage.weights()[name] != before.weight / 100, said
    elif transition.event in ASKED or transition.event is Event.RESUME:
        assert not has_taken(stage, transition, before), said
        stage.ask(name, transition.event)
        assert has_taken(stage, transition, before), said
    else:
        wait_until(lambda: has_taken(stage, transition, before), f"{said}: it is decided again", LIMIT_S)


def has_taken(stage: Stage, transition: Transition, before: Shift) -> bool:
    """Whether the history has the transition. It never has it twice."""
    decisions = stage.decisions(transition.name)
    found = [
        one["event"] == transition.event.value
        for last, one in itertools.pairwise(decisions)
        if (last["phase"], last["step"] - 1) == (transition.phase.value, before.step)
    ]
    assert found.count(True) <= 1, decisions
    return any(found)


def assert_goes_by_the_table(stage: Stage, name: str, terms: Terms) -> None:
    """Each decision follows on the one before it, and HAProxy served no weight that it does not tell, in its order."""
    start, *decisions = stage.decisions(name)
    shift = Shift(terms.plan(), 0.0)
    assert (start["event"], start["weight"]) == ("start", shift.weight / 100)
    weights = [start["weight"]]
    for number, one in enumerate(decisions):
        shift, _ = advance(shift, Event(one["event"]), "", float(number + 1))
        assert (one["phase"], one["step"] - 1, one["weight"]) == (shift.phase.value, shift.step, shift.weight / 100)
        weights.append(one["weight"])
    for last, weight in itertools.pairwise(weights):
        assert weight in (last, 0, *terms.steps[terms.steps.index(last) + 1 :][:1]), f"{name}: {weights}"
    told = iter(weights)
    assert all(weight in told for weight in stage.served[name]), f"{name}: {stage.served[name]} of {weights}"


def serves(stage: Stage, name: str) -> bool:
    return stage.weights()[name] == stage.shifts.show("shop", name)["weight"]
