"""``fig deploy``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.asking.questions import Question, ask_yes, can_ask
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.errors import NotFound, UsageError
from stranglerfig.manifest.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stranglerfig.workspace.values import ManifestFile, Workspace

INIT_ENVIRONMENT = Question(
    "Write one",
    "No environment of this workspace runs on this machine. Write one?",
    "--init-env",
    "Environments of Copilot are on AWS; one with `target: local` runs here.",
)


@verb(
    "deploy",
    examples="""
    fig deploy
    fig deploy --all --env test
    fig deploy --name database/1 --name users --init-env --env test
    fig deploy --all --env prod --profile prod
    """,
)
@flags.app
@flags.env
@click.option("-n", "--name", "names", multiple=True, metavar="NAME[/PRIORITY]", help="Only these; lower ones first.")
@click.option(
    "--all", "everything", is_flag=True, help="All of the workspace, beside what --name says (without it: all)."
)
@click.option("--init-wkld", is_flag=True, help="Write the manifest of a --name that has none.")
@click.option("--init-env", is_flag=True, help="Write the environment's manifest if it has none; begin it on AWS.")
@click.option(
    "--deploy-env",
    is_flag=False,
    flag_value=True,
    type=bool,
    default=True,
    help="Bring the environment into force (yes).",
)
@flags.tag
@flags.force
@flags.detach
@flags.runtime
@flags.lenient
@flags.no_rollback
@common.yes
@aws.access
@flags.resource_tags
@flags.without_effect()
def deploy(
    app: str | None,
    env: str | None,
    names: tuple[str, ...],
    everything: bool,
    init_wkld: bool,
    init_env: bool,
    deploy_env: bool,
    **given: object,
) -> None:
    """Deploy services and jobs of the workspace, those that do not need each other side by side, and then its proxies.

    Names with a priority go first, the lowest before the others; who publishes a topic goes before its subscribers.
    What has not changed is left alone. Nothing goes to AWS without --env.
    """
    from stranglerfig.cli.deploying.command import deploy_names
    from stranglerfig.cli.deploying.groups import parse_names, to_groups
    from stranglerfig.cli.deploying.prepare import prepare, to_settings

    workspace = workspace_of(app)
    wanted = parse_names(names)
    if init_wkld:
        proxies = {file.name for file in workspace.proxies}
        workspace = write_missing(workspace, [name for name in wanted if name not in proxies])
    begins_on_aws = init_env and env is not None and is_to_begin_on_aws(workspace, env, given)
    is_on_aws = begins_on_aws or aws.is_on_aws(workspace, env)
    if not is_on_aws:
        aws.note_local(given)
        env, workspace = settle_environment(workspace, env, init_env=init_env)
    if everything or not wanted:
        from stranglerfig.workspace.find import require_names

        require_names(workspace)
        wanted = {file.name: wanted.get(file.name) for file in deployable(workspace)}
    if not wanted:
        raise NotFound("this workspace has no service", hint="Run `fig init` to write one's manifest and deploy it.")
    for name in wanted:
        require_manifest(workspace, name)
    if is_on_aws:
        aws.note_on_aws(given)
        if begins_on_aws:
            from stranglerfig.cli.aws.beginning import begin_for

            workspace = begin_for(workspace, str(env), to_groups(wanted), given)
        deploy_on_aws(workspace, str(env), to_groups(wanted), {**given, "deploy_env": deploy_env})
        return
    deploy_names(prepare(workspace, env, to_settings(given), may_create=deploy_env), to_groups(wanted))


def deploy_on_aws(workspace: Workspace, env: str, groups: Sequence[Sequence[str]], given: Mapping[str, object]) -> None:
    """Proxies come last: they lead there."""
    from stranglerfig.cli.aws.proxies.proxies import deploy as deploy_proxy
    from stranglerfig.cli.aws.proxies.reaching import OnAws
    from stranglerfig.cli.aws.workloads import deploy as deploy_workloads

    proxies = {file.name for file in workspace.proxies}
    workloads = [kept for group in groups if (kept := [name for name in group if name not in proxies])]
    if workloads:
        deploy_workloads(workspace, env, workloads, given)
    for name in (name for group in groups for name in group if name in proxies):
        deploy_proxy(OnAws(workspace, env, name, given), lenient=given.get("lenient") is True)


def is_to_begin_on_aws(workspace: Workspace, env: str, given: Mapping[str, object]) -> bool:
    """Where its manifest says that it is there, or flags do and it has none yet."""
    from stranglerfig.cli.aws.environment_flags import means_aws

    is_written = any(file.name == env for file in workspace.environments)
    return aws.is_on_aws(workspace, env) if is_written else means_aws(given)


def deployable(workspace: Workspace) -> tuple[ManifestFile, ...]:
    return (*workspace.workloads, *workspace.proxies)


def require_manifest(workspace: Workspace, name: str) -> None:
    from stranglerfig.workspace.find import workload_file

    if name not in {file.name for file in workspace.proxies}:
        workload_file(workspace, name)


def write_missing(workspace: Workspace, names: list[str]) -> Workspace:
    """The manifests of those that have none; asks what they are."""
    from stranglerfig.cli.scaffolding.wanted import Wanted
    from stranglerfig.cli.scaffolding.workload import NOTES, write_first

    for name in names:
        write_first(workspace, Wanted(name=name), tuple(NOTES))
    return workspace_of(workspace.app)


def settle_environment(workspace: Workspace, env: str | None, *, init_env: bool) -> tuple[str | None, Workspace]:
    """Writes one where there is none, if that was wanted or is agreed to."""
    from stranglerfig.cli.deploying.prepare import local_environments
    from stranglerfig.cli.env.init import DEFAULT, write_environment_manifest

    known = {file.name for file in workspace.environments}
    if env in known or (env is None and local_environments(workspace)):
        return env, workspace
    name = env or (DEFAULT if DEFAULT not in known else "local")
    if not init_env and not agreed(workspace, name, is_named=env is not None):
        raise NotFound(f"there is no environment {name}", hint=f"Run `fig env init --name {name}`.")
    write_environment_manifest(workspace, name)
    return name, workspace_of(workspace.app)


def agreed(workspace: Workspace, name: str, *, is_named: bool) -> bool:
    if not can_ask():
        known = [file.name for file in workspace.environments]
        others = f" (known: {', '.join(known)})" if known else ""
        what = (
            f"environment {name} has no manifest{others}" if is_named else "no environment of this workspace runs here"
        )
        near = nearest(name, known) if is_named else None
        meant = f"Did you mean {near}? " if near else ""
        on_aws = (
            f"Name one that is on AWS: `--env {workspace.environments[0].name}`. " if workspace.environments else ""
        )
        raise UsageError(
            what,
            hint=f"{meant if is_named else on_aws}Add --init-env --env {name} to write one, or run `fig env init --name"
            f" {name}`.",
        )
    return ask_yes(INIT_ENVIRONMENT, default=True)
