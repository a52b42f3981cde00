"""A workload's tasks, as processes or as containers. Pure."""

from __future__ import annotations

from stranglerfig.core.application import Kind, Runtime
from stranglerfig.core.containers import Container, ContainerTargets, Mount, Volume
from stranglerfig.core.desired import ProcessTargets, TaskTargets
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import ContainerSpec, StorageVolume, WorkloadManifest
from stranglerfig.workspace.compile.ingress import main_port
from stranglerfig.workspace.compile.secrets import to_secrets
from stranglerfig.workspace.compile.variables import to_variables
from stranglerfig.workspace.values import LocalContext
from stranglerfig.workspace.volumes import volume_key

#: A task may take this long to its first healthy answer even if the manifest grants it less.
LEAST_START_S = 15.0
#: From SIGTERM to SIGKILL, as ECS has it.
STOP_S = 30.0


def to_targets(manifest: WorkloadManifest, context: LocalContext) -> TaskTargets:
    if manifest.kind is Kind.STATIC_SITE:
        return static_targets(manifest, context)
    if context.runtime is Runtime.PROCESS:
        return process_targets(manifest, context)
    return container_targets(manifest, context)


def process_targets(manifest: WorkloadManifest, context: LocalContext) -> ProcessTargets:
    run = context.parts.process
    if run is None:
        raise UsageError(
            f"it is not known what {manifest.name} runs without Docker",
            hint="Write the command in the manifest's `local.command`.",
        )
    main = manifest.containers[0]
    variables = dict(run.env) | to_variables(main, manifest, context)
    # Every task is given its own.
    variables.pop("PORT", None)
    return ProcessTargets(
        command=run.command,
        cwd=run.cwd,
        replicas=manifest.count,
        env=tuple(sorted(variables.items())),
        start_timeout_s=start_timeout_s(manifest),
        grace_s=STOP_S,
        secrets=to_secrets(main, context),
        listens=main_port(manifest) is not None,
        recreate=manifest.recreate,
    )


def static_targets(manifest: WorkloadManifest, context: LocalContext) -> ProcessTargets:
    """A process of ours with either runtime: there is no image to build."""
    site = context.parts.static
    if site is None:
        raise UsageError(
            f"the files of {manifest.name} have not been collected",
            hint="Run `fig svc deploy` in the workspace of the site.",
        )
    return ProcessTargets(command=site.command, cwd=site.folder, replicas=manifest.count)


def container_targets(manifest: WorkloadManifest, context: LocalContext) -> ContainerTargets:
    return ContainerTargets(
        containers=tuple(to_container(spec, manifest, context) for spec in manifest.containers),
        port=main_port(manifest),
        replicas=manifest.count,
        start_timeout_s=start_timeout_s(manifest),
        grace_s=STOP_S,
        cpu_units=manifest.cpu,
        memory_mib=manifest.memory,
        network=network_name(context),
        aliases=aliases(manifest, context),
        volumes=tuple(to_volume(volume, manifest) for volume in manifest.volumes),
        recreate=manifest.recreate,
    )


def to_volume(volume: StorageVolume, manifest: WorkloadManifest) -> Volume:
    """A lasting one by the name that it has for all services, as where they run as processes."""
    return Volume(volume.name, True, volume_key(manifest, volume.name)) if volume.lasting else Volume(volume.name)


def to_container(spec: ContainerSpec, manifest: WorkloadManifest, context: LocalContext) -> Container:
    image = context.images.get(spec.name) or spec.image.location
    if image is None:
        raise UsageError(
            f"the image of {spec.name} has not been built", hint="Run `fig svc deploy`, which builds it first."
        )
    return Container(
        name=spec.name,
        image=image,
        entrypoint=spec.entrypoint,
        command=spec.command,
        env=tuple(sorted(to_variables(spec, manifest, context).items())),
        secrets=to_secrets(spec, context),
        ports=ports_of(spec, manifest),
        essential=spec.essential,
        depends_on=spec.depends_on,
        health=spec.health,
        read_only_root=spec.read_only_root,
        mounts=tuple(Mount(mount.volume, mount.path, mount.read_only) for mount in spec.mounts),
        labels=spec.labels,
    )


def ports_of(spec: ContainerSpec, manifest: WorkloadManifest) -> tuple[int, ...]:
    """Its own TCP port, and those that rules send requests or health checks to it on."""
    own = (spec.port,) if spec.port is not None and not spec.udp else ()
    ways = [(rule.target_port, rule.health.port) for rule in manifest.http if rule.target_container == spec.name]
    ways += [
        (listener.target_port, listener.health.port)
        for listener in manifest.nlb
        if listener.target_container == spec.name and listener.protocol != "udp"
    ]
    asked = (port for _, port in ways if port is not None)
    return tuple(dict.fromkeys((*own, *(port for port, _ in ways), *asked)))


def start_timeout_s(manifest: WorkloadManifest) -> float:
    graces = [rule.health.grace_s for rule in manifest.http[:1]] + [one.health.grace_s for one in manifest.nlb[:1]]
    return max(LEAST_START_S, max(graces, default=60.0))


def network_name(context: LocalContext) -> str:
    return f"fig-{context.app}-{context.environment}"


def aliases(manifest: WorkloadManifest, context: LocalContext) -> tuple[str, ...]:
    """What it answers to on the environment's network; a workload without a port is not looked for."""
    if main_port(manifest) is None:
        return ()
    full = f"{manifest.name}.{context.environment}.{context.app}.local"
    return tuple(dict.fromkeys(name for name in (manifest.name, full, manifest.connect_alias) if name))
