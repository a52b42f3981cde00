"""`override`: the file in which users patch the template that a workload or an environment becomes on AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.follow_ups import created, follow_up
from stranglerfig.cli.output import done, say
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

PATCHES = "yamlpatch"
TEXT = """\
# Patches of the CloudFormation template, one after the other. `{command}` prints what comes out.
# A path's parts stand between slashes; ~1 is a slash in one, ~0 a tilde, and - the end of a list.
#
# - op: {operation}
#   path: {path}
#   value: {value}
[]
"""
OF_TASKS = {
    "operation": "add",
    "path": "/Resources/TaskDefinition/Properties/EphemeralStorage",
    "value": "{SizeInGiB: 50}",
}
OF_ENVIRONMENTS = {
    "operation": "replace",
    "path": "/Resources/Cluster/Properties/ClusterSettings/0/Value",
    "value": "enabled",
}


def tool(function: Callable[..., Any]) -> Callable[..., Any]:
    text = "How templates are changed. Copilot's other one, a program of the CDK, is not run by fig."
    return click.option("--tool", type=click.Choice([PATCHES, "cdk"]), default=PATCHES, show_default=True, help=text)(
        function
    )


def of_workloads(name: Decorator) -> Decorator:
    """The flags of `svc override` and `job override`; ``name`` declares which one."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        nothing = flags.without_effect("--cdk-language", switches=("--skip-resources",))
        for decorate in (nothing, tool, name, flags.env, flags.app):
            function = decorate(function)
        return function

    return declare


def patch_workload(workspace: Workspace, name: str, env: str | None, tool: str, *, group: str) -> None:
    """``group`` has the command that prints the template."""
    package = f"fig {group} package --name {name} --env {env or 'ENV'}"
    write_patches(workspace, name, tool, example=OF_TASKS, package=package)


def write_patches(workspace: Workspace, folder: str, tool: str, *, example: Mapping[str, str], package: str) -> None:
    """``folder`` is below copilot/. ``package`` is the command that prints the template."""
    from stranglerfig.workspace.write import write_new

    if tool != PATCHES:
        raise UsageError(
            "fig runs no program of the CDK over its templates", hint=f"`--tool {PATCHES}` writes a file of patches."
        )
    path = Path(workspace.root) / "copilot" / folder / "overrides" / "cfn.patches.yml"
    written = write_new(path, TEXT.format(command=package, **example))
    where = created(str(path.relative_to(workspace.root)))
    if written.is_new:
        done(f"Wrote {where}")
    else:
        say(f"There is {where} already, and it stays.")
    follow_up(f"Write patches into it, and run `{package}` to see what comes out.")
