"""What a one-off task has that runs as a deployed service or job does: image, variables, secrets, roles, network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.one_off.place import Network, TaskPlace, network_of
from stranglerfig.aws.running.definitions import task_definition
from stranglerfig.aws.running.status import Running, describe_service, find_service
from stranglerfig.aws.synth.one_off import OneOffTask
from stranglerfig.aws.synth.template import Value
from stranglerfig.errors import Conflict, NotFound

#: of a container, besides what flags can say
SETTINGS = (
    *("mountPoints", "user", "workingDirectory", "readonlyRootFilesystem", "ulimits", "linuxParameters"),
    "repositoryCredentials",
)
#: CPU units, and MiB
USUAL_SIZE = (256, 512)
#: what CloudFormation spells in its own way
SPELT = {"efsVolumeConfiguration": "EFSVolumeConfiguration", "fileSystemId": "FilesystemId", "iam": "IAM"}


def as_workload(one: Deployed, group: str) -> OneOffTask:
    return replace(
        as_definition(definition_of(one), one.record.name, group),
        env_key=one.stack.parameters.get("ArtifactKeyARN"),
        app=one.record.app,
        env=one.env.name,
        permissions_boundary=one.env.app.record.permissions_boundary or None,
    )


def own_container(definition: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """That of its ``name``, else the first that it cannot be without."""
    containers: Sequence[Mapping[str, Any]] = definition["containerDefinitions"]
    essential = [one for one in containers if one.get("essential", True)]
    return next((one for one in containers if one["name"] == name), (essential or containers)[0])


def as_definition(definition: Mapping[str, Any], name: str, group: str) -> OneOffTask:
    """Of its own container alone: sidecars serve requests or ship logs, and most never end."""
    own = own_container(definition, name)
    mounted = {mount["sourceVolume"] for mount in own.get("mountPoints") or ()}
    return OneOffTask(
        group=group,
        image=own["image"],
        # On machines of one's own a task need not say how large it is.
        cpu=int(definition.get("cpu") or USUAL_SIZE[0]),
        memory=int(definition.get("memory") or USUAL_SIZE[1]),
        command=tuple(own.get("command") or ()),
        entrypoint=tuple(own.get("entryPoint") or ()),
        variables={found["name"]: found["value"] for found in own.get("environment") or ()},
        secrets={found["name"]: found["valueFrom"] for found in own.get("secrets") or ()},
        env_files=tuple(found["value"] for found in own.get("environmentFiles") or ()),
        platform=to_platform(definition.get("runtimePlatform") or {}),
        settings={capital(name): to_declared(own[name]) for name in SETTINGS if own.get(name)},
        volumes=tuple(to_declared(found) for found in definition.get("volumes") or () if found["name"] in mounted),
        task_role=definition.get("taskRoleArn"),
        execution_role=definition.get("executionRoleArn"),
    )


def to_platform(declared: Mapping[str, str]) -> tuple[str, str] | None:
    """Each may be left out."""
    if not declared:
        return None
    return declared.get("operatingSystemFamily") or "LINUX", declared.get("cpuArchitecture") or "X86_64"


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
    return network_of_service(service) or network_of(one.env)


def find_in_cluster(place: TaskPlace, cluster: str, service: str) -> tuple[Mapping[str, Any], Network]:
    """Of any service of ECS: the task definition that is in force, and its network. Raises ``NotFound``, and
    ``Conflict`` for tasks that Fargate cannot connect."""
    ecs = place.client("ecs")
    try:
        found = describe_service(ecs, Running(cluster, service))
    except NotFound as error:
        raise NotFound(
            f"there is no service {service} in cluster {cluster} of {place.region}",
            hint=f"`aws ecs list-services --cluster {cluster} --region {place.region}` lists them.",
        ) from error
    if not found.get("taskDefinition"):
        raise Conflict(
            f"service {service} has no task definition of its own: another controller than ECS deploys it",
            hint="Name an image and subnets: `fig task run --image … --subnets …`.",
        )
    network = network_of_service(found)
    if network is None:
        raise Conflict(
            f"tasks of {service} have no network of their own (awsvpc): on Fargate each has",
            hint="Name an image and subnets: `fig task run --image … --subnets …`.",
        )
    return ecs.describe_task_definition(taskDefinition=found["taskDefinition"])["taskDefinition"], network


def network_of_service(service: Mapping[str, Any]) -> Network | None:
    given = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if not given:
        return None
    is_public = given.get("assignPublicIp") == "ENABLED"
    return Network(tuple(given["subnets"]), tuple(given.get("securityGroups") or ()), is_public)


def to_declared(value: Any) -> Value:
    """As a template has what ECS describes."""
    if isinstance(value, Mapping):
        return {capital(key): to_declared(one) for key, one in value.items()}
    return [to_declared(one) for one in value] if isinstance(value, list) else value


def capital(name: str) -> str:
    return SPELT.get(name) or name[:1].upper() + name[1:]
