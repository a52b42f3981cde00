"""What a one-off task runs, of what it is run as and of what flags say."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click
import pytest

from stranglerfig.api.wire import LogLineWire
from stranglerfig.cli.pairs import pairs
from stranglerfig.cli.task.alone import to_manifest
from stranglerfig.cli.task.following import Forwarder, ending, exit_status
from stranglerfig.cli.task.generating import OfCluster, parse_named, render
from stranglerfig.cli.task.wishes import Wishes, as_service, stored_names
from stranglerfig.cli.task.words import split
from stranglerfig.core.containers import Condition, Container, ContainerTargets, Mount, Volume
from stranglerfig.core.desired import ProcessTargets
from stranglerfig.errors import NotFound, UsageError
from stranglerfig.workspace.gather import read_process

SERVICE = ProcessTargets(
    command=("gunicorn", "app"),
    cwd="/src/users",
    replicas=3,
    env=(("LEVEL", "info"), ("DB", "users.db")),
    secrets=(("TOKEN", "/copilot/shop/test/secrets/token"),),
    recreate=True,
)
MAIN = Container(
    name="users",
    image="sha256:1",
    entrypoint=("/entry.sh",),
    command=("serve",),
    env=(("LEVEL", "info"),),
    secrets=(("TOKEN", "token"),),
    ports=(8080,),
    essential=False,
    depends_on=(("envoy", Condition.HEALTHY),),
    mounts=(Mount("data", "/data"),),
)
IN_DOCKER = ContainerTargets(
    containers=(MAIN, Container(name="envoy", image="envoy:1")),
    port=8080,
    replicas=2,
    network="fig-shop-test",
    aliases=("users",),
    volumes=(Volume("data", shared=True), Volume("sockets")),
)
MIGRATE = Wishes(command=("python", "manage.py", "migrate"))


def test_a_process_task_has_all_of_its_service_but_command_copies_and_port() -> None:
    task = as_service("users", SERVICE, MIGRATE)

    assert task == replace(
        SERVICE, command=("python", "manage.py", "migrate"), replicas=1, listens=False, recreate=False
    )


def test_flags_come_on_top_of_what_is_inherited() -> None:
    wishes = replace(MIGRATE, variables={"LEVEL": "debug"}, secrets={"KEY": "key"}, memory_mib=64)

    task = as_service("users", SERVICE, wishes)

    assert isinstance(task, ProcessTargets)
    assert dict(task.env) == {"LEVEL": "debug", "DB": "users.db"}
    assert dict(task.secrets) == {"TOKEN": "/copilot/shop/test/secrets/token", "KEY": "key"}
    assert task.memory_bytes == 64 * 1024**2


def test_a_variable_takes_the_place_of_a_secret_of_its_name_and_the_reverse() -> None:
    task = as_service("users", SERVICE, replace(MIGRATE, variables={"TOKEN": "none"}, secrets={"DB": "db"}))

    assert isinstance(task, ProcessTargets)
    assert dict(task.env) == {"LEVEL": "info", "TOKEN": "none"}
    assert dict(task.secrets) == {"DB": "db"}


def test_a_container_task_is_the_services_own_container_in_its_network() -> None:
    task = as_service("users", IN_DOCKER, MIGRATE)

    assert isinstance(task, ContainerTargets)
    (own,) = task.containers
    assert own == replace(MAIN, command=MIGRATE.command, ports=(), essential=True, depends_on=())
    assert (task.network, task.aliases, task.port, task.replicas) == ("fig-shop-test", (), None, 1)
    assert task.volumes == (Volume("data", shared=True),)


@pytest.mark.parametrize(
    ("entrypoint", "command", "wanted"),
    [
        (None, ("migrate",), (("/entry.sh",), ("migrate",))),
        (("sh", "-c"), ("true",), (("sh", "-c"), ("true",))),
        ((), ("true",), ((), ("true",))),
        (("/other.sh",), None, (("/other.sh",), None)),
    ],
    ids=["command alone", "both", "an empty entrypoint", "entrypoint alone"],
)
def test_entrypoint_and_command_are_dockers(entrypoint: Any, command: Any, wanted: Any) -> None:
    task = as_service("users", IN_DOCKER, Wishes(command=command, entrypoint=entrypoint))

    assert isinstance(task, ContainerTargets)
    assert (task.containers[0].entrypoint, task.containers[0].command) == wanted


@pytest.mark.parametrize("targets", [SERVICE, IN_DOCKER], ids=["process", "docker"])
def test_without_a_command_a_service_would_only_be_started_once_more(targets: Any) -> None:
    with pytest.raises(UsageError, match="nothing is said to be run") as raised:
        as_service("users", targets, Wishes(variables={"A": "b"}))

    assert "--command" in str(raised.value.hint)


def parsed(text: str) -> dict[str, list[str]]:
    """The flags of a command line, as a shell reads it."""
    words = subprocess.check_output(["sh", "-c", f"printf '%s\\0' {text}"], text=True).split("\0")[:-1]
    assert words[:3] == ["fig", "task", "run"]
    found: dict[str, list[str]] = {}
    for flag, value in zip(words[3::2], words[4::2], strict=True):
        found.setdefault(flag, []).append(value)
    return found


@pytest.mark.parametrize("targets", [SERVICE, IN_DOCKER], ids=["process", "docker"])
def test_the_generated_command_runs_what_the_service_does(targets: Any) -> None:
    command = targets.command if isinstance(targets, ProcessTargets) else ("serve", "--all of it")
    flags = parsed(render(("shop", "test", "users"), targets, command))

    wishes = Wishes(
        command=split(flags["--command"][0], "--command"),
        entrypoint=split(flags["--entrypoint"][0], "--entrypoint") if "--entrypoint" in flags else None,
        variables=pairs(flags["--env-vars"], "--env-vars"),
        secrets=pairs(flags["--secrets"], "--secrets"),
    )
    assert (flags["--app"], flags["--env"], flags["--as"]) == (["shop"], ["test"], ["users"])
    assert as_service("users", targets, wishes) == as_service("users", targets, Wishes(command=command))


@pytest.mark.parametrize(
    "value", ["", "plain", "a,b", "k=v", "a=b,c=d", 'say "hi"', "it's", "two\nlines, = x", " blank ", "$HOME \\ `x`"]
)
def test_generated_variables_are_read_as_they_were(value: str) -> None:
    targets = replace(SERVICE, env=(("A", value), ("COPILOT_X", "1"), ("FIG_X", "1"), ("PATH", "/bin"), ("B", "2")))
    flags = parsed(render(("shop", "test", "users"), targets, ("sh", "-c", value)))

    assert pairs(flags["--env-vars"], "--env-vars") == {"A": value, "B": "2"}
    assert split(flags["--command"][0], "--command") == ("sh", "-c", value)


@pytest.mark.parametrize(
    "text", ["users", "cluster/", "shop//users", "shop/test/users/1", "arn:aws:ecs:eu-west-1:1:task/a/b"]
)
def test_what_to_generate_a_command_of_is_named_in_full(text: str) -> None:
    with pytest.raises(UsageError, match="an application, an environment and a service or job"):
        parse_named(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("shop/test/users", ("shop", "test", "users")),
        ("main/users", OfCluster("main", "users")),
        ("arn:aws:ecs:eu-west-1:123456789012:service/main/users", OfCluster("main", "users", "eu-west-1")),
        ("arn:aws-cn:ecs:cn-north-1:123456789012:service/users", OfCluster("default", "users", "cn-north-1")),
    ],
)
def test_a_service_is_named_as_copilot_has_it(text: str, wanted: object) -> None:
    assert parse_named(text) == wanted


def test_what_is_empty_is_left_out_of_the_generated_command() -> None:
    assert "--command" not in render(("shop", "test", "users"), IN_DOCKER, ())


def test_a_secret_is_found_by_its_whole_name_or_by_the_one_it_was_given() -> None:
    prefix = "/copilot/shop/test/secrets/"
    known = {f"{prefix}token", "plain"}

    assert stored_names({"A": "token", "B": f"{prefix}token", "C": "plain"}, known, prefix) == {
        "A": f"{prefix}token",
        "B": f"{prefix}token",
        "C": "plain",
    }
    with pytest.raises(NotFound, match="no secret other"):
        stored_names({"A": "other"}, known, prefix)


def test_without_a_service_or_a_dockerfile_the_command_runs_in_the_folder(tmp_path: Any) -> None:
    manifest = to_manifest("report", Wishes(command=("./report", "2026"), variables={"A": "b"}), at(tmp_path))

    assert manifest.local.command == ("./report", "2026")
    assert manifest.containers[0].variables == (("A", "b"),)
    build = manifest.containers[0].image.build
    assert build is not None
    assert build.context == str(tmp_path)


def test_with_a_dockerfile_the_command_is_what_its_image_is_asked_to_run(tmp_path: Any) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")

    manifest = to_manifest("report", Wishes(command=("2026",)), at(tmp_path))

    assert manifest.local.command is None
    assert manifest.containers[0].command == ("2026",)


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        (None, "Install nosuchprog, write another command with `--command`, or name an environment in Docker"),
        ("busybox", "Write a command with `--command` and without `--image`, or name an environment in Docker"),
    ],
)
def test_hints_of_a_task_by_itself_name_its_flags_and_no_manifest(tmp_path: Any, image: str | None, hint: str) -> None:
    given = {**at(tmp_path), "image": image, "build_context": None if image else str(tmp_path)}
    manifest = to_manifest("report", Wishes(command=("nosuchprog",)), given)

    with pytest.raises(UsageError) as caught:
        read_process(tmp_path, manifest, tmp_path)

    assert str(caught.value.hint).startswith(hint)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "nothing is said to be run"),
        ({"dockerfile": "no/Dockerfile"}, "there is no file no/Dockerfile"),
        ({"image": "busybox", "dockerfile": "Dockerfile"}, "two different things"),
    ],
)
def test_what_is_to_be_run_must_be_one_thing(tmp_path: Any, given: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        to_manifest("report", Wishes(), {**at(tmp_path), **({"build_context": None} if given else {}), **given})


def at(folder: Any) -> dict[str, Any]:
    return {"image": None, "dockerfile": None, "build_context": str(folder), "build_args": ()}


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["A=1"], {"A": "1"}),
        (["A=1,B=2", "C=3"], {"A": "1", "B": "2", "C": "3"}),
        (["A=1,2"], {"A": "1,2"}),
        (['"A=1,2",B=x=y'], {"A": "1,2", "B": "x=y"}),
        (["A="], {"A": ""}),
    ],
)
def test_pairs_are_written_as_copilot_takes_them(texts: list[str], wanted: dict[str, str]) -> None:
    assert pairs(texts, "--values") == wanted


def test_a_broken_pair_is_refused_without_its_value() -> None:
    with pytest.raises(click.BadParameter) as raised:
        pairs(["A=b,B=c,hunter2"], "--values")

    assert "hunter2" not in raised.value.format_message()


@pytest.mark.parametrize(
    ("state", "status", "wanted", "words"),
    [
        ("SUCCEEDED", 0, 0, None),
        ("FAILED", 3, 3, "exited with status 3"),
        ("FAILED", -9, 137, "was ended by signal 9"),
        ("FAILED", None, 1, "did not start"),
        ("TIMED_OUT", None, 1, "took longer than its timeout and was stopped"),
        ("STOPPED", -15, 143, "was stopped"),
    ],
)
def test_fig_ends_as_the_run_has_ended(state: str, status: int | None, wanted: int, words: str | None) -> None:
    run = {"state": state, "exit_status": status}

    assert exit_status(run) == wanted
    assert words is None or ending(run) == words


def test_a_command_is_split_into_words_as_a_shell_would() -> None:
    assert split("sh -c 'echo $A'", "--command") == ("sh", "-c", "echo $A")
    with pytest.raises(UsageError, match="--command: no closing quotation"):
        split("sh -c 'echo", "--command")


def test_the_last_words_are_shown_though_the_stream_had_ended(capsys: pytest.CaptureFixture[str]) -> None:
    def lines(*texts: str) -> Iterator[LogLineWire]:
        for text in texts:
            yield {"task": text[0], "line": text}

    forwarder = Forwarder("report")
    forwarder.forward(lines("a1", "b1"))
    forwarder.forward_rest(lines("a1", "a2", "b1", "c1"))

    assert capsys.readouterr().out == "report/a a1\nreport/b b1\nreport/a a2\nreport/c c1\n"
