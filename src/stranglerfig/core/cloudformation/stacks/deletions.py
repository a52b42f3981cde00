"""What is to be deleted, and when its time has come: nothing that was made of it is there any more (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stranglerfig.core.cloudformation.stacks.deeds import Deed, Step
from stranglerfig.core.cloudformation.stacks.records import Incarnation, StackResource
from stranglerfig.core.cloudformation.stacks.scene import Phase, Scene
from stranglerfig.core.cloudformation.stacks.states import GONE, Status

#: deletion policies that leave a thing where it is; the latter not where its creation is taken back
RETAINING = ("Retain", "RetainExceptOnCreate")

#: a logical and a physical id
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Leaver:
    """``incarnation`` None: there is nothing but a record of it."""

    resource: StackResource
    incarnation: Incarnation | None

    @property
    def key(self) -> Key:
        return self.resource.logical_id, "" if self.incarnation is None else self.incarnation.physical_id


def deletions(scene: Scene) -> tuple[Step, ...]:
    leavers = {one.key: one for resource in scene.resources.values() for one in _leavers(scene, resource)}
    ready: set[Key] = set()
    # Things of an operation that was never finished may need each other in a circle: by what the template says, and
    # hardly by what they really hold of each other.
    for is_strict in (False, True):
        ready = ready or _ready(leavers, _needs(leavers.values(), is_strict=is_strict))
    if not ready and not any(one.resource.has_failed for one in leavers.values()):
        ready = {*leavers}
    chosen = [leaver for key, leaver in leavers.items() if key in ready]
    resources = {one.resource.logical_id: one.resource for one in chosen}
    return tuple(
        _step(scene, resource, [one.incarnation for one in chosen if one.resource is resource and one.incarnation])
        for resource in resources.values()
    )


def _ready(leavers: Mapping[Key, _Leaver], needs: Mapping[Key, set[Key]]) -> set[Key]:
    # What could not be deleted still needs what it was made of.
    held = _reachable(needs, (key for key in leavers if leavers[key].resource.has_failed))
    going = leavers.keys() - held
    return going - {need for key in going for need in needs[key]}


def _step(scene: Scene, resource: StackResource, leaving: list[Incarnation]) -> Step:
    spared = tuple(one for one in leaving if _is_spared(scene, resource, one))
    doomed = tuple(one for one in leaving if one not in spared)
    return Step(Deed.DELETE, resource.logical_id, resource.type, doomed=doomed, spared=spared)


def _leavers(scene: Scene, resource: StackResource) -> Iterable[_Leaver]:
    is_clear = scene.phase is Phase.CLEAR
    found = [*resource.leaving]
    if resource.now is not None and resource.is_there and (is_clear or resource.logical_id not in scene.goal.active):
        found.append(resource.now)
    if not found and is_clear and resource.status not in GONE:
        return [_Leaver(resource, None)]
    return [_Leaver(resource, one) for one in found]


def _is_spared(scene: Scene, resource: StackResource, one: Incarnation) -> bool:
    operation = scene.stack.operation
    if scene.stack.status is Status.DELETE_IN_PROGRESS and operation and resource.logical_id in operation.retain:
        return True
    is_made_now = scene.stack.status in (
        Status.ROLLBACK_IN_PROGRESS,
        Status.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS,
    )
    return one.deletion_policy in (RETAINING[:1] if is_made_now else RETAINING)


def _needs(leavers: Iterable[_Leaver], *, is_strict: bool) -> dict[Key, set[Key]]:
    """Of each on others. A resource may leave as several things, of which another one was made of one.

    ``is_strict``: only what holds the other's id needs it.
    """
    by_name: dict[str, list[_Leaver]] = {}
    for one in leavers:
        by_name.setdefault(one.resource.logical_id, []).append(one)
    return {
        leaver.key: {
            need.key
            for name in (leaver.incarnation.needs if leaver.incarnation else ())
            if name != leaver.resource.logical_id
            for need in _meant(leaver.incarnation, by_name.get(name, []), is_strict=is_strict)
        }
        for leavers in by_name.values()
        for leaver in leavers
    }


def _meant(user: Incarnation | None, candidates: list[_Leaver], *, is_strict: bool) -> list[_Leaver]:
    """Those whose ids stand in the user's properties; all, where that tells nothing."""
    if user is None or (len(candidates) < 2 and not is_strict):
        return candidates
    text = json.dumps(user.properties)
    meant = [one for one in candidates if one.incarnation and any(word in text for word in _words(one.incarnation))]
    return meant if is_strict else meant or candidates


def _words(one: Incarnation) -> list[str]:
    """What tells it from others: its id, and as its last part the id that other properties ask for."""
    return [one.physical_id, one.physical_id.rpartition("|")[2]]


def _reachable(needs: Mapping[Key, set[Key]], starts: Iterable[Key]) -> set[Key]:
    found: set[Key] = set()
    coming = [*starts]
    while coming:
        key = coming.pop()
        if key not in found:
            found.add(key)
            coming += needs.get(key, ())
    return found
