"""First manifests are right by the rule book, say what was answered, and overwrite nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stranglerfig.core.application import Kind
from stranglerfig.core.containers import ContainerHealth
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.workspace.find import find_workspace, write_workspace
from stranglerfig.workspace.read import read_environment, read_pipeline, read_workload
from stranglerfig.workspace.scaffold import Answers, StageAnswer, default_path
from stranglerfig.workspace.write import (
    write_environment,
    write_environment_on_aws,
    write_pipeline,
    write_workload,
)


def made(root: Path, answers: Answers) -> WorkloadManifest:
    """Written, read back and checked; that no field is strange is part of it."""
    write_workspace(root, "shop")
    assert write_workload(root, answers).is_new
    found = read_workload(find_workspace(root), answers.name, "test", environ={})
    assert found.warnings == ()
    assert found.manifest.kind is answers.kind
    return found.manifest


def test_a_load_balanced_service_has_path_port_and_the_dockerfiles_health_check(tmp_path: Path) -> None:
    check = ContainerHealth(("CMD-SHELL", 'curl -f "http://localhost/" || exit 1'), 10.0, 2.5, 3, 1.0)
    answers = Answers(Kind.LOAD_BALANCED, "posts", "posts/Dockerfile", port=3000, path="api/posts", health=check)
    manifest = made(tmp_path, answers)

    main = manifest.containers[0]
    assert main.image.build is not None
    assert (main.image.build.dockerfile, main.port, main.health) == ("posts/Dockerfile", 3000, check)
    assert [rule.path for rule in manifest.http] == ["/api/posts"]
    assert (manifest.cpu, manifest.memory, manifest.count, manifest.exec) == (256, 512, 1, True)


@pytest.mark.parametrize("port", [None, 8080])
def test_a_backend_may_have_a_port(tmp_path: Path, port: int | None) -> None:
    manifest = made(tmp_path, Answers(Kind.BACKEND, "users", "users/Dockerfile", port=port))

    assert manifest.containers[0].port == port


def test_an_image_stands_in_the_place_of_a_build(tmp_path: Path) -> None:
    manifest = made(tmp_path, Answers(Kind.BACKEND, "cache", image="redis:7@sha256:ab", port=6379))

    assert manifest.containers[0].image.location == "redis:7@sha256:ab"


@pytest.mark.parametrize("private", [False, True])
def test_a_request_driven_service_is_private_if_it_was_asked_for(tmp_path: Path, private: bool) -> None:
    answers = Answers(Kind.REQUEST_DRIVEN, "front", "Dockerfile", port=80, private=private)

    assert made(tmp_path, answers).private is private


def test_a_worker_subscribes(tmp_path: Path) -> None:
    answers = Answers(Kind.WORKER, "mailer", "Dockerfile", subscriptions=(("orders", "placed"), ("users", "gone")))

    assert [(one.service, one.topic) for one in made(tmp_path, answers).subscriptions] == [
        ("orders", "placed"),
        ("users", "gone"),
    ]


def test_a_job_has_its_schedule_retries_and_timeout(tmp_path: Path) -> None:
    answers = Answers(Kind.JOB, "report", "Dockerfile", schedule="0 9 * * 1-5", retries=3, timeout="1h")
    manifest = made(tmp_path, answers)

    assert (manifest.schedule, manifest.retries, manifest.timeout_s) == ("0 9 * * 1-5", 3, 3600)
    assert made(tmp_path, Answers(Kind.JOB, "hand", "Dockerfile")).schedule == "none"


def test_a_site_takes_whole_folders(tmp_path: Path) -> None:
    manifest = made(tmp_path, Answers(Kind.STATIC_SITE, "web", sources=("web/dist", "favicon.ico")))

    assert [(file.source, file.recursive) for file in manifest.files] == [("web/dist", True), ("favicon.ico", True)]


@pytest.mark.parametrize(
    "odd", ["it's here/Dockerfile", "a: b/Dockerfile", "# no/Dockerfile", "true", "ünï/Dockerfile"]
)
def test_odd_answers_arrive_as_they_were_given(tmp_path: Path, odd: str) -> None:
    build = made(tmp_path, Answers(Kind.WORKER, "odd", odd)).containers[0].image.build

    assert build is not None
    assert build.dockerfile == odd


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_commented_out_is_right_too(tmp_path: Path, kind: Kind) -> None:
    write_workspace(tmp_path, "shop")
    answers = Answers(kind, "some", "Dockerfile", port=80, schedule="@daily", sources=("web",))
    path = write_workload(tmp_path, answers).path
    before = path.read_text()
    path.write_text(re.sub(r"^( *)# ?( *[\w]+:( .*)?)$", r"\1\2", before, flags=re.MULTILINE))

    assert path.read_text().count("#") < before.count("#") - 2
    assert read_workload(find_workspace(tmp_path), "some", "test", environ={}).warnings == ()


def test_an_environment_is_on_this_machine_unless_told_otherwise(tmp_path: Path) -> None:
    write_workspace(tmp_path, "shop")
    write_environment(tmp_path, "test")
    write_environment(tmp_path, "fast", runtime="process", port=8080)
    write_environment_on_aws(tmp_path, "prod", {})
    workspace = find_workspace(tmp_path)

    found = {name: read_environment(workspace, name, environ={}).manifest for name in ("test", "fast", "prod")}
    assert {name: (one.target, one.runtime, one.port) for name, one in found.items()} == {
        "test": ("local", None, None),
        "fast": ("local", "process", 8080),
        "prod": ("aws", None, None),
    }


def test_a_pipeline_has_its_stages_in_order(tmp_path: Path) -> None:
    write_workspace(tmp_path, "shop")
    write_pipeline(tmp_path, "release", (StageAnswer("test"), StageAnswer("prod", requires_approval=True)))

    stages = read_pipeline(find_workspace(tmp_path), "release", environ={}).manifest.stages
    assert [(stage.name, stage.requires_approval) for stage in stages] == [("test", False), ("prod", True)]


def test_what_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    first = write_workload(tmp_path, Answers(Kind.WORKER, "mailer", "Dockerfile"))
    first.path.write_text("mine")

    again = write_workload(tmp_path, Answers(Kind.WORKER, "mailer", "Dockerfile"))

    assert (again.path, again.is_new, again.path.read_text()) == (first.path, False, "mine")


def test_a_reserved_name_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_workload(tmp_path, Answers(Kind.WORKER, "pipelines", "Dockerfile"))
    assert list(tmp_path.iterdir()) == []


def test_the_first_service_behind_the_balancer_takes_everything() -> None:
    assert default_path([], "api") == "/"
    assert default_path([Kind.BACKEND, None], "api") == "/"
    assert default_path([Kind.LOAD_BALANCED], "posts") == "posts"
