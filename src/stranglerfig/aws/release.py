"""Gathers what a workload's stack is made of beside its manifest: what was uploaded, and what is asked of AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.aws.additions import Additions
from stranglerfig.aws.dns.kept import kept_hosts
from stranglerfig.aws.environments import Environment, deployed_facts
from stranglerfig.aws.stacks.template_text import manifest_of
from stranglerfig.aws.stacks.values import Stack, StackOrder, to_order
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.facts import Addons, EnvFacts, ImportedBalancer, Release
from stranglerfig.aws.synth.overrides import apply_patches
from stranglerfig.aws.synth.problems import NotDeployable
from stranglerfig.aws.synth.reading.scaling import read_scaling
from stranglerfig.aws.synth.template import Tree, to_tree
from stranglerfig.aws.synth.workload import parameter_values, workload_template
from stranglerfig.errors import NotFound
from stranglerfig.manifest.build_model import build_workload
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Loaded, Request, load_manifest
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.rules.containers import LOG_ROUTER
from stranglerfig.manifest.rules.given import section, text, texts

SERVICE = "Service"
#: stands for subnets of a network that is not there yet
TO_BE_MADE = "subnet-to-be-made"


@dataclass(frozen=True, slots=True)
class WorkloadText:
    """A checked manifest, its text with variables filled in, and what stands beside it. ``loaded`` knows the lines; it
    is None where there is no file."""

    manifest: WorkloadManifest
    text: str
    additions: Additions = Additions()
    loaded: Loaded | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """For one environment. ``root`` is the workspace's; ``facts`` are those of an environment that is not ours yet, or
    is to be made, and ``vpc`` is the one that it will import."""

    env: Environment
    root: Path
    facts: EnvFacts | None = None
    vpc: str = ""

    def env_facts(self) -> EnvFacts:
        """By the manifest that the environment is deployed with."""
        if self.facts is not None:
            return self.facts
        self.env.require_deployed()
        return deployed_facts(self.env)

    def release(
        self,
        wanted: WorkloadText,
        images: Mapping[str, str],
        *,
        env_files: Mapping[str, str] | None = None,
        uploads: bool = True,
    ) -> Release:
        """``uploads`` False leaves AWS as it is: what would be uploaded is named all the same. ``env_files`` are ARNs
        of those that are there already, by container."""
        manifest = wanted.manifest
        return Release(
            env=self.env_facts(),
            manifest=manifest,
            text=wanted.text,
            images=images,
            env_files=self._env_files(manifest, uploads=uploads) if env_files is None else env_files,
            addons=self._addons(wanted, uploads=uploads),
            desired=self._desired(manifest),
            balancer=self.balancer(manifest),
            subnets=self._subnets(manifest),
            kept_hosts=self.kept_hosts(manifest),
        )

    def kept_hosts(self, manifest: WorkloadManifest) -> frozenset[str]:
        """Whose records are there, and in no stack: also of a network balancer that the manifest has no more."""
        if not self.env.app.record.domain:
            return frozenset()
        stack = self._stack(manifest)
        return kept_hosts(self.env, stack) if stack else frozenset()

    def stack_name(self, manifest: WorkloadManifest) -> str:
        return names.workload_stack(self.env.record.app, self.env.name, manifest.name)

    def _env_files(self, manifest: WorkloadManifest, *, uploads: bool) -> dict[str, str]:
        files = {spec.name: spec.env_file for spec in manifest.containers if spec.env_file}
        if router := text(manifest.body, "logging", "env_file"):
            files[LOG_ROUTER] = router
        found = {}
        for container, path in files.items():
            name, content = f"{manifest.name}/{container}", self._content(manifest, container, path)
            found[container] = self.env.bucket.put_env_file(name, content, uploads=uploads)
        return found

    def _content(self, manifest: WorkloadManifest, container: str, path: str) -> bytes:
        try:
            return (self.root / path).read_bytes()
        except OSError as error:
            own = {manifest.name: "", LOG_ROUTER: "logging."}
            raise NotDeployable(
                manifest.name,
                self.env.name,
                [(f"{own.get(container, f'sidecars.{container}.')}env_file", f"cannot read {path}: {error.strerror}")],
                hint="Write the file, or take it out of the manifest.",
            ) from error

    def _addons(self, wanted: WorkloadText, *, uploads: bool) -> Addons | None:
        addons = wanted.additions.addons
        if addons is None:
            return None
        body = json.dumps(addons.tree, ensure_ascii=False)
        url = wanted.additions.url or self.env.bucket.put_addons(wanted.manifest.name, body, uploads=uploads)
        return addons.uploaded(url)

    def _desired(self, manifest: WorkloadManifest) -> int | None:
        """As many tasks as autoscaling has by now, within what the manifest lets it have."""
        scaling = read_scaling(manifest.body)
        arn = self.service_arn(manifest) if scaling else None
        if scaling is None or arn is None:
            return None
        ecs = self.env.session.client("ecs", self.env.record.region)
        found = ecs.describe_services(cluster=arn.split("/")[1], services=[arn])["services"]
        running = [one["desiredCount"] for one in found if one.get("status") == "ACTIVE"]
        return min(max(running[0], scaling.least), scaling.most) if running else None

    def service_arn(self, manifest: WorkloadManifest) -> str | None:
        """None: it has no service, or is not deployed."""
        if self._stack(manifest) is None:
            return None
        found = [one for one in self.env.stacks.resources(self.stack_name(manifest)) if one.logical == SERVICE]
        return found[0].physical if found and found[0].physical.count("/") > 1 else None

    def _stack(self, manifest: WorkloadManifest) -> Stack | None:
        tags = {**self.env.tags(), names.SERVICE_TAG: manifest.name}
        return self.env.stacks.find_own(self.stack_name(manifest), tags)

    def balancer(self, manifest: WorkloadManifest) -> ImportedBalancer | None:
        """One that the manifest names."""
        named = text(manifest.body, "http", "alb")
        if named is None:
            return None
        elb = self.env.session.client("elbv2", self.env.record.region)
        asked = {"LoadBalancerArns": [named]} if named.startswith("arn:") else {"Names": [named]}
        try:
            found = elb.describe_load_balancers(**asked)["LoadBalancers"]
        except NotFound as error:
            told = f"there is no load balancer {named} in {self.env.record.region}"
            raise NotDeployable(manifest.name, self.env.name, [("http.alb", told)]) from error
        listeners = elb.pages("describe_listeners", "Listeners", LoadBalancerArn=found[0]["LoadBalancerArn"])
        return ImportedBalancer(
            arn=found[0]["LoadBalancerArn"],
            dns_name=found[0]["DNSName"],
            hosted_zone=found[0]["CanonicalHostedZoneId"],
            listeners={one["Protocol"]: one["ListenerArn"] for one in listeners},
            security_groups=tuple(found[0].get("SecurityGroups") or ()),
        )

    def _subnets(self, manifest: WorkloadManifest) -> tuple[str, ...]:
        """Those that have all the tags that the manifest names."""
        tags = section(manifest.body, "network", "vpc", "placement", "subnets", "from_tags")
        wanted = {key: texts(tags, key) for key in tags}
        if not wanted:
            return ()
        vpc_id = self._vpc()
        if vpc_id is None:
            return (TO_BE_MADE,)
        vpc = {"Name": "vpc-id", "Values": [vpc_id]}
        filters = [{"Name": f"tag:{key}", "Values": list(values)} for key, values in wanted.items()]
        ec2 = self.env.session.client("ec2", self.env.record.region)
        found = [one["SubnetId"] for one in ec2.describe_subnets(Filters=[vpc, *filters])["Subnets"]]
        if not found:
            field = "network.vpc.placement.subnets.from_tags"
            raise NotDeployable(
                manifest.name,
                self.env.name,
                [(field, f"no subnet of {self.env.name} has these tags")],
                hint="`aws ec2 describe-subnets` shows the tags that there are.",
            )
        return tuple(sorted(found))

    def _vpc(self) -> str | None:
        """None: it is to be made."""
        stack = self.env.stack()
        return self.vpc or (stack.outputs.get("VpcId") if stack else None)


def read_workload(tree: Tree, stack: str, env: Environment) -> WorkloadManifest:
    """The manifest that a stack was made of."""
    request = Request(f"the manifest in stack {stack}", KINDS, app=env.record.app, env=env.name, is_lenient=True)
    return build_workload(load_manifest(manifest_of(tree).encode(), request))


def to_stack_order(
    release: Release, additions: Additions, env: Environment, tags: Mapping[str, str] | None = None
) -> StackOrder:
    parameters = {**parameter_values(release)}
    tags = {**(tags or {}), **env.tags(), names.SERVICE_TAG: release.manifest.name}
    name = names.workload_stack(env.record.app, env.name, release.manifest.name)
    role = env.record.execution_role or None
    return to_order(name, to_workload_tree(release, additions), parameters=parameters, tags=tags, role=role)


def to_workload_tree(release: Release, additions: Additions) -> Tree:
    tree = to_tree(workload_template(release))
    return apply_patches(tree, additions.patches) if additions.patches else tree
