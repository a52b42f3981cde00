"""The containers of a task as its definition has them: the main one, routers of logs and traces, sidecars. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.reading.deployment import is_traced
from stranglerfig.aws.synth.reading.logging import LogRouter, read_router
from stranglerfig.aws.synth.reading.outside import Given, secrets, variables
from stranglerfig.aws.synth.template import NO_VALUE, Ref, Value, either, present
from stranglerfig.aws.synth.workload.logs import router_properties, sources, to_group, to_router
from stranglerfig.aws.synth.workload.parameters import env_file_names
from stranglerfig.aws.synth.workload.ports import SERVED, Port, open_ports, served_port
from stranglerfig.aws.synth.workload.variables import addon_secrets, variables_of_all
from stranglerfig.core.containers import ContainerHealth
from stranglerfig.core.messaging import to_text
from stranglerfig.manifest.model import ContainerSpec
from stranglerfig.manifest.rules.containers import LOG_ROUTER, TRACER, waits_of
from stranglerfig.manifest.rules.given import section

#: of AWS's distribution of OpenTelemetry; its own configuration sends traces to X-Ray
COLLECTOR = "public.ecr.aws/aws-observability/aws-otel-collector:v0.17.0"
COLLECTOR_CONFIG = "/etc/ecs/ecs-xray.yaml"


def container_definitions(release: Release) -> list[Value]:
    main, *sidecars = release.manifest.containers
    body = release.manifest.body
    router = read_router(body)
    return [
        _main(release, main, router),
        *([_router(release, router)] if router else []),
        *([_collector()] if is_traced(body) else []),
        *(_sidecar(release, sidecar) for sidecar in sidecars),
    ]


def _main(release: Release, spec: ContainerSpec, router: LogRouter | None) -> Value:
    body = release.manifest.body
    hidden = (*secrets(body), *addon_secrets(release))
    return {
        "Name": Ref("WorkloadName"),
        "Image": Ref("ContainerImage"),
        **_surroundings(release, spec.name, (*variables(body), *_mount_points(spec)), hidden),
        "LogConfiguration": to_router(router) if router else to_group(),
        **_running(release, spec),
        **present(ReadonlyRootFilesystem=spec.read_only_root or None),
    }


def _sidecar(release: Release, spec: ContainerSpec) -> Value:
    given = section(release.manifest.body, "sidecars", spec.name)
    return {
        "Name": spec.name,
        "Image": release.images.get(spec.name) or spec.image.location or "",
        "Essential": spec.essential,
        **_surroundings(release, spec.name, (*variables(given), *_mount_points(spec)), secrets(given)),
        "LogConfiguration": to_group(),
        **_running(release, spec),
    }


def _router(release: Release, router: LogRouter) -> Value:
    return {
        "Name": LOG_ROUTER,
        "Image": router.image,
        **_surroundings(release, LOG_ROUTER, router.variables, router.secrets),
        **router_properties(router),
        "LogConfiguration": to_group(),
    }


def _collector() -> Value:
    return {
        "Name": TRACER,
        "Image": COLLECTOR,
        "Command": [f"--config={COLLECTOR_CONFIG}"],
        "LogConfiguration": to_group(),
    }


def _surroundings(
    release: Release, container: str, own: Iterable[Given], hidden: tuple[Given, ...]
) -> dict[str, Value]:
    """Variables, secrets and the file of variables. A name that is said twice has its last value, as in a shell."""
    found = {one.name: one.value for one in (*variables_of_all(release), *own)}
    for secret in hidden:
        found.pop(secret.name, None)
    parameter, condition = env_file_names(release)[container]
    file: Value = {"Type": "s3", "Value": Ref(parameter)}
    return {
        "Environment": [{"Name": name, "Value": value} for name, value in found.items()],
        "EnvironmentFiles": [either(condition, file, NO_VALUE)],
        **present(Secrets=sources(hidden) or None),
    }


def _running(release: Release, spec: ContainerSpec) -> dict[str, Value]:
    """How it is started, watched and reached."""
    credentials: Value | None = {"CredentialsParameter": spec.image.credentials} if spec.image.credentials else None
    return present(
        EntryPoint=list(spec.entrypoint) if spec.entrypoint else None,
        Command=list(spec.command) if spec.command else None,
        MountPoints=_mounts(spec) or None,
        DockerLabels=dict(sorted(spec.labels)) or None,
        DependsOn=_waits(release, spec) or None,
        PortMappings=_port_mappings(release, spec.name) or None,
        HealthCheck=_health(spec.health) if spec.health else None,
        RepositoryCredentials=credentials,
    )


def _mount_points(spec: ContainerSpec) -> Iterator[Given]:
    if spec.mounts:
        yield Given("COPILOT_MOUNT_POINTS", to_text({mount.volume: mount.path for mount in spec.mounts}))


def _mounts(spec: ContainerSpec) -> list[Value]:
    return [
        {"SourceVolume": mount.volume, "ContainerPath": mount.path, "ReadOnly": mount.read_only}
        for mount in spec.mounts
    ]


def _waits(release: Release, spec: ContainerSpec) -> list[Value]:
    """From the manifest itself, whose containers of AWS's the model leaves out."""
    _, waits = waits_of(release.manifest.body)[spec.name]
    return [{"ContainerName": name, "Condition": str(condition).upper()} for name, condition in sorted(waits.items())]


def _port_mappings(release: Release, container: str) -> list[Value]:
    served = served_port(release)
    return [_port_mapping(port, served) for port in open_ports(release.manifest) if port.container == container]


def _port_mapping(port: Port, served: Port | None) -> Value:
    name = SERVED if port == served else None
    return present(ContainerPort=port.number, Protocol="udp" if port.udp else "tcp", Name=name)


def _health(health: ContainerHealth) -> Value:
    return {
        "Command": list(health.command),
        "Interval": int(health.interval_s),
        "Retries": health.retries,
        "StartPeriod": int(health.start_period_s),
        "Timeout": int(health.timeout_s),
    }
