"""A command in a task that runs, by ECS Exec: the agent beside its containers opens a session, and AWS's own plugin
brings it to this terminal."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.aws.refusals import code_of
from stranglerfig.aws.running.status import Running, tasks_of, to_id
from stranglerfig.aws.session import Client, Session
from stranglerfig.errors import Conflict, FigError, NotFound, Unavailable, Unequipped

PLUGIN = "session-manager-plugin"
#: Later ones take the session from a variable. It opens a shell for whoever has it, and arguments are there for all to
#: read.
LAST_WITHOUT_VARIABLE = (1, 2, 497, 0)
VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
INSTALLING = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
)
VERSION_S = 20.0
NOT_CONNECTED, NOT_ENABLED = "TargetNotConnectedException", "InvalidParameterException"


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the plugin is to be told: words, and variables beside one's own."""

    words: tuple[str, ...]
    variables: Mapping[str, str]


def find_plugin() -> str:
    """Its path. Raises ``Unequipped``. Asked first of all: no session is opened in vain then."""
    found = shutil.which(PLUGIN)
    if found is None:
        raise Unequipped(
            f"there is no {PLUGIN} on PATH, which sessions with tasks on AWS go through",
            hint=f"Install it as {INSTALLING} says; `{PLUGIN} --version` tells that it is there.",
        )
    try:
        said = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=VERSION_S, check=False)
        version = said.stdout.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unequipped(f"{found} does not run: {error}", hint=f"Install it anew: {INSTALLING}") from error
    if to_numbers(version) <= LAST_WITHOUT_VARIABLE:
        raise Unequipped(
            f"{PLUGIN} {version or 'of no version'} would show the session's key in the list of processes",
            hint=f"Install a newer one as {INSTALLING} says.",
        )
    return found


def to_numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d+(\.\d+)*", version) else ()


def running_task(ecs: Client, place: Running, is_wanted: Callable[[str], bool]) -> Mapping[str, Any] | None:
    """One that runs, of those that are wanted."""
    running = [task for task in tasks_of(ecs, place, "RUNNING") if task.get("lastStatus") == "RUNNING"]
    return next((task for task in running if is_wanted(to_id(task))), None)


def require_container(task: Mapping[str, Any], name: str) -> None:
    names = [one["name"] for one in task.get("containers") or ()]
    if name not in names:
        raise NotFound(
            f"task {to_id(task)} has no container {name}", hint=f"Add `--container`: it has {', '.join(names)}."
        )


def enter(session: Session, region: str, task: Mapping[str, Any], container: str, command: str) -> Entrance:
    """``session`` is who may enter the task. Its profile is what the plugin goes on by when a connection is lost."""
    if task.get("enableExecuteCommand") is False:
        raise not_enabled(to_id(task))
    ecs = session.client("ecs", region)
    try:
        answer = ecs.execute_command(
            cluster=task["clusterArn"], task=task["taskArn"], container=container, command=command, interactive=True
        )
    except FigError as error:
        if code_of(error) == NOT_CONNECTED:
            raise not_connected(to_id(task)) from error
        if code_of(error) == NOT_ENABLED and "not enabled" in error.message:
            raise not_enabled(to_id(task)) from error
        raise
    cluster, runtime = to_name(task["clusterArn"]), runtime_id(task, container)
    target = json.dumps({"Target": f"ecs:{cluster}_{to_id(task)}_{runtime}"})
    opened = answer["session"]
    told = {"SessionId": opened["sessionId"], "TokenValue": opened["tokenValue"], "StreamUrl": opened["streamUrl"]}
    words = (VARIABLE, region, "StartSession", session.profile or "", target, session.client("ssm", region).endpoint)
    return Entrance(words, {VARIABLE: json.dumps(told)})


def not_enabled(task: str) -> Conflict:
    return Conflict(
        f"task {task} was started without a way in",
        hint="Write `exec: true` into the manifest and run `fig svc deploy`: tasks that start from then on have one.",
    )


def not_connected(task: str) -> Unavailable:
    return Unavailable(
        f"the agent of task {task} is not connected yet, or cannot be",
        hint="Repeat in half a minute. Where that does not help, the task has no way to ssmmessages: it needs a public"
        " address, a NAT gateway, or a VPC endpoint for that.",
    )


def runtime_id(task: Mapping[str, Any], container: str) -> str:
    return next((str(one.get("runtimeId") or "") for one in task["containers"] if one["name"] == container), "")


def to_name(arn: str) -> str:
    return arn.rpartition("/")[2]
