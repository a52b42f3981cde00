"""The template of a proxy: a rule for each route, one for what no route takes, target groups for URLs. Pure.

Weights are parameters: they change without the template, and the template without them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from stranglerfig.aws.synth.balancing.dns import ENV_ZONE, alias_record, entrance
from stranglerfig.aws.synth.balancing.http import TO_HTTPS as REDIRECT
from stranglerfig.aws.synth.names import TEMPLATE_VERSION, env_export
from stranglerfig.aws.synth.proxy.actions import default_forward, forward
from stranglerfig.aws.synth.proxy.conditions import rule_conditions
from stranglerfig.aws.synth.proxy.groups import url_group
from stranglerfig.aws.synth.proxy.release import (
    DEFAULT_RULE_ID,
    HTTPS_RULE_ID,
    TO_HTTPS,
    ProxyRelease,
    group_id,
    is_split,
    rests_id,
    rule_id,
    splits_id,
    weights_id,
)
from stranglerfig.aws.synth.proxy.rewriting import rewrite_of, to_transforms
from stranglerfig.aws.synth.proxy.weights import to_pair
from stranglerfig.aws.synth.template import (
    NO_VALUE,
    Fragment,
    Parameter,
    Ref,
    Resource,
    Template,
    Value,
    assemble,
    conjunction,
    either,
    equals,
    import_value,
    join,
    negation,
    present,
    select,
)
from stranglerfig.core.compile import DEFAULT_RULE, EVERYTHING
from stranglerfig.core.conditions_text import render_path
from stranglerfig.core.desired import Route
from stranglerfig.core.json_values import to_json
from stranglerfig.core.routing.rules import StickyBy

_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
#: in the metadata: the text of the proxy as ``core.json_values`` writes it, and what its URLs are called
PROXY, URLS = "Proxy", "Urls"
NOTHING = "0"


def proxy_template(release: ProxyRelease) -> Template:
    metadata: dict[str, Value] = {
        "Version": TEMPLATE_VERSION,
        "Manifest": release.text,
        PROXY: _as_text(release),
        URLS: {name: url.text for name, url in release.urls.items()},
    }
    return Template(
        "CloudFormation template that represents a strangler proxy on an Application Load Balancer.",
        assemble(_parameters(release), *_rules(release), _url_groups(release), _address(release)),
        metadata,
    )


def proxy_parameters(release: ProxyRelease) -> Mapping[str, str]:
    """What the stack is given."""
    found = {"AppName": release.env.app.name, "EnvName": release.env.name}
    if release.env.has_own_domain:
        found["ProxyName"] = release.name
    found |= {group_id(name): release.groups[name] for name in _services(release)}
    return found | {
        weights_id(route.id): weights_text(release.weight(route)) for route in release.routes if is_split(route)
    }


def weights_text(weight: int) -> str:
    """A parameter's value."""
    candidate, legacy = to_pair(weight)
    return f"{candidate},{legacy}"


def _as_text(release: ProxyRelease) -> str:
    """Templates have no place for what is absent."""
    return json.dumps(to_json(release.proxy), ensure_ascii=False, separators=(",", ":"))


def _services(release: ProxyRelease) -> list[str]:
    """Whose target groups are others'."""
    sides = (side.group for route in release.routes for side in (route.candidate, route.legacy))
    names = dict.fromkeys((release.proxy.default or "", *sides))
    return [name for name in names if name not in release.urls]


def _parameters(release: ProxyRelease) -> Fragment:
    found = {name: Parameter() for name in ("AppName", "EnvName")}
    for service in _services(release):
        described = f"The target group of {service.rpartition('.')[2]} behind the load balancer."
        found[group_id(service)] = Parameter(description=described)
    for route in release.routes:
        if is_split(route):
            described = f"What the candidate of route {route.id} gets, and what legacy keeps."
            found[weights_id(route.id)] = Parameter("CommaDelimitedList", description=described)
    return Fragment(parameters=found)


def _rules(release: ProxyRelease) -> Iterator[Fragment]:
    listener = import_value(env_export("HTTPSListenerArn" if release.is_secure else "HTTPListenerArn"))
    for route in release.routes:
        yield _route(release, route, listener)
    default = _rule(
        release,
        DEFAULT_RULE,
        listener,
        rule_conditions(EVERYTHING),
        default_forward(_arns(release), release.proxy.default or ""),
    )
    assert release.proxy.default_side is not None
    transforms = to_transforms(rewrite_of(release.proxy.default_side, release.urls))
    resources = {
        DEFAULT_RULE_ID: Resource(
            _RULE,
            present(**default, Transforms=transforms or None),
            description=f"A rule for what no route takes, to {_plain(release.proxy.default or '')}",
        )
    }
    if release.is_secure:
        plain = import_value(env_export("HTTPListenerArn"))
        resources[HTTPS_RULE_ID] = Resource(
            _RULE,
            _rule(release, TO_HTTPS, plain, rule_conditions(EVERYTHING), REDIRECT),
            description="A rule that redirects HTTP to HTTPS",
        )
    yield Fragment(resources)


def _route(release: ProxyRelease, route: Route, listener: Value) -> Fragment:
    conditions: dict[str, Value] = {}
    candidate, legacy = (to_transforms(rewrite_of(side, release.urls)) for side in (route.candidate, route.legacy))
    transforms: Value | None = candidate or None
    each = Ref(weights_id(route.id))
    rests, whole = equals(select(0, each), NOTHING), equals(select(1, each), NOTHING)
    if is_split(route) and candidate != legacy:
        conditions[rests_id(route.id)] = rests
        transforms = either(rests_id(route.id), legacy or NO_VALUE, candidate or NO_VALUE)
    sticks: Value | None = None
    if is_split(route) and route.sticky.by is StickyBy.COOKIE:
        conditions[splits_id(route.id)] = conjunction(negation(rests), negation(whole))
        sticks = either(splits_id(route.id), True, False)
    weights = (select(0, each), select(1, each)) if is_split(route) else None
    action = forward(route, _arns(release), weights, sticks)
    properties = _rule(release, route.id, listener, rule_conditions(route.conditions), action)
    resource = Resource(
        _RULE,
        present(**properties, Transforms=transforms),
        description=f"A rule for route {route.id}, {render_path(route.conditions)}, to {_plain(route.candidate.group)}",
    )
    return Fragment({rule_id(route.id): resource}, conditions=conditions)


def _rule(
    release: ProxyRelease, rule: str, listener: Value, conditions: list[Value], action: Value
) -> dict[str, Value]:
    return {
        "Actions": [action],
        "Conditions": conditions,
        "ListenerArn": listener,
        "Priority": release.numbers[rule],
    }


def _arns(release: ProxyRelease) -> Mapping[str, Value]:
    return {name: Ref(group_id(name)) for name in (*_services(release), *release.urls)}


def _url_groups(release: ProxyRelease) -> Fragment:
    return Fragment({group_id(name): url_group(name, url, release.networks) for name, url in release.urls.items()})


def _address(release: ProxyRelease) -> Fragment:
    """Below the environment's domain, where it has one: whatever other name leads to the balancer will do as well."""
    if not release.env.has_own_domain:
        return Fragment()
    name = join(".", Ref("ProxyName"), import_value(env_export("SubDomain")))
    record = Resource(
        "AWS::Route53::RecordSet",
        {
            "HostedZoneId": ENV_ZONE,
            **alias_record(name, *entrance(release.env)),
        },
        description="The name of the proxy in the domain of the environment",
    )
    return Fragment({"Record": record}, {"ProxyName": Parameter()})


def _plain(group: str) -> str:
    return group.rpartition(".")[2]
