"""Parameters of a workload's stack, Copilot's, and what they are for a release. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.synth.balancing.fronts import is_secure
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import logical_id
from stranglerfig.aws.synth.reading.logging import DAYS, read_router, retention_days
from stranglerfig.aws.synth.reading.scaling import read_scaling
from stranglerfig.aws.synth.request_driven import on_fargate
from stranglerfig.aws.synth.template import Fragment, Parameter, Ref, Value, equals, negation
from stranglerfig.aws.synth.workload.ports import target_of
from stranglerfig.core.application import Kind
from stranglerfig.manifest.rules.containers import LOG_ROUTER
from stranglerfig.manifest.rules.given import section
from stranglerfig.manifest.rules.http_rules import aliases_of
from stranglerfig.manifest.rules.targets import main_port

#: of a service that listens nowhere
NO_PORT = -1
LISTENING = (Kind.LOAD_BALANCED, Kind.BACKEND)
_EITHER = Parameter(allowed=("true", "false"))
PARAMETERS_OF_TARGETS = {
    "ContainerPort": Parameter("Number"),
    "DNSDelegated": _EITHER,
    "TargetContainer": Parameter(),
    "TargetPort": Parameter("Number"),
    "NLBAliases": Parameter(default=""),
    "NLBPort": Parameter(),
    "HTTPSEnabled": _EITHER,
    "RulePath": Parameter(),
}


def shared_parameters(release: Release) -> dict[str, Parameter]:
    """Those that every kind has."""
    return {**_names(), "AddonsTemplateURL": _addons_url(release)}


def parameters(release: Release) -> Fragment:
    """Those that every kind made of containers has, with their conditions."""
    found = {
        **_names(),
        "ContainerImage": Parameter(),
        "TaskCPU": Parameter(),
        "TaskMemory": Parameter(),
        "TaskCount": Parameter("Number"),
        "AddonsTemplateURL": _addons_url(release),
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
    """More, of kinds that may listen somewhere. Some only say what the rest of the template has in it."""
    if release.manifest.kind not in LISTENING:
        return Fragment()
    conditions: dict[str, Value] = {"ExposePort": negation(equals(Ref("TargetPort"), NO_PORT))}
    return Fragment(
        parameters={name: PARAMETERS_OF_TARGETS[name] for name in _target_values(release)},
        conditions=conditions if release.manifest.kind is Kind.BACKEND else {},
    )


def parameter_values(release: Release) -> Mapping[str, str]:
    """What the stack is given; a job's schedule stands in its template."""
    manifest = release.manifest
    found = {
        "AppName": release.env.app.name,
        "EnvName": release.env.name,
        "WorkloadName": manifest.name,
        "AddonsTemplateURL": release.addons.url if release.addons else "",
    }
    if manifest.kind is Kind.STATIC_SITE:
        return found
    if manifest.kind is Kind.REQUEST_DRIVEN:
        return parameter_values(on_fargate(release))
    return found | _task_values(release) | _target_values(release)


def _task_values(release: Release) -> dict[str, str]:
    manifest = release.manifest
    main = manifest.containers[0]
    found = {
        "ContainerImage": release.images.get(main.name) or main.image.location or "",
        "TaskCPU": str(manifest.cpu),
        "TaskMemory": str(manifest.memory),
        "TaskCount": str(task_count(release)),
        "ArtifactKeyARN": release.env.key,
        "LogRetention": str(retention_days(manifest.body)),
    }
    for container, (parameter, _) in env_file_names(release).items():
        found[parameter] = release.env_files.get(container, "")
    return found


def task_count(release: Release) -> int:
    """As many as run now, where that is for autoscaling to say and within its limits."""
    scaling = read_scaling(release.manifest.body)
    if scaling is None or release.desired is None:
        return release.manifest.count
    return min(max(release.desired, scaling.least), scaling.most)


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
    if manifest.kind not in LISTENING:
        return {}
    target = target_of(manifest)
    port = main_port(manifest.body)
    found = {
        "ContainerPort": str(NO_PORT if port is None else port),
        "TargetContainer": target.container if target else manifest.name,
        "TargetPort": str(target.number if target else NO_PORT),
    }
    if manifest.kind is Kind.LOAD_BALANCED:
        found["DNSDelegated"] = _as_text(release.env.has_own_domain)
    if manifest.http:
        found["RulePath"] = ",".join(rule.path for rule in manifest.http)
        found["HTTPSEnabled"] = _as_text(is_secure(release))
    if manifest.nlb:
        found["NLBAliases"] = ",".join(aliases_of(section(manifest.body, "nlb")))
        found["NLBPort"] = str(manifest.nlb[0].port)
    return found


def _as_text(flag: bool) -> str:
    return "true" if flag else "false"


def _names() -> dict[str, Parameter]:
    return {name: Parameter() for name in ("AppName", "EnvName", "WorkloadName")}


def _addons_url(release: Release) -> Parameter:
    return Parameter(
        default=None if release.addons else "",
        description="URL of the addons nested stack template within the S3 bucket.",
    )


def _is_given(parameter: str) -> Value:
    return negation(equals(Ref(parameter), ""))
