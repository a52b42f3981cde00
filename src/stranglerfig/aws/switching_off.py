"""Whether a service can go: nothing of others leads to it any more, and nobody has asked it lately."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.priorities import ParameterBook
from stranglerfig.aws.proxies.figures import NAMESPACE, REQUESTS, to_dimensions
from stranglerfig.aws.proxies.minutes import LATE_S, MINUTE_S
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth.balancing.number_records import env_paths
from stranglerfig.aws.synth.balancing.priorities import PROXY, in_words
from stranglerfig.errors import Conflict, NotFound

_GROUP, _RULE = "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ElasticLoadBalancingV2::ListenerRule"
#: a minute, as on a machine of one's own, and however late CloudWatch tells of it
LATELY_S = 2 * MINUTE_S + LATE_S


@dataclass(frozen=True, slots=True)
class Before:
    """What stands before a service: ARNs of its target groups with those of their balancers, and of its own rules."""

    groups: Mapping[str, tuple[str, ...]]
    rules: frozenset[str]


def refuse_if_needed(env: Environment, service: str, stack: Stack, *, force: bool) -> None:
    """Rules of others keep it whatever is wanted, with a weight or without one: the load balancer would keep its target
    group while its tasks are gone already."""
    before = _before(env, stack)
    _refuse_if_led_to(env, service, before)
    if not force:
        _refuse_if_asked(env, service, before)


def _before(env: Environment, stack: Stack) -> Before:
    resources = env.stacks.resources(stack.name)
    groups = [one.physical for one in resources if one.type == _GROUP and one.physical]
    return Before(
        {arn: balancers for arn in sorted(groups) if (balancers := _balancers_of(env, arn)) is not None},
        frozenset(one.physical for one in resources if one.type == _RULE),
    )


def _balancers_of(env: Environment, group: str) -> tuple[str, ...] | None:
    """None: the group is gone. Somebody may have deleted it by hand, or the stack is being deleted."""
    try:
        [found] = env.session.client("elbv2", env.record.region).describe_target_groups(TargetGroupArns=[group])[
            "TargetGroups"
        ]
    except NotFound:
        return None
    return tuple(found.get("LoadBalancerArns") or ())


def _refuse_if_led_to(env: Environment, service: str, before: Before) -> None:
    rules = [
        rule
        for rule in _rules_of_balancers(env, before)
        if rule["RuleArn"] not in before.rules and before.groups.keys() & _led_to(rule)
    ]
    if not rules:
        return
    owners = _owners(env)
    told = sorted(
        {owners.get(str(rule["Priority"]), f"rule {rule['Priority']} of its load balancer") for rule in rules}
    )
    raise Conflict(
        f"service {service} still has requests led to it by {', '.join(told)}",
        hint="Name another service in the manifest of the proxy, and run `fig proxy deploy` before.",
    )


def _refuse_if_asked(env: Environment, service: str, before: Before) -> None:
    now = datetime.fromtimestamp(env.session.now(), UTC)
    asked = {"StartTime": now - timedelta(seconds=LATELY_S), "EndTime": now, "MetricDataQueries": [*_queries(before)]}
    if not asked["MetricDataQueries"]:
        return
    cloudwatch = env.session.client("cloudwatch", env.record.region)
    found = cloudwatch.pages("get_metric_data", "MetricDataResults", **asked)
    requests = int(sum(sum(one["Values"]) for one in found))
    if requests:
        raise Conflict(
            f"service {service} has had {requests} requests in the last {LATELY_S // MINUTE_S} minutes, by rules of its"
            " own",
            hint="Lead them elsewhere and wait for that time; `--force` insists.",
        )


def _queries(before: Before) -> Iterator[dict[str, Any]]:
    pairs = [(group, balancer) for group, balancers in before.groups.items() for balancer in sorted({*balancers})]
    for at, (group, balancer) in enumerate(pairs):
        about = {"Namespace": NAMESPACE, "MetricName": REQUESTS, "Dimensions": to_dimensions(balancer, group)}
        yield {"Id": f"requests_{at}", "MetricStat": {"Metric": about, "Period": MINUTE_S, "Stat": "Sum"}}


def _rules_of_balancers(env: Environment, before: Before) -> Iterator[Mapping[str, Any]]:
    elb = env.session.client("elbv2", env.record.region)
    for balancer in sorted({arn for balancers in before.groups.values() for arn in balancers}):
        for listener in elb.pages("describe_listeners", "Listeners", LoadBalancerArn=balancer):
            yield from elb.pages("describe_rules", "Rules", ListenerArn=listener["ListenerArn"])


def _led_to(rule: Mapping[str, Any]) -> set[str]:
    forwards = [one for one in rule["Actions"] if one["Type"] == "forward"]
    split = [group for one in forwards for group in (one.get("ForwardConfig") or {}).get("TargetGroups") or ()]
    return {one["TargetGroupArn"] for one in (*forwards, *split) if one.get("TargetGroupArn")}


def _owners(env: Environment) -> dict[str, str]:
    """Of numbered rules, those of proxies, as sentences have them."""
    found = {}
    for paths in env_paths(env.facts({})).values():
        for path in paths.values():
            for one in ParameterBook(env.session, path, {}).read():
                if one.rule.owner.startswith(PROXY):
                    found[str(one.number)] = in_words(one.rule.owner)
    return found
