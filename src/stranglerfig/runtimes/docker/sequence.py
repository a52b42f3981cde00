"""Which of a task's containers may start, which are told to end next, and whether the task is over. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stranglerfig.core.containers import Condition
from stranglerfig.runtimes.docker.labels import Part
from stranglerfig.runtimes.docker.replies import ContainerState

States = Mapping[str, ContainerState]


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next: ``ready`` may start now. ``obstacle`` says why one never will."""

    ready: tuple[str, ...] = ()
    obstacle: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a task is over. ``culprit`` is the container that ended it, None when the task could not go on for another
    reason; ``reason`` is empty when the end of the culprit says it all.
    """

    culprit: ContainerState | None
    reason: str = ""


def plan_start(parts: Sequence[Part], states: States) -> Step:
    ready: list[str] = []
    for part in parts:
        state = states.get(part.name)
        if state is None or state.has_started:
            continue
        answers = [_judge(part.name, name, condition, states.get(name)) for name, condition in part.depends_on]
        obstacles = [answer for answer in answers if isinstance(answer, str)]
        if obstacles:
            return Step(obstacle=obstacles[0])
        if all(answers):
            ready.append(part.name)
    return Step(ready=tuple(ready))


def decide_end(parts: Sequence[Part], states: States) -> Verdict | None:
    """None: the task goes on."""
    for part in parts:
        state = states.get(part.name)
        if part.essential and (state is None or state.has_ended):
            if state is None:
                return Verdict(None, f"the container {part.name} has been removed")
            return Verdict(state)
    if states and all(state.has_ended for state in states.values() if not state.part.is_holder):
        return Verdict(next(reversed(list(states.values()))))
    return None


def plan_stop(parts: Sequence[Part], states: States) -> tuple[str, ...]:
    """Running containers that no other running one was waiting for: they are the next to be told."""
    running = [part for part in parts if part.name in states and states[part.name].is_running]
    needed = {name for part in running for name, _ in part.depends_on}
    free = tuple(part.name for part in running if part.name not in needed and not part.is_holder)
    return free or tuple(part.name for part in running if not part.is_holder)


def find_cycle(parts: Sequence[Part]) -> tuple[str, ...]:
    """Containers that wait for each other, or for one that is not there; empty when all can start."""
    waiting = {part.name: {name for name, _ in part.depends_on} for part in parts}
    while free := [name for name, needed in waiting.items() if not needed]:
        for name in free:
            del waiting[name]
        for needed in waiting.values():
            needed.difference_update(free)
    return tuple(waiting)


def _judge(waiting: str, name: str, condition: Condition, state: ContainerState | None) -> bool | str:
    """Whether the condition holds, or why it never will."""
    if state is None:
        return f"{waiting} waits for {name}, which is not there"
    if not state.has_started:
        return False
    match condition:
        case Condition.START:
            return True
        case Condition.COMPLETE:
            return state.has_ended
        case Condition.SUCCESS if state.has_ended and state.exit_code != 0:
            return f"{waiting} waits for the success of {name}, which ended with exit status {state.exit_code}"
        case Condition.SUCCESS:
            return state.has_ended
        case Condition.HEALTHY:
            return _judge_health(f"{waiting} waits until {name} is healthy", state)


def _judge_health(wait: str, state: ContainerState) -> bool | str:
    if state.has_ended:
        return f"{wait}, and that has ended with exit status {state.exit_code}"
    match state.health:
        case "unhealthy":
            return f"{wait}, and its health check fails"
        case "none":
            return f"{wait}, and that has no health check"
        case health:
            return health == "healthy"
