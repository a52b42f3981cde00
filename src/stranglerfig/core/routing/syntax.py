"""What one condition may say: the problems of each, in words, empty when it is fine."""

from __future__ import annotations

import ipaddress
import re
from typing import assert_never

from stranglerfig.core.routing.admission import REFUSED_METHODS, is_token
from stranglerfig.core.routing.canonical import Refusal, canonicalise
from stranglerfig.core.routing.paths import is_parameter, segments
from stranglerfig.core.routing.regex_subset import regex_problem
from stranglerfig.core.routing.rules import (
    HeaderCondition,
    HostCondition,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
    QueryCondition,
    QueryPair,
    SourceCondition,
)

LONGEST_PATH = 2048
LONGEST_PATTERN = 128
LONGEST_NAME = 40

_PATTERN = re.compile(r"""[A-Za-z0-9_.$/~"'@:+&*?-]+""")
_HOST = re.compile(r"[A-Za-z0-9.*?-]+")
_PARAMETER = re.compile(r"\{[A-Za-z0-9._:-]+\}")
_METHOD = re.compile(r"[A-Za-z0-9_-]+")
_VISIBLE = re.compile(r"[ -~]*")
_QUERY = re.compile(r"[!-~]*")


def path_problems(path: PathCondition) -> list[str]:
    match path:
        case PathExact(text) | PathPrefix(text):
            braces = [f"path {text!r} holds a brace: parameters need a template"] if re.search("[{}]", text) else []
            return [*_plain_path_problems(text), *braces]
        case PathTemplate(text):
            return _plain_path_problems(text) + _parameter_problems(text)
        case PathPattern(pattern):
            return _pattern_problems(pattern)
        case PathRegex(regex):
            return _found(regex_problem(regex))
        case _:  # pragma: no cover
            assert_never(path)


def method_problems(methods: tuple[str, ...]) -> list[str]:
    problems = [f"method {method!r} is no HTTP method" for method in methods if not _is_method(method)]
    problems += [f"method {method} is never served" for method in methods if method in REFUSED_METHODS]
    if len(set(methods)) < len(methods):
        problems.append("a method is named twice")
    return problems


def host_problems(host: HostCondition) -> list[str]:
    problems = _alternatives_problems("host", host.patterns, host.regexes)
    for pattern in host.patterns:
        if len(pattern) > LONGEST_PATTERN or not _HOST.fullmatch(pattern):
            problems.append(
                f"host {pattern!r} must have 1 to {LONGEST_PATTERN} letters, digits, hyphens, dots or wildcards"
            )
    return problems


def header_problems(header: HeaderCondition) -> list[str]:
    name = header.name
    problems = _alternatives_problems(f"header {name}", header.patterns, header.regexes)
    if not _is_name(name) or "*" in name:
        problems.append(f"header {name!r} is no header name of at most {LONGEST_NAME} characters without wildcard")
    if name.lower() == "host":
        problems.append("header Host has a condition of its own: use a host condition")
    for pattern in header.patterns:
        if len(pattern) > LONGEST_PATTERN or not _VISIBLE.fullmatch(pattern):
            problems.append(f"header value {pattern!r} must have at most {LONGEST_PATTERN} visible characters")
    return problems


def query_problems(query: QueryCondition) -> list[str]:
    problems = [] if query.pairs else ["a query condition has no pairs"]
    for pair in query.pairs:
        problems += _pair_problems(pair)
    return problems


def source_problems(source: SourceCondition) -> list[str]:
    problems = [] if source.networks else ["a source condition has no networks"]
    for network in source.networks:
        problems += _network_problems(network)
    return problems


def _plain_path_problems(path: str) -> list[str]:
    if not path.startswith("/") or len(path) > LONGEST_PATH:
        return [f"path {path!r} must start with / and have at most {LONGEST_PATH} characters"]
    if forbidden := re.search(r"[?#*]", path):
        what = {"?": "a query", "#": "a fragment", "*": "a wildcard, which only patterns have"}[forbidden[0]]
        return [f"path {path!r} holds {what}"]
    if "" in segments(path):
        return [f"path {path!r} has an empty segment or a trailing slash"]
    if {".", ".."} & set(segments(path)):
        return [f"path {path!r} has a dot segment"]
    canonical = canonicalise(path)
    if isinstance(canonical, Refusal):
        return [f"path {path!r} is never matched: {canonical.reason}"]
    if canonical.path != path:
        return [f"path {path!r} is never matched: requests have it as {canonical.path}"]
    return []


def _parameter_problems(path: str) -> list[str]:
    problems = []
    names = [segment for segment in segments(path) if is_parameter(segment)]
    for segment in segments(path):
        if ("{" in segment or "}" in segment) and not _PARAMETER.fullmatch(segment):
            problems.append(f"path {path!r} has {segment}: a parameter is a whole segment, and its name has characters")
    if len(set(names)) < len(names):
        problems.append(f"path {path!r} names a parameter twice")
    return problems


def _pattern_problems(pattern: str) -> list[str]:
    if len(pattern) > LONGEST_PATTERN or not _PATTERN.fullmatch(pattern):
        allowed = "letters, digits and _ - . $ / ~ \" ' @ : + & * ?"
        return [f"path pattern {pattern!r} must have 1 to {LONGEST_PATTERN} of {allowed}"]
    if pattern[0] not in "/*?":
        return [f"path pattern {pattern!r} is never matched: paths start with /"]
    return []


def _alternatives_problems(what: str, patterns: tuple[str, ...], regexes: tuple[str, ...]) -> list[str]:
    problems = []
    if bool(patterns) == bool(regexes):
        problems.append(f"{what} needs patterns or regular expressions, and not both")
    for regex in regexes:
        problems += _found(regex_problem(regex))
    return problems


def _pair_problems(pair: QueryPair) -> list[str]:
    problems = []
    for what, text in (("key", pair.key or ""), ("value", pair.value)):
        if len(text) > LONGEST_PATTERN or not _QUERY.fullmatch(text):
            problems.append(f"query {what} {text!r} must have at most {LONGEST_PATTERN} visible characters")
        if re.search("[&#=]" if what == "key" else "[&#]", text):
            problems.append(f"query {what} {text!r} is never matched: & and = separate pairs, # ends the query")
    return problems


def _network_problems(text: str) -> list[str]:
    if text == "255.255.255.255/32":
        return ["source 255.255.255.255/32 is nobody's address"]
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return [f"source {text!r} is no network such as 10.0.0.0/8 or 2001:db8::/32"]
    if ipaddress.ip_address(text.partition("/")[0]) != network.network_address:
        return [f"source {text} has bits beyond its mask: write {network}"]
    return []


def _is_method(text: str) -> bool:
    """As the load balancer has it. In HAProxy's tables ``*`` is every method, and ``#`` begins a comment."""
    return _METHOD.fullmatch(text) is not None and len(text) <= LONGEST_NAME


def _is_name(text: str) -> bool:
    return is_token(text) and len(text) <= LONGEST_NAME


def _found(problem: str | None) -> list[str]:
    return [] if problem is None else [problem]
