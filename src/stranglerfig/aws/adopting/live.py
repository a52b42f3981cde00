"""What runs is what goes on running in a stack that is taken over: images, numbers of rules, files of variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from stranglerfig.aws.additions import Additions, of_workload
from stranglerfig.aws.adopting.addons import DeployedAddons, deployed_addons
from stranglerfig.aws.environments import Environment
from stranglerfig.aws.priorities import books, keep
from stranglerfig.aws.release import Gathering, WorkloadText, read_workload
from stranglerfig.aws.running.definitions import task_definition
from stranglerfig.aws.stacks.template_text import manifest_of, section
from stranglerfig.aws.stacks.values import Stack, StackResource
from stranglerfig.aws.synth.addons import OF_WORKLOAD
from stranglerfig.aws.synth.balancing.dns import hosts_of
from stranglerfig.aws.synth.balancing.fronts import HTTP, HTTPS
from stranglerfig.aws.synth.balancing.number_records import owner_of, wanted_rules
from stranglerfig.aws.synth.facts import EnvFacts, Release
from stranglerfig.aws.synth.names import logical_id
from stranglerfig.aws.synth.template import Tree
from stranglerfig.core.application import Kind
from stranglerfig.errors import NotFound, Refused
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.rules.containers import LOG_ROUTER

_RULE = re.compile(r"(HTTPS?)Listener(?:Redirect)?Rule(?:WithDomain|ForImportedALB)?(\d*)")
_NUMBER = re.compile(r"(HTTPS?)(?:Redirect)?Rule\w*PriorityAction\w*")
_CERTIFICATE = "CertificateValidatorAction"
_TYPE_OF_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"


@dataclass(frozen=True, slots=True)
class Live:
    """``numbers`` are by protocol, in the order of the manifest's rules. ``certificate`` is the ARN of the one that a
    function has issued for a site."""

    images: Mapping[str, str]
    env_files: Mapping[str, str]
    numbers: Mapping[str, tuple[int, ...]]
    certificate: str | None = None
    addons: DeployedAddons = field(default_factory=DeployedAddons)


def release_of(
    env: Environment, facts: EnvFacts, root: Path, stack: Stack, tree: Tree
) -> tuple[Release, WorkloadText, Live]:
    """What is deployed, as a release of ours; nothing is uploaded. Raises ``Refused`` for what cannot be taken over in
    place."""
    manifest = read_workload(tree, stack.name, env)
    if manifest.kind is Kind.REQUEST_DRIVEN:
        raise Refused(
            f"{manifest.name} of {env.name} runs on App Runner, and a stack of ours has it behind the load balancer",
            hint="Deploy it beside under another name, move its clients, and delete it then: "
            f"`copilot svc delete --name {manifest.name}`.",
        )
    live = live_of(env, manifest, stack, tree)
    patches = of_workload(root, manifest.name).patches
    additions = Additions(live.addons.template, patches, live.addons.url)
    wanted = WorkloadText(manifest, manifest_of(tree), additions)
    release = Gathering(env, root, facts).release(wanted, live.images, env_files=live.env_files, uploads=False)
    release = replace(release, certificate=live.certificate, kept_hosts=frozenset(hosts_of(manifest)))
    if manifest.http:
        plain = live.numbers.get(HTTP, ())
        release = replace(release, priorities=live.numbers.get(HTTPS, plain), plain_priorities=plain)
        if len(release.priorities) != len(manifest.http):
            raise NotFound(
                f"stack {stack.name} has {len(release.priorities)} rules, and its manifest {len(manifest.http)}",
                hint="Deploy it once more with Copilot, and take it over then.",
            )
    return release, wanted, live


def keep_numbers(env: Environment, release: Release, live: Live) -> None:
    """Written down before the stack says them: nobody else takes one in between."""
    if not release.manifest.http:
        return
    for protocol, book in books(env.session, release).items():
        keep(book, owner_of(release), wanted_rules(release), live.numbers[protocol])


def answers(tree: Tree, live: Live | None, outputs: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """What Copilot's functions have answered, by the logical ids of their resources. ``outputs`` are the
    environment's."""
    found: dict[str, Mapping[str, str]] = {"EnvControllerAction": outputs}
    for name in section(tree, "Resources"):
        match = _NUMBER.fullmatch(name)
        if match and live:
            numbers = live.numbers.get(match[1], ())
            found[name] = {f"Priority{at or ''}": str(number) for at, number in enumerate(numbers)}
    return found


def live_of(env: Environment, manifest: WorkloadManifest, stack: Stack, tree: Tree) -> Live:
    resources = env.stacks.resources(stack.name)
    return Live(
        images=_images(env, resources),
        env_files=_env_files(manifest, stack.parameters),
        numbers=rule_numbers(env, resources),
        certificate=next((one.physical for one in resources if one.logical == _CERTIFICATE), None),
        addons=deployed_addons(env.stacks, stack, tree, resources, OF_WORKLOAD),
    )


def _images(env: Environment, resources: list[StackResource]) -> dict[str, str]:
    found = task_definition(env, resources)
    return {one["name"]: one["image"] for one in found.get("containerDefinitions") or ()}


def _env_files(manifest: WorkloadManifest, parameters: Mapping[str, str]) -> dict[str, str]:
    main, *sidecars = (container.name for container in manifest.containers) if manifest.containers else ("",)
    names = {main: "EnvFileARN", LOG_ROUTER: "LoggingEnvFileARN"}
    names |= {name: f"EnvFileARNFor{logical_id(name)}" for name in sidecars}
    return {container: parameters[name] for container, name in names.items() if parameters.get(name)}


def rule_numbers(env: Environment, resources: list[StackResource]) -> dict[str, tuple[int, ...]]:
    """By protocol, in the order of the rules in the manifest."""
    rules = {one.physical: one.logical for one in resources if one.type == _TYPE_OF_RULE and one.physical}
    if not rules:
        return {}
    elb = env.session.client("elbv2", env.record.region)
    found: dict[str, dict[int, int]] = {}
    for arn, logical in rules.items():
        match = _RULE.fullmatch(logical)
        if match:
            [rule] = elb.describe_rules(RuleArns=[arn])["Rules"]
            found.setdefault(match[1], {})[int(match[2] or 0)] = int(rule["Priority"])
    return {protocol: tuple(by_place[at] for at in sorted(by_place)) for protocol, by_place in found.items()}
