"""When a job runs, as AWS writes it. Pure.

Source of the notation: EventBridge Scheduler User Guide ("Schedule types"). Days of the week count from 1, which is
Sunday, and know no steps; one of the two fields for days has to be ``?``.
"""

from __future__ import annotations

from stranglerfig.errors import UsageError
from stranglerfig.manifest.durations import parse_duration
from stranglerfig.manifest.rules.schedule import SHORT_FORMS

NEVER = "none"
_ANY = ("*", "?")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def schedule_expression(written: str) -> str | None:
    """None for a job that is run by hand alone. ``written`` has been checked with the manifest."""
    text = written.strip()
    if text == NEVER:
        return None
    if text.startswith(("rate(", "cron(")):
        return text
    if text.startswith("@every"):
        minutes = int(parse_duration(text.removeprefix("@every").strip()) or 0) // 60
        return f"rate({minutes} minute{'' if minutes == 1 else 's'})"
    return _cron(SHORT_FORMS.get(text, text))


def _cron(text: str) -> str:
    minute, hour, day, month, weekday = ("*" if field == "?" else field.upper() for field in text.split())
    if weekday in _ANY:
        weekday = "?"
    elif day in _ANY:
        day, weekday = "?", ",".join(_weekdays(part) for part in weekday.split(","))
    else:
        raise UsageError(
            f"the schedule {text!r} cannot be kept on AWS: it says a day of the month and a day of the week",
            hint="Write one of the two as `*`.",
        )
    return f"cron({minute} {hour} {day} {month} {weekday} *)"


def _weekdays(part: str) -> str:
    """A step is written out: AWS has none in this field."""
    span, _, step = part.partition("/")
    ends = ["SUN", "SAT"] if span in _ANY else span.split("-")
    numbers = [_DAYS.index(end) if end in _DAYS else int(end) for end in ends]
    if step:
        last = numbers[1] if len(numbers) > 1 else 6
        return ",".join(str(day + 1) for day in range(numbers[0], last + 1, int(step)))
    return "-".join(str(day + 1) for day in numbers)
