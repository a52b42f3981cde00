"""What is kept of a copy whose answers differ: redacted before anything else is done with it (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from stranglerfig.core.compare.answers import Answer, Difference, Kind, NoAnswer
from stranglerfig.core.compare.comparing import compare
from stranglerfig.core.compare.copies import Copy
from stranglerfig.core.compare.curl import storable, to_curl
from stranglerfig.core.compare.redaction import Policy, Redactor
from stranglerfig.core.compare.rules import Rules

#: characters of a body that are kept
LONGEST_BODY = 2_000
#: of a body that has no end anyway, so much is looked through for secrets: a candidate that floods must cost little
MOST_OF_CUT = 32_768
#: and of an answer's headers
MOST_HEADERS = 50
LONGEST_HEADER = 300
REDACTED = "(redacted)"
#: they show digests and statuses, nothing of what was said
_TELLING_NOTHING = frozenset({Kind.STATUS, Kind.BYTES})


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """``status`` 0: there was none, and ``body`` says why."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """``legacy_curl`` and ``curl`` ask legacy and the candidate again; the first is empty where nobody can be asked."""

    method: str
    target: str
    curl: str
    legacy_curl: str
    legacy: KeptAnswer
    candidate: KeptAnswer
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """A copy with its answers. ``urls`` are where legacy and candidate were asked, ``headers`` what was sent."""

    copy: Copy
    headers: tuple[tuple[str, str], ...]
    urls: tuple[str, str]
    legacy: Answer
    candidate: Answer | NoAnswer


def to_example(played: Round, found: Iterable[Difference], rules: Rules, policy: Policy) -> Example:
    """``found`` are the differences of the answers as they were; the example shows them as they are kept."""
    redactor, copy = Redactor(policy), played.copy
    headers = tuple((name, redactor.header(name, value)) for name, value in played.headers)
    body = redactor.body(copy.body, _type_of(copy.headers)) if copy.body else b""
    legacy_url, url = (redactor.target(one) for one in played.urls)
    legacy, candidate = _redact(played.legacy, redactor), _redact(played.candidate, redactor)
    return Example(
        method=copy.method,
        target=storable(redactor.target(copy.target)),
        curl=to_curl(copy.method, url, headers, body),
        legacy_curl=to_curl(copy.method, legacy_url, headers, body) if legacy_url and copy.is_safe else "",
        legacy=_keep(legacy),
        candidate=_keep(candidate),
        differences=_retell(tuple(found), legacy, candidate, rules),
    )


def _retell(
    found: tuple[Difference, ...], legacy: Answer | NoAnswer, candidate: Answer | NoAnswer, rules: Rules
) -> tuple[Difference, ...]:
    """The same differences, in the words of the redacted answers."""
    assert isinstance(legacy, Answer)
    told = {(one.kind, one.place): one for one in compare(legacy, candidate, rules)}
    return tuple(
        one
        if one.kind in _TELLING_NOTHING
        else replace(told.get((one.kind, one.place), replace(one, legacy=REDACTED, candidate=REDACTED)))
        for one in found
    )


def _redact(answer: Answer | NoAnswer, redactor: Redactor) -> Answer | NoAnswer:
    if isinstance(answer, NoAnswer):
        return answer
    headers = tuple((name, redactor.header(name, value)) for name, value in answer.headers)
    body = answer.body[:MOST_OF_CUT] if answer.is_cut else answer.body
    return replace(answer, headers=headers, body=redactor.body(body, _type_of(answer.headers)))


def _keep(answer: Answer | NoAnswer) -> KeptAnswer:
    if isinstance(answer, NoAnswer):
        return KeptAnswer(0, body=answer.reason)
    text = answer.body[: 4 * LONGEST_BODY].decode(errors="replace")
    if len(text) > LONGEST_BODY or answer.is_cut:
        text = f"{text[:LONGEST_BODY]}…"
    headers = tuple((name, value[:LONGEST_HEADER]) for name, value in answer.headers[:MOST_HEADERS])
    return KeptAnswer(answer.status, headers, text)


def _type_of(headers: Iterable[tuple[str, str]]) -> str:
    return next((value.lower() for name, value in headers if name.lower() == "content-type"), "")
