"""Workloads as they will be, worked out in full before anything is changed: what is wrong with any of them is refused
then, all of it at once and by the lines of their manifests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from stranglerfig.aws.additions import Additions
from stranglerfig.aws.checking.balancers import check_room
from stranglerfig.aws.checking.lines import by_lines, located
from stranglerfig.aws.checking.networks import check_imports_of
from stranglerfig.aws.checking.references import check_references
from stranglerfig.aws.checking.surroundings import check_files, check_secrets
from stranglerfig.aws.checking.topics import Topics, check_topics, deployed_topics, topics_of
from stranglerfig.aws.environments import EnvironmentText, deployed_facts, session_that_stays
from stranglerfig.aws.priorities import Seen, check_numbers
from stranglerfig.aws.records import refuse_other_kind
from stranglerfig.aws.release import Gathering, WorkloadText, to_stack_order
from stranglerfig.aws.site_certificates import known_certificate
from stranglerfig.aws.stacks.states import REVIEWED
from stranglerfig.aws.stacks.template_text import is_ours, parse_template
from stranglerfig.aws.synth.balancing.limits import rule_field
from stranglerfig.aws.synth.balancing.number_records import owner_name
from stranglerfig.aws.synth.balancing.priorities import SameRequests
from stranglerfig.aws.synth.environment import both, shape_of
from stranglerfig.aws.synth.environment.features import read
from stranglerfig.aws.synth.environment.shape import ImportedVpc
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.workloads import Deployer, needs_of, own_rules, record_of
from stranglerfig.errors import Conflict
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.problems import ManifestInvalid, Problem


@dataclass(frozen=True, slots=True)
class ToBeMade:
    """An environment that is not deployed yet, as it will be."""

    text: EnvironmentText
    additions: Additions


def check_workloads(
    deployer: Deployer, workloads: Sequence[WorkloadText], new: ToBeMade | None, written: Topics
) -> None:
    """Nothing is changed by it. ``written`` are topics of other manifests. Raises ``ManifestInvalid`` with what is
    wrong in manifests."""
    refuse_others(deployer, [one.manifest for one in workloads])
    if new is not None:
        with by_lines(new.text.loaded):
            check_imports_of(deployer.env, new.text.manifest.body)
    gathering = _gathering(deployer, new)
    problems: list[Problem] = []
    releases: list[Release] = []
    together = topics_of(one.manifest for one in workloads)
    additions = [*(one.additions for one in workloads), *([new.additions] if new else [])]
    for wanted in workloads:
        with located(wanted.loaded, problems):
            check_files(deployer.root, deployer.env.name, wanted.manifest)
            releases.append(_release(deployer, gathering, wanted))
            check_secrets(deployer.env, wanted.manifest, [wanted.additions, *([new.additions] if new else [])])
        with located(wanted.loaded, problems):
            check_references(deployer.env, wanted.manifest, additions)
        with located(wanted.loaded, problems):
            check_topics(deployer.env.name, wanted.manifest, together, written, partial(deployed_topics, deployer.env))
    if not problems:
        _check_rules(deployer, releases, workloads, problems, is_new=new is not None)
    if problems:
        raise ManifestInvalid(problems)
    if new is None:
        deployer.env.features_order(lambda known: both(read(known), needs_of(workloads, known)), certifies=False)
    else:
        with by_lines(new.text.loaded):
            deployer.env.order(new.text, new.additions, features=needs_of(workloads), uploads=False)


def refuse_others(deployer: Deployer, manifests: Sequence[WorkloadManifest]) -> None:
    """Raises ``Conflict`` where one is of another kind on AWS, or as Copilot has deployed it: its functions would take
    away what the environment has for it, when they leave its stack."""
    env = deployer.env
    known = {one.name: one for one in env.app.records.workloads(env.record.app)}
    for manifest in manifests:
        if manifest.name in known:
            refuse_other_kind(record_of(env, manifest), known[manifest.name])
        stack = env.stacks.find(deployer.gathering.stack_name(manifest))
        if stack is None or stack.status == REVIEWED or is_ours(parse_template(env.stacks.template(stack.name))):
            continue
        raise Conflict(
            f"{manifest.name} of {env.name} is as Copilot deployed it",
            hint=f"`fig app adopt {env.record.app} --dry-run` shows how it is taken over.",
        )


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
    release = known_certificate(session_that_stays(deployer.env), release)
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
    own = [frozenset[str]() if is_new else own_rules(deployer, one) for one in balanced]
    seen, placed = Seen(deployer.env.session), list(zip(balanced, listeners, own, strict=True))
    try:
        check_numbers(seen, placed)
        check_room(seen, placed)
    except SameRequests as same:
        by_owner = {owner_name(one.env, one.manifest.name): one.manifest.name for one in balanced}
        wanted = next(one for one in workloads if one.manifest.name == by_owner[same.rule.owner])
        if wanted.loaded is None:
            raise
        problems.append(wanted.loaded.problem(f"{rule_field(same.rule.at)}.path", same.message, same.hint))
