"""The stacks that a deploy of manifests would make, before there is anything on AWS: what only AWS knows is made up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stranglerfig.aws.additions import Additions
from stranglerfig.aws.cost.parts import ACCOUNT, ENVIRONMENT, Found, Part, to_part
from stranglerfig.aws.release import WorkloadText, to_workload_tree
from stranglerfig.aws.synth.addons import AddonsTemplate
from stranglerfig.aws.synth.app import AppWorkload, resources_template
from stranglerfig.aws.synth.environment import (
    environment_parameters,
    environment_template,
    features_of,
    shape_of,
    shaped,
)
from stranglerfig.aws.synth.facts import AppFacts, EnvFacts, ImportedBalancer, Release
from stranglerfig.aws.synth.overrides import apply_patches
from stranglerfig.aws.synth.reading.scaling import read_scaling
from stranglerfig.aws.synth.template import Tree, to_tree
from stranglerfig.aws.synth.workload import parameter_values
from stranglerfig.core.application import Kind
from stranglerfig.manifest.model import EnvironmentManifest
from stranglerfig.manifest.rules.containers import LOG_ROUTER
from stranglerfig.manifest.rules.given import has

ADDRESS = "https://example.com/addons.yml"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
ARN = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:imported"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1"
FILE = "arn:aws:s3:::artifacts/1.env"
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is to be deployed to one environment, in ``region``."""

    app: str
    domain: str | None
    region: str
    manifest: EnvironmentManifest
    text: str
    additions: Additions
    workloads: Sequence[WorkloadText]


def imagine(wanted: Wanted) -> tuple[Part, ...]:
    env = imagined_facts(wanted)
    return (
        _of_app(env.app, wanted),
        to_part(ENVIRONMENT, *environment_stack(env, wanted), env.region),
        *(_of_workload(env, one) for one in wanted.workloads),
        *_of_addons(wanted),
    )


def imagined_facts(wanted: Wanted) -> EnvFacts:
    app = AppFacts(wanted.app, ACCOUNT, wanted.region)
    if wanted.domain:
        app = replace(app, domain=wanted.domain, hosted_zone="Z1", own_zone="Z2")
    plain = EnvFacts(app, wanted.manifest.name, ACCOUNT, wanted.region, bucket="artifacts", key=KEY)
    return replace(shaped(plain, shape_of(wanted.manifest.body)), cdn_prefix_list="pl-1", cdn_certificate=CERTIFICATE)


def _of_app(app: AppFacts, wanted: Wanted) -> Part:
    workloads = [AppWorkload(one.manifest.name, one.manifest.kind is not Kind.STATIC_SITE) for one in wanted.workloads]
    return to_part("application", to_tree(resources_template(app, workloads)), {}, wanted.region)


def environment_stack(env: EnvFacts, wanted: Wanted) -> tuple[Tree, Parameters]:
    """Raises what a deploy would."""
    features = features_of(one.manifest for one in wanted.workloads)
    template = environment_template(env, wanted.manifest, features, wanted.text)
    tree = apply_patches(to_tree(template), wanted.additions.patches) if wanted.additions.patches else to_tree(template)
    return tree, environment_parameters(env, wanted.manifest, features)


def _of_workload(env: EnvFacts, one: WorkloadText) -> Part:
    tree, parameters = workload_stack(env, one)
    scaling = read_scaling(one.manifest.body)
    return to_part(one.manifest.name, tree, parameters, env.region, scaling.most if scaling else None)


def workload_stack(env: EnvFacts, one: WorkloadText) -> tuple[Tree, Parameters]:
    """Raises what a deploy would."""
    manifest = one.manifest
    addons = one.additions.addons
    containers = [spec.name for spec in manifest.containers]
    files = [spec.name for spec in manifest.containers if spec.env_file]
    files += [LOG_ROUTER] if has(manifest.body, "logging", "env_file") else []
    release = Release(
        env,
        manifest,
        one.text,
        images=dict.fromkeys(containers, f"{manifest.name}:1"),
        env_files=dict.fromkeys(files, FILE),
        priorities=tuple(range(1, len(manifest.http) + 1)),
        addons=addons.uploaded(ADDRESS) if addons else None,
        balancer=_imported() if has(manifest.body, "http", "alb") else None,
        subnets=("subnet-1", "subnet-2"),
        certificate=CERTIFICATE,
    )
    return to_workload_tree(release, one.additions), parameter_values(release)


def _imported() -> ImportedBalancer:
    return ImportedBalancer(ARN, "example.com", "Z1", {"HTTP": ARN, "HTTPS": ARN}, ("sg-1",))


def _of_addons(wanted: Wanted) -> Iterator[Part]:
    """By their types alone: their values hang on parameters that only AWS has."""
    found = [(one.manifest.name, one.additions.addons) for one in wanted.workloads]
    for name, addons in [("the environment", wanted.additions.addons), *found]:
        if addons is not None:
            yield Part(f"addons of {name}", tuple(Found(type) for type in _types(addons)))


def _types(addons: AddonsTemplate) -> list[str]:
    resources = addons.tree.get("Resources")
    found = resources.values() if isinstance(resources, dict) else ()
    return [str(one["Type"]) for one in found if isinstance(one, dict) and "Type" in one]
