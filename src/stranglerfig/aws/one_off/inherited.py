"""What a one-off task has that runs as a deployed service or job does: image, variables, secrets, roles, network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.one_off.place import Network, network_of
from stranglerfig.aws.running.definitions import task_definition
from stranglerfig.aws.running.status import describe_service, find_service
from stranglerfig.aws.synth.one_off import OneOffTask
from stranglerfig.aws.synth.template import Value
from stranglerfig.errors import NotFound

#: of a container, besides what flags can say
SETTINGS = (
    *("mountPoints", "user", "workingDirectory", "readonlyRootFilesystem", "ulimits", "linuxParameters"),
    "repositoryCredentials",
)
#: what CloudFormation spells in its own way
SPELT = {"efsVolumeConfiguration": "EFSVolumeConfiguration", "fileSystemId": "FilesystemId", "iam": "IAM"}


def as_workload(one: Deployed, group: str) -> OneOffTask:
    """Of its own container alone: sidecars serve requests or ship logs, and most never end."""
    definition = definition_of(one)
    containers = definition["containerDefinitions"]
    own = next((found for found in containers if found["name"] == one.record.name), containers[0])
    mounted = {mount["sourceVolume"] for mount in own.get("mountPoints") or ()}
    platform = definition.get("runtimePlatform") or {}
    return OneOffTask(
        group=group,
        image=own["image"],
        cpu=int(definition["cpu"]),
        memory=int(definition["memory"]),
        command=tuple(own.get("command") or ()),
        entrypoint=tuple(own.get("entryPoint") or ()),
        variables={found["name"]: found["value"] for found in own.get("environment") or ()},
        secrets={found["name"]: found["valueFrom"] for found in own.get("secrets") or ()},
        env_files=tuple(found["value"] for found in own.get("environmentFiles") or ()),
        env_key=one.stack.parameters.get("ArtifactKeyARN"),
        platform=(platform["operatingSystemFamily"], platform["cpuArchitecture"]) if platform else None,
        settings={capital(name): to_declared(own[name]) for name in SETTINGS if own.get(name)},
        volumes=tuple(to_declared(found) for found in definition.get("volumes") or () if found["name"] in mounted),
        task_role=definition.get("taskRoleArn"),
        execution_role=definition.get("executionRoleArn"),
        app=one.record.app,
        env=one.env.name,
        permissions_boundary=one.env.app.record.permissions_boundary or None,
    )


def definition_of(one: Deployed) -> Mapping[str, Any]:
    found = task_definition(one.env, one.env.stacks.resources(one.stack.name))
    if not found:
        raise NotFound(
            f"{one.record.name} has no tasks to run as: nothing of it runs",
            hint="Name a service or a job that runs a program.",
        )
    return found


def network_of_workload(one: Deployed) -> Network:
    """That of a service's tasks; a job's are started anew each time, and have the environment's."""
    ecs = one.env.session.client("ecs", one.env.record.region)
    place = find_service(one.env.stacks.resources(one.stack.name))
    service = describe_service(ecs, place) if place else {}
    given = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if not given:
        return network_of(one.env)
    is_public = given.get("assignPublicIp") == "ENABLED"
    return Network(tuple(given["subnets"]), tuple(given.get("securityGroups") or ()), is_public)


def to_declared(value: Any) -> Value:
    """As a template has what ECS describes."""
    if isinstance(value, Mapping):
        return {capital(key): to_declared(one) for key, one in value.items()}
    return [to_declared(one) for one in value] if isinstance(value, list) else value


def capital(name: str) -> str:
    return SPELT.get(name) or name[:1].upper() + name[1:]
