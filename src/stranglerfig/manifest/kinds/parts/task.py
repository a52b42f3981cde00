"""What a task is given and how it is described to ECS: size, platform, overrides, what to run here. Pure."""

from __future__ import annotations

from stranglerfig.manifest.kinds.parts.container import AWS, WORDS
from stranglerfig.manifest.rules.platform import osfamily_with_architecture
from stranglerfig.manifest.rules.task_overrides import may_be_overridden
from stranglerfig.manifest.rules.texts import wrong_name
from stranglerfig.manifest.schema import Anything, Boolean, Effect, Field, Integer, ListOf, OneOf, Section, Text

PLATFORMS = ("linux/amd64", "linux/x86_64", "linux/arm", "linux/arm64", "windows/amd64", "windows/x86_64")
OS_FAMILIES = (
    "linux",
    "windows",
    *(f"windows_server_{year}_{edition}" for year in (2019, 2022) for edition in ("core", "full")),
)
ARCHITECTURES = ("x86_64", "amd64", "arm", "arm64")


def identity(kind: str) -> tuple[Field, Field]:
    """``name`` and ``type``, which no override may change."""
    return (
        Field("name", Text(check=wrong_name), required=True, doc="The workload's name: that of its folder."),
        Field("type", Text(choices=(kind,)), required=True, doc="The kind of workload."),
    )


def size(cpu: int = 256, memory: int = 512) -> tuple[Field, Field]:
    return (
        Field("cpu", Integer(least=0), default=cpu, effect=Effect.IN_PART, doc="CPU units; 1024 are one core."),
        Field("memory", Integer(least=0), default=memory, effect=Effect.IN_PART, doc="Memory in MiB."),
    )


PLATFORM = Field(
    "platform",
    OneOf(
        (
            Text(choices=PLATFORMS, any_case=True),
            Section(
                (
                    Field("osfamily", Text(choices=OS_FAMILIES, any_case=True), required=True, doc="Operating system."),
                    Field(
                        "architecture",
                        Text(choices=ARCHITECTURES, any_case=True),
                        required=True,
                        doc="Kind of processor; Windows runs on x86_64 alone.",
                    ),
                ),
                rules=(osfamily_with_architecture,),
            ),
        )
    ),
    effect=Effect.IN_PART,
    doc="Operating system and processor that images are built for and tasks run on: `linux/x86_64` if absent.",
)
EXEC = Field(
    "exec",
    OneOf((Boolean(), Section((Field("enable", Boolean(), doc="Whether commands may be run in tasks."),)))),
    default=False,
    effect=Effect.IN_PART,
    doc="Whether commands may be run in the tasks on AWS. Here they always may.",
)
TASKDEF_OVERRIDES = Field(
    "taskdef_overrides",
    ListOf(
        Section(
            (
                Field(
                    "path",
                    Text(check=may_be_overridden),
                    required=True,
                    doc="What to replace in the task definition's Properties: `ContainerDefinitions[0].User`.",
                ),
                Field("value", Anything(), required=True, doc="What to put there, as CloudFormation wants it."),
            )
        )
    ),
    effect=AWS,
    doc="Changes to the ECS task definition, applied in their order.",
)
LOCAL = Field(
    "local",
    Section(
        (
            Field(
                "command",
                WORDS,
                doc="What to run on this machine without Docker, in the build's context with PORT set: a shell line"
                " or words. Else what the Dockerfile says is run.",
            ),
            Field(
                "setup",
                ListOf(WORDS),
                doc="What to run once before, each a shell line or words: installing packages, say.",
            ),
        )
    ),
    doc="How this machine runs the workload without Docker. Not of Copilot's language.",
)
