"""``fig env init``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.asking.questions import Question, ask_text
from stranglerfig.cli.follow_ups import created, follow_up, strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.errors import FigError

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace

ENVIRONMENT_NAME = Question(
    "Environment name",
    "What is the environment called?",
    "--name",
    "Like `test`: services are deployed to it, beside those of other environments.",
)
DEFAULT = "test"


@verb(
    "init",
    examples="""
    fig env init --name test
    fig env init --name test --runtime process
    """,
)
@flags.app
@click.option("-n", "--name", metavar="ENV", help="The environment.")
@flags.runtime
@click.option("--port", type=click.IntRange(1, 65535), help="Where its load balancer listens (a free port, then kept).")
@flags.without_effect(
    *flags.AWS_ACCESS, *flags.AWS_NETWORK, switches=(*flags.AWS_SWITCHES, *flags.AWS_NETWORK_SWITCHES)
)
def init(app: str | None, name: str | None, runtime: str | None, port: int | None) -> None:
    """Write the manifest of an environment on this machine. It is there once `fig env deploy` has run."""
    workspace = workspace_of(app)
    name = write_environment_manifest(workspace, name, runtime=runtime, port=port)
    follow_up(f"Run `fig env deploy --name {name}` to have it on this machine.")


def write_environment_manifest(
    workspace: Workspace, name: str | None, *, runtime: str | None = None, port: int | None = None
) -> str:
    """Asks for the name if need be; a manifest that is there stays as it is."""
    from stranglerfig.workspace.write import write_environment

    name = name or ask_text(ENVIRONMENT_NAME, default=DEFAULT, check=name_problem)
    written = write_environment(Path(workspace.root), name, runtime=runtime, port=port)
    where = created(str(written.path.relative_to(workspace.root)))
    if written.is_new:
        done(f"Wrote the manifest of environment {strong(name)}: {where}")
    else:
        say(f"The manifest of environment {strong(name)} is there already, and stays: {where}")
    return name


def name_problem(name: str) -> str | None:
    from stranglerfig.workspace.find import check_name

    try:
        check_name(name, "environment")
    except FigError as error:
        return error.message
    return None
