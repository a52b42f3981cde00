"""The regular expressions that rules may hold: what Python, PCRE1, PCRE2 and the load balancer read alike.

Refused: look-around, back-references, atomic and possessive groups, recursion, conditionals, ``\\p``, POSIX classes,
and escapes that the dialects read differently.
"""

from __future__ import annotations

import re
import warnings

_LONGEST = 128
_ESCAPES = frozenset("dDwWsSbBtrnfv")
_GROUP = re.compile(r"\(\?(?::|i:|P<[A-Za-z_][A-Za-z0-9_]*>)")
_TOKEN = re.compile(
    r"""
      (?P<escape>\\(?:x[0-9A-Fa-f]{2}|.|$))
    | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\]?)
    | (?P<group>\(\?[^)\s]{0,20})
    | (?P<possessive>[*+?}]\+)
    | (?P<open_count>\{,)
    | (?P<unusable>[^!-~])
    | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def regex_problem(regex: str, longest: int = _LONGEST) -> str | None:
    """What is wrong with it, or None."""
    if not regex or len(regex) > longest:
        return f"regular expression {regex!r} must have 1 to {longest} characters"
    for token in _TOKEN.finditer(regex):
        if problem := _token_problem(str(token.lastgroup), token[0]):
            return f"regular expression {regex!r} holds {token[0]!r}: {problem}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(regex, re.ASCII)
    except (re.error, OverflowError, FutureWarning, DeprecationWarning) as error:
        return f"regular expression {regex!r} cannot be read: {error}"
    return None


def group_count(regex: str) -> int:
    """Of a regular expression without problems."""
    return re.compile(regex, re.ASCII).groups


def _token_problem(kind: str, text: str) -> str | None:
    match kind:
        case "escape":
            return _escape_problem(text)
        case "set":
            return _set_problem(text)
        case "group" if not _GROUP.match(text):
            return "of the groups that start with (? only (?:, (?i: and (?P<name> are allowed"
        case "possessive":
            return "possessive repetition is not allowed"
        case "open_count":
            return "a repetition needs its least count"
        case "unusable":
            return "only visible ASCII can be matched"
        case _:
            return None


def _escape_problem(text: str) -> str | None:
    character = text[1:2]
    if character and (not character.isalnum() or character in _ESCAPES or len(text) == 4):
        return None
    return "back-references and escapes beyond \\d \\w \\s \\b \\xHH are not allowed"


def _set_problem(text: str) -> str | None:
    inner = text[1:-1]
    for escape in re.finditer(r"\\(?:x[0-9A-Fa-f]{2}|.)", inner):
        if problem := _escape_problem(escape[0]):
            return problem
    if "[" in re.sub(r"\\.", "", inner):
        return "a bracket within a set needs a backslash; classes such as [:alpha:] are not allowed"
    return None
