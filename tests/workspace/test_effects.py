"""Which fields of a manifest do nothing, in Docker and without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stranglerfig.core.application import Runtime
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.workspace.compile.effects import without_effect
from stranglerfig.workspace.find import find_workspace
from stranglerfig.workspace.read import read_workload

WEB = """\
name: web
type: Load Balanced Web Service
image:
  build: {dockerfile: Dockerfile, cache_from: ["web:1"]}
  port: 8080
  healthcheck: {command: ["CMD", "curl", "-f", "http://localhost:8080/ping"]}
http:
  path: /
  target_port: 8080
  redirect_to_https: false
  healthcheck: {path: /ping, port: 8081, interval: 10s, timeout: 3s, unhealthy_threshold: 3}
cpu: 512
memory: 1024
platform: linux/amd64
logging: {retention: 30}
sidecars: {envoy: {image: "envoy:1", essential: false}}
local: {command: ./serve}
command: ./serve --here
"""
BACKEND = """\
name: web
type: Backend Service
image: {build: Dockerfile, port: 8080, healthcheck: {command: ["CMD", "%s", "http://localhost:8080/ping"]}}
"""
JOB = """\
name: web
type: Scheduled Job
image: {build: Dockerfile, healthcheck: {command: ["CMD", "curl", "http://localhost:8080/ping"]}}
on: {schedule: none}
variables: {LEVEL: info}
"""
SITE = "name: web\ntype: Static Site\nfiles: [{source: web}]\n"


def read(folder: Path, text: str) -> WorkloadManifest:
    place = folder / "copilot" / "web"
    place.mkdir(parents=True)
    (place.parent / ".workspace").write_text("application: shop\n")
    (place / "manifest.yml").write_text(text)
    return read_workload(find_workspace(folder), "web", "test").manifest


def test_processes_have_no_limits_no_sidecars_and_no_other_port(tmp_path: Path) -> None:
    assert without_effect(read(tmp_path, WEB), Runtime.PROCESS) == (
        "command",
        "cpu",
        "http.healthcheck.interval",
        "http.healthcheck.port",
        "http.redirect_to_https",
        "http.target_port",
        "image.build.cache_from",
        "image.healthcheck",
        "logging",
        "memory",
        "platform",
        "sidecars",
    )


def test_containers_are_run_as_the_manifest_has_it_but_for_what_is_for_processes(tmp_path: Path) -> None:
    assert without_effect(read(tmp_path, WEB), Runtime.DOCKER) == (
        "http.healthcheck.interval",
        "http.redirect_to_https",
        "local",
        "logging",
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (BACKEND % "curl", ()),
        (BACKEND % "pg_isready", ("image.healthcheck",)),
        (JOB, ("image.healthcheck",)),
        (SITE, ()),
    ],
    ids=["asked", "not to be asked", "job", "site"],
)
def test_a_process_is_asked_what_its_own_check_would_get_if_it_is_asked_at_all(
    tmp_path: Path, text: str, wanted: tuple[str, ...]
) -> None:
    assert without_effect(read(tmp_path, text), Runtime.PROCESS) == wanted
