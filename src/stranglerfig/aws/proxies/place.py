"""Where proxies are, and what they are found to be there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import parse_template, section
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.proxy.release import group_id, is_rule, is_split, rule_id
from stranglerfig.aws.synth.proxy.template import PROXY, URLS
from stranglerfig.core.desired import Proxy, Route, RouteSide, RouteState
from stranglerfig.core.json_values import UnreadableValue, from_json
from stranglerfig.core.urls import TargetUrl, parse_target_url
from stranglerfig.errors import Conflict, NotFound, StateUnusable


@dataclass(frozen=True)
class Place:
    """One environment. ``session`` is in the role that it is managed by; ``role`` is what CloudFormation acts as."""

    env: EnvFacts
    session: Session
    how: Deploying
    role: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def stacks(self) -> Stacks:
        return Stacks(self.session, self.env.region)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """Of the environment. Raises ``Conflict`` while nothing there listens to the world."""
        found = self.outputs_so_far()
        if not found.get("PublicLoadBalancerArn"):
            raise Conflict(
                f"environment {self.env.name} has no public load balancer, which a proxy is a part of",
                hint=f"`fig proxy deploy --env {self.env.name}` brings one.",
            )
        return found

    def outputs_so_far(self) -> Mapping[str, str]:
        """Also without a load balancer, which the first proxy or service behind one brings."""
        return self.stacks.require(names.env_stack(self.env.app.name, self.env.name)).outputs

    def stack_name(self, proxy: str) -> str:
        return names.workload_stack(self.env.app.name, self.env.name, proxy)

    def proxies(self) -> list[str]:
        """Names of those that are deployed."""
        prefix = f"{names.env_stack(self.env.app.name, self.env.name)}-"
        found = self.session.client("cloudformation", self.env.region).pages("describe_stacks", "Stacks")
        return sorted(
            one["StackName"].removeprefix(prefix)
            for one in found
            if {"Key": names.PROXY_TAG, "Value": one["StackName"].removeprefix(prefix)} in (one.get("Tags") or [])
            and {"Key": names.ENV_TAG, "Value": self.env.name} in one["Tags"]
            and one["StackName"].startswith(prefix)
        )

    def find(self, proxy: str) -> DeployedProxy | None:
        stack = self.stacks.find(self.stack_name(proxy))
        if stack is None or not _is_made(stack.status):
            return None
        text = self.stacks.template(stack.name)
        return to_deployed(proxy, stack, text, {one.logical: one.physical for one in self.stacks.resources(stack.name)})

    def require(self, proxy: str) -> DeployedProxy:
        found = self.find(proxy)
        if found is None:
            raise NotFound(
                f"proxy {proxy} is not deployed to {self.env.name}",
                hint=f"Run `fig proxy deploy {proxy} --env {self.env.name}`.",
            )
        return found


@dataclass(frozen=True)
class DeployedProxy:
    """``proxy`` has the weights that its manifest declared; ``text`` is the template as it was given. ``resources`` are
    ids by logical id."""

    name: str
    proxy: Proxy
    urls: Mapping[str, TargetUrl]
    stack: Stack
    text: str
    resources: Mapping[str, str]

    def find_arn(self, group: str) -> str | None:
        key = group_id(group)
        return self.resources.get(key) or self.stack.parameters.get(key)

    def arn(self, group: str) -> str:
        """Raises ``Conflict`` for one that is not made yet."""
        found = self.find_arn(group)
        if not found:
            raise self.unready(f"the target group of {self.urls[group].text if group in self.urls else group}")
        return found

    def arns(self, route: Route) -> dict[str, str]:
        return {side.group: self.arn(side.group) for side in (route.candidate, route.legacy)}

    def rule(self, route: Route) -> str:
        """Its ARN. Raises ``Conflict`` for one that is not made yet."""
        found = self.resources.get(rule_id(route.id))
        if not found:
            raise self.unready(f"the rule of route {route.id}")
        return found

    def is_made(self, route: Route) -> bool:
        """A template that is being put in force, or could not be, has routes whose resources are not there."""
        groups = (route.candidate.group, route.legacy.group)
        return bool(self.resources.get(rule_id(route.id))) and all(self.find_arn(group) for group in groups)

    def unready(self, what: str) -> Conflict:
        return Conflict(
            f"{what} is not as it is to be: stack {self.stack.name} has the status {self.stack.status}",
            hint=f"`fig proxy deploy {self.proxy.name}` waits for what is under way, and goes on from there.",
        )

    @property
    def rules(self) -> list[str]:
        """Their logical ids."""
        return [one for one in self.resources if is_rule(one)]

    def route(self, route: str) -> Route:
        """Raises ``NotFound``."""
        found = next((one for one in self.proxy.routes if one.id == route), None)
        if found is None:
            raise NotFound(
                f"proxy {self.name} has no route {route!r}", hint=f"`fig route ls {self.proxy.name}` lists its routes."
            )
        return found

    def splits(self) -> tuple[Route, ...]:
        """The routes that have weights."""
        return tuple(one for one in self.proxy.routes if one.state is RouteState.ACTIVE and is_split(one))

    def with_weights(self, weights: Mapping[str, int]) -> Proxy:
        return replace(
            self.proxy,
            routes=tuple(replace(one, weight=weights.get(one.id, one.weight)) for one in self.proxy.routes),
        )


def _is_made(status: str) -> bool:
    """Whole at some time: of a first creation that goes on, or was left as it failed, some rules are missing."""
    is_first = status.startswith(("CREATE_", "ROLLBACK_")) and status != "CREATE_COMPLETE"
    return not is_first and states.next_step(status) not in (states.Step.CREATE, states.Step.CLEAR)


def to_deployed(name: str, stack: Stack, text: str, resources: Mapping[str, str]) -> DeployedProxy:
    try:
        # JSON as fig gives it, YAML of a package that somebody else has deployed.
        metadata: Mapping[str, Any] = section(parse_template(text), "Metadata")
        proxy = from_json(Proxy, json.loads(metadata[PROXY]))
        urls = {group: parse_target_url(url) for group, url in metadata[URLS].items()}
    except (ValueError, KeyError, TypeError, UnreadableValue) as error:
        raise StateUnusable(
            f"stack {stack.name} is not one of a proxy",
            hint="Give the proxy another name, or see whose it is with `aws cloudformation describe-stacks`.",
        ) from error
    return DeployedProxy(name, proxy, urls, stack, text, resources)


def readable(proxy: Proxy, urls: Mapping[str, TargetUrl]) -> Proxy:
    """With URLs in place of what their target groups are called here."""

    def side(one: RouteSide) -> RouteSide:
        return replace(one, group=urls[one.group].text) if one.group in urls else one

    default = proxy.default or ""
    return replace(
        proxy,
        default=urls[default].text if default in urls else default,
        routes=tuple(replace(one, candidate=side(one.candidate), legacy=side(one.legacy)) for one in proxy.routes),
    )
