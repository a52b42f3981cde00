"""Sessions with tasks, which moto does not know: one is opened where the task lets anybody in."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from moto.ecs.models import EC2ContainerServiceBackend

TOKEN = "the-key-of-the-session"
#: Prints how it was called, and what it was handed.
PLUGIN = """\
#!/bin/sh
if [ "$1" = --version ]; then echo {version}; exit; fi
printf '%s\\n' "$0" "$@" "$AWS_SSM_START_SESSION_RESPONSE"
"""
NOT_ENABLED = (
    "The execute command failed because execute command was not enabled when the task was run or the execute command"
    " agent isn\u2019t running. Wait and try again or run a new task with execute command enabled and try again."
)


def execute_command(ecs: EC2ContainerServiceBackend, body: str) -> tuple[int, dict[str, Any]]:
    """Status and answer."""
    asked = json.loads(body)
    [task] = [one for tasks in ecs.tasks.values() for one in tasks.values() if asked["task"] in (one.task_arn, one.id)]
    if not getattr(task, "enable_execute_command", False):
        return 400, {"__type": "InvalidParameterException", "message": NOT_ENABLED}
    session = "ecs-execute-command-0a1b2c3d"
    return 200, {
        "clusterArn": task.cluster_arn,
        "taskArn": task.task_arn,
        "containerName": asked["container"],
        "interactive": asked["interactive"],
        "session": {
            "sessionId": session,
            "streamUrl": f"wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/{session}",
            "tokenValue": TOKEN,
        },
    }


def with_plugin(folder: Path, version: str) -> dict[str, str]:
    """The environment of a terminal that has the plugin."""
    path = folder / "session-manager-plugin"
    path.write_text(PLUGIN.format(version=version))
    path.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
