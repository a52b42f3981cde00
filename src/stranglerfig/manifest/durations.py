"""Go's notation of durations: ``300ms``, ``1h30m``. Pure."""

from __future__ import annotations

import re
from fractions import Fraction

#: In nanoseconds; the small letter mu comes in two code points.
UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
WHOLE = re.compile(rf"[-+]?(?:0|(?:{PART.pattern})+)")
DAYS = re.compile(r"([0-9]{1,5})d")
LONGEST = 60
#: Go keeps nanoseconds in 64 bits.
MOST_NS = 2**63 - 1


def parse_duration(text: str) -> float | None:
    """Seconds, or None if it is no duration."""
    if len(text) > LONGEST or not WHOLE.fullmatch(text):
        return None
    total = sum((Fraction(number) * UNITS[unit] for number, unit in PART.findall(text)), Fraction(0))
    if total > MOST_NS:
        return None
    seconds = int(total) / 10**9
    return -seconds if text.startswith("-") else seconds


def suggest_duration(text: str) -> str | None:
    """What was meant by a number without a unit, or by days."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return f"{text}s"
    days = DAYS.fullmatch(text)
    return f"{int(days[1]) * 24}h" if days else None


def render_duration(seconds: float) -> str:
    """The shortest text that Go reads as the same: ``1h30m``, ``300ms``."""
    left = round(abs(seconds) * 10**9)
    if left == 0:
        return "0s"
    parts = []
    for unit in ("h", "m", "s", "ms", "us", "ns"):
        count, left = divmod(left, UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if seconds < 0 else "") + "".join(parts)
