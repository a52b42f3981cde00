"""What is refused when a rule is made, before anything is changed.

Syntax holds for every rule. The load balancer's own limits (host names with a dot, five values and wildcards, one
default rule without conditions) hold only under ``Order.PRIORITY``, where rules are the load balancer's; two rules
that mean the same requests are refused only under ``Order.SPECIFIC``, where no number says which comes first.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from stranglerfig.core.routing.action_syntax import action_problems
from stranglerfig.core.routing.match import to_network
from stranglerfig.core.routing.paths import is_parameter, path_text, segments
from stranglerfig.core.routing.precedence import Alternative, expand
from stranglerfig.core.routing.rules import (
    Conditions,
    Forward,
    HostCondition,
    Order,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathTemplate,
    Rule,
    SourceCondition,
)
from stranglerfig.core.routing.syntax import (
    header_problems,
    host_problems,
    method_problems,
    path_problems,
    query_problems,
    source_problems,
)

MOST_VALUES = 5
MOST_WILDCARDS = 5
LAST_PRIORITY = 50_000


def check_rule(rule: Rule, order: Order = Order.SPECIFIC) -> list[str]:
    """The problems of one rule by itself; empty when it is fine."""
    conditions = rule.conditions
    problems = [] if re.fullmatch("[A-Za-z0-9-]+", rule.id) else [f"id {rule.id!r} is not letters, digits and hyphens"]
    if rule.priority is not None and not 1 <= rule.priority <= LAST_PRIORITY:
        problems.append(f"priority {rule.priority} is not between 1 and {LAST_PRIORITY}")
    for path in conditions.paths:
        problems += path_problems(path)
    problems += method_problems(conditions.methods)
    if conditions.host is not None:
        problems += host_problems(conditions.host)
    for header in conditions.headers:
        problems += header_problems(header)
    for query in conditions.queries:
        problems += query_problems(query)
    if conditions.source is not None:
        problems += source_problems(conditions.source)
    problems += action_problems(rule.action, conditions.paths)
    return problems + (_load_balancer_problems(rule) if order is Order.PRIORITY else [])


def check_rules(rules: Sequence[Rule], order: Order) -> list[str]:
    """The problems of each, named, and of all together."""
    each = [f"rule {rule.id}: {problem}" for rule in rules for problem in check_rule(rule, order)]
    return each + check_together(rules, order)


def check_together(rules: Sequence[Rule], order: Order) -> list[str]:
    """The problems of all together alone: enough where only one of many rules is new and was checked by itself."""
    ids = Counter(rule.id for rule in rules)
    problems = [f"rule {name} stands {count} times" for name, count in ids.items() if count > 1]
    if order is Order.PRIORITY:
        return problems + _priority_problems(rules)
    return problems + _conflicts(rules) + _parameter_name_clashes(rules)


def strict_compat(rules: Sequence[Rule]) -> list[str]:
    """What Refactor Spaces refuses beyond that, though it works here: parameters without AppendSourcePath, and a route
    with children beside a parameter one level below it."""
    return [*_stripped_parameters(rules), *_parameter_children(rules)]


def _load_balancer_problems(rule: Rule) -> list[str]:
    conditions = rule.conditions
    problems = []
    values = _values(conditions)
    if len(values) > MOST_VALUES:
        problems.append(f"{len(values)} condition values, at most {MOST_VALUES} are allowed")
    wildcards = sum(value.count("*") + value.count("?") for value in values)
    if wildcards > MOST_WILDCARDS:
        problems.append(f"{wildcards} wildcards, at most {MOST_WILDCARDS} are allowed")
    for pattern in conditions.host.patterns if conditions.host else ():
        if not re.search(r"\.[A-Za-z]+$", pattern):
            problems.append(f"host {pattern!r} needs a dot, and only letters after the last one")
    if rule.priority is None:
        if conditions != Conditions():
            problems.append("a rule with conditions needs a priority")
        if isinstance(rule.action, Forward) and rule.action.url_rewrite:
            problems.append("the default rule rewrites no url")
    return problems


def _values(conditions: Conditions) -> list[str]:
    """Everything that counts as a condition value; wildcards are only in those that are patterns."""
    values = [path.pattern if isinstance(path, PathPattern) else "" for path in conditions.paths]
    values += ["" for _ in conditions.methods]
    hosts = (conditions.host,) if conditions.host else ()
    for either in (*hosts, *conditions.headers):
        values += [*either.patterns, *("" for _ in either.regexes)]
    values += [pair.value for query in conditions.queries for pair in query.pairs]
    return values + ["" for _ in (conditions.source.networks if conditions.source else ())]


def _priority_problems(rules: Sequence[Rule]) -> list[str]:
    counts = Counter(rule.priority for rule in rules)
    return [
        "there are several default rules" if priority is None else f"priority {priority} is used {count} times"
        for priority, count in counts.items()
        if count > 1
    ]


def _conflicts(rules: Sequence[Rule]) -> list[str]:
    """The same but for methods: explicit ones must differ; one rule for all methods may stand beside explicit ones."""
    seen: dict[tuple[object, ...], Rule] = {}
    problems = []
    for alternative in expand(rules):
        for method in alternative.rule.conditions.methods or ("all methods",):
            first = seen.setdefault((*_meaning(alternative), method), alternative.rule)
            if first is not alternative.rule:
                where = f"{path_text(alternative.path)} with {method}"
                problems.append(f"rules {first.id} and {alternative.rule.id} conflict: both take {where}")
    return problems


def _meaning(alternative: Alternative) -> tuple[object, ...]:
    """Equal for alternatives that match the same requests, methods aside."""
    conditions = alternative.rule.conditions
    return (
        _path_meaning(alternative.path),
        _host_meaning(conditions.host),
        frozenset((header.name.lower(), header.patterns, header.regexes) for header in conditions.headers),
        frozenset(frozenset(query.pairs) for query in conditions.queries),
        conditions.source and _source_meaning(conditions.source),
    )


def _source_meaning(source: SourceCondition) -> frozenset[object]:
    """All spellings of a network are one, and one within another adds nothing."""
    try:
        return frozenset(ipaddress.collapse_addresses(map(to_network, source.networks)))
    except ValueError:
        # What is no network at all is told of where each rule is checked by itself.
        return frozenset(source.networks)


def _host_meaning(host: HostCondition | None) -> object:
    return host and (frozenset(pattern.lower() for pattern in host.patterns), frozenset(host.regexes))


def _path_meaning(path: PathCondition | None) -> object:
    """Names of parameters do not count, and a template without any is a plain path."""
    match path:
        case PathTemplate(text, children):
            parts = tuple("{}" if is_parameter(part) else part for part in segments(text))
            return (parts, children)
        case PathExact(text):
            return (segments(text), False)
        case PathPrefix(text):
            return (segments(text), True)
        case _:
            return path


def _templates(rules: Sequence[Rule]) -> Iterator[tuple[Rule, PathTemplate]]:
    for alternative in expand(rules):
        if isinstance(alternative.path, PathTemplate):
            yield alternative.rule, alternative.path


def _parameter_name_clashes(rules: Sequence[Rule]) -> list[str]:
    """``/users/{id}`` and ``/users/{name}/orders`` call the same thing by two names."""
    named: dict[tuple[object, ...], tuple[str, Rule]] = {}
    problems = []
    for rule, template in _templates(rules):
        host = _host_meaning(rule.conditions.host)
        before: tuple[str, ...] = ()
        for part in segments(template.path):
            if is_parameter(part):
                name, first = named.setdefault((host, before), (part, rule))
                if name != part:
                    at = "/".join(("", *before))
                    problems.append(f"rules {first.id} and {rule.id} name the parameter after {at}/ differently")
                part = "{}"
            before = (*before, part)
    return problems


def _stripped_parameters(rules: Sequence[Rule]) -> list[str]:
    return [
        f"rule {rule.id}: {template.path} has a parameter, so its path must be appended, not stripped"
        for rule, template in _templates(rules)
        if any(is_parameter(part) for part in segments(template.path))
        and isinstance(rule.action, Forward)
        and any(group.strip for group in rule.action.groups)
    ]


def _parameter_children(rules: Sequence[Rule]) -> list[str]:
    parents: dict[tuple[object, ...], Rule] = {}
    for alternative in expand(rules):
        match alternative.path:
            case PathPrefix(text) | PathTemplate(text, True):
                parts = tuple("{}" if is_parameter(part) else part for part in segments(text))
                parents[_host_meaning(alternative.rule.conditions.host), parts] = alternative.rule
    problems = []
    for rule, template in _templates(rules):
        parts = tuple("{}" if is_parameter(part) else part for part in segments(template.path))
        parent = parents.get((_host_meaning(rule.conditions.host), parts[:-1]))
        if parent is not None and parts and parts[-1] == "{}":
            problems.append(
                f"rules {parent.id} and {rule.id} clash: {template.path} is a parameter below a path with children"
            )
    return problems
