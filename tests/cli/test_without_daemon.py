"""Verbs that read and write the workspace alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command_line import ROOT, Fig


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace with a service."""
    (tmp_path / "copilot" / "web").mkdir(parents=True)
    (tmp_path / "copilot" / ".workspace").write_text("application: shop\n")
    (tmp_path / "copilot" / "web" / "manifest.yml").write_text("name: web\ntype: Backend Service\nimage:\n  build: .\n")
    return tmp_path


def test_a_jobs_first_manifest_is_one_that_can_be_deployed(fig: Fig, shop: Path) -> None:
    result = fig(
        *("job", "init", "--name", "sweep", "--image", "busybox:1.36", "--schedule", "@every 1h"),
        *("--retries", "2", "--timeout", "10m"),
        cwd=shop,
    )

    assert (result.status, result.stdout) == (0, "")
    assert "✔ Wrote the manifest of sweep: copilot/sweep/manifest.yml" in result.stderr
    assert "`fig job deploy --name sweep`" in result.stderr
    assert fig("manifest", "check", cwd=shop).status == 0
    shown = fig("manifest", "show", "sweep", "--json", cwd=shop).json()
    assert shown["on"] == {"schedule": "@every 1h"}
    assert shown["retries"] == 2


def test_a_job_that_is_not_fully_said_names_the_flag(fig: Fig, shop: Path) -> None:
    result = fig("job", "init", "--name", "sweep", "--image", "busybox:1.36", cwd=shop)

    assert result.status == 2
    assert "missing --schedule" in result.stderr
    assert not (shop / "copilot" / "sweep").exists()


def test_a_service_is_not_deployed_as_a_job(fig: Fig, shop: Path) -> None:
    result = fig("job", "deploy", "--name", "web", cwd=shop)

    assert result.status == 2
    assert "web is a service, no job" in result.stderr
    assert "`fig svc deploy --name web`" in result.stderr


def test_a_workspace_without_pipelines_says_where_one_would_be(fig: Fig, shop: Path) -> None:
    assert fig("pipeline", "ls", "--json", cwd=shop).json() == {"pipelines": []}
    result = fig("pipeline", "run", cwd=shop)

    assert result.status == 3
    assert "copilot/pipelines/NAME/manifest.yml" in result.stderr


def test_the_docs_are_pages_that_are_there(fig: Fig) -> None:
    shown = fig("docs", "--json").json()

    assert shown["folder"] == str(ROOT / "docs")
    assert {"file": "concepts.md", "title": "Concepts"} in shown["pages"]
    assert all((ROOT / "docs" / page["file"]).is_file() for page in shown["pages"])
    assert fig("docs").stdout.splitlines()[0] == shown["folder"]


def test_a_local_run_outside_of_a_workspace_says_how_to_have_one(fig: Fig, tmp_path: Path) -> None:
    result = fig("run", "local", cwd=tmp_path)

    assert result.status == 3
    assert "fig app init" in result.stderr


@pytest.mark.parametrize("words", [("app", "upgrade", "-n", "shop"), ("env", "upgrade", "--all")], ids=" ".join)
def test_what_copilots_scripts_upgrade_needs_none(fig: Fig, words: tuple[str, ...]) -> None:
    said = fig(*words)

    assert (said.status, said.stdout) == (0, "")
    assert "nothing to upgrade" in said.stderr
