"""``fig manifest``: what is told of a workspace's manifests, on which stream, with which exit status."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.command_line import Fig

API = """\
name: api
type: Load Balanced Web Service
image: {build: api/Dockerfile, port: 8080}
http:
  path: /
  healthcheck: {interval: 5s}
variables: {STAGE: "${COPILOT_ENVIRONMENT_NAME}"}
environments:
  prod: {count: 3, http: {healthcheck: /ok}}
"""
MANIFESTS = {
    "api/manifest.yml": API,
    "environments/prod/manifest.yml": "name: prod\ntype: Environment\n",
    "environments/test/manifest.yml": "name: test\ntype: Environment\n",
    "pipelines/main/manifest.yml": "name: main\nversion: 1\nsource: {provider: GitHub}\nstages: [{name: test}]\n",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for path, text in {".workspace": "application: shop\n", **MANIFESTS}.items():
        write(tmp_path, path, text)
    return tmp_path


def write(workspace: Path, path: str, text: str) -> None:
    file = workspace / "copilot" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_check_looks_at_the_whole_workspace_from_any_folder_of_it(fig: Fig, workspace: Path) -> None:
    result = fig("manifest", "check", cwd=workspace / "copilot" / "api" / "..")

    assert (result.stdout, result.stderr, result.status) == ("", "✔ 4 manifests without a fault.\n", 0)


def test_check_tells_all_problems_of_all_manifests(fig: Fig, workspace: Path) -> None:
    write(workspace, "api/manifest.yml", API.replace("count", "cuont").replace("port: 8080", "port: x"))
    write(workspace, "web/manifest.yml", "name: web\ntype: Web\n")

    result = fig("manifest", "check", cwd=workspace)

    assert (result.stdout, result.status) == ("", 2)
    assert result.stderr.splitlines()[:3] == [
        "✘ 2 manifests: 3 problems",
        "copilot/api/manifest.yml:3: image.port: must be a whole number, but is text: 'x'",
        "copilot/api/manifest.yml:9: environments.prod.cuont: is not a known field (did you mean count?)",
    ]
    assert result.stderr.splitlines()[3].startswith("copilot/web/manifest.yml:2: type: invalid manifest type 'Web'")


def test_check_as_json_is_one_document_and_keeps_the_status(fig: Fig, workspace: Path) -> None:
    write(workspace, "api/manifest.yml", API.replace("count", "cuont"))

    result = fig("manifest", "check", "copilot/api/manifest.yml", "--json", cwd=workspace)

    assert result.status == 2
    assert result.json() == [
        {
            "file": "copilot/api/manifest.yml",
            "valid": False,
            "type": None,
            "problems": [
                {
                    "line": 9,
                    "path": "environments.prod.cuont",
                    "message": "is not a known field",
                    "hint": "did you mean count?",
                    "warning": False,
                }
            ],
        }
    ]


@pytest.mark.parametrize("folder", ["api", "environments/test"])
def test_check_refuses_another_name_than_the_folders_as_a_deploy_does(fig: Fig, workspace: Path, folder: str) -> None:
    write(workspace, f"{folder}/manifest.yml", MANIFESTS[f"{folder}/manifest.yml"].replace("name: ", "name: an"))

    for path in ("copilot", f"copilot/{folder}/manifest.yml"):
        result = fig("manifest", "check", path, cwd=workspace)
        assert (result.stdout, result.status) == ("", 2)
        assert f"copilot/{folder}/manifest.yml:1: name: is 'an" in result.stderr


def test_a_manifest_that_no_deploy_reads_may_have_any_name(fig: Fig, workspace: Path) -> None:
    (workspace / "draft.yml").write_text(API)

    assert fig("manifest", "check", "draft.yml", cwd=workspace).status == 0


def test_check_notes_overrides_for_environments_that_are_not_there(fig: Fig, workspace: Path) -> None:
    write(workspace, "api/manifest.yml", API.replace("prod:", "pord:"))

    result = fig("manifest", "check", "copilot/api", cwd=workspace)

    assert result.status == 0
    assert result.stderr.splitlines() == [
        "! copilot/api/manifest.yml:9: warning: environments.pord: no environment of this workspace is called so"
        " (did you mean prod?)",
        "✔ 1 manifest without a fault.",
    ]
    (verdict,) = fig("manifest", "check", "copilot/api", "--json", cwd=workspace).json()
    assert (verdict["valid"], verdict["problems"][0]["warning"]) == (True, True)


def test_lenient_checks_warn_of_what_copilot_passes_over(fig: Fig, workspace: Path) -> None:
    write(workspace, "api/manifest.yml", API.replace("count", "cuont"))

    result = fig("manifest", "check", "copilot/api", "--lenient", cwd=workspace)

    assert result.status == 0
    assert result.stderr.startswith("! copilot/api/manifest.yml:9: warning: environments.prod.cuont: is not a known")


def test_check_takes_a_file_that_belongs_to_no_workspace(fig: Fig, tmp_path: Path) -> None:
    (tmp_path / "m.yml").write_text(API)

    assert fig("manifest", "check", "m.yml", cwd=tmp_path).status == 0


def test_check_with_an_environment_wants_its_variables(fig: Fig, workspace: Path) -> None:
    write(workspace, "api/manifest.yml", API.replace("count: 3", "count: '${COPIES}'"))

    assert fig("manifest", "check", "--env", "test", cwd=workspace).status == 0
    refused = fig("manifest", "check", "--env", "prod", cwd=workspace)
    assert refused.status == 2
    assert "environments.prod.count: the variable COPIES is not defined" in refused.stderr
    assert fig("manifest", "check", "--env", "prod", cwd=workspace, COPIES="2").status == 0


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["check", "nowhere.yml"], 3, "there is no file nowhere.yml"),
        (["check"], 3, "belongs to no workspace"),
        (["show", "api"], 3, "belongs to no workspace"),
        (["schema", "lbsw"], 2, "Did you mean lbws?"),
        (["schema", "xyz"], 2, "The kinds are: lbws, "),
    ],
)
def test_what_is_not_there_is_told(fig: Fig, tmp_path: Path, arguments: list[str], status: int, message: str) -> None:
    result = fig("manifest", *arguments, cwd=tmp_path)

    assert result.status == status
    assert message in result.stderr


def test_show_has_the_effective_manifest_of_an_environment(fig: Fig, workspace: Path) -> None:
    result = fig("manifest", "show", "api", "--env", "prod", cwd=workspace)

    assert (result.stderr, result.status) == ("", 0)
    assert result.stdout.startswith("name: api\ntype: Load Balanced Web Service\nimage:\n  build: api/Dockerfile\n")
    for line in ("count: 3", "  healthcheck: /ok", "  STAGE: prod", "cpu: 256"):
        assert line in result.stdout.splitlines()
    assert "environments" not in result.stdout


def test_show_as_json_has_the_base_without_an_environment(fig: Fig, workspace: Path) -> None:
    shown = fig("manifest", "show", "copilot/api/manifest.yml", "--json", cwd=workspace).json()

    assert shown["http"]["healthcheck"]["interval"] == "5s"
    assert shown["count"] == 1


def test_what_is_shown_is_a_manifest(fig: Fig, workspace: Path) -> None:
    (workspace / "shown.yml").write_text(fig("manifest", "show", "api", "--env", "prod", cwd=workspace).stdout)

    assert fig("manifest", "check", "shown.yml", cwd=workspace).status == 0


def test_a_name_that_is_not_there_comes_with_the_nearest(fig: Fig, workspace: Path) -> None:
    result = fig("manifest", "show", "apii", cwd=workspace)

    assert (result.status, result.stderr) == (
        3,
        "✘ no manifest of shop is called apii\n  Did you mean api?\n",
    )


@pytest.mark.parametrize(
    ("kind", "title"),
    [("lbws", "Load Balanced Web Service"), ("Scheduled Job", "Scheduled Job"), ("pipeline", "Pipeline")],
)
def test_schema_is_json_for_the_kind(fig: Fig, kind: str, title: str) -> None:
    result = fig("manifest", "schema", kind)

    assert (result.stderr, result.status) == ("", 0)
    assert json.loads(result.stdout)["title"] == title


def test_a_pipe_is_no_manifest_and_is_not_waited_for(fig: Fig, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yml")

    result = fig("manifest", "check", str(tmp_path / "pipe.yml"))

    assert result.status == 2
    assert "pipe.yml is not a file" in result.stderr
