"""One answer compared with another: status, headers that matter, and the body by what it is (pure)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from stranglerfig.core.compare.answers import Answer, Difference, Kind, NoAnswer
from stranglerfig.core.compare.documents import compare_documents, show
from stranglerfig.core.compare.rules import Rules, Way

#: what a client sees or acts upon; ``date``, ``server``, ``etag``, lengths and hops are the server's own
HEADERS = (
    *("content-type", "location", "cache-control", "content-disposition", "content-language", "www-authenticate"),
    *("allow", "link", "retry-after", "vary", "access-control-allow-origin", "access-control-allow-credentials"),
    *("access-control-allow-headers", "access-control-allow-methods", "accept-ranges", "content-range"),
)
#: longer ones are compared as bytes
LONGEST_DOCUMENT = 1_048_576
DEEPEST_DOCUMENT = 100
#: of a text of as many lines, so many are told
MOST_LINES = 20
_TEXT = ("text/", "application/xml", "application/javascript", "application/x-www-form-urlencoded", "image/svg")


def compare(legacy: Answer, candidate: Answer | NoAnswer, rules: Rules) -> tuple[Difference, ...]:
    """How the candidate's answer differs from legacy's, ``ignore`` rules kept. Empty if it does not."""
    if isinstance(candidate, NoAnswer):
        # No rule can ignore this: nothing was compared.
        return (Difference(Kind.STATUS, "status", str(legacy.status), f"no answer: {candidate.reason}"),)
    found = [*_compare_status(legacy, candidate)]
    if not legacy.is_bare:
        found += [*_compare_headers(legacy, candidate), *_bodies(legacy, candidate, rules)]
    whole_body = rules.has(Way.IGNORE, "body")
    return tuple(
        one for one in found if not rules.has(Way.IGNORE, one.place) and not (whole_body and one.kind is Kind.TEXT)
    )


def _compare_status(legacy: Answer, candidate: Answer) -> Iterator[Difference]:
    if legacy.status != candidate.status:
        yield Difference(Kind.STATUS, "status", str(legacy.status), str(candidate.status))


def _compare_headers(legacy: Answer, candidate: Answer) -> Iterator[Difference]:
    for name in HEADERS:
        ours, theirs = _header(legacy, name), _header(candidate, name)
        if ours != theirs:
            yield Difference(Kind.HEADER, f"header {name}", show(ours), show(theirs))
    ours, theirs = _cookies(legacy), _cookies(candidate)
    if ours != theirs:
        # the values are secrets, and new each time
        yield Difference(Kind.HEADER, "header set-cookie", ours, theirs)


def _header(answer: Answer, name: str) -> str:
    values = [value.strip() for value in answer.all_of(name)]
    if name == "location":
        # each side knows itself by another name
        values = [_without_authority(value) for value in values]
    if name == "content-type":
        values = [value.lower().replace("; ", ";").replace('"', "") for value in values]
    if name in ("vary", "allow", "access-control-allow-headers", "access-control-allow-methods"):
        values = sorted({word.strip().lower() for value in values for word in value.split(",")})
    return ", ".join(values)


def _without_authority(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return parts._replace(scheme="", netloc="").geturl() or "/"


def _cookies(answer: Answer) -> str:
    return ", ".join(sorted({value.partition("=")[0].strip() for value in answer.all_of("set-cookie")}))


def _bodies(legacy: Answer, candidate: Answer, rules: Rules) -> Iterator[Difference]:
    if legacy.body == candidate.body and legacy.is_cut == candidate.is_cut:
        return
    documents = _document(legacy), _document(candidate)
    if documents[0] is not _NONE and documents[1] is not _NONE:
        yield from compare_documents(*documents, rules)
    elif _is_text(legacy) and _is_text(candidate):
        yield from _compare_lines(_lines(legacy), _lines(candidate))
    else:
        yield Difference(Kind.BYTES, "body", _digest(legacy), _digest(candidate))


_NONE = object()


def _document(answer: Answer) -> Any:
    """``_NONE`` for what is no JSON, or too much of it."""
    is_one = "json" in _header(answer, "content-type") or answer.body.lstrip()[:1] in (b"{", b"[")
    if not is_one or answer.is_cut or len(answer.body) > LONGEST_DOCUMENT:
        return _NONE
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return _NONE
    return found if _depth(found) <= DEEPEST_DOCUMENT else _NONE


def _depth(value: Any) -> int:
    """Level by level, for it may be deeper than calls can be."""
    level, depth = [value], 0
    while level and depth <= DEEPEST_DOCUMENT:
        level = [
            below
            for one in level
            if isinstance(one, dict | list)
            for below in (one.values() if isinstance(one, dict) else one)
        ]
        depth += 1
    return depth


def _is_text(answer: Answer) -> bool:
    return any(answer_type in _header(answer, "content-type") for answer_type in (*_TEXT, "json"))


def _lines(answer: Answer) -> list[str]:
    return answer.body.decode(errors="replace").splitlines()


def _compare_lines(ours: list[str], theirs: list[str]) -> Iterator[Difference]:
    """Line by line where there are as many: a token in a page is then noise in its line, and in no other."""
    pairs = zip(ours, theirs, strict=False)
    others = ((number, *pair) for number, pair in enumerate(pairs, start=1) if pair[0] != pair[1])
    if len(ours) == len(theirs):
        for number, one, other in islice(others, MOST_LINES):
            yield Difference(Kind.TEXT, f"body line {number}", show(one), show(other))
        return
    number, one, other = next(others, _first_of_the_rest(ours, theirs))
    yield Difference(Kind.TEXT, "body", f"line {number}: {show(one)}", f"line {number}: {show(other)}")


def _first_of_the_rest(ours: list[str], theirs: list[str]) -> tuple[int, str, str]:
    number = min(len(ours), len(theirs))
    one, other = ("".join(lines[number : number + 1]) for lines in (ours, theirs))
    return number + 1, one, other


def _digest(answer: Answer) -> str:
    more = " and more" if answer.is_cut else ""
    return f"{len(answer.body)} bytes{more}, sha256 {hashlib.sha256(answer.body).hexdigest()[:16]}"
