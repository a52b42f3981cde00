"""What ECS on Fargate would refuse only while a stack is being made, told beforehand with the manifest's field. Pure.

Source: Amazon ECS Developer Guide ("Task CPU and memory", "Task definition parameters for Fargate"), and the API
references of CloudWatch Logs and Cloud Map.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stranglerfig.aws.synth.balancing.http import has_own_group
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import logical_id
from stranglerfig.aws.synth.problems import Problem, refuse
from stranglerfig.aws.synth.reading.logging import RETENTIONS, retention_days
from stranglerfig.aws.synth.reading.network import Network, read_network
from stranglerfig.aws.synth.reading.scaling import read_scaling
from stranglerfig.aws.synth.workload.parameters import LISTENING
from stranglerfig.core.containers import ContainerHealth
from stranglerfig.manifest.forms import listed
from stranglerfig.manifest.model import ContainerSpec, WorkloadManifest
from stranglerfig.manifest.rules.containers import waits_of
from stranglerfig.manifest.rules.given import items, text

#: By CPU units, the memory that there may be with them, in MiB.
SIZES: dict[int, Sequence[int]] = {
    256: (512, 1_024, 2_048),
    512: range(1_024, 4_097, 1_024),
    1_024: range(2_048, 8_193, 1_024),
    2_048: range(4_096, 16_385, 1_024),
    4_096: range(8_192, 30_721, 1_024),
    8_192: range(16_384, 61_441, 4_096),
    16_384: range(32_768, 122_881, 8_192),
}
LEAST_OF_WINDOWS = 1_024
MOST_CONTAINERS, MOST_GROUPS, MOST_SUBNETS = 10, 5, 16
#: of load balancers, for one service
MOST_TARGET_GROUPS = 5
LONGEST_DNS_NAME = 63
#: of one service
MOST_TASKS = 5_000


def check_task(release: Release) -> None:
    """Raises ``UsageError`` with all problems, each on a line of its own."""
    refuse(release, tuple(_problems(release)))


def _problems(release: Release) -> Iterator[Problem]:
    manifest = release.manifest
    yield from _of_size(manifest)
    for container in manifest.containers:
        yield from _of_health(manifest, container)
    yield from _of_waits(manifest)
    yield from _of_names(manifest)
    yield from _of_scaling(manifest)
    yield from _of_network(release)
    if retention_days(manifest.body) not in RETENTIONS:
        near = min(RETENTIONS, key=lambda days: abs(days - retention_days(manifest.body)))
        yield "logging.retention", f"must be one of {', '.join(map(str, RETENTIONS))} on AWS; {near} is the nearest"
    targets = len(manifest.http) + len(manifest.nlb)
    if targets > MOST_TARGET_GROUPS:
        field = "http.additional_rules" if len(manifest.http) > 1 else "nlb.additional_listeners"
        yield field, f"a service has at most {MOST_TARGET_GROUPS} rules and listeners on AWS, but is to have {targets}"
    if len(manifest.containers) > MOST_CONTAINERS:
        yield (
            "sidecars",
            f"a task has at most {MOST_CONTAINERS} containers on AWS, but is to have {len(manifest.containers)}",
        )
    if manifest.kind in LISTENING and len(manifest.name) > LONGEST_DNS_NAME:
        yield "name", f"is found by DNS, and may have {LONGEST_DNS_NAME} characters, but has {len(manifest.name)}"


def _of_size(manifest: WorkloadManifest) -> Iterator[Problem]:
    """Not where the task definition says another size."""
    if any(text(rule, "path") in ("Cpu", "Memory") for _, rule in items(manifest.body, "taskdef_overrides")):
        return
    yield from size_problems(manifest.cpu, manifest.memory, manifest.platform or "")


def size_problems(cpu: int, memory: int, platform: str) -> Iterator[Problem]:
    if cpu not in SIZES:
        yield "cpu", f"must be one of {', '.join(map(str, SIZES))} on Fargate, but is {cpu}"
        return
    if memory not in SIZES[cpu]:
        yield "memory", f"must be {_in_words(SIZES[cpu])} with {cpu} CPU units on Fargate, but is {memory}"
    if platform.startswith("windows") and cpu < LEAST_OF_WINDOWS:
        yield "cpu", f"must be {LEAST_OF_WINDOWS} or more for Windows on Fargate, but is {cpu}"


def _in_words(sizes: Sequence[int]) -> str:
    if isinstance(sizes, range):
        return f"{sizes[0]} to {sizes[-1]} in steps of {sizes.step}"
    return listed([str(size) for size in sizes])


def _of_health(manifest: WorkloadManifest, container: ContainerSpec) -> Iterator[Problem]:
    if container.health is None:
        return
    section = "image" if container.name == manifest.name else f"sidecars.{container.name}"
    for field, given, least, most, unit in _bounds(container.health):
        if not least <= given <= most:
            yield (
                f"{section}.healthcheck.{field}",
                f"must be {least} to {most}{unit} on AWS, but is {given:g}{unit}",
            )


def _bounds(health: ContainerHealth) -> tuple[tuple[str, float, int, int, str], ...]:
    return (
        ("interval", health.interval_s, 5, 300, " s"),
        ("timeout", health.timeout_s, 2, 60, " s"),
        ("retries", health.retries, 1, 10, ""),
        ("start_period", health.start_period_s, 0, 300, " s"),
    )


def _of_waits(manifest: WorkloadManifest) -> Iterator[Problem]:
    """ECS does not know of checks that stand in images."""
    checked = {container.name for container in manifest.containers if container.health}
    for path, waits in waits_of(manifest.body).values():
        for name, condition in waits.items():
            if str(condition).lower() == "healthy" and name not in checked:
                yield f"{path}.{name}", f'"{name}" must have a "healthcheck" to be waited for on AWS'


def _of_names(manifest: WorkloadManifest) -> Iterator[Problem]:
    """Parameters for their files are called after sidecars, by letters and digits alone."""
    known: dict[str, str] = {}
    for sidecar in manifest.containers[1:]:
        first = known.setdefault(logical_id(sidecar.name), sidecar.name)
        if first != sidecar.name:
            yield f"sidecars.{sidecar.name}", f'differs from "{first}" by dashes and underscores alone'


def _of_scaling(manifest: WorkloadManifest) -> Iterator[Problem]:
    found = read_scaling(manifest.body)
    begins = found.least if found else manifest.count
    if begins > MOST_TASKS:
        yield "count", f"a service has at most {MOST_TASKS} tasks on AWS, but would have {begins}"
    if found is None:
        return
    aims = {
        "cpu_percentage": found.cpu,
        "memory_percentage": found.memory,
        "requests": found.requests,
        "response_time": found.response_s,
    }
    for metric, aim in aims.items():
        if aim is not None and aim.value <= 0:
            yield f"count.{metric}", "must be more than 0 on AWS"


def _of_placement(release: Release, network: Network) -> Iterator[Problem]:
    """Tasks that name no subnets stand in those of their environment."""
    env = release.env
    if network.subnets or network.by_tags:
        return
    if network.private and env.lacks_private:
        yield "network.vpc.placement", f"must not be private, for {env.name} has no private subnets"
    elif not network.private and env.lacks_public:
        yield "network.vpc.placement", f"must be private, for {env.name} has no public subnets"


def _of_network(release: Release) -> Iterator[Problem]:
    network = read_network(release.manifest.body)
    groups = len(network.groups) + (not network.deny_default) + has_own_group(release)
    groups += len(release.addons.security_groups) if release.addons else 0
    if groups > MOST_GROUPS:
        yield (
            "network.vpc.security_groups",
            f"a task has at most {MOST_GROUPS} security groups on AWS, but is to have {groups}",
        )
    if groups == 0:
        yield "network.vpc.security_groups", "deny_default leaves the tasks without any security group"
    subnets = len((*network.subnets, *release.subnets))
    if subnets > MOST_SUBNETS:
        yield (
            "network.vpc.placement.subnets",
            f"a service has at most {MOST_SUBNETS} subnets on AWS, but is to have {subnets}",
        )
    yield from _of_placement(release, network)
    if network.by_tags and not release.subnets:
        yield "network.vpc.placement.subnets.from_tags", "no subnet of the environment's VPC has these tags"
