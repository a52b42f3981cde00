"""Flags of the commands that work on a workspace, with Copilot's spellings; and those that AWS alone would heed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from stranglerfig.cli.names import complete_app, complete_environment, complete_workload
from stranglerfig.cli.output import warn

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

app = click.option(
    "-a", "--app", metavar="APP", shell_complete=complete_app, help="The application (the workspace's own)."
)
env = click.option("-e", "--env", metavar="ENV", shell_complete=complete_environment, help="The environment.")
name = click.option("-n", "--name", metavar="NAME", shell_complete=complete_workload, help="The service.")
job = click.option("-n", "--name", metavar="NAME", shell_complete=complete_workload, help="The job.")
workload = click.option(
    "-n", "--name", metavar="NAME", shell_complete=complete_workload, help="The service or the job."
)
#: Both as a shell would split them; what wants pipes runs one: `sh -c '…'`.
exec_command = click.option(
    "-c",
    "--command",
    metavar="WORDS",
    default="/bin/sh",
    show_default=True,
    help="What to run; quoted as for a shell, but no shell reads it.",
)
tag = click.option("--tag", metavar="TAG", help="The images' tag (the short commit id, where there is one).")
force = click.option("--force", is_flag=True, help="Start new tasks even if nothing has changed.")
detach = click.option("--detach", is_flag=True, help="Return as soon as the daemon has taken the order.")
no_rollback = click.option(
    "--no-rollback", is_flag=True, expose_value=False, hidden=True, callback=lambda *given: note_no_rollback(given[2])
)
lenient = click.option(
    "--lenient", is_flag=True, help="Warn of unknown fields in the manifest instead of refusing them."
)
runtime = click.option(
    "--runtime",
    type=click.Choice(["docker", "process"]),
    help="In Docker, or as processes without it (what the manifest or FIG_RUNTIME says, else what is there).",
)

#: On a local environment these do nothing. Accepted, so that scripts go on working.
AWS_ACCESS = ("--profile", "--region", "--aws-access-key-id", "--aws-secret-access-key", "--aws-session-token")
AWS_DEPLOY = ("--resource-tags",)
AWS_NETWORK = (
    *("--import-vpc-id", "--import-public-subnets", "--import-private-subnets", "--import-cert-arns"),
    *("--override-vpc-cidr", "--override-az-names", "--override-public-cidrs", "--override-private-cidrs"),
    "--internal-alb-subnets",
)
AWS_SWITCHES = ("--allow-downgrade",)
AWS_NETWORK_SWITCHES = ("--default-config", "--internal-alb-allow-vpc-ingress", "--container-insights", "--prod")


def without_effect(*values: str, switches: tuple[str, ...] = AWS_SWITCHES) -> Decorator:
    """Declare flags that are noted when given and change nothing; ``values`` take one."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        for flag in (*values, *switches):
            function = click.option(
                flag,
                is_flag=flag in switches,
                default=None,
                hidden=True,
                expose_value=False,
                callback=note(flag),
                help="No effect on a local environment.",
            )(function)
        return function

    return declare


def note(flag: str) -> Callable[[click.Context, click.Parameter, object], None]:
    def say_so(context: click.Context, parameter: click.Parameter, given: object) -> None:
        if given and not context.resilient_parsing:
            warn(f"{flag} has no effect on a local environment.")

    return say_so


def note_no_rollback(given: object) -> None:
    if given:
        warn("--no-rollback has no effect: a revision that does not become healthy never takes over.")
