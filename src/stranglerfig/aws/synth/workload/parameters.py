"""Parameters of a workload's stack, Copilot's, and what they are for a release. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import logical_id
from stranglerfig.aws.synth.reading.logging import DAYS, read_router, retention_days
from stranglerfig.aws.synth.template import Fragment, Parameter, Ref, Value, equals, negation
from stranglerfig.aws.synth.workload.ports import target_of
from stranglerfig.core.application import Kind
from stranglerfig.manifest.rules.containers import LOG_ROUTER
from stranglerfig.manifest.rules.targets import main_port

#: of a service that listens nowhere
NO_PORT = -1


def parameters(release: Release) -> Fragment:
    """Those that every kind made of containers has, with their conditions."""
    found = {
        "AppName": Parameter(),
        "EnvName": Parameter(),
        "WorkloadName": Parameter(),
        "ContainerImage": Parameter(),
        "TaskCPU": Parameter(),
        "TaskMemory": Parameter(),
        "TaskCount": Parameter("Number"),
        "AddonsTemplateURL": Parameter(
            default=None if release.addons else "",
            description="URL of the addons nested stack template within the S3 bucket.",
        ),
        "ArtifactKeyARN": Parameter(description="KMS Key used for encrypting artifacts"),
        "LogRetention": Parameter("Number", default=str(DAYS)),
    }
    conditions: dict[str, Value] = {}
    for container, (parameter, condition) in env_file_names(release).items():
        whose = "" if container == release.manifest.name else f" for the {container} sidecar"
        found[parameter] = Parameter(default="", description=f"URL of the environment file{whose}.")
        conditions[condition] = _is_given(parameter)
    return Fragment(parameters=found, conditions=conditions)


def target_parameters(release: Release) -> Fragment:
    """More, of kinds that may listen somewhere."""
    kind = release.manifest.kind
    if kind not in (Kind.LOAD_BALANCED, Kind.BACKEND):
        return Fragment()
    conditions: dict[str, Value] = {"ExposePort": negation(equals(Ref("TargetPort"), NO_PORT))}
    return Fragment(
        parameters={
            "ContainerPort": Parameter("Number"),
            "TargetContainer": Parameter(),
            "TargetPort": Parameter("Number"),
        },
        conditions=conditions if kind is Kind.BACKEND else {},
    )


def parameter_values(release: Release) -> Mapping[str, str]:
    """What the stack is given; parameters that balancing adds are not among them."""
    manifest = release.manifest
    main = manifest.containers[0]
    found = {
        "AppName": release.env.app.name,
        "EnvName": release.env.name,
        "WorkloadName": manifest.name,
        "ContainerImage": release.images.get(main.name) or main.image.location or "",
        "TaskCPU": str(manifest.cpu),
        "TaskMemory": str(manifest.memory),
        "TaskCount": str(manifest.count if release.desired is None else release.desired),
        "AddonsTemplateURL": release.addons.url if release.addons else "",
        "ArtifactKeyARN": release.env.key,
        "LogRetention": str(retention_days(manifest.body)),
    }
    for container, (parameter, _) in env_file_names(release).items():
        found[parameter] = release.env_files.get(container, "")
    return found | _target_values(release)


def env_file_names(release: Release) -> dict[str, tuple[str, str]]:
    """For each container the parameter with the ARN of its file, and the condition that there is one."""
    main, *sidecars = (container.name for container in release.manifest.containers)
    found = {main: ("EnvFileARN", "HasEnvFile")}
    if read_router(release.manifest.body):
        found[LOG_ROUTER] = ("LoggingEnvFileARN", "HasLoggingEnvFile")
    for name in sidecars:
        found[name] = (f"EnvFileARNFor{logical_id(name)}", f"HasEnvFileFor{logical_id(name)}")
    return found


def _target_values(release: Release) -> dict[str, str]:
    manifest = release.manifest
    if manifest.kind not in (Kind.LOAD_BALANCED, Kind.BACKEND):
        return {}
    target = target_of(manifest)
    port = main_port(manifest.body)
    return {
        "ContainerPort": str(NO_PORT if port is None else port),
        "TargetContainer": target.container if target else manifest.name,
        "TargetPort": str(target.number if target else NO_PORT),
    }


def _is_given(parameter: str) -> Value:
    return negation(equals(Ref(parameter), ""))
