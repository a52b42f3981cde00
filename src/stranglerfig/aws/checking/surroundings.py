"""What a workload needs beside its manifest: files of the workspace, secrets that are kept already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from stranglerfig.aws.additions import Additions
from stranglerfig.aws.assets.site import find_files
from stranglerfig.aws.environments import Environment
from stranglerfig.aws.running.secrets import SecretStore
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.problems import NotDeployable, Problem
from stranglerfig.core.application import Kind
from stranglerfig.errors import Refused, UsageError
from stranglerfig.manifest.model import ContainerSpec, WorkloadManifest
from stranglerfig.workspace.dockerfile import find_dockerfile
from stranglerfig.workspace.read import shown

PARAMETER = "AWS::SSM::Parameter"


def check_files(root: Path, env: str, manifest: WorkloadManifest) -> None:
    """Those that images are built of, and those of a site."""
    problems = [problem for spec in manifest.containers for problem in _of_build(root, manifest, spec)]
    if manifest.kind is Kind.STATIC_SITE:
        try:
            find_files(root, manifest)
        except UsageError as error:
            problems.append(("files", error.message))
    if problems:
        raise NotDeployable(manifest.name, env, problems)


def check_secrets(env: Environment, manifest: WorkloadManifest, additions: Iterable[Additions]) -> None:
    """Those of the environment's own; of others nobody here need know anything. ``additions`` are deployed before its
    tasks: which parameters these make only CloudFormation can tell."""
    if any(one.makes(PARAMETER) for one in additions):
        return
    own = names.secret_name(env.record.app, env.name, "")
    wanted = [(spec, secret) for spec in manifest.containers for secret in spec.secrets if secret.name.startswith(own)]
    if not wanted:
        return
    try:
        known = SecretStore(env).names()
    except Refused:
        # Who may deploy need not be allowed to list them: their tasks read them.
        return
    lacking = [(spec, secret) for spec, secret in wanted if secret.name not in known]
    if lacking:
        name = lacking[0][1].name.removeprefix(own)
        raise NotDeployable(
            manifest.name,
            env.name,
            [
                (f"{_section(manifest, spec)}secrets.{secret.variable}", f"there is no secret {secret.name}")
                for spec, secret in lacking
            ],
            hint=f"Keep it by `fig secret init --name {name}` first.",
        )


def _of_build(root: Path, manifest: WorkloadManifest, spec: ContainerSpec) -> Iterator[Problem]:
    if spec.image.build is None:
        return
    dockerfile, context = find_dockerfile(root, spec.image.build)
    field = f"{_section(manifest, spec)}image.build"
    if not context.is_dir():
        yield field, f"there is no folder {shown(context, root)}"
    elif not dockerfile.is_file():
        yield field, f"there is no file {shown(dockerfile, root)}"


def _section(manifest: WorkloadManifest, spec: ContainerSpec) -> str:
    return "" if spec.name == manifest.name else f"sidecars.{spec.name}."
