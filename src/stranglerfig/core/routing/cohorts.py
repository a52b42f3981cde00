"""Requests of a route that its candidate gets first, whatever its share: by header, cookie or address. Pure."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.routing.rules import Conditions, HeaderCondition
from stranglerfig.errors import UsageError

_HINT = "Write it like `header:X-Beta=1`, `cookie:beta=1` or `source:10.0.0.0/8`."


def within_cohort(conditions: Conditions, cohort: str) -> Conditions:
    """The requests of ``conditions`` that are the cohort's. Raises ``UsageError`` where it cannot be told apart."""
    kind, _, rest = cohort.partition(":")
    name, equals, value = rest.partition("=")
    if kind == "source" and rest:
        if conditions.source is not None:
            raise UsageError(f"bad cohort {cohort!r}: the route asks for a source already", hint=_HINT)
        return replace(conditions, source=parse_conditions(ConditionsText(sources=(rest,))).source)
    if kind not in ("header", "cookie") or not name or not (value and equals):
        raise UsageError(f"bad cohort {cohort!r}: it is no header, cookie or source", hint=_HINT)
    if kind == "cookie":
        header = _cookie(name, value)
    else:
        [header] = parse_conditions(ConditionsText(headers=(f"{name}: {value}",))).headers
    return replace(conditions, headers=(*conditions.headers, header))


def _cookie(name: str, value: str) -> HeaderCondition:
    """Alone, first, last, or between others."""
    pair = f"{name}={value}"
    return HeaderCondition("cookie", patterns=(pair, f"{pair};*", f"*; {pair}", f"*; {pair};*"))
