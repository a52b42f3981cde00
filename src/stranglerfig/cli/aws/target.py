"""Which environments are on AWS. Nothing of AWS is loaded for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli.output import warn

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace

AWS = "aws"
ACCESS = ("profile", "region", "aws_access_key_id", "aws_secret_access_key", "aws_session_token")

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

target = click.option(
    "--target", type=click.Choice(["local", AWS]), default="local", show_default=True, help="This machine, or AWS."
)


def is_on_aws(workspace: Workspace, env: str | None) -> bool:
    """Of one that is named: nothing is deployed to AWS because it was the only one."""
    from stranglerfig.cli.scope.manifests import read_environment

    known = {file.name for file in workspace.environments}
    return env in known and read_environment(workspace, str(env)).target == AWS


def access(function: Callable[..., Any]) -> Callable[..., Any]:
    """Flags that say as whom AWS is asked. A local environment has no use for them."""
    flags = (
        click.option("--profile", metavar="PROFILE", help="On AWS: the profile to use (AWS_PROFILE)."),
        click.option("--region", metavar="REGION", help="On AWS: the region (AWS_REGION, or the profile's)."),
        click.option("--aws-access-key-id", metavar="ID", hidden=True, help="An access key to use."),
        click.option("--aws-secret-access-key", metavar="SECRET", hidden=True, help="Its secret."),
        click.option("--aws-session-token", metavar="TOKEN", hidden=True, help="The token of its session."),
    )
    for flag in reversed(flags):
        function = flag(function)
    return function


def note_local(given: Mapping[str, object], *others: str) -> None:
    """What AWS alone would heed does nothing on a local environment; scripts that have it go on. ``others`` are
    further parameters of the command that are such."""
    for name in (*ACCESS, "resource_tags", *others):
        if given.get(name):
            warn(f"--{name.replace('_', '-')} has no effect on a local environment.")
    if given.get("no_rollback"):
        warn("--no-rollback has no effect: a revision that does not become healthy never takes over.")
