"""Whether one alternative takes every request of another, or may take some of them.

Both are safe approximations: ``covers`` says yes only when it is certain, ``may_overlap`` says no only when it is.
Methods are left to the caller.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from stranglerfig.core.routing.glob import Token, Wild, has_wildcard, parse_glob
from stranglerfig.core.routing.match import source_matches
from stranglerfig.core.routing.paths import is_parameter, path_matches, segments
from stranglerfig.core.routing.precedence import Alternative
from stranglerfig.core.routing.rules import (
    Conditions,
    HostCondition,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
    SourceCondition,
)

Glob = tuple[Token, ...]


def covers(wide: Alternative, narrow: Alternative) -> bool:
    return path_covers(wide.path, narrow.path) and conditions_cover(wide.rule.conditions, narrow.rule.conditions)


def conditions_cover(wide: Conditions, narrow: Conditions) -> bool:
    """Host, headers, queries and source: whatever ``wide`` asks for, ``narrow`` asks for at least."""
    return (
        _host_covers(wide.host, narrow.host)
        and set(wide.headers) <= set(narrow.headers)
        and set(wide.queries) <= set(narrow.queries)
        and _source_covers(wide.source, narrow.source)
    )


def path_covers(wide: PathCondition | None, narrow: PathCondition | None) -> bool:
    if wide is None or wide == narrow:
        return True
    if narrow is None:
        return False
    if wide == PathPrefix("/"):
        # the one path it does not take
        return not path_matches(narrow, "*")
    if isinstance(wide, PathRegex) or isinstance(narrow, PathRegex):
        return False
    if isinstance(wide, PathTemplate):
        return _template_covers(wide, narrow)
    return all(any(_glob_covers(one, other) for one in _globs(wide)) for other in _globs(narrow))


def may_overlap(one: Alternative, other: Alternative) -> bool:
    """By path and host; other conditions can practically always hold together."""
    return _paths_overlap(one.path, other.path) and _hosts_overlap(one.rule.conditions.host, other.rule.conditions.host)


def literal_head(path: PathCondition | None) -> tuple[str, ...]:
    """The literal segments that every path meant begins with."""
    match path:
        case PathExact(text) | PathPrefix(text) | PathTemplate(text):
            head = segments(text)
            fixed = next((depth for depth, part in enumerate(head) if is_parameter(part)), len(head))
        case PathPattern(pattern):
            # an exact path takes the trailing slash too, and has no segment for it
            head = segments(pattern.removesuffix("/") or "/")
            fixed = next((depth for depth, part in enumerate(head) if has_wildcard(part)), len(head))
        case _:
            return ()
    return head[:fixed]


def _globs(path: PathCondition) -> tuple[Glob, ...]:
    """Wildcard patterns that together mean the path; for parameters somewhat more, since ``*`` crosses slashes."""
    match path:
        case PathExact(text):
            return _with_slash(tuple(text))
        case PathPrefix(text):
            return (tuple(text), (*text, "/", Wild.RUN)) if text != "/" else (("/", Wild.RUN),)
        case PathTemplate(text, children):
            tokens: list[Token] = []
            for part in segments(text):
                tokens += ["/", Wild.ONE, Wild.RUN] if is_parameter(part) else ["/", *part]
            glob = tuple(tokens) or ("/",)
            return (glob, (*glob, "/", Wild.RUN)) if children else _with_slash(glob)
        case PathPattern(pattern):
            return (parse_glob(pattern),)
        case _:
            return ((Wild.RUN,),)


def _with_slash(glob: Glob) -> tuple[Glob, ...]:
    return (glob,) if glob == ("/",) else (glob, (*glob, "/"))


def _template_covers(wide: PathTemplate, narrow: PathCondition) -> bool:
    """Segment by segment: a parameter takes any literal and any parameter."""
    if isinstance(narrow, PathPattern):
        return not {Wild.ONE, Wild.RUN} & set(parse_glob(narrow.pattern)) and path_matches(wide, narrow.pattern)
    assert isinstance(narrow, PathExact | PathPrefix | PathTemplate)
    open_ended = isinstance(narrow, PathPrefix) or (isinstance(narrow, PathTemplate) and narrow.children)
    ours, theirs = segments(wide.path), segments(narrow.path)
    if len(theirs) < len(ours) or (not wide.children and (open_ended or len(theirs) > len(ours))):
        return False
    return all(is_parameter(one) or one == other for one, other in zip(ours, theirs, strict=False))


def _glob_covers(wide: Glob, narrow: Glob) -> bool:
    """``wide`` read as a pattern over the tokens of ``narrow``: a star takes anything, ``?`` one character or ``?``."""
    reachable = _past_stars(wide, {0})
    for token in narrow:
        stay = {at for at in reachable if wide[at : at + 1] == (Wild.RUN,)}
        step = {at + 1 for at in reachable if at < len(wide) and _takes(wide[at], token)}
        reachable = _past_stars(wide, stay | step)
    return len(wide) in reachable


def _past_stars(glob: Glob, reachable: set[int]) -> set[int]:
    """A star may also take nothing."""
    past = set(reachable)
    for at in reachable:
        while glob[at : at + 1] == (Wild.RUN,):
            at += 1
            past.add(at)
    return past


def _takes(wide: Token, narrow: Token) -> bool:
    return wide == narrow if isinstance(wide, str) else wide is Wild.ONE and narrow is not Wild.RUN


def _globs_overlap(one: Glob, other: Glob) -> bool:
    """Whether some text matches both: both patterns are walked at once, stars taking nothing or one more."""
    seen: set[tuple[int, int]] = set()
    waiting = [(0, 0)]
    while waiting:
        left, right = waiting.pop()
        if (left, right) in seen:
            continue
        seen.add((left, right))
        ours, theirs = one[left : left + 1], other[right : right + 1]
        if not ours and not theirs:
            return True
        if ours == (Wild.RUN,):
            waiting.append((left + 1, right))
        if theirs == (Wild.RUN,):
            waiting.append((left, right + 1))
        if ours and theirs and (Wild.RUN in (*ours, *theirs) or Wild.ONE in (*ours, *theirs) or ours == theirs):
            waiting.append((left + (ours != (Wild.RUN,)), right + (theirs != (Wild.RUN,))))
    return False


def _paths_overlap(one: PathCondition | None, other: PathCondition | None) -> bool:
    if one is None or other is None:
        return True
    return any(_globs_overlap(left, right) for left in _globs(one) for right in _globs(other))


def _host_globs(host: HostCondition | None) -> Sequence[Glob]:
    if host is None or host.regexes:
        return ((Wild.RUN,),)
    return [parse_glob(pattern.lower()) for pattern in host.patterns]


def _hosts_overlap(one: HostCondition | None, other: HostCondition | None) -> bool:
    return any(_globs_overlap(left, right) for left in _host_globs(one) for right in _host_globs(other))


def _host_covers(wide: HostCondition | None, narrow: HostCondition | None) -> bool:
    if wide is None or wide == narrow:
        return True
    if wide.regexes:
        return False
    return all(any(_glob_covers(one, other) for one in _host_globs(wide)) for other in _host_globs(narrow))


def _source_covers(wide: SourceCondition | None, narrow: SourceCondition | None) -> bool:
    """Every network lies in one of the wide ones: its first and last address do, as networks never straddle."""
    if wide is None:
        return True
    if narrow is None:
        return False
    networks = [ipaddress.ip_network(network, strict=False) for network in narrow.networks]
    return all(
        any(
            source_matches(SourceCondition((one,)), str(network[0]))
            and source_matches(SourceCondition((one,)), str(network[-1]))
            for one in wide.networks
        )
        for network in networks
    )
