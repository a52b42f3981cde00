"""What a stack's status lets one do. Pure.

The statuses are those of the CloudFormation User Guide, "Stack status codes".
"""

from __future__ import annotations

from enum import Enum

REVIEWED = "REVIEW_IN_PROGRESS"
#: its deploy is over; what is left is the removal of what was replaced
CLEANING = ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
SUCCEEDED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "IMPORT_COMPLETE")
#: as long as a stack is in one of them it can be deleted
DELETABLE = ("CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
#: a first creation that came to nothing: such a stack can only be deleted
STILLBORN = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
DELETED, NOT_DELETED = "DELETE_COMPLETE", "DELETE_FAILED"
STUCK_BACK = "UPDATE_ROLLBACK_FAILED"


class Step(Enum):
    """What comes next on the way to a deployed stack."""

    CREATE = "create"
    UPDATE = "update"
    #: somebody is at it: wait until they are done, and look again
    FOLLOW = "follow"
    #: what is left of a creation that failed stands in the way
    CLEAR = "clear"
    #: a rollback that failed is begun again
    CONTINUE_ROLLBACK = "continue the rollback"


def is_in_progress(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status != REVIEWED


def is_at_rest(status: str) -> bool:
    """It can be changed, or is beyond that; while it cleans up it cannot."""
    return not is_in_progress(status)


def has_ended(status: str) -> bool:
    """For whoever waits for a deploy."""
    return is_at_rest(status) or status in CLEANING


def is_there(status: str) -> bool:
    """With resources, or what is left of them; a proposed stack is only a name."""
    return status not in (REVIEWED, DELETED)


def next_step(status: str | None) -> Step:
    """``status`` None: there is no such stack."""
    if status in (None, REVIEWED, DELETED):
        return Step.CREATE
    assert status is not None
    if is_in_progress(status):
        return Step.FOLLOW
    if status in STILLBORN or status == NOT_DELETED:
        return Step.CLEAR
    return Step.CONTINUE_ROLLBACK if status == STUCK_BACK else Step.UPDATE


def must_keep_failures(status: str | None) -> bool:
    """A creation that failed and was not rolled back has nothing to roll back to: its next try has to say so."""
    return status == "CREATE_FAILED"


def in_words(status: str) -> str:
    return status.lower().replace("_", " ")
