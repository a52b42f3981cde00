"""Flags of one-off tasks that AWS alone heeds, with Copilot's spellings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws

name = click.option("-n", "--name", metavar="NAME", help="The one-off task.")
default = click.option("--default", is_flag=True, help="On AWS: of the default cluster, and of no environment.")

_VALUES = (
    ("--cluster", "NAME", "the cluster to run in, of no environment."),
    ("--task-role", "ROLE", "what the task acts as (a role of its own)."),
    ("--execution-role", "ROLE", "what starts it: pulls the image, reads secrets (a role of its own)."),
    ("--platform-os", "OS", "its operating system, linux, or windows_server_2019_core and others."),
    ("--platform-arch", "ARCH", "its processor, x86_64, or arm64."),
    ("--tag", "TAG", "the tag of an image that is built (latest)."),
)
_SEVERAL = (
    ("--subnets", "IDS", "subnets to run in, of no environment, with commas between them."),
    ("--security-groups", "IDS", "its security groups, of no environment."),
)
#: those of a run, as parameters
NAMES = (
    *(flag.strip("-").replace("-", "_") for flag, _, _ in _VALUES),
    "acknowledge_secrets_access",
)


def of_runs(function: Callable[..., Any]) -> Callable[..., Any]:
    found: list[aws.Decorator] = [
        default,
        *(click.option(flag, metavar=metavar, help=f"On AWS: {text}") for flag, metavar, text in _VALUES),
        *(
            click.option(flag, metavar=metavar, multiple=True, help=f"On AWS: {text}")
            for flag, metavar, text in _SEVERAL
        ),
        flags.resource_tags,
        click.option(
            "--acknowledge-secrets-access",
            is_flag=True,
            help="On AWS, of no environment: let the task's role read the --secrets, without asking.",
        ),
        aws.access,
    ]
    for declare in reversed(found):
        function = declare(function)
    return function
