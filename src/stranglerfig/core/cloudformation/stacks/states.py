"""The words for what stacks, their resources and change sets are at (pure). All are the API's own."""

from __future__ import annotations

from enum import Enum


class Status(Enum):
    """Of a stack."""

    REVIEW_IN_PROGRESS = "REVIEW_IN_PROGRESS"
    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    CREATE_FAILED = "CREATE_FAILED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_COMPLETE = "ROLLBACK_COMPLETE"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    UPDATE_FAILED = "UPDATE_FAILED"
    UPDATE_ROLLBACK_IN_PROGRESS = "UPDATE_ROLLBACK_IN_PROGRESS"
    UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_ROLLBACK_COMPLETE = "UPDATE_ROLLBACK_COMPLETE"
    UPDATE_ROLLBACK_FAILED = "UPDATE_ROLLBACK_FAILED"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    DELETE_FAILED = "DELETE_FAILED"


class ResourceStatus(Enum):
    """Of a resource of a stack."""

    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    CREATE_FAILED = "CREATE_FAILED"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    UPDATE_FAILED = "UPDATE_FAILED"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    DELETE_FAILED = "DELETE_FAILED"
    DELETE_SKIPPED = "DELETE_SKIPPED"


class OnFailure(Enum):
    """What becomes of a stack that cannot be created; of one that cannot be updated, only DO_NOTHING differs."""

    ROLLBACK = "ROLLBACK"
    DELETE = "DELETE"
    DO_NOTHING = "DO_NOTHING"


#: an operation is running; all but these are final until somebody asks for something
RUNNING = frozenset(one for one in Status if one.value.endswith("_IN_PROGRESS")) - {Status.REVIEW_IN_PROGRESS}
#: an update may begin
UPDATABLE = frozenset(
    {
        Status.CREATE_COMPLETE,
        Status.UPDATE_COMPLETE,
        Status.UPDATE_ROLLBACK_COMPLETE,
        Status.CREATE_FAILED,
        Status.UPDATE_FAILED,
    }
)
#: a rollback may begin: of what failed and was left as it was
ROLLABLE = frozenset({Status.CREATE_FAILED, Status.UPDATE_FAILED, Status.UPDATE_ROLLBACK_FAILED})

#: something is being done to the resource
BUSY = frozenset(one for one in ResourceStatus if one.value.endswith("_IN_PROGRESS"))
FAILED = frozenset(one for one in ResourceStatus if one.value.endswith("_FAILED"))
#: nothing is there any more, as far as the stack goes
GONE = frozenset({ResourceStatus.DELETE_COMPLETE, ResourceStatus.DELETE_SKIPPED})
FAILED_OF = {
    ResourceStatus.CREATE_IN_PROGRESS: ResourceStatus.CREATE_FAILED,
    ResourceStatus.UPDATE_IN_PROGRESS: ResourceStatus.UPDATE_FAILED,
    ResourceStatus.DELETE_IN_PROGRESS: ResourceStatus.DELETE_FAILED,
}
