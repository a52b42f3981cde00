"""``fig env init``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.asking.questions import Question, ask_text
from stranglerfig.cli.aws import target
from stranglerfig.cli.aws.environment_flags import NETWORK, SWITCHES, by_flags, means_aws, to_settings
from stranglerfig.cli.follow_ups import created, follow_up, strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say, warn
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.errors import Conflict, FigError
from stranglerfig.manifest.problems import ManifestInvalid

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace
    from stranglerfig.workspace.write import Written

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
    fig env init --name prod --profile prod --region eu-west-1
    """,
)
@flags.app
@click.option("-n", "--name", metavar="ENV", help="The environment.")
@flags.runtime
@click.option("--port", type=click.IntRange(1, 65535), help="Where its load balancer listens (a free port, then kept).")
@click.option("--target", type=click.Choice(["local", "aws"]), help="This machine (local), or AWS; so do flags of AWS.")
@target.access
@flags.network_on_aws
@flags.without_effect(switches=(*flags.AWS_SWITCHES, "--default-config", "--prod"))
def init(
    app: str | None, name: str | None, runtime: str | None, port: int | None, target: str | None, **given: object
) -> None:
    """Write the manifest of an environment on this machine. It is there once `fig env deploy` has run.

    With --target aws, or a flag that AWS alone would heed, it is on AWS: its roles are made there, with what the
    application has in its region.
    """
    workspace = workspace_of(app)
    is_said_local = target == "local" or runtime is not None or port is not None or is_local(workspace, name)
    if target == "aws" or (means_aws(given) and not is_said_local):
        from stranglerfig.cli.aws.target import note_on_aws

        note_on_aws({"runtime": runtime, "port": port}, "port")
        begin_on_aws(workspace, name, given)
        return
    from stranglerfig.cli.aws.target import is_on_aws, note_local

    note_local(given, *NETWORK, *SWITCHES)
    name = write_environment_manifest(workspace, name, runtime=runtime, port=port)
    if is_on_aws(workspace, name):
        follow_up(
            f"Its manifest says that it is on AWS: run `fig env init --name {name} --target aws` to begin it there."
        )
        return
    follow_up(f"Run `fig env deploy --name {name}` to have it on this machine.")


def is_local(workspace: Workspace, name: str | None) -> bool:
    """Whether it has a manifest already that says so."""
    from stranglerfig.cli.aws.target import is_on_aws

    return any(file.name == name for file in workspace.environments) and not is_on_aws(workspace, name)


def begin_on_aws(workspace: Workspace, name: str | None, given: dict[str, object]) -> None:
    from stranglerfig.aws.checking.networks import check_imports
    from stranglerfig.aws.synth.environment.limits import check_environment
    from stranglerfig.aws.synth.problems import NotDeployable
    from stranglerfig.cli.aws.environments import begin
    from stranglerfig.cli.aws.work import session_of
    from stranglerfig.workspace.write import to_environment_on_aws, write_environment_on_aws

    settings = to_settings(given)
    name = name or ask_text(ENVIRONMENT_NAME, default=DEFAULT, check=name_problem)
    refuse_local(workspace, name)
    session = session_of(given)
    try:
        check_environment(name, session.region, settings)
        wanted, _ = to_environment_on_aws(name, settings)
        check_imports(name, session, session.region, wanted.body)
        written = write_environment_on_aws(Path(workspace.root), name, settings)
    except (ManifestInvalid, NotDeployable) as refused:
        raise by_flags(refused) from refused
    tell(written, workspace, name)
    if settings and not written.is_new:
        warn("The flags of its network have no effect: its manifest says how it is.")
    begin(workspace_of(workspace.app), name, given)


def refuse_local(workspace: Workspace, name: str) -> None:
    """Raises ``Conflict`` for one whose manifest has it on this machine."""
    if is_local(workspace, name):
        raise Conflict(
            f"environment {name} is on this machine: its manifest says no `target: aws`",
            hint=f"Give the one on AWS another name, or write that into copilot/environments/{name}/manifest.yml.",
        )


def write_environment_manifest(
    workspace: Workspace, name: str | None, *, runtime: str | None = None, port: int | None = None
) -> str:
    """Asks for the name if need be; a manifest that is there stays as it is."""
    from stranglerfig.workspace.write import write_environment

    name = name or ask_text(ENVIRONMENT_NAME, default=DEFAULT, check=name_problem)
    tell(write_environment(Path(workspace.root), name, runtime=runtime, port=port), workspace, name)
    return name


def tell(written: Written, workspace: Workspace, name: str) -> None:
    where = created(str(written.path.relative_to(workspace.root)))
    if written.is_new:
        done(f"Wrote the manifest of environment {strong(name)}: {where}")
    else:
        say(f"The manifest of environment {strong(name)} is there already, and stays: {where}")


def name_problem(name: str) -> str | None:
    from stranglerfig.workspace.find import check_name

    try:
        check_name(name, "environment")
    except FigError as error:
        return error.message
    return None
