"""What one ``fig run local`` changes in manifests, and which changes of files it sees."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from stranglerfig.cli.run.changes import differing, look, wait_for_changes
from stranglerfig.cli.run.overrides import with_ports, with_variables
from stranglerfig.core.application import Kind
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import Build, ContainerSpec, Image, Secret, WorkloadManifest
from stranglerfig.workspace.values import Workspace


def a_manifest(name: str, *, port: int = 8080, context: str = ".") -> WorkloadManifest:
    main = ContainerSpec(
        name=name,
        image=Image(build=Build(dockerfile=f"{context}/Dockerfile", context=context)),
        port=port,
        variables=(("LEVEL", "info"),),
        secrets=(Secret("TOKEN", "token"),),
    )
    sidecar = ContainerSpec(name=f"{name}-proxy", image=Image(location="envoy:1"))
    return WorkloadManifest(kind=Kind.BACKEND, name=name, body={}, containers=(main, sidecar))


def variables(manifest: WorkloadManifest) -> list[dict[str, str]]:
    return [dict(spec.variables) for spec in manifest.containers]


def test_a_variable_is_for_every_container_or_for_the_one_that_is_named() -> None:
    users, posts = with_variables([a_manifest("users"), a_manifest("posts")], ["LEVEL=debug", "users:A=x:y=z"])

    assert variables(users) == [{"LEVEL": "debug", "A": "x:y=z"}, {"LEVEL": "debug"}]
    assert variables(posts) == [{"LEVEL": "debug"}, {"LEVEL": "debug"}]


def test_a_variable_takes_the_place_of_a_secret() -> None:
    (users,) = with_variables([a_manifest("users")], ["TOKEN=none"])

    assert users.containers[0].secrets == ()
    assert dict(users.containers[0].variables)["TOKEN"] == "none"


@pytest.mark.parametrize("text", ["LEVEL", "=x", "other:A=b", "users:=b"])
def test_an_odd_variable_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--env-var-override"):
        with_variables([a_manifest("users")], [text])


def test_a_port_of_the_machine_leads_to_a_containers() -> None:
    users, posts = with_ports([a_manifest("users"), a_manifest("posts", port=9090)], ["9000:9090"])

    assert users.nlb == ()
    (listener,) = posts.nlb
    assert (listener.port, listener.protocol, listener.target_container, listener.target_port) == (
        *(9000, "tcp"),
        *("posts", 9090),
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("9000", "is not HOST:CONTAINER"),
        ("0:80", "is not HOST:CONTAINER"),
        ("9000:81", "no service listens on 81"),
        ("9000:8080", "users, posts all listen on 8080"),
    ],
)
def test_a_port_that_leads_nowhere_is_refused(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        with_ports([a_manifest("users"), a_manifest("posts")], [text])


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name in ("users", "posts"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text("1\n")
        (tmp_path / name / "Dockerfile").write_text("FROM scratch\n")
        (tmp_path / "copilot" / name).mkdir(parents=True)
        (tmp_path / "copilot" / name / "manifest.yml").write_text(f"name: {name}\n")
    (tmp_path / "users" / ".dockerignore").write_text("*.log\ntmp\n")
    (tmp_path / "users" / "tmp").mkdir()
    return Workspace(root=str(tmp_path), app="shop")


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("users/app.py", ["users"]),
        ("users/new/deep.py", ["users"]),
        ("users/Dockerfile", ["users"]),
        ("copilot/posts/manifest.yml", ["posts"]),
        ("users/server.log", []),
        ("users/tmp/scratch", []),
        ("users/.env.swp", []),
        ("users/.git/index", []),
        ("users/__pycache__/app.pyc", []),
        ("copilot/.workspace", []),
        ("README.md", []),
    ],
)
def test_a_change_is_one_of_the_services_whose_files_have_changed(
    workspace: Workspace, path: str, changed: list[str]
) -> None:
    manifests = {name: a_manifest(name, context=name) for name in ("users", "posts")}
    before = look(workspace, manifests)
    file = Path(workspace.root) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("something else\n")

    assert differing(before, look(workspace, manifests)) == changed


def test_a_service_in_the_workspaces_root_does_not_see_the_manifests_of_others(workspace: Workspace) -> None:
    manifests = {"users": a_manifest("users", context=".")}
    before = look(workspace, manifests)
    (Path(workspace.root) / "copilot" / "posts" / "manifest.yml").write_text("name: other\n")

    assert differing(before, look(workspace, manifests)) == []


def test_a_file_that_goes_away_is_a_change(workspace: Workspace) -> None:
    manifests = {"users": a_manifest("users", context="users")}
    before = look(workspace, manifests)
    os.unlink(Path(workspace.root) / "users" / "app.py")

    assert differing(before, look(workspace, manifests)) == ["users"]


def test_waiting_ends_when_changes_have(workspace: Workspace) -> None:
    manifests = {"users": a_manifest("users", context="users")}
    before = look(workspace, manifests)
    (Path(workspace.root) / "users" / "app.py").write_text("2, and more\n")

    after = wait_for_changes(workspace, manifests, before, threading.Event())

    assert differing(before, after) == ["users"]
    assert after == look(workspace, manifests)


def test_waiting_ends_when_it_is_told_to(workspace: Workspace) -> None:
    stop = threading.Event()
    stop.set()
    before = look(workspace, {})

    assert wait_for_changes(workspace, {}, before, stop) is before
