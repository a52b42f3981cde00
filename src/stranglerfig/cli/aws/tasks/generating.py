"""`task run --generate-cmd` of a service or a job on AWS, or of any service of ECS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.one_off.inherited import as_definition, as_workload, find_in_cluster
from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.synth.one_off import OneOffTask
from stranglerfig.cli.aws.target import Where
from stranglerfig.cli.aws.tasks.places import place_of
from stranglerfig.cli.aws.tasks.run import workload_of
from stranglerfig.cli.aws.work import session_of
from stranglerfig.cli.output import say
from stranglerfig.cli.task.generating import Named, OfCluster, Program, Words, as_named, command_line


def generate(named: Named, given: Mapping[str, Any]) -> str:
    """Of the revision that is deployed."""
    app, env, name = named
    task = as_workload(workload_of(place_of(Where(app, env), given), name), name)
    if not task.command and not task.entrypoint:
        say(f"What {name} runs is its image's own: add `--command` with what is to run.")
    return command_line(as_named(named) + access_of(given), program_of(task))


def generate_of_cluster(named: OfCluster, given: Mapping[str, Any]) -> str:
    """Without an environment: with the network, roles and size that its tasks have."""
    session = session_of(given)
    place = TaskPlace(session, named.region or session.region)
    definition, network = find_in_cluster(place, named.cluster, named.service)
    task = as_definition(definition, named.service, named.service)
    words: Words = [("--cluster", named.cluster)]
    for flag, ids in (("--subnets", network.subnets), ("--security-groups", network.groups)):
        words += [(flag, ",".join(ids))] if ids else []
    words.append(("--image", task.image or ""))
    roles = (("--task-role", task.task_role), ("--execution-role", task.execution_role))
    words += [(flag, role) for flag, role in roles if role]
    words += [("--cpu", str(task.cpu)), ("--memory", str(task.memory))]
    if task.platform is not None:
        words += zip(("--platform-os", "--platform-arch"), map(str.lower, task.platform), strict=True)
    left = [one["name"] for one in definition["containerDefinitions"] if one["image"] != task.image]
    if left:
        say(f"Not in it: the other containers of a task, {', '.join(left)}.")
    if task.volumes or task.env_files:
        say("Not in it: its volumes, and its files of variables.")
    region = [("--region", named.region)] if named.region and not given.get("region") else []
    return command_line([*words, *region, *access_of(given)], program_of(task))


def access_of(given: Mapping[str, Any]) -> Words:
    return [(f"--{name}", str(given[name])) for name in ("profile", "region") if given.get(name)]


def program_of(task: OneOffTask) -> Program:
    return Program(task.entrypoint or None, task.command, task.variables.items(), task.secrets.items())
