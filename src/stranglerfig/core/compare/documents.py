"""JSON values compared by structure (pure): the order of keys never counts, that of arrays does."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from stranglerfig.core.compare.answers import Difference, Kind
from stranglerfig.core.compare.rules import Rules, Way

#: what is shown of a value
LONGEST_SHOWN = 80
#: members of longer arrays are compared place by place
LONGEST_ALIGNED = 500
#: what is deeper than that is compared as a whole
LONGEST_PLACE = 200
#: what members of an array are recognised by, the first that all of them have
IDENTITIES = ("id", "uuid", "key", "name", "_id", "Id", "ID")
_NO_NAME = object()
_NAME = re.compile(r"[^\s.\[\]*@]{1,64}")
#: numbers, UUIDs and other ids, and what was redacted
_VALUE = re.compile(r"^[0-9]|(?i:[0-9a-f]{8}-[0-9a-f]{4}-)|(?=[0-9A-Za-z_-]*[0-9])[0-9A-Za-z_-]{20,}|REDACTED-")


def compare_documents(legacy: Any, candidate: Any, rules: Rules) -> Iterator[Difference]:
    """Each place once for each way in which it differs, however many members of an array do."""
    seen: set[tuple[Kind, str]] = set()
    for difference in _compare(legacy, candidate, "$", rules):
        if (difference.kind, difference.place) not in seen:
            seen.add((difference.kind, difference.place))
            yield difference


def show(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _compare(legacy: Any, candidate: Any, place: str, rules: Rules) -> Iterator[Difference]:
    if rules.has(Way.IGNORE, place):
        return
    kind = _type(legacy)
    if kind != _type(candidate):
        yield Difference(Kind.TYPE, place, f"{kind} {show(legacy)}", f"{_type(candidate)} {show(candidate)}")
    elif len(place) > LONGEST_PLACE and kind in ("object", "array"):
        if _text(legacy, place, rules) != _text(candidate, place, rules):
            yield Difference(Kind.CHANGED, place, show(legacy), show(candidate))
    elif kind == "object":
        yield from _compare_objects(legacy, candidate, place, rules)
    elif kind == "array":
        yield from _compare_arrays(legacy, candidate, place, rules)
    elif _scalar(legacy, place, rules) != _scalar(candidate, place, rules):
        yield Difference(Kind.CHANGED, place, show(legacy), show(candidate))


def _compare_objects(
    legacy: dict[str, Any], candidate: dict[str, Any], place: str, rules: Rules
) -> Iterator[Difference]:
    for name in {**legacy, **candidate}:
        below = f"{place}.{_field(name)}"
        if name in legacy and name in candidate:
            yield from _compare(legacy[name], candidate[name], below, rules)
        elif not rules.has(Way.IGNORE, below):
            yield (
                _only(Kind.MISSING, below, legacy[name])
                if name in legacy
                else _only(Kind.EXTRA, below, candidate[name])
            )


def _field(name: str) -> str:
    """``*`` for a name that is a value itself, as of a map from ids to users: places are to be few, and no secrets."""
    return name if _NAME.fullmatch(name) and not _VALUE.search(name) else "*"


def _compare_arrays(legacy: list[Any], candidate: list[Any], place: str, rules: Rules) -> Iterator[Difference]:
    below = f"{place}[]"
    if rules.has(Way.IGNORE, below):
        return
    is_ordered = not rules.has(Way.UNORDERED, place)
    names = _identities(legacy, candidate)
    if names is not None:
        yield from _compare_by_name(legacy, candidate, names, place, rules, is_ordered=is_ordered)
        return
    texts = [_text(one, below, rules) for one in legacy], [_text(one, below, rules) for one in candidate]
    if texts[0] == texts[1]:
        return
    if Counter(texts[0]) == Counter(texts[1]):
        if is_ordered:
            yield Difference(Kind.ORDER, place, show(legacy), show(candidate))
        return
    if not is_ordered:
        legacy, candidate = _sorted(legacy, texts[0]), _sorted(candidate, texts[1])
        texts = sorted(texts[0]), sorted(texts[1])
    for ours, theirs in _align(*texts):
        if ours is None:
            yield _only(Kind.EXTRA, below, candidate[theirs or 0])
        elif theirs is None:
            yield _only(Kind.MISSING, below, legacy[ours])
        else:
            yield from _compare(legacy[ours], candidate[theirs], below, rules)


def _compare_by_name(
    legacy: list[Any], candidate: list[Any], name: str, place: str, rules: Rules, *, is_ordered: bool
) -> Iterator[Difference]:
    ours, theirs = {one[name]: one for one in legacy}, {one[name]: one for one in candidate}
    shared = [key for key in ours if key in theirs], [key for key in theirs if key in ours]
    if is_ordered and shared[0] != shared[1]:
        yield Difference(Kind.ORDER, place, show(list(ours)), show(list(theirs)))
    for key, member in ours.items():
        if key in theirs:
            yield from _compare(member, theirs[key], f"{place}[]", rules)
        else:
            yield _only(Kind.MISSING, f"{place}[]", member)
    for key in theirs.keys() - ours.keys():
        yield _only(Kind.EXTRA, f"{place}[]", theirs[key])


def _identities(legacy: list[Any], candidate: list[Any]) -> str | None:
    """The field by which the members of both can be told apart and recognised, most of them in both."""
    if not legacy or not candidate:
        return None
    for name in IDENTITIES:
        ours, theirs = _names(legacy, name), _names(candidate, name)
        if ours is not None and theirs is not None and 2 * len(ours & theirs) >= max(len(ours), len(theirs)):
            return name
    return None


def _names(members: list[Any], name: str) -> set[Any] | None:
    found = {
        one[name] if isinstance(one, dict) and isinstance(one.get(name), str | int) else _NO_NAME for one in members
    }
    return found if len(found) == len(members) and _NO_NAME not in found else None


def _align(ours: list[str], theirs: list[str]) -> Iterator[tuple[int | None, int | None]]:
    """Indices of members that belong together; None where one has no counterpart."""
    if max(len(ours), len(theirs)) > LONGEST_ALIGNED:
        blocks = [("replace", 0, len(ours), 0, len(theirs))]
    else:
        blocks = list(SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes())
    for tag, begin, end, other_begin, other_end in blocks:
        if tag == "equal":
            continue
        shared = min(end - begin, other_end - other_begin)
        yield from ((begin + number, other_begin + number) for number in range(shared))
        yield from ((number, None) for number in range(begin + shared, end))
        yield from ((None, number) for number in range(other_begin + shared, other_end))


def _sorted(members: list[Any], texts: list[str]) -> list[Any]:
    return [members[number] for number in sorted(range(len(members)), key=lambda number: texts[number])]


def _text(value: Any, place: str, rules: Rules) -> str:
    return json.dumps(_plain(value, place, rules), sort_keys=True)


def _plain(value: Any, place: str, rules: Rules) -> Any:
    """Equal exactly for values between which no difference would be found."""
    match _type(value):
        case "object":
            below = ((name, f"{place}.{name}") for name in value)
            return {
                name: _plain(value[name], under, rules) for name, under in below if not rules.has(Way.IGNORE, under)
            }
        case "array":
            if rules.has(Way.IGNORE, f"{place}[]"):
                return []
            members = [_plain(one, f"{place}[]", rules) for one in value]
            is_ordered = not rules.has(Way.UNORDERED, place)
            return members if is_ordered else sorted(members, key=lambda one: json.dumps(one, sort_keys=True))
    return _scalar(value, place, rules)


def _scalar(value: Any, place: str, rules: Rules) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        digits = rules.digits(place)
        value = value if digits is None else round(value, digits)
        return int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(value, str) and rules.has(Way.FOLD, place):
        return " ".join(value.split()).casefold()
    return value


def _only(kind: Kind, place: str, value: Any) -> Difference:
    return Difference(kind, place, *((show(value), "") if kind is Kind.MISSING else ("", show(value))))


def _type(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "number", float: "number", str: "text", list: "array", dict: "object"}
    return names[type(value)]
