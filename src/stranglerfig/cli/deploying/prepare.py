"""The place of a deploy: its environment found, brought into force if need be, and asked what services there need."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.cli.connect import settings, to_apps
from stranglerfig.cli.deploying.place import Place
from stranglerfig.cli.follow_ups import created, strong
from stranglerfig.cli.output import done
from stranglerfig.cli.scope.manifests import read_environment, target_of
from stranglerfig.core.application import Kind
from stranglerfig.errors import Conflict, NotFound, UsageError

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import CreateEnvironment, EnvironmentWire
    from stranglerfig.manifest.model import EnvironmentManifest
    from stranglerfig.workspace.values import Workspace

ENVIRONMENT = Question(
    "Environment", "Where is it to be deployed?", "--env", "Environments whose manifests say `target: local`."
)
#: Those that others may call.
CALLED = (Kind.LOAD_BALANCED, Kind.BACKEND, Kind.REQUEST_DRIVEN)


@dataclass(frozen=True)
class Settings:
    """What flags say of a deploy. ``runtime`` None: as the manifest has it, as it was, or what is there."""

    tag: str | None = None
    force: bool = False
    detach: bool = False
    lenient: bool = False
    runtime: str | None = None


def prepare(workspace: Workspace, env: str | None, given: Settings, *, may_create: bool = True) -> Place:
    """``may_create`` brings the environment into force where it is not yet."""
    env = env or choose_local(workspace)
    manifest = require_local(workspace, env)
    client = to_apps()
    register(client, workspace)
    environment = find_environment(client, workspace, manifest, given, may_create=may_create)
    called = sorted(file.name for file in workspace.workloads if file.kind in CALLED)
    return Place(
        client=client,
        workspace=workspace,
        environment=environment,
        endpoints=client.environments.name_endpoints(workspace.app, env, called) if called else {},
        secrets=frozenset(client.secrets.names(workspace.app, env)),
        state=settings().home / "environments",
        tag=given.tag or commit_id(workspace.root),
        force=given.force,
        detach=given.detach,
        lenient=given.lenient,
    )


def register(client: AppClient, workspace: Workspace) -> None:
    """A workspace that Copilot began, or another machine, is an application here from its first deploy on."""
    try:
        known = client.apps.show(workspace.app)
    except NotFound:
        known = None
    if known is None or known["root"] != workspace.root:
        client.apps.create({"name": workspace.app, "root": workspace.root})


def choose_local(workspace: Workspace, flag: str = "--env") -> str:
    """Of the environments that run on this machine. ``flag`` names another."""
    found = local_environments(workspace)
    if not found:
        elsewhere = [file.name for file in workspace.environments]
        named = f"One that is on AWS has to be named: `{flag} {elsewhere[0]}`. " if elsewhere else ""
        raise NotFound(
            f"no environment of {workspace.app} runs on this machine",
            hint=f"{named}`fig env init --name test` writes one with `target: local`; or add that line to one that"
            " you have.",
        )
    return ask_one(ENVIRONMENT, [Option(name) for name in found])


def local_environments(workspace: Workspace) -> list[str]:
    return [file.name for file in workspace.environments if target_of(workspace, file.name) == "local"]


def find_environment(
    client: AppClient, workspace: Workspace, manifest: EnvironmentManifest, given: Settings, *, may_create: bool
) -> EnvironmentWire:
    env = manifest.name
    present = environment_or_none(client, workspace.app, env)
    wanted = given.runtime or manifest.runtime
    if present is not None and wanted in (None, present["runtime"]) and manifest.port in (None, present["port"]):
        return present
    if present is None and not may_create:
        raise NotFound(
            f"environment {env} is not deployed",
            hint=f"Run `fig env deploy --name {env}`, or leave --deploy-env=false out.",
        )
    return deploy_environment(client, workspace, manifest, given.runtime)


def require_local(workspace: Workspace, env: str) -> EnvironmentManifest:
    from stranglerfig.workspace.find import environment_file

    file = environment_file(workspace, env)
    manifest = read_environment(workspace, env)
    if manifest.target != "local":
        raise UsageError(
            f"environment {env} is on AWS: {file.path} does not say `target: local`",
            hint="Local commands need that line; `fig env init` writes another environment that has it.",
        )
    return manifest


def environment_or_none(client: AppClient, app: str, env: str) -> EnvironmentWire | None:
    try:
        return client.environments.show(app, env)
    except NotFound:
        return None


def deploy_environment(
    client: AppClient, workspace: Workspace, manifest: EnvironmentManifest, runtime: str | None
) -> EnvironmentWire:
    """Bring it into force, or change its runtime or port; says so."""
    present = environment_or_none(client, workspace.app, manifest.name)
    chosen = runtime or manifest.runtime or (present["runtime"] if present else runtime_here())
    order: CreateEnvironment = {"name": manifest.name, "runtime": "docker" if chosen == "docker" else "process"}
    if manifest.port is not None:
        order["port"] = manifest.port
    try:
        found = client.environments.create(workspace.app, order)
    except Conflict as error:
        port = manifest.port or (present["port"] if present else 0)
        if not port or str(port) not in error.message:
            raise
        file = f"copilot/environments/{manifest.name}/manifest.yml"
        raise Conflict(
            error.message, hint=f"Write another port as `local.port` in {file}, or end what listens on it."
        ) from error
    how = "in Docker" if found["runtime"] == "docker" else "as processes"
    done(f"Environment {strong(found['name'])} answers on {created(found['url'])}; services run {how}.")
    return found


def runtime_here() -> str:
    """For a new environment whose manifest does not say it."""
    wanted = os.environ.get("FIG_RUNTIME", "")
    if wanted in ("docker", "process"):
        return wanted
    if wanted:
        raise UsageError(f"FIG_RUNTIME is {wanted!r}", hint="It is `docker` or `process`, or not set at all.")
    from stranglerfig.cli.deploying.images import engine_answers

    return "docker" if engine_answers() else "process"


def commit_id(root: str) -> str:
    """The short id of the workspace's commit; empty where git does not know one."""
    if not os.path.isdir(os.path.join(root, ".git")):
        return ""
    try:
        found = subprocess.run(
            ["git", "-C", root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return found.stdout.strip()


def to_settings(given: Mapping[str, object]) -> Settings:
    """Of a command's flags by their names; what it does not have is as without the flag."""
    tag, runtime = given.get("tag"), given.get("runtime")
    return Settings(
        tag=tag if isinstance(tag, str) else None,
        force=given.get("force") is True,
        detach=given.get("detach") is True,
        lenient=given.get("lenient") is True,
        runtime=runtime if isinstance(runtime, str) else None,
    )
