"""What flags of `task run` ask for on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stranglerfig.aws.assets.images import ARCHITECTURES, PLATFORM
from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.one_off.bringing import Wanted
from stranglerfig.aws.one_off.inherited import as_workload
from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.one_off.surroundings import check_secrets
from stranglerfig.aws.running.secrets import SecretStore
from stranglerfig.aws.synth.names import secret_name
from stranglerfig.aws.synth.one_off import OneOffTask
from stranglerfig.aws.synth.workload.limits import size_problems
from stranglerfig.aws.synth.workload.platform import USUAL, in_ecs_words
from stranglerfig.cli.aws.workloads import resource_tags
from stranglerfig.cli.pairs import pairs
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.task.alone import to_image
from stranglerfig.cli.task.wishes import refuse_no_command
from stranglerfig.cli.task.words import split
from stranglerfig.errors import NotFound, UsageError
from stranglerfig.manifest.model import Build

Given = Mapping[str, Any]
SYSTEMS = ("linux", "windows")


def to_wanted(place: TaskPlace, name: str, service: Deployed | None, given: Given) -> Wanted:
    """``service`` is what it runs as."""
    task, build = (as_workload(service, name), None) if service else bare(place, name, given)
    platform = platform_of(given)
    if platform is not None:
        ecs = in_ecs_words(platform)
        task = replace(task, platform=None if ecs == USUAL else ecs)
    task = overlaid(task, given, secrets_of(place, given))
    env_file = Path(given["env_file"]).read_bytes() if given["env_file"] else None
    if env_file is not None and given["execution_role"] is None:
        # That of a service may not read the file; the task's own reads all that is of the environment, as that does.
        task = replace(task, execution_role=None)
    refuse_sizes(task)
    return Wanted(
        task,
        build=build,
        platform=to_engine(platform),
        tag=given["tag"] or "",
        env_file=env_file,
        tags=resource_tags(given),
    )


def bare(place: TaskPlace, name: str, given: Given) -> tuple[OneOffTask, Build | None]:
    image = to_image(dict(given))
    if image.build is not None and not Path(str(image.build.dockerfile)).is_file():
        raise UsageError(
            f"there is no file {image.build.dockerfile} to build an image from",
            hint="Name one with --dockerfile, an image that is ready with --image, or a service with --as.",
        )
    env = place.env
    task = OneOffTask(
        name,
        image.location,
        app=env.record.app if env else None,
        env=env.name if env else None,
        permissions_boundary=env.app.record.permissions_boundary or None if env else None,
    )
    return task, image.build


def overlaid(task: OneOffTask, given: Given, secrets: Mapping[str, str]) -> OneOffTask:
    """``--command`` is what the entrypoint gets; a new entrypoint forgets the old command. A variable that is given
    takes the place of a secret of its name, and the reverse."""
    command, entrypoint = split(given["command"], "--command"), split(given["entrypoint"], "--entrypoint")
    if given["service"] is not None:
        refuse_no_command(given["service"], command, entrypoint)
    variables = pairs(given["env_vars"], "--env-vars")
    kept = {key: value for key, value in task.variables.items() if key not in secrets}
    hidden = {key: value for key, value in task.secrets.items() if key not in variables}
    return replace(
        task,
        command=command if command is not None else () if entrypoint is not None else task.command,
        entrypoint=task.entrypoint if entrypoint is None else entrypoint,
        variables={**kept, **variables},
        secrets={**hidden, **secrets},
        cpu=given["cpu"] or task.cpu,
        memory=given["memory"] or task.memory,
        task_role=given["task_role"] or task.task_role,
        execution_role=given["execution_role"] or task.execution_role,
    )


def secrets_of(place: TaskPlace, given: Given) -> dict[str, str]:
    """Names or ARNs by variable; those of an environment by the name that `secret init` was given, too. Outside of one
    the task's role is allowed to read just these, and that is asked for."""
    wanted = pairs(given["secrets"], "--secrets")
    if not wanted:
        return {}
    if place.env is not None:
        known = SecretStore(place.env).names()
        wanted = {variable: whole_name(place, known, name) for variable, name in wanted.items()}
        check_secrets(place, [name for name in wanted.values() if name not in known])
        return wanted
    check_secrets(place, wanted.values())
    if given["execution_role"] is None:
        names = ", ".join(wanted.values())
        agreed = bool(given["acknowledge_secrets_access"])
        confirm(f"Let the task's role read {names}", yes=agreed, flag="--acknowledge-secrets-access")
    return wanted


def whole_name(place: TaskPlace, known: list[str], name: str) -> str:
    assert place.env is not None
    whole = secret_name(place.env.record.app, place.env.name, name)
    if whole in known:
        return whole
    if name.startswith(("/", "arn:")):
        return name
    raise NotFound(
        f"no secret {name} is kept for environment {place.env.name}",
        hint=f"Run `fig secret init --name {name}` first, or write the whole name of a parameter, or an ARN.",
    )


def platform_of(given: Given) -> str | None:
    system, processor = (str(given[name] or "").lower() for name in ("platform_os", "platform_arch"))
    if not system and not processor:
        return None
    if not system or not processor:
        raise UsageError(
            "--platform-os and --platform-arch say one thing together", hint="Add the other one, as in linux and arm64."
        )
    if not system.startswith(SYSTEMS) or processor not in ARCHITECTURES:
        raise UsageError(
            f"there is no platform {system}/{processor} on Fargate",
            hint="It can be linux or windows with x86_64, and linux with arm64.",
        )
    if system.startswith("windows") and processor.startswith("arm"):
        raise UsageError("Windows does not run on arm", hint="Add `--platform-arch x86_64`.")
    return f"{system}/{processor}"


def to_engine(platform: str | None) -> str:
    if platform is None:
        return PLATFORM
    system, _, processor = platform.partition("/")
    return f"{'windows' if system.startswith('windows') else system}/{ARCHITECTURES[processor]}"


def refuse_sizes(task: OneOffTask) -> None:
    system = (task.platform or USUAL)[0].lower()
    problems = "\n".join(f"--{field} {text}" for field, text in size_problems(task.cpu, task.memory, system))
    if problems:
        raise UsageError(problems, hint="Give both --cpu and --memory, as Fargate has them.")
