"""What an action may say: its problems in words, empty when it is fine."""

from __future__ import annotations

import re
from typing import assert_never

from stranglerfig.core.routing.admission import is_token
from stranglerfig.core.routing.paths import segments
from stranglerfig.core.routing.regex_subset import group_count, regex_problem
from stranglerfig.core.routing.rules import (
    Action,
    FixedResponse,
    Forward,
    PathCondition,
    PathExact,
    PathPrefix,
    PathTemplate,
    Redirect,
    Sticky,
    StickyBy,
    UrlRewrite,
)

MOST_GROUPS = 5
HEAVIEST = 1_000_000
LONGEST_BODY = 1024
LONGEST_REWRITE = 1024
CONTENT_TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")

_UNCHANGED = Redirect(status=302)
_PLACEHOLDERS = frozenset({"#{protocol}", "#{host}", "#{port}", "#{path}", "#{query}"})
_VISIBLE = re.compile(r"[!-~]*")


def action_problems(action: Action, paths: tuple[PathCondition, ...]) -> list[str]:
    match action:
        case Forward():
            return _forward_problems(action, paths)
        case Redirect():
            return _redirect_problems(action)
        case FixedResponse():
            return _response_problems(action)
        case _:  # pragma: no cover
            assert_never(action)


def _forward_problems(forward: Forward, paths: tuple[PathCondition, ...]) -> list[str]:
    groups = forward.groups
    problems = [f"a forward names 1 to {MOST_GROUPS} target groups"] if not 1 <= len(groups) <= MOST_GROUPS else []
    problems += [
        f"weight {group.weight} of {group.group} is not between 0 and {HEAVIEST}"
        for group in groups
        if not 0 <= group.weight <= HEAVIEST
    ]
    if groups and not any(group.weight > 0 for group in groups):
        problems.append("no target group has a positive weight")
    if not all(group.group for group in groups) or len({group.group for group in groups}) < len(groups):
        problems.append("each target group has a name and stands once")
    problems += _strip_problems(forward, paths) + _sticky_problems(forward.sticky)
    if forward.url_rewrite is not None:
        problems += _rewrite_problems(forward.url_rewrite)
    return problems


def _strip_problems(forward: Forward, paths: tuple[PathCondition, ...]) -> list[str]:
    most = max((group.strip for group in forward.groups), default=0)
    problems = []
    if min((group.strip for group in forward.groups), default=0) < 0:
        problems.append("a strip counts segments from 0")
    if most and forward.url_rewrite is not None:
        problems.append("a rule strips segments or rewrites the url, and not both")
    for path in paths:
        if isinstance(path, PathExact | PathPrefix | PathTemplate) and most > len(segments(path.path)):
            problems.append(f"{most} segments cannot be stripped off {path.path}, which has {len(segments(path.path))}")
    return problems


def _sticky_problems(sticky: Sticky) -> list[str]:
    match sticky.by:
        case StickyBy.NONE | StickyBy.SOURCE:
            return [f"stickiness by {sticky.by.value} takes no name"] if sticky.name else []
        case StickyBy.HEADER:
            return [] if _is_usable(sticky.name) else [f"stickiness needs a header name, not {sticky.name!r}"]
        case StickyBy.COOKIE:
            return [] if not sticky.name or _is_usable(sticky.name) else [f"{sticky.name!r} is no cookie name"]
        case _:  # pragma: no cover
            assert_never(sticky.by)


def _is_usable(name: str) -> bool:
    """Names hold neither ``|`` nor ``'`` in practice, and in HAProxy's maps and arguments they mean something else."""
    return is_token(name) and not set(name) & set("|'")


def _rewrite_problems(rewrite: UrlRewrite) -> list[str]:
    if problem := regex_problem(rewrite.regex, LONGEST_REWRITE):
        return [problem]
    problems = []
    if len(rewrite.replacement) > LONGEST_REWRITE or not _VISIBLE.fullmatch(rewrite.replacement):
        problems.append(f"a replacement has at most {LONGEST_REWRITE} visible characters: {rewrite.replacement!r}")
    groups = group_count(rewrite.regex)
    problems += [
        f"replacement {rewrite.replacement!r} uses ${number}, but {rewrite.regex} has {groups} groups"
        for number in re.findall(r"\$([0-9])", rewrite.replacement)
        if int(number) > groups
    ]
    return problems


def _redirect_problems(redirect: Redirect) -> list[str]:
    problems = [] if redirect.status in (301, 302) else [f"redirect status {redirect.status} is not 301 or 302"]
    if redirect.protocol.lower() not in ("http", "https", _UNCHANGED.protocol):
        problems.append(f"redirect protocol {redirect.protocol!r} is not http or https")
    if redirect.port != _UNCHANGED.port and not _is_port(redirect.port):
        problems.append(f"redirect port {redirect.port!r} is not between 1 and 65535")
    if not redirect.path.startswith("/"):
        problems.append(f"redirect path {redirect.path!r} does not start with /")
    if not redirect.host:
        problems.append("a redirect has a host")
    parts = (redirect.host, redirect.path, redirect.query)
    problems += [problem for part in parts for problem in _part_problems(part)]
    if _moves(redirect) == _moves(_UNCHANGED):
        problems.append("a redirect loop: at least one of protocol, host, port and path must change")
    return problems


def _part_problems(part: str) -> list[str]:
    if len(part) > 128 or not _VISIBLE.fullmatch(part):
        return [f"a part of a redirect has at most 128 visible characters: {part!r}"]
    unknown = [found for found in re.findall(r"#\{[^}]*\}?", part) if found not in _PLACEHOLDERS]
    return [f"{found} is no placeholder: there are {' '.join(sorted(_PLACEHOLDERS))}" for found in unknown]


def _moves(redirect: Redirect) -> tuple[str, str, str, str]:
    return (redirect.protocol, redirect.host, redirect.port, redirect.path)


def _is_port(text: str) -> bool:
    return re.fullmatch("[0-9]{1,5}", text) is not None and 1 <= int(text) <= 65535


def _response_problems(response: FixedResponse) -> list[str]:
    problems = []
    if not (200 <= response.status <= 299 or 400 <= response.status <= 599):
        problems.append(f"response status {response.status} is not 2XX, 4XX or 5XX")
    if len(response.body.encode()) > LONGEST_BODY:
        problems.append(f"a response body has at most {LONGEST_BODY} bytes")
    if response.content_type not in CONTENT_TYPES:
        problems.append(f"content type {response.content_type!r} is not one of {', '.join(CONTENT_TYPES)}")
    return problems
