"""Manifests, places and Dockerfiles with defaults, plus what a test is about."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stranglerfig.core.application import Kind, Runtime
from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import ProcessTargets
from stranglerfig.manifest.model import Build, ContainerSpec, HttpRule, Image, LocalRun, WorkloadManifest
from stranglerfig.workspace.compile import Compiled, compile_workload
from stranglerfig.workspace.dockerfile import read_dockerfile
from stranglerfig.workspace.process_run import Place, to_process
from stranglerfig.workspace.values import ImageFacts, LocalContext, Parts, ProcessRun

PYTHON = "/usr/bin/python3"


def a_container(name: str = "posts", **changes: Any) -> ContainerSpec:
    spec = ContainerSpec(name=name, image=Image(build=Build("posts/Dockerfile")), port=3000)
    return replace(spec, **changes)


def a_rule(path: str = "/api/posts", **changes: Any) -> HttpRule:
    return replace(HttpRule(path=path, target_container="posts", target_port=3000), **changes)


def a_service(**changes: Any) -> WorkloadManifest:
    """A Load Balanced Web Service with one rule, unless told otherwise."""
    manifest = WorkloadManifest(
        kind=Kind.LOAD_BALANCED,
        name="posts",
        body={"name": "posts", "type": Kind.LOAD_BALANCED.value},
        containers=(a_container(),),
        http=(a_rule(),),
    )
    return replace(manifest, **changes)


def a_context(runtime: Runtime = Runtime.PROCESS, **changes: Any) -> LocalContext:
    run = ProcessRun((PYTHON, "app.py"), "/shop/posts", env=(("PATH", "/usr/bin"),))
    context = LocalContext(
        app="forum",
        environment="test",
        runtime=runtime,
        url="http://127.0.0.1:8080",
        parts=Parts(process=run) if runtime is Runtime.PROCESS else Parts(),
        endpoints={"posts": "http://127.0.0.1:9001"},
        images={"posts": "sha256:1"} if runtime is Runtime.DOCKER else {},
    )
    return replace(context, **changes)


def compiled(manifest: WorkloadManifest, runtime: Runtime = Runtime.PROCESS, **changes: Any) -> Compiled:
    return compile_workload(manifest, a_context(runtime, **changes))


def process_of(found: Compiled) -> ProcessTargets:
    targets = found.group.targets if found.group else found.workload.job
    assert isinstance(targets, ProcessTargets)
    return targets


def containers_of(found: Compiled) -> ContainerTargets:
    targets = found.group.targets if found.group else found.workload.job
    assert isinstance(targets, ContainerTargets)
    return targets


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def facts_of(folder: Path, dockerfile: str, files: Mapping[str, str] | None = None, **options: Any) -> ImageFacts:
    """Of a Dockerfile that is written to ``folder`` with the files of its context."""
    write_files(folder, {"Dockerfile": dockerfile, **(files or {})})
    return read_dockerfile(folder / "Dockerfile", **options)


def run_of(
    folder: Path,
    dockerfile: str,
    files: Mapping[str, str] | None = None,
    *,
    spec: ContainerSpec | None = None,
    local: LocalRun | None = None,
    volumes: tuple[tuple[str, str], ...] = (),
    programs: tuple[str, ...] = ("python", "python3", "sh", "node"),
) -> ProcessRun:
    """What a machine with these programs would run of it."""
    here = {program: f"/usr/bin/{program}" for program in programs}
    place = Place(
        context=str(folder),
        is_there=lambda path: Path(path).exists(),
        which=lambda program, _: shutil.which(program) if "/" in program else here.get(program),
        bin="/venv/bin",
        python=PYTHON,
        path="/usr/bin",
        volumes=volumes,
    )
    facts = facts_of(folder, dockerfile, files)
    return to_process(facts, spec or a_container(port=None), local or LocalRun(), place)
