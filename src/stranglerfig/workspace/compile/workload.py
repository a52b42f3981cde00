"""One workload: a manifest and the place where it is deployed, as what the daemon is to run. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

from stranglerfig.core.application import Kind, Runtime, StaticFiles, Workload, group_name
from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import Balancer, TargetGroup, TaskTargets
from stranglerfig.core.json_values import to_json
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.workspace.compile.ingress import Entrances, to_entrances
from stranglerfig.workspace.compile.schedule import to_schedule
from stranglerfig.workspace.compile.targets import aliases, to_targets
from stranglerfig.workspace.values import LocalContext

#: One version of the mapping from manifests to what runs: a fig that maps otherwise deploys anew.
MAPPING = 1


@dataclass(frozen=True, slots=True)
class Compiled:
    """``group`` is None for a job. ``balancers`` are the service's own ports. ``notes`` say what is otherwise here.

    Before the first start, ``folders`` are to be made and ``setup`` is to be run in the group's ``cwd``.
    """

    workload: Workload
    group: TargetGroup | None = None
    balancers: tuple[Balancer, ...] = ()
    notes: tuple[str, ...] = ()
    setup: tuple[tuple[str, ...], ...] = ()
    folders: tuple[str, ...] = ()


def compile_workload(manifest: WorkloadManifest, context: LocalContext) -> Compiled:
    """Raises ``UsageError`` for what cannot run here: no command, secrets without a value, odd schedules."""
    targets = to_targets(manifest, context)
    entrances = Entrances() if manifest.kind is Kind.JOB else to_entrances(manifest, context)
    group = None if manifest.kind is Kind.JOB else to_group(manifest, context, targets, entrances)
    run = context.parts.process if context.runtime is Runtime.PROCESS else None
    return Compiled(
        workload=to_workload(manifest, context, targets, group),
        group=group,
        balancers=entrances.balancers,
        notes=(*(run.notes if run else ()), *process_notes(manifest, context), *entrances.notes),
        setup=run.setup if run else (),
        folders=run.folders if run else (),
    )


def to_group(
    manifest: WorkloadManifest, context: LocalContext, targets: TaskTargets, entrances: Entrances
) -> TargetGroup:
    drains = [rule.deregistration_delay_s for rule in manifest.http]
    drains += [listener.deregistration_delay_s for listener in manifest.nlb]
    return TargetGroup(
        name=group_name(context.app, context.environment, manifest.name),
        targets=targets,
        health=entrances.health,
        drain_s=max(drains, default=60.0),
        ingress=entrances.ingress,
    )


def to_workload(
    manifest: WorkloadManifest, context: LocalContext, targets: TaskTargets, group: TargetGroup | None
) -> Workload:
    schedule = None
    if manifest.schedule is not None:
        schedule = to_schedule(manifest.schedule, retries=manifest.retries, timeout_s=manifest.timeout_s)
    site = context.parts.static
    return Workload(
        app=context.app,
        environment=context.environment,
        name=manifest.name,
        kind=manifest.kind,
        manifest=json.dumps(manifest.body, sort_keys=True, default=str),
        digest=to_digest(manifest, context, group),
        deployed_at=context.deployed_at,
        tag=context.tag,
        schedule=schedule,
        job=targets if manifest.kind is Kind.JOB else None,
        topics=manifest.topics,
        queue=manifest.queue,
        subscriptions=manifest.subscriptions,
        static=StaticFiles(site.folder) if site else None,
        endpoints=to_endpoints(manifest, context),
    )


def to_endpoints(manifest: WorkloadManifest, context: LocalContext) -> tuple[str, ...]:
    own = context.endpoints.get(manifest.name)
    names = aliases(manifest, context) if context.runtime is Runtime.DOCKER else ()
    return (*names, own) if own else names


def to_digest(manifest: WorkloadManifest, context: LocalContext, group: TargetGroup | None) -> str:
    """Of all that makes a difference to the tasks and their requests."""
    targets = without_path(to_targets(manifest, without_neighbours(manifest, context)))
    parts = {
        "mapping": MAPPING,
        "manifest": manifest.body,
        "targets": to_json(targets),
        "group": to_json(replace(group, targets=targets)) if group else None,
        "files": context.parts.digest,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def without_neighbours(manifest: WorkloadManifest, context: LocalContext) -> LocalContext:
    """A sibling that is deployed beside it, or a broker that has begun to run, is no reason to start a service anew."""
    own = {name: url for name, url in context.endpoints.items() if name == manifest.name}
    return replace(context, endpoints=own, variables={})


def without_path(targets: TaskTargets) -> TaskTargets:
    """The PATH of the shell that deploys; what was found on it stands in the command."""
    if isinstance(targets, ContainerTargets):
        return targets
    return replace(targets, env=tuple(pair for pair in targets.env if pair[0] != "PATH"))


def process_notes(manifest: WorkloadManifest, context: LocalContext) -> tuple[str, ...]:
    """What Docker would do and processes do not."""
    if context.runtime is not Runtime.PROCESS or not manifest.containers:
        return ()
    main, *sidecars = manifest.containers
    notes = [f"sidecar {spec.name} does not run without Docker; requests for it go to {main.name}" for spec in sidecars]
    if main.read_only_root:
        notes.append("storage.readonly_fs has no effect without Docker")
    return tuple(notes)
