"""How a run on AWS came out, in the words that runs on this machine have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stranglerfig.aws.one_off.runs import Copy
from stranglerfig.cli.aws.statuses import SHORT
from stranglerfig.cli.task.following import RUNNING, SUCCEEDED

FAILED, STOPPED = "FAILED", "STOPPED"
#: ECS forgets a task within an hour.
FORGOTTEN = "ENDED"


def state_of(copies: Sequence[Copy]) -> str:
    if not copies:
        return FORGOTTEN
    if not all(one.is_over for one in copies):
        return RUNNING
    if any(one.was_stopped for one in copies):
        return STOPPED
    return SUCCEEDED if all(one.exit_status == 0 for one in copies) else FAILED


def exit_status_of(copies: Sequence[Copy]) -> int:
    """What ``fig`` ends with: the first that is not 0; 1 where a copy has none, for it did not run to its end."""
    statuses = [1 if one.exit_status is None else one.exit_status for one in copies]
    return next((status for status in statuses if status), 0)


def failures(name: str, copies: Sequence[Copy]) -> Iterator[str]:
    """A sentence for each copy that did not succeed."""
    for one in copies:
        of = f"task {name}" if len(copies) == 1 else f"copy {one.id[:SHORT]} of task {name}"
        if one.exit_status is None:
            yield f"{of} has no exit status: {one.why or 'ECS gives no reason'}"
        elif one.exit_status:
            yield f"{of} exited with status {one.exit_status}"
