"""Manifests of a workspace as values, and their problems with places."""

from __future__ import annotations

from pathlib import Path

import pytest

from stranglerfig.errors import NotFound, UsageError
from stranglerfig.manifest.problems import ManifestInvalid
from stranglerfig.workspace.find import find_workspace
from stranglerfig.workspace.read import read_environment, read_workload
from stranglerfig.workspace.values import Workspace
from tests.workspace.builders import write_files

WORKER = """\
name: mailer
type: Worker Service
image:
  build: Dockerfile
variables:
  GREETING: ${GREETING}
  WHERE: ${COPILOT_ENVIRONMENT_NAME}
count: 1
environments:
  prod:
    count: 3
"""


def a_workspace(root: Path, text: str = WORKER) -> Workspace:
    write_files(root, {"copilot/.workspace": "application: shop\n", "copilot/mailer/manifest.yml": text})
    return find_workspace(root)


def test_a_manifest_is_read_for_its_environment_with_the_callers_variables(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    test = read_workload(workspace, "mailer", "test", environ={"GREETING": "hi"}).manifest
    prod = read_workload(workspace, "mailer", "prod", environ={"GREETING": "hi"}).manifest

    assert dict(test.containers[0].variables) == {"GREETING": "hi", "WHERE": "test"}
    assert (test.count, prod.count) == (1, 3)


def test_the_process_own_variables_are_taken_unless_others_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREETING", "hello")

    found = read_workload(a_workspace(tmp_path), "mailer", "test").manifest
    assert dict(found.containers[0].variables)["GREETING"] == "hello"


def test_problems_name_the_file_from_the_workspace_and_the_line(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, WORKER.replace("count: 1", "cuont: 1"))

    with pytest.raises(ManifestInvalid, match=r"copilot/mailer/manifest\.yml:8"):
        read_workload(workspace, "mailer", "test", environ={"GREETING": "x"})
    lenient = read_workload(workspace, "mailer", "test", environ={"GREETING": "x"}, is_lenient=True)
    assert len(lenient.warnings) == 1


def test_a_manifest_of_another_kind_is_refused_where_it_stands(tmp_path: Path) -> None:
    write_files(tmp_path, {"copilot/environments/test/manifest.yml": WORKER})
    workspace = a_workspace(tmp_path, "name: mailer\ntype: Environment\n")

    with pytest.raises(UsageError, match="Environment"):
        read_workload(workspace, "mailer", "test", environ={})
    with pytest.raises(UsageError, match="Worker Service"):
        read_environment(workspace, "test", environ={"GREETING": "x"})


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_workload(a_workspace(tmp_path), "posts", "test", environ={})


def test_a_manifest_with_another_name_than_its_folder_is_refused_with_both_and_the_line(tmp_path: Path) -> None:
    write_files(tmp_path, {"copilot/environments/bad/manifest.yml": "type: Environment\nname: other\n"})
    workspace = a_workspace(tmp_path, WORKER.replace("name: mailer", "name: poster"))

    with pytest.raises(ManifestInvalid, match=r"environments/bad/manifest\.yml:2: name: is 'other', .* 'bad'"):
        read_environment(workspace, "bad", environ={}, is_lenient=True)
    with pytest.raises(ManifestInvalid, match=r"copilot/mailer/manifest\.yml:1: name: is 'poster', .* 'mailer'"):
        read_workload(workspace, "mailer", "test", environ={"GREETING": "x"})
