"""How long to wait before a task that ended is started again, and what counts as recovered."""

from __future__ import annotations

from dataclasses import dataclass, replace

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 30.0
RECOVERED_AFTER_S = 60.0
EARLY_ENDS_ALLOWED = 1


@dataclass(frozen=True, slots=True)
class Memory:
    """What a target group has been through.

    ``ends`` are task ends in a row; ``early_ends`` and ``timeouts`` count the tasks of ``revision`` that ended, or were
    stopped, before their first healthy answer. ``failed_revision`` was taken back.
    """

    revision: int = 0
    ends: int = 0
    not_before: float = 0.0
    early_ends: int = 0
    timeouts: int = 0
    failed_revision: int | None = None


def delay_after(ends: int) -> float:
    # The exponent is bounded so that a task that crashes for a week does not overflow a float.
    return 0.0 if ends <= 0 else min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(ends - 1, 16))


def is_failing(memory: Memory) -> bool:
    """One task that ended early may have been bad luck; a second one, or one that was not healthy in time, is not."""
    return memory.early_ends > EARLY_ENDS_ALLOWED or memory.timeouts > 0


def after_end(memory: Memory, *, healthy_s: float | None, now: float) -> Memory:
    """A task ended by itself ``healthy_s`` after its first healthy answer; None: it never gave one."""
    ends = 1 if healthy_s is not None and healthy_s >= RECOVERED_AFTER_S else memory.ends + 1
    early_ends = memory.early_ends + 1 if healthy_s is None else 0
    return replace(memory, ends=ends, early_ends=early_ends, not_before=now + delay_after(ends))


def after_timeout(memory: Memory, *, now: float) -> Memory:
    """A task was stopped because it did not become healthy in time."""
    ends = memory.ends + 1
    return replace(memory, ends=ends, timeouts=memory.timeouts + 1, not_before=now + delay_after(ends))


def after_health(memory: Memory) -> Memory:
    """A task of the revision answers."""
    return replace(memory, early_ends=0, timeouts=0)


def for_revision(memory: Memory, revision: int) -> Memory:
    """A new revision starts without the old one's delays, but remembers which one was taken back."""
    if memory.revision == revision:
        return memory
    return Memory(revision=revision, failed_revision=memory.failed_revision)
