"""What a step makes of the records when it begins, ends, fails or is cancelled (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from stranglerfig.core.cloudformation.stacks.deeds import Deed, Step
from stranglerfig.core.cloudformation.stacks.records import Incarnation, StackResource
from stranglerfig.core.cloudformation.stacks.states import BUSY, FAILED_OF, ResourceStatus


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
    resource: StackResource
    notes: tuple[Note, ...] = ()


_BEGINNINGS = {
    Deed.CREATE: ResourceStatus.CREATE_IN_PROGRESS,
    Deed.UPDATE: ResourceStatus.UPDATE_IN_PROGRESS,
    Deed.REPLACE: ResourceStatus.UPDATE_IN_PROGRESS,
}
_ENDS = {
    ResourceStatus.CREATE_IN_PROGRESS: ResourceStatus.CREATE_COMPLETE,
    ResourceStatus.UPDATE_IN_PROGRESS: ResourceStatus.UPDATE_COMPLETE,
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
    done = _with_predecessor(step, done, old, made)
    return Effect(done, (_note(done, made.physical_id, step.properties),))


def _with_predecessor(step: Step, done: StackResource, old: Incarnation | None, made: Made) -> StackResource:
    """What stood there either may be gone back to, or leaves, or is gone."""
    if old is None:
        return done
    before = done.before
    if before is None and not step.is_back:
        return replace(done, before=old, is_swapped=made.is_swapped)
    if old.physical_id == made.physical_id:
        return done
    if before is not None and before.physical_id == old.physical_id and not step.is_back:
        return replace(done, is_swapped=made.is_swapped)
    if step.is_back:
        done = replace(done, before=None, is_swapped=False)
    return done if made.is_swapped else replace(done, leaving=(*done.leaving, replace(old, deletion_policy="Delete")))


def restore(resource: StackResource, now: float) -> Effect:
    """What stood for it before stands for it again."""
    before, leaving = resource.before, resource.leaving
    assert before is not None
    if resource.now is not None and resource.now.physical_id != before.physical_id:
        leaving = (*leaving, replace(resource.now, deletion_policy="Delete"))
    status = ResourceStatus.UPDATE_COMPLETE
    back = replace(resource, status=status, updated_at=now, reason=None, now=before, before=None, leaving=leaving)
    return Effect(back, (_note(back, before.physical_id),))


def begin_deletion(step: Step, resource: StackResource, now: float) -> Effect:
    """A resource that goes on as another thing keeps its status."""
    status = ResourceStatus.DELETE_IN_PROGRESS
    if resource.status is status:
        return Effect(resource)
    notes = tuple(_leaving_note(step, one, status) for one in step.doomed)
    if _stays(step, resource) or not step.doomed:
        return Effect(resource, notes)
    return Effect(replace(resource, status=status, updated_at=now, reason=None), notes)


def finish_deletion(step: Step, resource: StackResource, now: float) -> Effect:
    gone, skipped = ResourceStatus.DELETE_COMPLETE, ResourceStatus.DELETE_SKIPPED
    notes = (
        *(_leaving_note(step, one, gone) for one in step.doomed),
        *(_leaving_note(step, one, skipped) for one in step.spared),
    )
    if not notes:
        # It was never there: its creation failed before.
        notes = (Note(step.logical_id, "", step.type, gone),)
    rest = tuple(one for one in resource.leaving if one not in (*step.doomed, *step.spared))
    kept = replace(resource, leaving=rest, has_failed=False)
    if not _stays(step, resource):
        status = skipped if resource.now in step.spared else gone
        kept = replace(kept, status=status, updated_at=now, reason=None)
    return Effect(kept, notes)


def fail_deletion(step: Step, resource: StackResource, reason: str, now: float) -> Effect:
    status = ResourceStatus.DELETE_FAILED
    failed = replace(resource, has_failed=True)
    if not _stays(step, resource):
        failed = replace(failed, status=status, updated_at=now, reason=reason, is_unsure=True)
    return Effect(failed, tuple(replace(_leaving_note(step, one, status), reason=reason) for one in step.doomed))


def _stays(step: Step, resource: StackResource) -> bool:
    """What stands for it now is another matter; or that is gone, and what failed before is not."""
    return resource.now is not None and resource.now not in (*step.doomed, *step.spared)


def _leaving_note(step: Step, one: Incarnation, status: ResourceStatus) -> Note:
    return Note(step.logical_id, one.physical_id, one.type, status)


def fail(step: Step, resource: StackResource | None, reason: str, now: float) -> Effect:
    """Of all but a deletion. What was to be updated may be half of what it was to become."""
    is_there = resource is not None and resource.is_there
    status = ResourceStatus.UPDATE_FAILED if is_there else ResourceStatus.CREATE_FAILED
    known = resource or StackResource(step.logical_id, step.type, status, now)
    failed = replace(
        known,
        status=status,
        updated_at=now,
        reason=reason,
        has_failed=True,
        is_unsure=known.is_unsure or step.deed is Deed.UPDATE,
        before=known.now if is_there and known.before is None else known.before,
    )
    return Effect(failed, (_note(failed, failed.physical_id, step.properties or None),))


def cancel(step: Step, resource: StackResource, now: float) -> Effect:
    """A creation, because another step has failed."""
    return fail(step, resource, "Resource creation cancelled", now)


def at_rest(resource: StackResource, now: float) -> StackResource:
    """As a phase begins with it: what failed is to be deleted, and may be tried again. Nothing is being done to it."""
    leaving = resource.leaving
    if resource.coming is not None:
        leaving = (*leaving, replace(resource.coming, deletion_policy="Delete"))
    rested = replace(resource, leaving=leaving, coming=None, has_failed=False)
    if resource.status not in BUSY:
        return rested
    return replace(rested, status=FAILED_OF[resource.status], updated_at=now, is_unsure=True)


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
