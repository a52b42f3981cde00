"""Workloads as they will be, worked out in full before anything is changed: what is wrong with any of them is refused
then, all of it at once and by the lines of their manifests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stranglerfig.aws.additions import Additions
from stranglerfig.aws.checking.lines import by_lines, located
from stranglerfig.aws.checking.surroundings import check_files, check_secrets
from stranglerfig.aws.environments import EnvironmentText, deployed_facts
from stranglerfig.aws.priorities import check_numbers
from stranglerfig.aws.release import Gathering, WorkloadText, to_stack_order
from stranglerfig.aws.site_certificates import known_certificate
from stranglerfig.aws.synth.balancing.limits import rule_field
from stranglerfig.aws.synth.balancing.number_records import owner_name
from stranglerfig.aws.synth.balancing.priorities import SameRequests
from stranglerfig.aws.synth.environment import both, shape_of
from stranglerfig.aws.synth.environment.features import read
from stranglerfig.aws.synth.environment.shape import ImportedVpc
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.workloads import Deployer, needs_of
from stranglerfig.manifest.problems import ManifestInvalid, Problem


@dataclass(frozen=True, slots=True)
class ToBeMade:
    """An environment that is not deployed yet, as it will be."""

    text: EnvironmentText
    additions: Additions


def check_workloads(deployer: Deployer, workloads: Sequence[WorkloadText], new: ToBeMade | None) -> None:
    """Nothing is changed by it. Raises ``ManifestInvalid`` with what is wrong in manifests."""
    deployer.refuse_others([one.manifest for one in workloads])
    gathering = _gathering(deployer, new)
    problems: list[Problem] = []
    releases: list[Release] = []
    for wanted in workloads:
        with located(wanted.loaded, problems):
            check_files(deployer.root, deployer.env.name, wanted.manifest)
            releases.append(_release(deployer, gathering, wanted))
            check_secrets(deployer.env, wanted.manifest)
    if not problems:
        _check_rules(deployer, releases, workloads, problems, is_new=new is not None)
    if problems:
        raise ManifestInvalid(problems)
    if new is None:
        deployer.env.features_order(lambda known: both(read(known), needs_of(workloads, known)))
    else:
        with by_lines(new.text.loaded):
            deployer.env.order(new.text, new.additions, features=needs_of(workloads), uploads=False)


def _gathering(deployer: Deployer, new: ToBeMade | None) -> Gathering:
    env = deployer.env
    if new is None:
        return Gathering(env, deployer.root, deployed_facts(env))
    body = new.text.manifest.body
    vpc = shape_of(body).vpc
    return Gathering(env, deployer.root, env.facts(body), vpc.id if isinstance(vpc, ImportedVpc) else "")


def _release(deployer: Deployer, gathering: Gathering, wanted: WorkloadText) -> Release:
    """Synthesised, with names for what will be built and issued."""
    release = gathering.release(wanted, deployer.planned_images(wanted.manifest), uploads=False)
    release = known_certificate(deployer.env.app.session, release)
    to_stack_order(release, wanted.additions, deployer.env, deployer.tags)
    return release


def _check_rules(
    deployer: Deployer,
    releases: Sequence[Release],
    workloads: Sequence[WorkloadText],
    problems: list[Problem],
    *,
    is_new: bool,
) -> None:
    """The balancers of a new environment have no listeners yet."""
    balanced = [one for one in releases if one.manifest.http]
    listeners = [
        one.balancer.listeners if one.balancer else {} if is_new else deployer.listeners(one) for one in balanced
    ]
    try:
        check_numbers(deployer.env.session, list(zip(balanced, listeners, strict=True)))
    except SameRequests as same:
        by_owner = {owner_name(one.env, one.manifest.name): one.manifest.name for one in balanced}
        wanted = next(one for one in workloads if one.manifest.name == by_owner[same.rule.owner])
        if wanted.loaded is None:
            raise
        problems.append(wanted.loaded.problem(f"{rule_field(same.rule.at)}.path", same.message, same.hint))
