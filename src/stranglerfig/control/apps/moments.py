"""When a schedule is due, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from stranglerfig.core.application import Schedule
from stranglerfig.errors import UsageError


def next_moment(schedule: Schedule, after: float) -> float | None:
    """The first one later than ``after``, in UTC seconds as that; None: it runs by hand only, or never again."""
    if schedule.every_s is not None:
        return after + schedule.every_s
    if schedule.cron is None:
        return None
    try:
        return next(CronSim(schedule.cron, datetime.fromtimestamp(after, UTC))).timestamp()
    except CronSimError as error:
        raise UsageError(
            f"bad schedule {schedule.cron!r}: {error}",
            hint="Write five fields (minute, hour, day, month, weekday), as in `0 9 * * 1-5`.",
        ) from error
    except StopIteration:
        return None


def last_due(schedule: Schedule, seen: float, now: float, *, at_most_late: float) -> float | None:
    """The newest moment after ``seen`` that has come, but none that is longer ago than ``at_most_late``."""
    found, moment = None, next_moment(schedule, count_from(schedule, seen, now - at_most_late))
    while moment is not None and moment <= now:
        found, moment = moment, next_moment(schedule, moment)
    return found


def count_from(schedule: Schedule, seen: float, earliest: float) -> float:
    """Where to look for moments later than ``earliest``: ``seen`` itself or, for a period, a whole number after it."""
    if schedule.every_s is None:
        return max(seen, earliest)
    return seen + max(0.0, (earliest - seen) // schedule.every_s) * schedule.every_s
