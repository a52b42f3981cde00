"""``fig api env``."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags
from stranglerfig.cli.api.endpoint import require_endpoint
from stranglerfig.cli.api.flags import key as key_flag
from stranglerfig.cli.connect import to_aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, show, show_json

if TYPE_CHECKING:
    from stranglerfig.api.access.wire import AwsWire, KeyWire

SHELLS = ("bash", "zsh", "sh", "fish")
#: They would win over what is set, or be sent along with it. Of services by name, those that fig has.
IN_THE_WAY = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    *("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_ENDPOINT_URL_CLOUDFORMATION", "AWS_ENDPOINT_URL_STS"),
    "AWS_ENDPOINT_URL_MIGRATION_HUB_REFACTOR_SPACES",
)


@verb(
    "env",
    examples="""
    eval "$(fig api env)"
    eval "$(fig api env --key team-a)"
    fig api env --shell fish | source
    fig api env --json
    """,
)
@key_flag
@click.option("--shell", type=click.Choice(SHELLS), default="sh", show_default=True, help="Whose syntax to write.")
@flags.as_json
def env(key: str, shell: str, as_json: bool) -> None:
    """Print the variables by which AWS clients find fig, secret included. What fig does not have is sent here too, and
    refused, rather than to AWS, which does not know the key.
    """
    client = to_aws()
    aws = client.show()
    require_endpoint(aws)
    found = variables(aws, client.key(key))
    if as_json:
        show_json(found)
        return
    for line in render(found, shell):
        show(line)
    if sys.stdout.isatty():
        # read by a shell, it must not say this every time
        recommend("fig api env --shell fish | source" if shell == "fish" else 'eval "$(fig api env)"')


def variables(aws: AwsWire, key: KeyWire) -> dict[str, str]:
    """The command line reads one of the two names of the region, other SDKs the other one."""
    return {
        "AWS_ENDPOINT_URL": require_endpoint(aws),
        "AWS_ACCESS_KEY_ID": key["id"],
        "AWS_SECRET_ACCESS_KEY": key["secret"],
        "AWS_REGION": aws["region"],
        "AWS_DEFAULT_REGION": aws["region"],
    }


def render(variables: dict[str, str], shell: str) -> list[str]:
    if shell == "fish":
        gone = f"set -e {' '.join(IN_THE_WAY)}"
        return [*(f"set -gx {name} {shlex.quote(value)}" for name, value in variables.items()), gone]
    return [
        *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        f"unset {' '.join(IN_THE_WAY)}",
    ]
