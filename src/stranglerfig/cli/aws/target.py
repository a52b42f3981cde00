"""Which environments are on AWS. Nothing of AWS is loaded for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli.asking.questions import Option, ask_one
from stranglerfig.cli.output import say, warn
from stranglerfig.cli.scope.deployed import ENVIRONMENT, with_flag
from stranglerfig.cli.scope.places import workspace_or_none
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace

AWS = "aws"
ACCESS = ("profile", "region", "aws_access_key_id", "aws_secret_access_key", "aws_session_token")

#: of one-off tasks that are in no environment
OUTSIDE = ("default", "cluster", "subnets", "security_groups")
#: of what stands on the command line and is nobody else's
SEEN = "Whoever is on this machine can read it, and shells keep it; --profile or its AWS_… variable does not show it."

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

target = click.option(
    "--target", type=click.Choice(["local", AWS]), default="local", show_default=True, help="This machine, or AWS."
)


def is_on_aws(workspace: Workspace, env: str | None) -> bool:
    """Of one that is named: nothing is deployed to AWS because it was the only one."""

    from stranglerfig.cli.scope.manifests import target_of

    known = {file.name for file in workspace.environments}
    return env in known and target_of(workspace, str(env)) == AWS


def environments_on_aws(
    app: str | None, env: str | None, given: Mapping[str, object] | None = None
) -> tuple[str, list[str]] | None:
    """The application, and its environments that a command which deploys nothing is about, where they are on AWS: one
    that is named, or all, if none of the workspace's is on this machine. Of one that no workspace here knows, flags of
    AWS in ``given`` say that it is there."""
    here = workspace_or_none()
    is_ours = here is not None and app in (None, here.app)
    known = [file.name for file in here.environments] if here is not None and is_ours else []
    named = app or (here.app if here is not None else None)
    if named and env is not None and env not in known and any((given or {}).get(name) for name in ACCESS):
        return named, [env]
    if here is None or not is_ours:
        return None
    if env is not None and env not in known and known and all(is_on_aws(here, one) for one in known):
        # Nothing of it is on this machine, whose daemon would know one that has no manifest any more.
        require_known(here, env)
    known = [env] if env is not None else known
    if not known or not all(is_on_aws(here, one) for one in known):
        return None
    return here.app, known


def environments_listed(
    app: str | None, env: str | None, target: str, given: Mapping[str, object]
) -> tuple[str, list[str]] | None:
    """The same of a command that lists what there is: with ``target`` AWS those that are there, whoever began them."""
    if target != AWS:
        return environments_on_aws(app, env, given)
    from stranglerfig.cli.aws.listing import environment_names

    return environment_names(app, env, given)


def require_known(workspace: Workspace, env: str) -> None:
    """Raises ``NotFound`` with those that there are."""
    from stranglerfig.workspace.find import environment_file

    environment_file(workspace, env)


def named_on_aws(
    app: str | None, env: str | None, given: Mapping[str, object], flag: str = "--env"
) -> tuple[str, str] | None:
    """The one that something is taken away from: nothing goes because it was the only one. Raises ``UsageError`` where
    one has to be named."""
    found = environments_on_aws(app, env, given)
    if found is None:
        return None
    if env is None:
        raise UsageError(
            f"environments of {found[0]} are on AWS, and none is named", hint=f"Name one: `{flag} {found[1][0]}`."
        )
    return found[0], env


def environment_on_aws(
    app: str | None, env: str | None, given: Mapping[str, object] | None = None, flag: str = "--env"
) -> tuple[str, str] | None:
    """One of them; which one is asked if need be."""
    found = environments_on_aws(app, env, given)
    if found is None:
        return None
    return found[0], env or ask_one(with_flag(ENVIRONMENT, flag), [Option(one) for one in found[1]])


@dataclass(frozen=True, slots=True)
class Where:
    """Of one-off tasks on AWS. ``env`` None: the account's own cluster and network."""

    app: str | None = None
    env: str | None = None


def places_of_tasks(app: str | None, env: str | None, target: str, given: Mapping[str, Any]) -> list[Where] | None:
    """All that are listed; None: those of this machine are."""
    if is_outside(app, env, given):
        return [Where()]
    found = environments_listed(app, env, target, given)
    return None if found is None else [Where(found[0], one) for one in found[1]]


def place_of_task(app: str | None, env: str | None, given: Mapping[str, Any]) -> Where | None:
    """One of them; which one is asked if need be."""
    if is_outside(app, env, given):
        return Where()
    found = environment_on_aws(app, env, given)
    return Where(*found) if found else None


def is_outside(app: str | None, env: str | None, given: Mapping[str, Any]) -> bool:
    """Raises ``UsageError`` for flags that say two places."""
    said = [name for name in OUTSIDE if given.get(name)]
    others = [name for name, value in (("app", app), ("env", env)) if value]
    if given.get("default"):
        others += [name for name in ("cluster", "subnets") if given.get(name)]
    if said and others:
        one, other = (name.replace("_", "-") for name in (others[0], said[0]))
        raise UsageError(f"--{one} and --{other} say two different places", hint="Leave one of them out.")
    return bool(said)


def app_on_aws(app: str | None, env: str | None, target: str) -> str | None:
    """The application that a command is about which shows what is there, where that is on AWS: as ``target`` says, or
    for that is where all environments of the workspace are."""
    if target == AWS:
        from stranglerfig.cli.aws.listing import app_name

        return app_name(app)
    found = environments_on_aws(app, env)
    return found[0] if found else None


def access(function: Callable[..., Any]) -> Callable[..., Any]:
    """Flags that say as whom AWS is asked. A local environment has no use for them."""
    flags = (
        click.option("--profile", metavar="PROFILE", help="On AWS: the profile to use (AWS_PROFILE)."),
        click.option("--region", metavar="REGION", help="On AWS: the region (AWS_REGION, or the profile's)."),
        click.option(
            "--aws-access-key-id", metavar="ID", hidden=True, help="An access key to use; better by --profile."
        ),
        click.option("--aws-secret-access-key", metavar="SECRET", hidden=True, help=f"Its secret. {SEEN}"),
        click.option("--aws-session-token", metavar="TOKEN", hidden=True, help=f"Its session's token. {SEEN}"),
    )
    for flag in reversed(flags):
        function = flag(function)
    return function


def tell_elsewhere(verb: str) -> None:
    """Where all environments of the workspace are on AWS, what there is on this machine is not all."""
    if found := environments_on_aws(None, None):
        say(f"Environments of {found[0]} are on AWS: `fig {verb} --target aws` shows what is there.")


def note_on_aws(given: Mapping[str, object], *others: str) -> None:
    """The same of what only this machine would heed."""
    for name in ("runtime", *others):
        if given.get(name):
            warn(f"--{name.replace('_', '-')} has no effect on an environment on AWS.")


def note_local(given: Mapping[str, object], *others: str) -> None:
    """What AWS alone would heed does nothing on a local environment; scripts that have it go on. ``others`` are
    further parameters of the command that are such."""
    for name in (*ACCESS, "resource_tags", *others):
        if given.get(name):
            warn(f"--{name.replace('_', '-')} has no effect on a local environment.")
    if given.get("no_rollback"):
        warn("--no-rollback has no effect: a revision that does not become healthy never takes over.")
