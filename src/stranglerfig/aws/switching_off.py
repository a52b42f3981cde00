"""Whether a service can go: nothing of others leads to it any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.priorities import ParameterBook
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth.balancing.number_records import env_paths
from stranglerfig.aws.synth.balancing.priorities import PROXY, in_words
from stranglerfig.errors import Conflict

_GROUP, _RULE = "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ElasticLoadBalancingV2::ListenerRule"


def refuse_if_led_to(env: Environment, service: str, stack: Stack) -> None:
    """By rules that are not its own, with a weight or without one: the load balancer would keep its target group while
    its tasks are gone already."""
    resources = env.stacks.resources(stack.name)
    groups = {one.physical for one in resources if one.type == _GROUP}
    own = {one.physical for one in resources if one.type == _RULE}
    rules = [rule for rule in _rules_of_balancers(env, groups) if rule["RuleArn"] not in own and groups & _led_to(rule)]
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


def _rules_of_balancers(env: Environment, groups: set[str]) -> Iterator[Mapping[str, Any]]:
    elb = env.session.client("elbv2", env.record.region)
    if not groups:
        return
    described = elb.pages("describe_target_groups", "TargetGroups", TargetGroupArns=sorted(groups))
    for balancer in sorted({arn for one in described for arn in one.get("LoadBalancerArns") or ()}):
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
