"""A stack and a world that it is made in, played by the decisions alone: whoever plays says what succeeds, and when."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks import beginnings, effects
from stranglerfig.core.cloudformation.stacks.deeds import Deed, Step
from stranglerfig.core.cloudformation.stacks.effects import Effect, Made
from stranglerfig.core.cloudformation.stacks.records import Definition, Incarnation, Operation, Stack, StackResource
from stranglerfig.core.cloudformation.stacks.scene import Scene, to_goal
from stranglerfig.core.cloudformation.stacks.states import BUSY, RUNNING, OnFailure, Status
from stranglerfig.core.cloudformation.stacks.steps import next_steps
from stranglerfig.core.cloudformation.stacks.turns import Turn, turn

Tree = dict[str, Any]
REGION = "us-east-1"
THING = "AWS::RefactorSpaces::Environment"
MOST_MOVES = 2_000


@dataclass
class Play:
    """``pick`` is asked for a number below another one. ``world`` holds what is there, by physical id.

    A resource whose name begins with S is swapped when it is replaced. ``crashes`` are how often all that is begun is
    forgotten, but by the books.
    """

    pick: Callable[[int], int]
    may_fail: bool = False
    crashes: int = 0
    stack: Stack = field(default_factory=lambda: Stack("arn:stack", "play", "000000000000", Definition("", {}), 0.0))
    resources: dict[str, StackResource] = field(default_factory=dict)
    world: dict[str, Tree] = field(default_factory=dict)
    events: list[tuple[str, str]] = field(default_factory=list)
    live: dict[str, Step] = field(default_factory=dict)
    reached: frozenset[str] = frozenset()
    serial: int = 0

    def create(self, tree: Tree, on_failure: OnFailure = OnFailure.ROLLBACK) -> Status:
        self.stack = Stack("arn:stack", "play", "000000000000", Definition("", tree), 0.0)
        return self.play(beginnings.to_creation(self.stack, self.operation(on_failure), REGION, {}))

    def update(self, tree: Tree, on_failure: OnFailure = OnFailure.ROLLBACK) -> Status:
        operation = self.operation(on_failure)
        wanted = Definition("", tree)
        return self.play(beginnings.to_update(self.stack, self.resources, wanted, operation, REGION, {}))

    def roll_back(self) -> Status:
        return self.play(beginnings.to_rollback(self.stack, self.resources, self.operation()))

    def delete(self) -> Status:
        return self.play(beginnings.to_deletion(self.stack, self.resources, self.operation()))

    def operation(self, on_failure: OnFailure = OnFailure.ROLLBACK) -> Operation:
        self.serial += 1
        return Operation(str(self.serial), Caller("000000000000", "AKIA"), on_failure=on_failure)

    def play(self, begun: Turn) -> Status:
        self._turn(begun)
        for _ in range(MOST_MOVES):
            if self.stack.status not in RUNNING:
                return self.stack.status
            self._move()
        raise AssertionError(f"it does not end: {self.events[-20:]}")

    def standing(self) -> dict[str, str]:
        """What the books say is there."""
        return {one.logical_id: one.now.physical_id for one in self.resources.values() if one.is_there and one.now}

    def _move(self) -> None:
        scene = self._scene()
        if scene.is_failing:
            for name, step in [*self.live.items()]:
                if step.deed is Deed.CREATE and self.resources[name].status in BUSY:
                    self._apply(effects.cancel(step, self.resources[name], 0.0))
                    del self.live[name]
            scene = self._scene()
        outlook = next_steps(scene)
        self.reached = outlook.reached
        instant = False
        for step in outlook.steps:
            if step.logical_id not in self.live:
                instant |= self._begin(step)
        if instant:
            return
        if self.live:
            if self.crashes and self.pick(8) == 0:
                self.crashes -= 1
                self.live, self.reached = {}, frozenset()
                return
            name = sorted(self.live)[self.pick(len(self.live))]
            self._end(self.live.pop(name))
        elif not outlook.steps:
            self._turn(turn(scene, 0.0))

    def _begin(self, step: Step) -> bool:
        """Whether it is done already."""
        resource = self.resources.get(step.logical_id)
        if step.deed is Deed.REFUSE:
            self._apply(effects.fail(step, resource, step.reason, 0.0))
            return True
        if step.deed is Deed.RESTORE and resource is not None:
            self._apply(effects.restore(resource, 0.0))
            return True
        self.live[step.logical_id] = step
        if step.deed is Deed.DELETE and resource is not None:
            self._apply(effects.begin_deletion(step, resource, 0.0))
            return False
        self._apply(effects.begin(step, resource, 0.0))
        if step.deed in (Deed.CREATE, Deed.REPLACE):
            self._start(step)
        return False

    def _start(self, step: Step) -> None:
        physical_id = f"{step.logical_id}-{self.stack.operation.serial if self.stack.operation else ''}"
        if self.stack.status is Status.UPDATE_ROLLBACK_IN_PROGRESS:
            physical_id += "-back"
        self.world[physical_id] = step.properties
        self._apply(effects.start(step, self.resources[step.logical_id], physical_id, "", 0.0))

    def _end(self, step: Step) -> None:
        resource = self.resources[step.logical_id]
        if self.may_fail and self.pick(4) == 0:
            failed = effects.fail_deletion if step.deed is Deed.DELETE else effects.fail
            self._apply(failed(step, resource, "it was to fail", 0.0))
        elif step.deed is Deed.DELETE:
            for one in step.doomed:
                self._remove(one)
            self._apply(effects.finish_deletion(step, resource, 0.0))
        else:
            self._apply(effects.complete(step, resource, self._made(step, resource), "", 0.0))

    def _made(self, step: Step, resource: StackResource) -> Made:
        physical_id = resource.physical_id
        self.world[physical_id] = step.properties
        is_swapped = step.deed is Deed.REPLACE and step.logical_id.startswith("S")
        if is_swapped and resource.now is not None:
            self.world.pop(resource.now.physical_id, None)
        return Made(physical_id, {"Ref": physical_id}, is_swapped=is_swapped)

    def _remove(self, one: Incarnation) -> None:
        self.world.pop(one.physical_id, None)
        users = [name for name, properties in self.world.items() if f'"{one.physical_id}"' in json.dumps(properties)]
        sure = set(self.standing().values()) - {
            row.physical_id for row in self.resources.values() if row.is_unsure or row.has_failed or row.leaving
        }
        assert not sure.intersection(users), f"{one.physical_id} goes while {users} need it"

    def _turn(self, after: Turn) -> None:
        self.stack, self.reached = after.stack, frozenset()
        self.resources |= {one.logical_id: one for one in after.resources}
        for name in after.gone:
            del self.resources[name]
        self.events.append((self.stack.name, self.stack.status.value))

    def _apply(self, effect: Effect) -> None:
        self.resources[effect.resource.logical_id] = effect.resource
        self.events += [(note.logical_id, note.status.value) for note in effect.notes]

    def _scene(self) -> Scene:
        return Scene(self.stack, dict(self.resources), to_goal(self.stack, REGION), REGION, {}, {}, {}, self.reached)


def a_tree(**things: Tree) -> Tree:
    return {"Resources": {name: {"Type": THING, **declared} for name, declared in things.items()}}


def a_thing(name: str = "thing", *, needs: tuple[str, ...] = (), refers: str | None = None, **more: Any) -> Tree:
    """A change of ``name`` or of what it ``refers`` to by its description replaces it; ``tag`` changes in place."""
    tag = more.pop("tag", None)
    properties: Tree = {"Name": name, "NetworkFabricType": "NONE"}
    if refers is not None:
        properties["Description"] = {"Ref": refers}
    if tag is not None:
        properties["Tags"] = [{"Key": "tag", "Value": tag}]
    return {"Properties": properties, "DependsOn": list(needs), **more}
