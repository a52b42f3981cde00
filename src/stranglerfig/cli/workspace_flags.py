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
no_rollback = click.option("--no-rollback", is_flag=True, help="On AWS: leave a failed deploy as it is, to look at.")
resource_tags = click.option(
    "--resource-tags", multiple=True, metavar="K=V,…", help="On AWS: tags for everything of its stack."
)
output_dir = click.option(
    "--output-dir", metavar="DIR", type=click.Path(file_okay=False), help="Write files there instead."
)
shows_changes = click.option(
    "--diff", is_flag=True, help="Show what would change: exit status 0 nothing, 1 something, 2 an error."
)
upload_assets = click.option(
    "--upload-assets", is_flag=True, help="On AWS: build and push images, and upload what else it needs."
)
lenient = click.option(
    "--lenient", is_flag=True, help="Warn of unknown fields in the manifest instead of refusing them."
)
runtime = click.option(
    "--runtime",
    type=click.Choice(["docker", "process"]),
    help="In Docker, or as processes without it (what the manifest or FIG_RUNTIME says, else what is there).",
)

#: Of Copilot's, with nothing to do for fig. Accepted, so that scripts go on working.
AWS_SWITCHES = ("--allow-downgrade",)

#: Of environments on AWS: what their manifests say of their networks.
_NETWORK = (
    ("--import-vpc-id", "ID", "A VPC that is there already."),
    ("--import-public-subnets", "IDS", "Its public subnets, with commas between them."),
    ("--import-private-subnets", "IDS", "Its private subnets."),
    ("--import-cert-arns", "ARNS", "Certificates for its load balancer."),
    ("--override-vpc-cidr", "CIDR", "The addresses of a new VPC (10.0.0.0/16)."),
    ("--override-az-names", "ZONES", "The availability zones of its subnets."),
    ("--override-public-cidrs", "CIDRS", "The addresses of its public subnets."),
    ("--override-private-cidrs", "CIDRS", "The addresses of its private subnets."),
    ("--internal-alb-subnets", "IDS", "Where the internal load balancer stands."),
)
_NETWORK_SWITCHES = (
    ("--internal-alb-allow-vpc-ingress", "Whoever is in the VPC may connect to the internal load balancer."),
    ("--container-insights", "Measure what containers use, by CloudWatch."),
)


def network_on_aws(function: Callable[..., Any]) -> Callable[..., Any]:
    for flag, text in reversed(_NETWORK_SWITCHES):
        function = click.option(flag, is_flag=True, help=f"On AWS: {text}")(function)
    for flag, metavar, text in reversed(_NETWORK):
        function = click.option(flag, metavar=metavar, multiple=metavar[-1] == "S", help=f"On AWS: {text}")(function)
    return function


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
                help="No effect.",
            )(function)
        return function

    return declare


def note(flag: str) -> Callable[[click.Context, click.Parameter, object], None]:
    def say_so(context: click.Context, parameter: click.Parameter, given: object) -> None:
        if given and not context.resilient_parsing:
            warn(f"{flag} has no effect here.")

    return say_so
