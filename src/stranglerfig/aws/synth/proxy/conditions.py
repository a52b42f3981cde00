"""What a route asks for, as a balancer has it. Pure.

The rules of ``core.routing`` follow the balancer's; paths that end on a segment boundary take two of its patterns, or
one regular expression where values or wildcards are scarce.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from stranglerfig.aws.synth.balancing.limits import MOST_VALUES, MOST_WILDCARDS, PATH
from stranglerfig.aws.synth.template import Value
from stranglerfig.core.routing.glob import Wild, parse_glob
from stranglerfig.core.routing.rules import (
    Conditions,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
)

_META = re.compile(r"[\\^$.|?*+(){}\[\]]")
_PARAMETER = re.compile(r"\{[^}/]+\}")


def rule_conditions(conditions: Conditions) -> list[Value]:
    """At least one, for a rule without any is none."""
    found: list[Value] = []
    if conditions.source is not None:
        found.append({"Field": "source-ip", "SourceIpConfig": {"Values": conditions.source.networks}})
    if conditions.host is not None:
        values = _values(conditions.host.patterns, conditions.host.regexes)
        found.append({"Field": "host-header", "HostHeaderConfig": values})
    if conditions.methods:
        found.append({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": conditions.methods}})
    for header in conditions.headers:
        values = _values(header.patterns, header.regexes)
        found.append({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": header.name, **values}})
    for query in conditions.queries:
        pairs: list[Value] = [
            {"Value": pair.value} if pair.key is None else {"Key": pair.key, "Value": pair.value}
            for pair in query.pairs
        ]
        found.append({"Field": "query-string", "QueryStringConfig": {"Values": pairs}})
    found.append({"Field": "path-pattern", "PathPatternConfig": _paths(conditions)})
    return found


def count_values(conditions: Conditions) -> int:
    return _count_others(conditions) + len(_path_values(conditions))


def path_texts(conditions: Conditions) -> tuple[str, ...]:
    """Patterns or regular expressions: whatever stands for its paths."""
    return _path_values(conditions)


def _paths(conditions: Conditions) -> dict[str, Value]:
    values = _path_values(conditions)
    return {"RegexValues": values} if _needs_regex(conditions) else {"Values": values}


def _path_values(conditions: Conditions) -> tuple[str, ...]:
    paths = conditions.paths or (PathPrefix("/"),)
    if _needs_regex(conditions):
        return tuple(_regex(path) for path in paths)
    return tuple(pattern for path in paths for pattern in _patterns(path))


def _needs_regex(conditions: Conditions) -> bool:
    """The balancer has patterns or regular expressions in one rule, and not both."""
    paths = conditions.paths
    if any(isinstance(path, PathTemplate | PathRegex) for path in paths):
        return True
    plain = [pattern for path in paths for pattern in _patterns(path)]
    is_matchable = all(PATH.fullmatch(pattern) for pattern in plain)
    wildcards = sum(map(_count_wild, plain)) + count_wildcards(conditions)
    is_scarce = _count_others(conditions) + len(plain) > MOST_VALUES or wildcards > MOST_WILDCARDS
    return is_scarce or not is_matchable


def count_wildcards(conditions: Conditions) -> int:
    """Of all values but those of paths, for which a regular expression can stand."""
    host = conditions.host
    found = sum(map(_count_wild, host.patterns if host else ()))
    found += sum(_count_wild(pattern) for one in conditions.headers for pattern in one.patterns)
    return found + sum(_count_wild(pair.value, escapes=True) for one in conditions.queries for pair in one.pairs)


def _count_wild(pattern: str, *, escapes: bool = False) -> int:
    return sum(isinstance(token, Wild) for token in parse_glob(pattern, escapes=escapes))


def _count_others(conditions: Conditions) -> int:
    """All values but those of paths."""
    host, source = conditions.host, conditions.source
    return (
        len(conditions.methods)
        + (len(host.patterns) + len(host.regexes) if host else 0)
        + sum(len(one.patterns) + len(one.regexes) for one in conditions.headers)
        + sum(len(one.pairs) for one in conditions.queries)
        + (len(source.networks) if source else 0)
    )


def _values(patterns: tuple[str, ...], regexes: tuple[str, ...]) -> dict[str, Value]:
    return {"RegexValues": regexes} if regexes else {"Values": patterns}


def _patterns(path: PathCondition) -> Iterator[str]:
    match path:
        case PathPrefix("/"):
            yield "/*"
        case PathPrefix(text):
            yield from (text, f"{text}/*")
        case PathExact("/"):
            yield "/"
        case PathExact(text):
            yield from (text, f"{text}/")
        case PathPattern(pattern):
            yield pattern
        case PathTemplate() | PathRegex():
            return
        case _:  # pragma: no cover
            assert_never(path)


def _regex(path: PathCondition) -> str:
    match path:
        case PathPrefix("/"):
            return "^/"
        case PathPrefix(text):
            return f"^{_literal(text)}(/.*)?$"
        case PathExact("/"):
            return "^/$"
        case PathExact(text):
            return f"^{_literal(text)}/?$"
        case PathTemplate(text, children):
            parts = (_literal(part) for part in _PARAMETER.split(text))
            return f"^{'[^/]+'.join(parts)}{'(/.*)?' if children else '/?'}$"
        case PathPattern(pattern):
            return f"^{_literal(pattern).replace(chr(92) + '*', '.*').replace(chr(92) + '?', '.')}$"
        case PathRegex(regex):
            return regex
        case _:  # pragma: no cover
            assert_never(path)


def _literal(text: str) -> str:
    return _META.sub(r"\\\g<0>", text)
