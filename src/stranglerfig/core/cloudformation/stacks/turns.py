"""What a stack turns to when there is nothing left to do in a phase of its operation (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stranglerfig.core.cloudformation.stacks.effects import at_rest, settle_before
from stranglerfig.core.cloudformation.stacks.records import Stack, StackOutput, StackResource
from stranglerfig.core.cloudformation.stacks.scene import PHASES, Phase, Scene
from stranglerfig.core.cloudformation.stacks.states import GONE, OnFailure, ResourceStatus, Status
from stranglerfig.core.cloudformation.templates.evaluation import imports_of, outputs_of
from stranglerfig.core.cloudformation.templates.scope import UNKNOWN
from stranglerfig.core.faults import Fault

_ENDS = {
    Status.CREATE_IN_PROGRESS: Status.CREATE_COMPLETE,
    Status.UPDATE_IN_PROGRESS: Status.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS,
    Status.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: Status.UPDATE_COMPLETE,
    Status.UPDATE_ROLLBACK_IN_PROGRESS: Status.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS,
    Status.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: Status.UPDATE_ROLLBACK_COMPLETE,
    Status.ROLLBACK_IN_PROGRESS: Status.ROLLBACK_COMPLETE,
    Status.DELETE_IN_PROGRESS: Status.DELETE_COMPLETE,
}
_FAILURES = {
    Status.UPDATE_ROLLBACK_IN_PROGRESS: Status.UPDATE_ROLLBACK_FAILED,
    Status.ROLLBACK_IN_PROGRESS: Status.ROLLBACK_FAILED,
    Status.DELETE_IN_PROGRESS: Status.DELETE_FAILED,
}
_WORDS = {
    ResourceStatus.CREATE_FAILED: "create",
    ResourceStatus.UPDATE_FAILED: "update",
    ResourceStatus.DELETE_FAILED: "delete",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """``gone`` are the logical ids of what is known no more."""

    stack: Stack
    resources: tuple[StackResource, ...] = ()
    gone: tuple[str, ...] = ()


def turn(scene: Scene, now: float) -> Turn:
    """``now``: UTC seconds."""
    match scene.phase:
        case Phase.FORWARD:
            return _after_forward(scene, now)
        case Phase.BACK:
            return _after_back(scene, now)
        case Phase.CLEANUP:
            return _after_cleanup(scene, now)
        case Phase.CLEAR:
            return _after_clear(scene, now)


def _after_forward(scene: Scene, now: float) -> Turn:
    if scene.is_failing:
        return _after_failure(scene, _why(scene), now)
    try:
        outputs, imports = _outputs(scene), _imports(scene)
        _check_exports(scene, outputs)
    except Fault as fault:
        return _after_failure(scene, f"{fault.message} ", now)
    done = _moved(scene, _ENDS[scene.stack.status], None, now)
    done = replace(done, outputs=outputs, imports=imports, former=None)
    return Turn(done, tuple(settle_before(_as_declared(scene, one)) for one in scene.resources.values()))


def _after_failure(scene: Scene, reason: str, now: float) -> Turn:
    stack, operation = scene.stack, scene.stack.operation
    choice = OnFailure.ROLLBACK if operation is None else operation.on_failure
    is_update = stack.status is Status.UPDATE_IN_PROGRESS
    if choice is OnFailure.DO_NOTHING:
        return Turn(_moved(scene, Status.UPDATE_FAILED if is_update else Status.CREATE_FAILED, reason.rstrip(), now))
    resources = tuple(at_rest(one, now) for one in scene.resources.values())
    if is_update and stack.former is not None:
        return Turn(_moved(scene, Status.UPDATE_ROLLBACK_IN_PROGRESS, reason.rstrip(), now), resources)
    if choice is OnFailure.DELETE and not is_update:
        return Turn(_moved(scene, Status.DELETE_IN_PROGRESS, f"{reason}Delete requested by user.", now), resources)
    return Turn(_moved(scene, Status.ROLLBACK_IN_PROGRESS, f"{reason}Rollback requested by user.", now), resources)


def _after_back(scene: Scene, now: float) -> Turn:
    reason = _failures(scene)
    try:
        outputs, imports = _outputs(scene), _imports(scene)
    except Fault as fault:
        reason = reason or fault.message
    if reason:
        return Turn(_moved(scene, Status.UPDATE_ROLLBACK_FAILED, reason.rstrip(), now))
    done = _moved(scene, _ENDS[scene.stack.status], None, now)
    done = replace(done, definition=scene.goal.definition, former=None, outputs=outputs, imports=imports)
    done = replace(done, description=scene.goal.template.description)
    resources = (at_rest(_as_declared(scene, one), now) for one in scene.resources.values())
    return Turn(done, tuple(settle_before(one) for one in resources))


def _after_cleanup(scene: Scene, now: float) -> Turn:
    """What could not be deleted is tried again when the stack is changed again."""
    gone = tuple(one.logical_id for one in scene.resources.values() if not one.is_there and not one.leaving)
    kept = tuple(at_rest(one, now) for one in scene.resources.values() if one.logical_id not in gone)
    return Turn(_moved(scene, _ENDS[scene.stack.status], None, now), kept, gone)


def _after_clear(scene: Scene, now: float) -> Turn:
    reason = _failures(scene)
    if reason:
        rest = tuple(at_rest(one, now) for one in scene.resources.values())
        return Turn(_moved(scene, _FAILURES[scene.stack.status], reason.rstrip(), now), rest)
    done = replace(_moved(scene, _ENDS[scene.stack.status], None, now), outputs=(), imports=(), former=None)
    return Turn(replace(done, deleted_at=now) if done.status is Status.DELETE_COMPLETE else done)


def _moved(scene: Scene, status: Status, reason: str | None, now: float) -> Stack:
    is_update = status.value.startswith("UPDATE")
    updated_at = now if is_update else scene.stack.updated_at
    return replace(scene.stack, status=status, reason=reason, updated_at=updated_at)


def _why(scene: Scene) -> str:
    """It does not go on. What is late has cancelled what was being made, which is no reason of its own."""
    if scene.stack.operation is not None and scene.stack.operation.is_late:
        return "Stack creation time exceeded the specified timeout. "
    return _failures(scene) or "User Initiated. "


def _failures(scene: Scene) -> str:
    found: dict[str, list[str]] = {}
    for name in scene.failed:
        found.setdefault(_WORDS.get(scene.resources[name].status, "delete"), []).append(name)
    parts = (f"The following resource(s) failed to {word}: [{', '.join(names)}]. " for word, names in found.items())
    return "".join(parts)


def _as_declared(scene: Scene, resource: StackResource) -> StackResource:
    """What the template says of it beside its properties."""
    declaration = scene.goal.active.get(resource.logical_id)
    if declaration is None or resource.now is None or resource.status in GONE:
        return resource
    standing = replace(
        resource.now,
        needs=tuple(sorted(scene.goal.needs[resource.logical_id] & scene.goal.active.keys())),
        deletion_policy=declaration.deletion_policy,
        update_replace_policy=declaration.update_replace_policy,
    )
    return replace(resource, now=standing, metadata=declaration.metadata)


def _outputs(scene: Scene) -> tuple[StackOutput, ...]:
    found = outputs_of(scene.scope())
    for output in found:
        if UNKNOWN in (output.value, output.export_name):
            raise Fault(
                "ValidationError", f"Output {output.key} asks for an attribute that its resource does not have."
            )
    return tuple(StackOutput(one.key, one.value, one.description, one.export_name) for one in found)


def _imports(scene: Scene) -> tuple[str, ...]:
    return tuple(sorted(imports_of(scene.scope())))


def _check_exports(scene: Scene, outputs: tuple[StackOutput, ...]) -> None:
    exported = {one.export_name: one.value for one in outputs if one.export_name is not None}
    for name in exported:
        if name in scene.exporters:
            owner = scene.exporters[name]
            raise Fault("ValidationError", f"Export with name {name} is already exported by stack {owner}.")
    before = {one.export_name: one.value for one in scene.stack.outputs if one.export_name is not None}
    check_users(before, exported, scene.users)


def check_users(before: Mapping[str, str], after: Mapping[str, str], users: Mapping[str, tuple[str, ...]]) -> None:
    """An export that another stack needs can neither go nor change. Raises ``Fault``."""
    for name, value in before.items():
        if after.get(name) != value and users.get(name):
            deed = "updated" if name in after else "deleted"
            names = " and ".join(users[name])
            raise Fault("ValidationError", f"Export {name} cannot be {deed} as it is in use by {names}")


def give_up(stack: Stack, resources: Mapping[str, StackResource], reason: str, now: float) -> Turn:
    """The phase cannot be carried out, for a reason that lies with no resource: better that than to hang."""
    rest = tuple(at_rest(one, now) for one in resources.values())
    if stack.status is Status.UPDATE_IN_PROGRESS and stack.former is not None:
        status = Status.UPDATE_ROLLBACK_IN_PROGRESS
    elif PHASES[stack.status] is Phase.FORWARD:
        status = Status.ROLLBACK_IN_PROGRESS
    else:
        status = _FAILURES.get(stack.status, _ENDS[stack.status])
    return Turn(replace(stack, status=status, reason=reason), rest)
