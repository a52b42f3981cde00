"""`exec` on AWS."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.running.entering import (
    PLUGIN,
    Entrance,
    enter,
    find_plugin,
    require_container,
    running_task,
)
from stranglerfig.aws.running.status import service_of, to_id
from stranglerfig.cli.aws.statuses import SHORT, find_workload
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.inside.enter import to_words
from stranglerfig.cli.output import say
from stranglerfig.cli.watch.streams import is_meant
from stranglerfig.errors import NotFound, Unequipped


def enter_service(place: tuple[str, str], name: str | None, given: Mapping[str, Any]) -> None:
    """This process becomes the plugin, and does not return."""
    to_words(given["command"])
    plugin = find_plugin()
    one = find_workload(place, name, given)
    name, env, wanted = one.record.name, one.env, given["task_id"]
    where, _ = service_of(one)
    ecs = env.session.client("ecs", env.record.region)
    task = running_task(ecs, where, lambda found: wanted is None or is_meant(found, wanted))
    if task is None:
        raise NotFound(
            f"service {name} has no task {wanted} that runs in {env.name}"
            if wanted
            else f"service {name} has no task that runs in {env.name}",
            hint=f"`fig svc status --name {name} --env {env.name}` shows how its tasks fare.",
        )
    container = given["container"] or name
    require_container(task, container)
    entrance = enter(env.session, env.record.region, task, container, given["command"])
    say(f"Container {strong(container)} of task {to_id(task)[:SHORT]}: {given['command']}")
    become(plugin, entrance)


def become(plugin: str, entrance: Entrance) -> None:
    """Keys, Ctrl-C among them, and the size of the terminal are its own from here on."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execve(plugin, [PLUGIN, *entrance.words], {**os.environ, **entrance.variables})
    except OSError as error:
        raise Unequipped(f"cannot run {plugin}: {error.strerror}", hint="Install the plugin anew.") from error
