"""Schedules as Copilot and EventBridge write them, as cron of five fields or a period. Pure."""

from __future__ import annotations

import re

from stranglerfig.core.application import Schedule
from stranglerfig.errors import UsageError
from stranglerfig.manifest.rules.schedule import SHORT_FORMS

UNITS_S = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0}
HINT = "Write `on.schedule` as `@daily`, `@every 1h30m`, `rate(5 minutes)`, `0 9 * * 1-5`, or `none` for by hand only."
_RATE = re.compile(r"rate\(\s*([0-9]{1,9})\s+(minute|hour|day)s?\s*\)")
_AWS_CRON = re.compile(r"cron\((.*)\)")
_GO_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_GO_UNITS_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def to_schedule(text: str, *, retries: int = 0, timeout_s: float | None = None) -> Schedule:
    """In UTC. ``none`` runs by hand only. Raises ``UsageError`` for what cannot be kept here."""
    written = text.strip()
    if written.lower() == "none":
        return Schedule(retries=retries, timeout_s=timeout_s)
    if match := _RATE.fullmatch(written):
        return Schedule(every_s=positive(int(match[1]) * UNITS_S[match[2]], text), retries=retries, timeout_s=timeout_s)
    if written.startswith("@every"):
        return Schedule(every_s=to_period_s(written, text), retries=retries, timeout_s=timeout_s)
    if match := _AWS_CRON.fullmatch(written):
        cron = to_cron(match[1].split(), text)
    else:
        cron = SHORT_FORMS.get(written.lower()) or to_plain_cron(written.split(), text)
    return Schedule(cron=cron, retries=retries, timeout_s=timeout_s)


def to_period_s(written: str, text: str) -> float:
    """Whole minutes, as the schedule's owner on AWS can keep them."""
    duration = written.removeprefix("@every").strip()
    parts = _GO_PART.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise refused(text, "the time after `@every` is none, like `1h30m`")
    seconds = sum(float(number) * _GO_UNITS_S[unit] for number, unit in parts)
    if seconds < 60 or seconds % 60:
        raise refused(text, "the time after `@every` must be whole minutes, at least one")
    return seconds


def to_plain_cron(fields: list[str], text: str) -> str:
    if len(fields) != 5:
        raise refused(text, f"a cron expression has 5 fields, not {len(fields)}")
    return " ".join("*" if field == "?" else field for field in fields)


def to_cron(fields: list[str], text: str) -> str:
    """EventBridge's six fields: a year at the end, and days of the week from 1, which is Sunday."""
    if len(fields) != 6:
        raise refused(text, f"cron(...) has 6 fields, not {len(fields)}")
    minute, hour, day, month, weekday, year = fields
    if year not in ("*", "?"):
        raise refused(text, "a year other than * cannot be kept here")
    if "W" in day.upper() or ("L" in day.upper() and day.upper() != "L"):
        raise refused(text, f"the day {day!r} cannot be kept here")
    return " ".join((minute, hour, "*" if day == "?" else day.upper(), month, to_weekday(weekday.upper(), text)))


def to_weekday(field: str, text: str) -> str:
    """1-7 from Sunday becomes 0-6; names stay. ``6L`` is the last Friday in both, ``6#3`` the third."""
    if field in ("*", "?"):
        return "*"
    spans = []
    for span in field.split(","):
        days, slash, step = span.partition("/")
        days, hash_, nth = days.partition("#")
        last = days.endswith("L") and days[:-1].isdecimal()
        moved = "-".join(to_day(day, text) for day in days.removesuffix("L" if last else "").split("-"))
        spans.append(f"{moved}{'L' if last else ''}{hash_}{nth}{slash}{step}")
    return ",".join(spans)


def to_day(day: str, text: str) -> str:
    if day == "*":
        return day
    if day in _DAYS:
        return str(_DAYS.index(day))
    if day in "1234567" and len(day) == 1:
        return str(int(day) - 1)
    raise refused(text, f"the day of the week {day!r} is none of 1-7 and SUN-SAT")


def positive(seconds: float, text: str) -> float:
    if seconds <= 0:
        raise refused(text, "the rate must be at least one minute")
    return seconds


def refused(text: str, why: str) -> UsageError:
    return UsageError(f"the schedule {text!r} cannot be used: {why}", hint=HINT)
