"""What a step makes of the records when it begins, ends, fails or is cancelled (pure)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from stranglerfig.core.cloudformation.stacks.records import Incarnation, StackResource
from stranglerfig.core.cloudformation.stacks.states import BUSY, ResourceStatus
from stranglerfig.core.cloudformation.stacks.steps import Deed, Step


@dataclass(frozen=True, slots=True)
class Made:
    """What stands for a resource after a step. ``is_swapped``: what stood there before is gone by that."""

    physical_id: str
    attributes: dict[str, Any]
    note: str | None = None
    is_swapped: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """An event, but for its id and time."""

    logical_id: str
    physical_id: str
    type: str
    status: ResourceStatus
    reason: str | None = None
    properties: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """``resource`` None: nothing is known of it any more."""

    resource: StackResource
    notes: tuple[Note, ...] = ()


_BEGINNINGS = {
    Deed.CREATE: ResourceStatus.CREATE_IN_PROGRESS,
    Deed.UPDATE: ResourceStatus.UPDATE_IN_PROGRESS,
    Deed.REPLACE: ResourceStatus.UPDATE_IN_PROGRESS,
    Deed.DELETE: ResourceStatus.DELETE_IN_PROGRESS,
}
_ENDS = {
    ResourceStatus.CREATE_IN_PROGRESS: ResourceStatus.CREATE_COMPLETE,
    ResourceStatus.UPDATE_IN_PROGRESS: ResourceStatus.UPDATE_COMPLETE,
    ResourceStatus.DELETE_IN_PROGRESS: ResourceStatus.DELETE_COMPLETE,
}
_FAILURES = {
    ResourceStatus.CREATE_IN_PROGRESS: ResourceStatus.CREATE_FAILED,
    ResourceStatus.UPDATE_IN_PROGRESS: ResourceStatus.UPDATE_FAILED,
    ResourceStatus.DELETE_IN_PROGRESS: ResourceStatus.DELETE_FAILED,
}
REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."
INITIATED = "Resource creation Initiated"


def begin(step: Step, resource: StackResource | None, now: float) -> Effect:
    """Without a note where it had begun before a crash."""
    status = _BEGINNINGS[step.deed]
    if resource is not None and resource.status is status:
        return Effect(resource)
    known = resource or StackResource(step.logical_id, step.type, status, now)
    begun = replace(known, type=step.type, status=status, updated_at=now, reason=None, now=_standing(step, known))
    if step.deed is Deed.REPLACE:
        begun = replace(begun, reason=REPLACING)
    physical_id = "" if step.deed is Deed.CREATE else begun.physical_id
    return Effect(begun, (_note(begun, physical_id, step.properties),))


def start(step: Step, resource: StackResource, physical_id: str, token: str, now: float) -> Effect:
    """Something is being made, and known by this id from now on."""
    if resource.coming is not None and resource.coming.physical_id == physical_id:
        return Effect(resource)
    coming = _incarnation(step, physical_id, {}, token)
    started = replace(resource, coming=coming, updated_at=now, reason=INITIATED)
    return Effect(started, (_note(started, physical_id, step.properties),))


def complete(step: Step, resource: StackResource, made: Made, token: str, now: float) -> Effect:
    """Of a creation, an update or a replacement."""
    old = resource.now
    coming = _incarnation(step, made.physical_id, made.attributes, token)
    if step.deed is Deed.UPDATE and old is not None:
        coming = replace(coming, token=old.token)
    done = replace(
        resource,
        status=_ENDS[resource.status],
        updated_at=now,
        reason=made.note,
        now=coming,
        coming=None,
        is_unsure=False,
        has_failed=False,
        metadata=None if step.declaration is None else step.declaration.metadata,
    )
    if old is not None and resource.before is None:
        done = replace(done, before=old, is_swapped=made.is_swapped)
    elif old is not None and step.deed is Deed.REPLACE and not made.is_swapped:
        done = replace(done, leaving=(*done.leaving, replace(old, deletion_policy="Delete")))
    return Effect(done, (_note(done, made.physical_id, step.properties),))


def restore(resource: StackResource, now: float) -> Effect:
    """What stood for it before stands for it again."""
    before, leaving = resource.before, resource.leaving
    assert before is not None
    if resource.now is not None and resource.now.physical_id != before.physical_id:
        leaving = (*leaving, replace(resource.now, deletion_policy="Delete"))
    status = ResourceStatus.UPDATE_COMPLETE
    back = replace(resource, status=status, updated_at=now, reason=None, now=before, leaving=leaving)
    return Effect(back, (_note(back, before.physical_id),))


def finish_deletion(step: Step, resource: StackResource, now: float) -> Effect:
    """For a resource that goes on as another thing, only what leaves is gone."""
    stays = resource.now is not None and resource.now not in (*step.doomed, *step.spared)
    status = ResourceStatus.DELETE_SKIPPED if resource.now in step.spared else ResourceStatus.DELETE_COMPLETE
    notes = tuple(
        Note(step.logical_id, one.physical_id, one.type, ResourceStatus.DELETE_COMPLETE) for one in step.doomed
    ) + tuple(Note(step.logical_id, one.physical_id, one.type, ResourceStatus.DELETE_SKIPPED) for one in step.spared)
    kept = replace(resource, leaving=(), coming=None, has_failed=False)
    if stays:
        return Effect(replace(kept, status=ResourceStatus.UPDATE_COMPLETE, updated_at=now), notes)
    return Effect(replace(kept, status=status, updated_at=now, reason=None), notes)


def fail(step: Step, resource: StackResource | None, reason: str, now: float) -> Effect:
    """It may be half of what it was to become."""
    status = _FAILURES.get(resource.status) if resource is not None else None
    if status is None:
        is_there = resource is not None and resource.is_there
        status = ResourceStatus.UPDATE_FAILED if is_there else ResourceStatus.CREATE_FAILED
    known = resource or StackResource(step.logical_id, step.type, status, now)
    is_unsure = known.is_unsure or step.deed in (Deed.UPDATE, Deed.DELETE)
    failed = replace(
        known,
        status=status,
        updated_at=now,
        reason=reason,
        has_failed=True,
        is_unsure=is_unsure,
        before=known.now if step.deed in (Deed.UPDATE, Deed.REPLACE) and known.before is None else known.before,
    )
    return Effect(failed, (_note(failed, failed.physical_id, step.properties or None),))


def cancel(step: Step, resource: StackResource, now: float) -> Effect:
    """A creation, because another step has failed."""
    return fail(step, resource, "Resource creation cancelled", now)


def at_rest(resource: StackResource) -> StackResource:
    """As a phase begins with it: what failed is to be deleted, and may be tried again."""
    if resource.status in BUSY:
        return resource
    leaving = resource.leaving
    if resource.coming is not None:
        leaving = (*leaving, replace(resource.coming, deletion_policy="Delete"))
    return replace(resource, leaving=leaving, coming=None, has_failed=False)


def settle_before(resource: StackResource) -> StackResource:
    """There is no going back any more: what another thing stands for now is to leave."""
    before = resource.before
    is_other = before is not None and (resource.now is None or resource.now.physical_id != before.physical_id)
    leaving = resource.leaving
    if before is not None and is_other and not resource.is_swapped:
        leaving = (*leaving, replace(before, deletion_policy=before.update_replace_policy))
    return replace(resource, before=None, is_swapped=False, leaving=leaving)


def _standing(step: Step, known: StackResource) -> Incarnation | None:
    """What is made anew after its deletion begins with nothing."""
    return known.now if step.deed is not Deed.CREATE else None


def _incarnation(step: Step, physical_id: str, attributes: dict[str, Any], token: str) -> Incarnation:
    declaration = step.declaration
    return Incarnation(
        step.type,
        physical_id,
        step.properties,
        attributes,
        step.needs,
        token,
        "Delete" if declaration is None else declaration.deletion_policy,
        "Delete" if declaration is None else declaration.update_replace_policy,
    )


def _note(resource: StackResource, physical_id: str, properties: dict[str, Any] | None = None) -> Note:
    return Note(resource.logical_id, physical_id, resource.type, resource.status, resource.reason, properties)


#: what the one who carries steps out tells of one
Happening = Callable[[StackResource], Effect]
