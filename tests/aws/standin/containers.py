"""ECS's resources of stacks, as far as moto falls short: it makes services of them without balancers, network and
settings of deployments, and writes the containers of a changed task definition as no caller of ECS would."""

from __future__ import annotations

import copy
import uuid
from dataclasses import dataclass
from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ecs.models import Cluster, EC2ContainerServiceBackend, Service, Task, TaskDefinition, ecs_backends

Tree = dict[str, Any]

#: what a service has beside what moto asks for, by the name that moto would give it
SETTINGS = {
    "DeploymentConfiguration": "deployment_configuration",
    "HealthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "EnableExecuteCommand": "enable_execute_command",
}
#: what ECS spells in a way of its own
SPELT = {"FilesystemId": "fileSystemId", "IAM": "iam"}
#: where moto's parameters of ``list_tasks`` have the service
SERVICE_AT = 4
#: and those of ``run_task`` the network
NETWORK_AT = 7


@dataclass
class Fargate:
    """``first_status`` is that of a task that was asked for: moto has no other than this, for nothing runs there."""

    first_status: str = "RUNNING"


FARGATE = Fargate()


def complete_containers() -> None:
    Service.create_from_cloudformation_json = classmethod(make_service)  # type: ignore[assignment,arg-type]
    Service.update_from_cloudformation_json = classmethod(update_service)  # type: ignore[assignment]
    if not hasattr(Service, "delete"):
        list_tasks_of_services(EC2ContainerServiceBackend)
        run_tasks_on_fargate(EC2ContainerServiceBackend)
        tell_forced_deployments(EC2ContainerServiceBackend)
    Service.delete = delete_service  # type: ignore[attr-defined]
    Cluster.update_from_cloudformation_json = classmethod(keep_cluster)  # type: ignore[assignment,arg-type]
    TaskDefinition.create_from_cloudformation_json = classmethod(make_definition)  # type: ignore[assignment,arg-type]
    TaskDefinition.update_from_cloudformation_json = classmethod(renew_definition)  # type: ignore[assignment]


def keep_cluster(kind: type, original_resource: Any, **others: Any) -> Any:
    """moto makes one anew whatever changes of it."""
    return original_resource


def list_tasks_of_services(backends: Any) -> None:
    """moto lists those of all services, whichever is asked for."""
    before = backends.list_tasks

    def list_tasks(self: Any, *asked: str | None) -> list[Task]:
        found: list[Task] = before(self, *asked)
        service = asked[SERVICE_AT]
        return [task for task in found if service is None or task.group == f"service:{service.rpartition('/')[2]}"]

    backends.list_tasks = list_tasks


def run_tasks_on_fargate(backends: Any) -> None:
    """moto wants containers to say how large they are, and networks to have security groups; and gives ids that ECS
    would not."""
    before, sizes = backends.run_task, backends._calculate_task_resource_requirements

    def sizes_of(definition: TaskDefinition) -> Any:
        sized = copy.copy(definition)
        sized.container_definitions = [{"memory": 0, **one} for one in definition.container_definitions]
        return sizes(sized)

    def run_task(self: Any, *asked: Any) -> list[Task]:
        network = (asked[NETWORK_AT] or {}).get("awsvpcConfiguration", {})
        network.setdefault("securityGroups", [])
        found: list[Task] = before(self, *asked)
        for task in found:
            tasks = self.tasks[task.cluster_name]
            del tasks[task.task_arn]
            task.id = task.id.replace("-", "")
            task.last_status = FARGATE.first_status
            tasks[task.task_arn] = task
        return found

    # Of interfaces in networks with names moto leaves this one out.
    NetworkInterface.private_dns_name = ""
    backends._calculate_task_resource_requirements = staticmethod(sizes_of)
    backends.run_task = run_task


def tell_forced_deployments(backends: Any) -> None:
    """A deployment that was forced is a new one, and the answer has its id. moto gives another name to the old one."""
    before = backends.update_service

    def update_service(self: Any, asked: Tree) -> Service:
        is_forced = asked.pop("force_new_deployment", False)
        service: Service = before(self, asked)
        if not is_forced:
            return service
        answer: Any = copy.copy(service)
        forced = f"ecs-svc/{uuid.uuid4().int % 10**19:019d}"
        known = [{**one, "status": "ACTIVE"} for one in service.deployments]
        answer.deployments = [
            {**known[0], "id": forced, "status": "PRIMARY", "rolloutState": "IN_PROGRESS", "failedTasks": 0},
            *known,
        ]
        service.forced = forced  # type: ignore[attr-defined]
        return answer  # type: ignore[no-any-return]

    backends.update_service = update_service


def make_service(kind: type, name: str, declared: Tree, account_id: str, region_name: str, **others: Any) -> Service:
    properties = declared["Properties"]
    service = ecs_backends[account_id][region_name].create_service(
        name_of(properties["Cluster"]),
        name,
        int(properties.get("DesiredCount") or 0),
        task_definition_str=arn_of(properties["TaskDefinition"]),
        load_balancers=in_camel_case(properties.get("LoadBalancers", [])),
        launch_type=properties.get("LaunchType", "FARGATE"),
    )
    # Not while it is made: moto wants to know security groups that tests have only names of.
    service.network_configuration = in_camel_case(properties.get("NetworkConfiguration", {}))
    note_settings(service, properties)
    return service


def update_service(
    kind: type,
    original_resource: Service,
    new_resource_name: str,
    cloudformation_json: Tree,
    account_id: str,
    region_name: str,
) -> Service:
    """Its tasks are nobody's affair here: moto would say that all of them run."""
    properties = cloudformation_json["Properties"]
    original_resource.task_definition = arn_of(properties["TaskDefinition"])
    original_resource.load_balancers = in_camel_case(properties.get("LoadBalancers", []))
    if "DesiredCount" in properties:
        original_resource.desired_count = int(properties["DesiredCount"])
    note_settings(original_resource, properties)
    return original_resource


def delete_service(service: Service, account_id: str, region_name: str) -> None:
    ecs_backends[account_id][region_name].delete_service(service.cluster_name, service.name, force=True)


def note_settings(service: Service, properties: Tree) -> None:
    for given, name in SETTINGS.items():
        if given in properties:
            setattr(service, name, in_camel_case(properties[given]))


def make_definition(
    kind: type, name: str, declared: Tree, account_id: str, region_name: str, **others: Any
) -> TaskDefinition:
    properties = declared["Properties"]
    return ecs_backends[account_id][region_name].register_task_definition(
        family=properties.get("Family", name),
        container_definitions=in_camel_case(properties.get("ContainerDefinitions", [])),
        volumes=in_camel_case(properties.get("Volumes", [])),
        network_mode=properties.get("NetworkMode"),
        requires_compatibilities=properties.get("RequiresCompatibilities"),
        cpu=properties.get("Cpu"),
        memory=properties.get("Memory"),
        task_role_arn=arn_of(properties.get("TaskRoleArn")),
        execution_role_arn=arn_of(properties.get("ExecutionRoleArn")),
    )


def renew_definition(
    kind: type,
    original_resource: TaskDefinition,
    new_resource_name: str,
    cloudformation_json: Tree,
    account_id: str,
    region_name: str,
) -> TaskDefinition:
    """A revision never changes: this is the next one."""
    return make_definition(kind, original_resource.family, cloudformation_json, account_id, region_name)


def name_of(cluster: Any) -> str:
    return str(getattr(cluster, "name", cluster)).rpartition("/")[2]


def arn_of(reference: Any) -> Any:
    return getattr(reference, "physical_resource_id", reference)


def in_camel_case(value: Any) -> Any:
    """As ECS has it, where CloudFormation begins words with capitals."""
    if isinstance(value, dict):
        return {camel(key): in_camel_case(one) for key, one in value.items()}
    return [in_camel_case(one) for one in value] if isinstance(value, list) else value


def camel(key: str) -> str:
    if key in SPELT:
        return SPELT[key]
    return key.replace("EFS", "efs", 1) if key.startswith("EFS") else key[:1].lower() + key[1:]
