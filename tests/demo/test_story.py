from __future__ import annotations

from stranglerfig.demo.command import demo
from stranglerfig.demo.exchange import READS
from stranglerfig.demo.story import AREAS, DRAFTS, PHASES, WINDOW_STEPS, Act

#: what starting, stopping and comparing may take beside the steps
REST_S = 15
#: what is on trial is over when the evidence is there
TRIALS_S = 20
BUDGET_S = 60


def test_every_area_is_moved_whole_before_the_monolith_is_switched_off() -> None:
    acts = [phase.act for phase in PHASES]
    until = PHASES[: acts.index(Act.IDLE)]
    last = {phase.area.name: phase.weights[-1] for phase in until if phase.area is not None and phase.weights}
    assert last == {area.name: 100 for area in AREAS}
    assert acts.index(Act.IDLE) < acts.index(Act.RETIRE)


def test_one_area_goes_back_to_nothing_and_forth_again() -> None:
    assert any(phase.weights == (0, 100) for phase in PHASES)


def test_every_draft_is_caught_before_its_service_is_tried() -> None:
    trials = [phase for phase in PHASES if phase.act in (Act.SHADOW, Act.TRIAL)]
    assert [(phase.act, phase.is_draft) for phase in trials] == [
        (Act.SHADOW, True),
        (Act.SHADOW, False),
        (Act.TRIAL, True),
        (Act.TRIAL, False),
    ]
    assert {phase.area for phase in trials if phase.is_draft} == set(DRAFTS)


def test_every_path_that_clients_ask_belongs_to_an_area() -> None:
    assert set(READS) == {area.name for area in AREAS}
    for area in AREAS:
        assert all(path.startswith(tuple(p for p, _ in area.paths)) for path, _ in READS[area.name])


def test_the_steps_of_the_default_pace_leave_time_for_the_rest() -> None:
    windows = sum(phase.act is Act.MEASURE for phase in PHASES) * WINDOW_STEPS
    single = sum(phase.act is Act.IDLE for phase in PHASES)
    steps = windows + single + sum(len(phase.weights) for phase in PHASES if phase.act is Act.SHIFT)
    pace_s = next(option.default for option in demo.params if option.name == "step_s")
    assert isinstance(pace_s, float)
    assert steps * pace_s <= BUDGET_S - TRIALS_S - REST_S
