"""What a balancer cannot do of a proxy, told beforehand, with what can be done about it. Pure.

Source: Elastic Load Balancing User Guide ("Quotas", "Condition types for listener rules", "Transforms").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from stranglerfig.aws.synth.balancing.limits import (
    HOST,
    LONGEST_VALUE,
    MOST_RULES,
    MOST_VALUES,
    MOST_WILDCARDS,
)
from stranglerfig.aws.synth.balancing.room import MOST_GROUPS
from stranglerfig.aws.synth.problems import NotDeployable, Problem
from stranglerfig.aws.synth.proxy.conditions import count_values, count_wildcards, path_texts
from stranglerfig.aws.synth.proxy.rewriting import rewrite_of
from stranglerfig.aws.synth.proxy.weights import fitting
from stranglerfig.aws.synth.template_limits import MOST
from stranglerfig.core.conditions_text import FULL_WEIGHT, render_path
from stranglerfig.core.desired import Proxy, Route, RouteState
from stranglerfig.core.routing.rules import Conditions, Order, StickyBy
from stranglerfig.core.shift.plan import Plan
from stranglerfig.core.shift.terms import Terms
from stranglerfig.core.urls import TargetUrl
from stranglerfig.errors import UsageError

_METHOD = re.compile(r"[A-Z_.-]+")
_HEADER = re.compile(r"[^\\]*")
_QUERY = re.compile(r"[A-Za-z0-9_.$/~\"'@:+&()!,;=*?\\-]*")


def check_proxy(name: str, env: str, proxy: Proxy, urls: Mapping[str, TargetUrl], weights: Mapping[str, int]) -> None:
    """Raises ``UsageError`` with all problems, each on a line of its own."""
    problems: list[Problem] = []
    if proxy.order is Order.PRIORITY:
        problems.append(("order", "on AWS the most specific route wins: numbers are shared with all services' rules"))
    for route in proxy.routes:
        weight = weights.get(route.id, route.weight)
        problems += ((f"routes.{route.id}{field}", text) for field, text in _of_route(route, urls, weight))
    refuse(name, env, problems)


def refuse(name: str, env: str, problems: Sequence[Problem]) -> None:
    if problems:
        raise NotDeployable(f"proxy {name}", env, problems)


def check_count(proxy: Proxy, own: int, others: int, most: int = MOST_RULES) -> None:
    """``others`` are rules that the balancer has already, ``own`` those that the proxy wants, ``most`` those that the
    account may have."""
    if own + others <= most:
        return
    room = max(0, most - others)
    raise UsageError(
        f"proxy {proxy.name} wants {own} rules, and the balancer has room for {room} of at most {most}",
        hint=_suggest_joining(proxy)
        or "Have the quota `Rules per Application Load Balancer` raised, or split the proxy over two environments.",
    )


def check_groups(proxy: Proxy, own: int, others: int) -> None:
    """As ``check_count``, of target groups: ``own`` are those that its addresses want."""
    if own + others > MOST_GROUPS:
        raise UsageError(
            f"proxy {proxy.name} wants {own} target groups for its addresses, and the balancer has room for"
            f" {max(0, MOST_GROUPS - others)} of {MOST_GROUPS}",
            hint="Have routes lead to fewer addresses, or split the proxy over two environments.",
        )


def check_parameters(proxy: Proxy, count: int) -> None:
    """Weights and target groups of services are parameters of its stack."""
    most = MOST["Parameters"]
    if count > most:
        raise UsageError(
            f"proxy {proxy.name} takes {count} parameters of its stack, one for each service and each route that is"
            f" split, and CloudFormation has {most}",
            hint=_suggest_joining(proxy)
            or "Have routes that are moved in full lead to one side only, or split the proxy over two environments.",
        )


def check_weight(route: Route, urls: Mapping[str, TargetUrl], weight: int) -> None:
    """Raises ``UsageError`` where the balancer cannot have both sides at once."""
    problem = _of_rewriting(route, urls, weight)
    if problem is not None:
        raise UsageError(
            f"route {route.id} cannot be split on AWS: {problem}",
            hint="Give it 0 or 100 %, or have both sides answer the same path.",
        )


def _of_route(route: Route, urls: Mapping[str, TargetUrl], weight: int) -> Iterator[Problem]:
    yield from _of_conditions(route)
    if route.sticky.by not in (StickyBy.NONE, StickyBy.COOKIE) or route.sticky.name:
        yield ".sticky", "a balancer keeps clients on their side by a cookie of its own alone: write `sticky: cookie`"
    problem = _of_rewriting(route, urls, weight)
    if problem is not None:
        yield ".weight", problem
    if route.shift is not None:
        yield from ((f".shift{field}", text) for field, text in _of_terms(route, urls, route.shift))


def check_plan(route: Route, urls: Mapping[str, TargetUrl], plan: Plan) -> None:
    """Raises ``UsageError`` with the reasons why a balancer cannot follow it."""
    problems = [text for _, text in _of_plan(route, urls, plan)]
    if problems:
        raise UsageError(f"route {route.id} cannot be shifted on AWS: {'; '.join(problems)}")


def _of_terms(route: Route, urls: Mapping[str, TargetUrl], terms: Terms) -> Iterator[Problem]:
    yield from _of_plan(route, urls, terms.plan)
    for field, given in ((".webhook", terms.hooks.webhook), (".on_change", terms.hooks.command)):
        if given is not None:
            yield field, "nobody would be told: on AWS the command that watches a shift tells how it goes"


def _of_plan(route: Route, urls: Mapping[str, TargetUrl], plan: Plan) -> Iterator[Problem]:
    if plan.cohort_first:
        yield ".cohorts", "cohorts go to a rule of their own, and there is one rule for a route on AWS"
    if plan.limits.mismatch is not None:
        yield ".limits.mismatch", "answers are compared on this machine alone: there is nothing that could differ"
    # The step of the cohorts alone is told of already.
    for step in plan.steps:
        if step and fitting(step) != step:
            write = f"{fitting(step) / 100:g}"
            yield (
                ".steps",
                f"a step of {step / 100:g} % is not possible, shares go by tenths of a percent: write {write}",
            )
    split = next((found for step in plan.steps if (found := _of_rewriting(route, urls, step))), None)
    if split is not None:
        yield ".steps", split


def _of_rewriting(route: Route, urls: Mapping[str, TargetUrl], weight: int) -> str | None:
    candidate, legacy = (rewrite_of(side, urls) for side in (route.candidate, route.legacy))
    if candidate == legacy or weight in (0, FULL_WEIGHT) or route.state is not RouteState.ACTIVE:
        return None
    return (
        f"{weight / 100:g} % is not possible: a balancer rewrites the path for a whole rule, and candidate and legacy"
        " are asked by different ones"
    )


def _of_conditions(route: Route) -> Iterator[Problem]:
    conditions = route.conditions
    count = count_values(conditions)
    if count > MOST_VALUES:
        yield "", f"has {count} values in its conditions, and a rule has at most {MOST_VALUES}; {_suggest_split(route)}"
    for text in path_texts(conditions):
        if len(text) > LONGEST_VALUE:
            yield ".path", f"takes {len(text)} characters on AWS, and {LONGEST_VALUE} are the most"
    wildcards = count_wildcards(conditions)
    if wildcards > MOST_WILDCARDS:
        yield "", f"has {wildcards} wildcards beside those of its path, and a rule has at most {MOST_WILDCARDS}"
    yield from _of_characters(conditions)


def _of_characters(conditions: Conditions) -> Iterator[Problem]:
    headers = (pattern for one in conditions.headers for pattern in one.patterns)
    queries = (text for one in conditions.queries for pair in one.pairs for text in (pair.key or "", pair.value))
    for host in conditions.host.patterns if conditions.host else ():
        if not HOST.fullmatch(host):
            yield ".hosts", f"{host!r} is no host for a balancer: it needs a dot, and only letters after the last one"
    for method in conditions.methods:
        if not _METHOD.fullmatch(method):
            yield ".methods", f"{method!r} is no method for a balancer: it has capital letters, - and _"
    for value in headers:
        if not _HEADER.fullmatch(value):
            yield ".headers", f"{value!r} has a backslash, which a balancer does not compare"
    for text in queries:
        if not _QUERY.fullmatch(text):
            yield ".queries", f"{text!r} has characters that a balancer does not compare: use ? for each of them"


def _suggest_split(route: Route) -> str:
    """The longest list of the route in two."""
    conditions = route.conditions
    lists: dict[str, tuple[str, ...]] = {
        "methods": conditions.methods,
        "hosts": conditions.host.patterns if conditions.host else (),
        "sources": conditions.source.networks if conditions.source else (),
        "queries": _queries(conditions),
    }
    name, values = max(lists.items(), key=lambda pair: len(pair[1]))
    if len(values) < 2:
        return "leave some of them out"
    others = count_values(conditions) - len(values)
    room = max(1, MOST_VALUES - others)
    parts = [values[at : at + room] for at in range(0, len(values), room)]
    told = ", ".join(f"{route.id}-{at}: {name}: [{', '.join(part)}]" for at, part in enumerate(parts, start=1))
    return f"split it into routes that differ in nothing else: {told}"


def _queries(conditions: Conditions) -> tuple[str, ...]:
    return tuple(
        f"{pair.key}={pair.value}" if pair.key else pair.value for one in conditions.queries for pair in one.pairs
    )


def _suggest_joining(proxy: Proxy) -> str:
    """Routes side by side to one target, which a common path may stand for."""
    groups: dict[tuple[str, str], list[str]] = {}
    for route in proxy.routes:
        parent = render_path(route.conditions).rpartition("/")[0]
        groups.setdefault((parent, route.candidate.group), []).append(route.id)
    (parent, group), ids = max(groups.items(), key=lambda pair: len(pair[1]), default=(("", ""), []))
    if len(ids) < 2 or not parent:
        return ""
    shown = ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")
    return (
        f"{len(ids)} routes lead from below {parent} to {group.rpartition('.')[2]} ({shown}): one for {parent} may do."
    )
