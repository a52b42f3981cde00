"""What somebody who comes from Copilot runs into on the first days, with services that run as processes."""

from __future__ import annotations

import socket

import pytest

from tests.acceptance.machine import Machine
from tests.acceptance.workspaces import Folder, a_forum

NOT_FOUND = 3
CONFLICT = 4


@pytest.fixture
def forum(machine: Machine) -> Folder:
    found = a_forum(machine)
    found.fig("app", "init", "forum")
    return found


def test_going_back_without_docker_says_that_files_stay_as_they_are(forum: Folder) -> None:
    forum.fig("svc", "deploy", "--name", "users", "--env", "test")
    program = forum.path / "users" / "app.py"
    program.write_text(program.read_text() + "\n# changed\n")
    forum.fig("svc", "deploy", "--name", "users", "--env", "test")

    said = forum.fig("svc", "deploy", "--name", "users", "--env", "test", "--revision", "1").stderr

    assert "users is back at revision 1" in said
    assert "without Docker the files are those of now" in said
    assert "as it was in" not in said


def test_a_paused_service_says_so_when_it_is_looked_at_or_entered(forum: Folder) -> None:
    forum.fig("svc", "deploy", "--name", "users", "--env", "test")
    forum.fig("svc", "pause", "--name", "users", "--env", "test", "--yes")

    status = forum.fig("svc", "status", "--name", "users", "--env", "test").stdout
    entered = forum.try_fig("svc", "exec", "--name", "users", "--env", "test", "--command", "true")

    assert "no tasks are wanted" in status
    assert "█" not in status
    assert entered.status == CONFLICT
    assert "users is paused in test" in entered.stderr
    assert "fig svc resume --name users --env test" in entered.stderr


def test_an_environment_that_was_never_deployed_is_shown_the_way(forum: Folder) -> None:
    for flags in ((), ("--name", "test")):
        shown = forum.try_fig("env", "show", *flags)

        assert shown.status == NOT_FOUND
        assert "fig env deploy" in shown.stderr


def test_a_port_that_is_taken_names_the_line_of_the_manifest(forum: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        folder = forum.path / "copilot" / "environments" / "next"
        folder.mkdir()
        (folder / "manifest.yml").write_text(f"name: next\ntype: Environment\ntarget: local\nlocal: {{port: {port}}}\n")

        refused = forum.try_fig("env", "deploy", "--name", "next")

    assert refused.status == CONFLICT
    assert "`local.port` in copilot/environments/next/manifest.yml" in refused.stderr


def test_one_bad_manifest_is_said_to_keep_all_from_being_deployed(forum: Folder) -> None:
    manifest = forum.path / "copilot" / "users" / "manifest.yml"
    manifest.write_text(manifest.read_text() + "\nconut: 1\n")

    refused = forum.try_fig("deploy", "--all", "--env", "test")

    assert refused.status == 2
    assert "Nothing was deployed to test" in refused.stderr


def test_a_job_without_a_schedule_is_not_said_to_have_one(forum: Folder) -> None:
    folder = forum.path / "copilot" / "sweep"
    folder.mkdir()
    (folder / "manifest.yml").write_text(
        "name: sweep\ntype: Scheduled Job\nimage: {build: users/Dockerfile}\non: {schedule: none}\n"
    )

    said = forum.fig("job", "deploy", "--name", "sweep", "--env", "test").stderr

    assert "it has no schedule, and runs by hand only" in said
    assert "in force." not in said
