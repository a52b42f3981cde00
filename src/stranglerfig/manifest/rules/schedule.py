"""When a job may run: cron, AWS's own expressions, and short forms. Pure."""

from __future__ import annotations

import re

from stranglerfig.manifest.durations import parse_duration
from stranglerfig.manifest.rules.given import Problems, seconds

#: and the five fields that each is short for
SHORT_FORMS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_RATE = re.compile(r"rate\((?:1 (?:minute|hour|day)|(?!0 |1 )[0-9]{1,9} (?:minutes|hours|days))\)")
_AWS_CRON = re.compile(r"cron\(([^()]+)\)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
#: name, lowest, highest, names of values from the lowest on
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
_FIELDS_OF_AWS = 6
_ANY = ("*", "?")


def wrong_schedule(given: str) -> str | None:
    text = given.strip()
    if text == "none" or text in SHORT_FORMS:
        return None
    if text.startswith("@every"):
        return _wrong_every(text.removeprefix("@every").strip())
    if text.startswith("@"):
        return f"{text!r} is not one of {', '.join(SHORT_FORMS)} or @every"
    if text.startswith("rate("):
        return None if _RATE.fullmatch(text) else "must be like rate(5 minutes), or rate(1 hour)"
    if text.startswith("cron("):
        return _wrong_aws_cron(text)
    return _wrong_cron(text)


def whole_seconds(body: dict[str, object]) -> Problems:
    timeout = seconds(body, "timeout")
    if timeout is not None and timeout != int(timeout):
        return [("timeout", "must be a whole number of seconds")]
    return []


def _wrong_every(given: str) -> str | None:
    interval = parse_duration(given)
    if interval is None:
        return "@every wants a duration such as 1h30m"
    if interval < 60 or interval % 60:
        return "@every wants whole minutes, one at least"
    return None


def _wrong_aws_cron(text: str) -> str | None:
    found = _AWS_CRON.fullmatch(text)
    fields = found[1].split() if found else []
    if len(fields) != _FIELDS_OF_AWS:
        return "cron() wants six fields: minute, hour, day of month, month, day of week, year"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "cron() wants a ? as day of month or as day of week, and not as both"
    return None


def _wrong_cron(text: str) -> str | None:
    values = text.split()
    if len(values) != len(_FIELDS):
        count = f"{len(values)} field" if len(values) == 1 else f"{len(values)} fields"
        return f"must be five fields of cron, a short form like @daily, rate() or cron(), but has {count}"
    for value, field in zip(values, _FIELDS, strict=True):
        if not all(_is_part(part, *field[1:]) for part in value.split(",")):
            ways = f"{field[1]} to {field[2]}, a list 1,2, a range 1-5, a step */5"
            return f"{value!r} cannot be read as {field[0]}: it is {ways} or *"
    if not any(any(mark in values[at] for mark in _ANY) for at in (2, 4)):
        return "a day of month and a day of week cannot both be said: one of them must be *"
    return None


def _is_part(part: str, lowest: int, highest: int, names: tuple[str, ...]) -> bool:
    """One of the parts between commas: ``*``, ``5``, ``mon-fri``, ``*/15``, ``10-20/2``."""
    span, _, step = part.partition("/")
    if "/" in part and not (step.isascii() and step.isdigit() and len(step) < 4 and int(step) > 0):
        return False
    if span in _ANY:
        return True
    ends = [_number(end, lowest, names) for end in span.split("-")]
    if len(ends) > 2:
        return False
    numbers = [end for end in ends if end is not None]
    return len(numbers) == len(ends) and lowest <= numbers[0] <= numbers[-1] <= highest


def _number(text: str, lowest: int, names: tuple[str, ...]) -> int | None:
    if text.lower() in names:
        return lowest + names.index(text.lower())
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None
