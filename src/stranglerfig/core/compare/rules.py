"""What users say about fields: not to look at them, or to look at them in another way (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from stranglerfig.errors import UsageError

_PLACE = re.compile(r"\$(\.[^\s.\[\]]+|\[\]|\.\*|\.\*\*)*")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
MOST_DIGITS = 15
EXAMPLES = "as in `ignore $.updatedAt`, `ignore header x-build`, `unordered $.items`, `round $.price 2`"


class Way(Enum):
    #: whatever is there, is below it, or is not there
    IGNORE = "ignore"
    #: of an array: its order has no meaning
    UNORDERED = "unordered"
    #: of a number: to so many digits after the point
    ROUND = "round"
    #: of a text: neither case nor blanks at its ends and double ones inside count
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """``place`` as in ``Difference``; ``*`` is any name, ``**`` any way down. ``digits`` goes with ROUND alone.

    ``endpoint`` is a template such as ``/api/users/{id}``; None: of every one.
    """

    way: Way
    place: str
    digits: int = 0
    endpoint: str | None = None

    @property
    def text(self) -> str:
        """What ``parse_rule`` reads."""
        digits = f" {self.digits}" if self.way is Way.ROUND else ""
        endpoint = "" if self.endpoint is None else f" in {self.endpoint}"
        return f"{self.way.value} {self.place}{digits}{endpoint}"


@dataclass(frozen=True, slots=True)
class Rules:
    """Of one endpoint."""

    rules: tuple[FieldRule, ...] = ()
    _patterns: dict[str, re.Pattern[str]] = field(default_factory=dict, compare=False, repr=False)

    def has(self, way: Way, place: str) -> bool:
        return any(rule.way is way and self._pattern(rule).fullmatch(place) for rule in self.rules)

    def digits(self, place: str) -> int | None:
        found = (one.digits for one in self.rules if one.way is Way.ROUND and self._pattern(one).fullmatch(place))
        return next(found, None)

    def _pattern(self, rule: FieldRule) -> re.Pattern[str]:
        if rule.place not in self._patterns:
            self._patterns[rule.place] = _to_pattern(rule.place)
        return self._patterns[rule.place]


def rules_of(endpoint: str, rules: Iterable[FieldRule]) -> Rules:
    return Rules(tuple(rule for rule in rules if rule.endpoint in (None, endpoint)))


def parse_rule(text: str) -> FieldRule:
    """``WAY FIELD [DIGITS] [in ENDPOINT]``. Raises ``UsageError``."""
    word, *rest = text.split() or [""]
    endpoint = None
    if len(rest) > 2 and rest[-2] == "in":
        *rest, _, endpoint = rest
        if not endpoint.startswith("/"):
            raise UsageError(
                f"bad rule {text!r}: {endpoint!r} is no endpoint",
                hint="Write it as reports show it, without the method: `ignore $.at in /api/users/{id}`.",
            )
    ways = {way.value: way for way in Way}
    if not word:
        raise UsageError("a rule is empty", hint=f"Write it {EXAMPLES}.")
    if word not in ways:
        raise UsageError(f"bad rule {text!r}: {word!r} is none of {', '.join(ways)}", hint=f"Write it {EXAMPLES}.")
    way = ways[word]
    if way is Way.IGNORE and rest[:1] == ["header"]:
        return FieldRule(way, _header(text, rest), endpoint=endpoint)
    if len(rest) != (2 if way is Way.ROUND else 1):
        wanted = "a field and a number of digits" if way is Way.ROUND else "one field"
        raise UsageError(f"bad rule {text!r}: {word} wants {wanted}", hint=f"Write it {EXAMPLES}.")
    is_whole = way is Way.IGNORE and rest[0] in ("status", "body")
    if not is_whole and not _PLACE.fullmatch(rest[0]):
        raise UsageError(
            f"bad rule {text!r}: {rest[0]!r} is no field of a JSON answer",
            hint="Write it from `$` down, `[]` for the members of an array: `$.users[].name`.",
        )
    return FieldRule(way, rest[0], _digits(text, rest[1]) if way is Way.ROUND else 0, endpoint)


def _header(text: str, rest: list[str]) -> str:
    if len(rest) != 2 or not _HEADER.fullmatch(rest[1]):
        raise UsageError(f"bad rule {text!r}: it names no header", hint="Write it as `ignore header x-build`.")
    return f"header {rest[1].lower()}"


def _digits(text: str, number: str) -> int:
    if not number.isascii() or not number.isdigit() or int(number) > MOST_DIGITS:
        raise UsageError(
            f"bad rule {text!r}: {number!r} is no number of digits",
            hint=f"Write how many stay after the point, 0 to {MOST_DIGITS}.",
        )
    return int(number)


def _to_pattern(place: str) -> re.Pattern[str]:
    parts = (
        {"**": ".*", "*": r"[^.\[\]]+"}.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*)", place) if part
    )
    return re.compile("".join(parts))
