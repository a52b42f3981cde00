"""`deploy --init-env`: what is to be deployed is read and worked out before its environment is begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stranglerfig.aws.additions import of_environments
from stranglerfig.aws.checking.beforehand import check_beforehand
from stranglerfig.aws.cost.imagined import Wanted
from stranglerfig.aws.environments import EnvironmentText
from stranglerfig.aws.records import Records
from stranglerfig.aws.synth.environment.limits import check_environment
from stranglerfig.aws.synth.problems import NotDeployable
from stranglerfig.cli.aws.environment_flags import by_flags, to_settings
from stranglerfig.cli.aws.environments import application_session, begin, read_text
from stranglerfig.cli.aws.work import session_of
from stranglerfig.cli.aws.workloads import read_all, topics_written
from stranglerfig.cli.env.init import begin_on_aws
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.errors import NotFound
from stranglerfig.manifest.problems import ManifestInvalid
from stranglerfig.workspace.read import read_proxy
from stranglerfig.workspace.settings import read_settings
from stranglerfig.workspace.values import Workspace
from stranglerfig.workspace.write import to_environment_on_aws

Given = Mapping[str, Any]


def begin_for(workspace: Workspace, env: str, groups: Sequence[Sequence[str]], given: Given) -> Workspace:
    """For what is in ``groups``; with its manifest, where flags say that it is on AWS and it has none."""
    is_written = env in {file.name for file in workspace.environments}
    is_begun = _is_begun(workspace.app, env, given)
    if not is_begun:
        _check(workspace, env, groups, given, is_written=is_written)
    if not is_written:
        begin_on_aws(workspace, env, dict(given))
        return workspace_of(workspace.app)
    if not is_begun:
        begin(workspace, env, given)
    return workspace


def _is_begun(app: str, env: str, given: Given) -> bool:
    try:
        Records(session_of(given)).environment(app, env)
    except NotFound:
        return False
    return True


def _check(workspace: Workspace, env: str, groups: Sequence[Sequence[str]], given: Given, *, is_written: bool) -> None:
    root = Path(workspace.root)
    proxies = {file.name for file in workspace.proxies}
    text = read_text(workspace, env) if is_written else _by_flags(env, given)
    names = [[name for name in group if name not in proxies] for group in groups]
    workloads = [one for group in read_all(workspace, env, names, given) for one in group]
    for name in (name for group in groups for name in group if name in proxies):
        read_proxy(workspace, name, env, is_lenient=given.get("lenient") is True)
    wanted = Wanted(
        workspace.app,
        _domain(workspace, given),
        session_of(given).region,
        text.manifest,
        text.text,
        of_environments(root),
        workloads,
    )
    check_beforehand(wanted, text.loaded, root, topics_written(workspace, env, workloads))


def _by_flags(env: str, given: Given) -> EnvironmentText:
    settings = to_settings(given)
    try:
        check_environment(env, session_of(given).region, settings)
        return EnvironmentText(*to_environment_on_aws(env, settings))
    except (ManifestInvalid, NotDeployable) as refused:
        raise by_flags(refused) from refused


def _domain(workspace: Workspace, given: Given) -> str | None:
    """The application's, or what it will have."""
    try:
        return Records(application_session(given)).app(workspace.app, "NAME").domain or None
    except NotFound:
        return read_settings(Path(workspace.root)).domain
