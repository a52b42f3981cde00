"""The load balancer's wildcards: ``*`` is any run of characters, ``?`` exactly one, newlines never.

Two independent forms of one meaning: ``matches`` decides here, ``glob_regex`` is what HAProxy's PCRE decides with.
"""

from __future__ import annotations

import re
from enum import Enum

_META = re.compile(r"[\\^$.|?*+(){}\[\]]")


class Wild(Enum):
    #: ``?``
    ONE = "?"
    #: ``*``
    RUN = "*"


Token = str | Wild


def parse_glob(pattern: str, *, escapes: bool = False) -> tuple[Token, ...]:
    """Single characters and wildcards. With ``escapes`` a backslash makes the next character literal."""
    tokens: list[Token] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\" and escapes:
            tokens.append(next(characters, "\\"))
        elif character in "*?":
            tokens.append(Wild(character))
        else:
            tokens.append(character)
    return tuple(tokens)


def matches(pattern: str, text: str, *, ignore_case: bool = False, escapes: bool = False) -> bool:
    """Whether the whole text is meant. Case is ASCII's, as HAProxy has it. Linear but for a factor of the pattern."""
    if "\n" in text:
        return False
    if ignore_case:
        pattern, text = _lower(pattern), _lower(text)
    tokens = parse_glob(pattern, escapes=escapes)
    at = token = 0
    # where to resume when a guess fails: only the latest star can need another try
    star, star_at = -1, 0
    while at < len(text):
        if token < len(tokens) and tokens[token] is Wild.RUN:
            star, star_at = token, at
            token += 1
        elif token < len(tokens) and tokens[token] in (Wild.ONE, text[at]):
            at, token = at + 1, token + 1
        elif star >= 0:
            star_at += 1
            at, token = star_at, star + 1
        else:
            return False
    return all(rest is Wild.RUN for rest in tokens[token:])


def glob_regex(pattern: str, *, escapes: bool = False, any_character: str = r"[^\n]") -> str:
    """A regular expression body without anchors, for Python, PCRE1 and PCRE2; the caller adds ``^`` and ``$``.

    A star takes the nearest occurrence of what follows it and, being atomic, never tries another; only the last star
    may, so that the end fits. Hence the time is linear, whatever the pattern. ``any_character`` is the class that
    wildcards stand for.
    """
    chunks: list[str] = [""]
    for token in parse_glob(pattern, escapes=escapes):
        if token is Wild.RUN:
            chunks.append("")
        else:
            chunks[-1] += any_character if token is Wild.ONE else escape_regex(str(token))
    if len(chunks) == 1:
        return chunks[0]
    middle = "".join(f"(?>{any_character}*?{chunk})" for chunk in chunks[1:-1] if chunk)
    return f"{chunks[0]}{middle}{any_character}*{chunks[-1]}"


def escape_regex(literal: str) -> str:
    """Only what every dialect treats as special gets a backslash: the rest stays readable in a configuration."""
    return _META.sub(lambda match: "\\" + match[0], literal)


def literal_length(pattern: str, *, escapes: bool = False) -> int:
    """How many characters of the pattern stand for themselves."""
    return sum(isinstance(token, str) for token in parse_glob(pattern, escapes=escapes))


def has_wildcard(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _lower(text: str) -> str:
    return re.sub("[A-Z]+", lambda match: match[0].lower(), text)
