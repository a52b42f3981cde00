"""Rules about a declared proxy, and its routes as values: they are checked and deployed by one reading. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping

from stranglerfig.core.clashes import find_clashes
from stranglerfig.core.compare.jobs import Bounds
from stranglerfig.core.compare.redaction import Policy
from stranglerfig.core.compare.rules import parse_rule
from stranglerfig.core.compile import DEFAULT_RULE, EVERYTHING, compile_proxy
from stranglerfig.core.conditions_text import (
    ConditionsText,
    count_segments,
    parse_conditions,
    parse_sticky,
    parse_weight,
)
from stranglerfig.core.declared.checking import DEPLOYED, check_host, check_proxy_name
from stranglerfig.core.declared.declaration import RouteDeclaration
from stranglerfig.core.declared.destinations import to_url_targets
from stranglerfig.core.declared.shadowing import ShadowDeclaration
from stranglerfig.core.desired import Proxy, Route, RouteSide, RouteState
from stranglerfig.core.names import parse_name
from stranglerfig.core.routing.cohorts import within_cohort
from stranglerfig.core.routing.rules import Conditions, Order, Rule, Sticky
from stranglerfig.core.routing.validate import check_rule
from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.core.shift.terms import Hooks, Terms, check_webhook, to_plan
from stranglerfig.core.urls import parse_target_url
from stranglerfig.errors import UsageError
from stranglerfig.manifest.rules.given import (
    Body,
    Problems,
    has,
    listed,
    number,
    seconds,
    section,
    sections,
    text,
    texts,
    value,
)

NOT_WATCHED = "none"
_DATE = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})")


def told(parse: Callable[[str], object]) -> Callable[[str], str | None]:
    """What ``parse`` has against a text."""

    def check(given: str) -> str | None:
        try:
            parse(given)
        except UsageError as error:
            return error.message
        return None

    return check


wrong_method = told(lambda given: parse_conditions(ConditionsText(methods=(given,))))
wrong_host = told(lambda given: parse_conditions(ConditionsText(hosts=(given,))))
wrong_header = told(lambda given: parse_conditions(ConditionsText(headers=(given,))))
wrong_query = told(lambda given: parse_conditions(ConditionsText(queries=(given,))))
wrong_network = told(lambda given: parse_conditions(ConditionsText(sources=(given,))))
wrong_sticky = told(parse_sticky)
wrong_rule = told(parse_rule)
wrong_cohort = told(lambda given: within_cohort(Conditions(), given))
wrong_webhook = told(check_webhook)
wrong_proxy_name = told(check_proxy_name)
wrong_address = told(check_host)


@told
def wrong_destination(given: str) -> None:
    if "://" in given:
        to_url_targets(parse_target_url(given))
    elif not DEPLOYED.fullmatch(given):
        parse_name(given, "service or target")


def wrong_date(given: str) -> str | None:
    found = _DATE.fullmatch(given)
    if found is None or not 1 <= int(found[3]) <= monthrange(int(found[1]) or 1, int(found[2]))[1]:
        return "must be a date like 2027-01-31"
    return None


def wrong_weight(body: dict[str, object]) -> Problems:
    try:
        parse_weight(percent_of(body))
    except UsageError as error:
        return [("weight", error.message)]
    return []


def weight_or_shift(body: dict[str, object]) -> Problems:
    if has(body, "weight") and value(body, "shift") not in (None, False):
        return [("weight", 'must specify one, not both, of "weight" and "shift": with a shift it is the shift\'s')]
    return []


def wrong_plan(body: dict[str, object]) -> Problems:
    try:
        terms_of(body)
    except UsageError as error:
        return [("", error.message)]
    return []


def wrong_shadow(body: dict[str, object]) -> Problems:
    problems = [(name, "must be above 0") for name in ("sample", "rate") if seconds(body, name) == 0]
    try:
        shadow_of(body)
    except UsageError as error:
        problems.append(("path", error.message))
    return problems


def sound_routes(body: dict[str, object]) -> Problems:
    """Each by itself, and beside those before it."""
    order = order_of(body)
    earlier: list[tuple[Route, Rule]] = []
    problems: Problems = []
    for route_id, given in sections(body, "routes"):
        if has(given, "path") and has(given, "to"):
            found = list(_problems_of(route_id, given, order, earlier))
            problems += [(f"routes.{route_id}{below}", message) for below, message in found]
    return problems


def order_of(body: Body) -> Order:
    return Order(text(body, "order") or Order.SPECIFIC.value)


def percent_of(body: Body) -> float:
    share = value(body, "weight")
    return float(share) if isinstance(share, int | float) and not isinstance(share, bool) else 100.0


def terms_of(body: Body) -> Terms:
    """Raises ``UsageError``."""
    usual, limits, cohorts = Plan(), section(body, "limits"), texts(body, "cohorts")
    steps = tuple(parse_weight(float(step)) for step in listed(body, "steps") if isinstance(step, int | float))
    bake_s = seconds(body, "bake")
    plan = to_plan(
        steps if has(body, "steps") else usual.steps,
        usual.bake_s if bake_s is None else bake_s,
        _limits_of(limits),
        cohorts,
    )
    return Terms(plan, cohorts, Hooks(text(body, "webhook"), text(body, "on_change")))


def _limits_of(body: Body) -> Limits:
    usual = Limits()
    ratio, mismatch = value(body, "latency_ratio"), seconds(body, "mismatch")
    increase, minimum = seconds(body, "error_increase"), number(body, "minimum_requests")
    return Limits(
        error_increase=usual.error_increase if increase is None else _to_share(increase),
        latency_ratio=None if ratio == NOT_WATCHED else seconds(body, "latency_ratio") or usual.latency_ratio,
        mismatch=None if mismatch is None else _to_share(mismatch),
        minimum_requests=usual.minimum_requests if minimum is None else minimum,
    )


def shadow_of(body: Body) -> ShadowDeclaration:
    """Raises ``UsageError``."""
    usual = ShadowDeclaration()
    sample, rate, timeout_s = seconds(body, "sample"), seconds(body, "rate"), seconds(body, "timeout")
    bounds = Bounds(
        usual.bounds.timeout_s if timeout_s is None else timeout_s,
        number(body, "body_bytes") or usual.bounds.body_bytes,
    )
    return ShadowDeclaration(
        to=text(body, "candidate"),
        conditions=parse_conditions(_conditions_text({"path": "/", **body})),
        sample=usual.sample if sample is None else _to_share(sample),
        writes=value(body, "writes") is True,
        rate=usual.rate if rate is None else rate,
        rules=tuple(map(parse_rule, texts(body, "rules"))),
        policy=Policy(texts(body, "redact"), texts(body, "reveal")),
        bounds=bounds,
    )


def _to_share(percent: float) -> float:
    """The rounding takes away what the division adds."""
    return round(percent / 100, 12)


def _shift_of(body: Body) -> Terms | None:
    asked = value(body, "shift")
    return None if asked in (None, False) else terms_of(section(body, "shift"))


def route_of(route_id: str, body: Body, owner: str = "") -> RouteDeclaration:
    """Raises ``UsageError`` for conditions that cannot be. ``owner`` is whose the routes are that name none."""
    sticky = text(body, "sticky")
    return RouteDeclaration(
        id=route_id,
        conditions=parse_conditions(_conditions_text(body)),
        to=text(body, "to") or "",
        weight=parse_weight(percent_of(body)),
        legacy=text(body, "legacy"),
        strip=value(body, "strip") is True,
        sticky=Sticky() if sticky is None else parse_sticky(sticky),
        state=RouteState((text(body, "state") or RouteState.ACTIVE.value).upper()),
        priority=number(body, "priority"),
        owner=text(body, "owner") or owner,
        shift=_shift_of(body),
        shadow=None if value(body, "shadow") in (None, False) else shadow_of(section(body, "shadow")),
        expires=text(body, "expires") or "",
    )


def _conditions_text(body: Body) -> ConditionsText:
    return ConditionsText(
        path=text(body, "path") or "",
        exact=value(body, "exact") is True,
        pattern=value(body, "pattern") is True,
        methods=texts(body, "methods"),
        hosts=texts(body, "hosts"),
        headers=tuple(line for item in listed(body, "headers") for line in _header_lines(item)),
        queries=texts(body, "queries"),
        sources=texts(body, "sources"),
    )


def _header_lines(item: object) -> Iterator[str]:
    if isinstance(item, Mapping):
        yield from (f"{name}: {pattern}" for name, pattern in item.items())
    elif isinstance(item, str):
        yield item


def _problems_of(
    route_id: str, body: Body, order: Order, earlier: list[tuple[Route, Rule]]
) -> Iterator[tuple[str, str]]:
    try:
        parse_conditions(_conditions_text(body))
    except UsageError as error:
        yield ".path", error.message
        return
    try:
        declared = route_of(route_id, body)
    except UsageError:
        # Weights and plans are told of where they stand.
        return
    if route_id == DEFAULT_RULE:
        yield "", "is what the default is called: give the route another id"
    if declared.conditions == EVERYTHING:
        yield ".path", "would take everything: that is the default"
    yield from _wrong_terms(declared)
    if declared.strip:
        try:
            count_segments(declared.conditions.paths[0])
        except UsageError as error:
            yield ".strip", error.message
    if (declared.priority is None) is (order is Order.PRIORITY):
        needed = order is Order.PRIORITY
        yield ".priority", "must be specified if order is priority" if needed else "has no meaning: order is specific"
    else:
        yield from _clashes(declared, order, earlier)


def _wrong_terms(declared: RouteDeclaration) -> Iterator[tuple[str, str]]:
    """Of a shift, beside the rest of its route."""
    terms, shadow = declared.shift, declared.shadow
    if terms is None:
        return
    for at, cohort in enumerate(terms.cohorts):
        try:
            within_cohort(declared.conditions, cohort)
        except UsageError as error:
            yield f".shift.cohorts[{at}]", error.message
    if terms.plan.limits.mismatch is not None and (shadow is None or shadow.to not in (None, declared.to)):
        yield ".shift.limits.mismatch", 'needs a "shadow" of the same candidate: else no answers are compared'


def _clashes(declared: RouteDeclaration, order: Order, earlier: list[tuple[Route, Rule]]) -> Iterator[tuple[str, str]]:
    side = RouteSide(declared.to)
    route = Route(declared.id, declared.conditions, side, side, priority=declared.priority)
    compiled = compile_proxy(Proxy("", "", 0, None, order, routes=(route,))).rules[declared.id]
    problems = check_rule(compiled[1], order)
    yield from (("", problem) for problem in problems)
    if problems or declared.state is RouteState.INACTIVE:
        return
    yield from (
        ("", f"cannot stand beside {other.id}: {reason}") for other, reason in find_clashes(compiled[1], earlier, order)
    )
    earlier.append(compiled)
