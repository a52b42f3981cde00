"""The task definition: what one task is made of. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.problems import about
from stranglerfig.aws.synth.reading.storage import scratch_gib
from stranglerfig.aws.synth.template import Fragment, GetAtt, Ref, Resource, Value, join, present
from stranglerfig.aws.synth.workload.containers import container_definitions
from stranglerfig.aws.synth.workload.limits import check_task
from stranglerfig.aws.synth.workload.platform import runtime_platform
from stranglerfig.aws.synth.workload.task_overrides import overridden
from stranglerfig.aws.synth.workload.volumes import volumes
from stranglerfig.core.application import Kind

#: the logical id
TASK_DEFINITION = "TaskDefinition"


def task_definition(release: Release) -> Fragment:
    """Raises ``UsageError`` for what ECS would refuse."""
    check_task(release)
    scratch = scratch_gib(release.manifest.body)
    size: Value | None = None if scratch is None else {"SizeInGiB": scratch}
    properties = present(
        Family=join("", Ref("AppName"), "-", Ref("EnvName"), "-", Ref("WorkloadName")),
        RuntimePlatform=runtime_platform(release.manifest),
        NetworkMode="awsvpc",
        RequiresCompatibilities=["FARGATE"],
        Cpu=Ref("TaskCPU"),
        Memory=Ref("TaskMemory"),
        EphemeralStorage=size,
        ExecutionRoleArn=GetAtt("ExecutionRole", "Arn"),
        TaskRoleArn=GetAtt("TaskRole", "Arn"),
        ContainerDefinitions=container_definitions(release),
        Volumes=volumes(release) or None,
    )
    with about(release, "taskdef_overrides"):
        given = overridden(properties, release.manifest.body)
    definition = Resource(
        "AWS::ECS::TaskDefinition",
        given,
        description="An ECS task definition to group your containers and run them on ECS",
        # ECS starts nothing of a revision that is gone, and a run that is on its way may have to be tried again.
        update_replace_policy="Retain" if release.manifest.kind is Kind.JOB else None,
    )
    return Fragment({TASK_DEFINITION: definition})
