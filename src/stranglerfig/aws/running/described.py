"""What a workload comes to in an environment: what its tasks are given, where it is reached, what there is of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stranglerfig.aws.addresses import Address, addresses
from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.environments import deployed_facts
from stranglerfig.aws.release import Gathering, read_workload
from stranglerfig.aws.running.definitions import task_definition
from stranglerfig.aws.running.status import find_service
from stranglerfig.aws.stacks.template_text import parse_template
from stranglerfig.aws.stacks.values import StackResource
from stranglerfig.aws.synth.facts import Release
from stranglerfig.manifest.model import WorkloadManifest

#: where Copilot has Request-Driven Web Services
APP_RUNNER = "AWS::AppRunner::Service"
#: of tasks whose definition does not say it
USUAL_SYSTEM, USUAL_PROCESSOR = "LINUX", "X86_64"
#: said by Copilot of what listens nowhere
NO_PORT = "-1"


@dataclass(frozen=True, slots=True)
class Given:
    """What a container is given: a variable's value, or where a secret's comes from."""

    container: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Described:
    """``definition`` is its tasks', as ECS has it, empty for what runs none; ``desired`` how many are wanted now."""

    one: Deployed
    release: Release
    resources: tuple[StackResource, ...]
    addresses: tuple[Address, ...]
    definition: Mapping[str, Any]
    desired: int | None

    @property
    def manifest(self) -> WorkloadManifest:
        return self.release.manifest

    @property
    def port(self) -> str | None:
        parameters = self.one.stack.parameters
        found = parameters.get("TargetPort") or parameters.get("ContainerPort")
        return None if found in (None, NO_PORT) else found

    @property
    def platform(self) -> str | None:
        if not self.definition:
            return None
        said = self.definition.get("runtimePlatform") or {}
        system, processor = said.get("operatingSystemFamily"), said.get("cpuArchitecture")
        return f"{system or USUAL_SYSTEM}/{processor or USUAL_PROCESSOR}"

    @property
    def revision(self) -> str | None:
        found = self.definition.get("revision")
        return None if found is None else str(found)

    @property
    def variables(self) -> list[Given]:
        return [*_given(self.definition, "environment", "value")]

    @property
    def secrets(self) -> list[Given]:
        return [*_given(self.definition, "secrets", "valueFrom")]


def describe(one: Deployed) -> Described:
    """By the manifest that it is deployed with."""
    env, stack = one.env, one.stack
    resources = tuple(env.stacks.resources(stack.name))
    tree = parse_template(env.stacks.template(stack.name))
    manifest = read_workload(tree, stack.name, env)
    facts = deployed_facts(env)
    release = Release(facts, manifest, "", balancer=Gathering(env, Path(), facts).balancer(manifest))
    own = env.stack()
    elsewhere = any(found.type == APP_RUNNER for found in resources)
    return Described(
        one,
        release,
        resources,
        () if elsewhere else addresses(release, own.outputs if own else {}, stack.outputs),
        task_definition(one.env, resources),
        _desired(one, resources),
    )


def _desired(one: Deployed, resources: tuple[StackResource, ...]) -> int | None:
    place = find_service(resources)
    if place is None:
        return None
    ecs = one.env.session.client("ecs", one.env.record.region)
    found = ecs.describe_services(cluster=place.cluster, services=[place.name])["services"]
    return int(found[0].get("desiredCount") or 0) if found else None


def _given(definition: Mapping[str, Any], member: str, key: str) -> Iterator[Given]:
    for container in definition.get("containerDefinitions") or ():
        for one in container.get(member) or ():
            yield Given(container["name"], one["name"], str(one.get(key, "")))
