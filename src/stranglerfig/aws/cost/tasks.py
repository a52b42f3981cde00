"""What tasks on Fargate come to. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stranglerfig.aws.cost.parts import Found, Part
from stranglerfig.aws.cost.values import Assumptions, Quantity

FREE_STORAGE_GB = 20
CPU_UNITS, MIB = 1024, 1024
#: of a run that succeeds: its start, and its one state
TRANSITIONS = 2
SPOT = "FARGATE_SPOT"


def count_service(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    tasks = tasks_of(one)
    spot = spot_tasks(one.properties, tasks)
    yield from _fargate(part, "tasks", (tasks - spot) * assumed.task_hours)
    yield from _fargate(part, "tasks on spare capacity", spot * assumed.task_hours, spare=True)
    network = one.properties.get("NetworkConfiguration", {}).get("AwsvpcConfiguration", {})
    if network.get("AssignPublicIp") == "ENABLED" and tasks:
        yield Quantity(part.name, "public IPv4 addresses of tasks", "ipv4", tasks * assumed.task_hours)


def count_job(one: Found, part: Part, assumed: Assumptions) -> Iterator[Quantity]:
    """By its schedule, for that is what makes it run."""
    yield from _fargate(part, "runs", assumed.job_runs * assumed.job_minutes / 60)
    yield Quantity(part.name, "steps of runs", "states", assumed.job_runs * TRANSITIONS)
    if one.properties.get("State") != "DISABLED":
        yield Quantity(part.name, "schedule", "schedules", assumed.job_runs)


def count_secrets(part: Part) -> Iterator[Quantity]:
    """Those that tasks read from Secrets Manager, each once; parameters of SSM are free."""
    definition = part.first("AWS::ECS::TaskDefinition")
    if definition is None:
        return
    sources = {
        str(secret.get("ValueFrom"))
        for container in definition.properties.get("ContainerDefinitions", [])
        for secret in container.get("Secrets", [])
    }
    count = sum(":secretsmanager:" in source for source in sources)
    if count:
        yield Quantity(part.name, "secrets", "secret", count)


def tasks_of(service: Found) -> int:
    return int(service.properties.get("DesiredCount", 1))


def spot_tasks(service: Mapping[str, Any], tasks: int) -> int:
    """Those beyond the base of the other provider."""
    strategy = service.get("CapacityProviderStrategy", [])
    if not any(one.get("CapacityProvider") == SPOT for one in strategy):
        return 0
    base = sum(int(one.get("Base", 0)) for one in strategy if one.get("CapacityProvider") != SPOT)
    return max(0, tasks - base)


def _fargate(part: Part, what: str, hours: float, *, spare: bool = False) -> Iterator[Quantity]:
    definition = part.first("AWS::ECS::TaskDefinition")
    if definition is None or not hours:
        return
    found = definition.properties
    family = _family(found.get("RuntimePlatform", {}), spare=spare)
    yield Quantity(part.name, f"vCPU of {what}", f"{family}-vcpu", hours * float(found["Cpu"]) / CPU_UNITS)
    yield Quantity(part.name, f"memory of {what}", f"{family}-gb", hours * float(found["Memory"]) / MIB)
    storage = float(found.get("EphemeralStorage", {}).get("SizeInGiB", 0))
    if storage > FREE_STORAGE_GB:
        extra = hours * (storage - FREE_STORAGE_GB)
        yield Quantity(part.name, f"storage of {what}", "fargate-storage", extra)


def _family(platform: Mapping[str, Any], *, spare: bool) -> str:
    if str(platform.get("OperatingSystemFamily", "")).startswith("WINDOWS"):
        return "fargate-windows"
    arm = "-arm" if platform.get("CpuArchitecture") == "ARM64" else ""
    return f"fargate{'-spot' if spare else ''}{arm}"
