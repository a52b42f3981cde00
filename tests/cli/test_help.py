from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile

import click
import pytest

from stranglerfig.cli.lazy import ExampleCommand
from stranglerfig.cli.main import root
from stranglerfig.errors import error_kinds
from tests.cli.command_line import Fig
from tests.cli.commands import every_group, every_verb, verb_at

#: Each is tens of milliseconds that every command would pay.
HEAVY = {
    "asyncio",
    "email",
    "http.client",
    "httpx",
    "ssl",
    "pydantic",
    "rich",
    "sqlite3",
    "starlette",
    "uvicorn",
    "prometheus_client",
    "subprocess",
}
SHOWING = {"ls", "show", "status", "journal", "logs", "doctor", "version", "explain", "lint"}


@pytest.mark.parametrize("path", list(every_verb()), ids=" ".join)
def test_every_command_explains_itself_with_examples(fig: Fig, path: tuple[str, ...]) -> None:
    result = fig(*path, "--help")

    assert (result.status, result.stderr) == (0, "")
    assert f"Usage: fig {' '.join(path)}" in result.stdout
    examples = result.stdout.partition("\nExamples:\n")[2].splitlines()
    assert examples, "it has an Examples section"
    assert all("fig " in line for line in examples)


@pytest.mark.parametrize("path", list(every_verb()), ids=" ".join)
def test_every_example_is_read_as_it_stands_and_has_no_flag_without_effect(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    command = verb_at(path)
    assert isinstance(command, ExampleCommand)
    for line in map(str.strip, command.examples.strip().splitlines()):
        # Behind two spaces stands what it does.
        words = list(takewhile(lambda word: word not in (">", "|"), shlex.split(line.split("  ")[0])))
        if words[: len(path) + 1] != ["fig", *path]:
            continue
        # A file that is named need not be here.
        with suppress(click.exceptions.Exit), forgiven("does not exist"):
            command.make_context(path[-1], words[len(path) + 1 :])
        assert capsys.readouterr().err == "", line


@contextmanager
def forgiven(text: str) -> Iterator[None]:
    try:
        yield
    except click.BadParameter as bad:
        if text not in bad.message:
            raise


@pytest.mark.parametrize("path", [path for path in every_verb() if path[-1] in SHOWING], ids=" ".join)
def test_every_command_that_shows_has_a_json_form(fig: Fig, path: tuple[str, ...]) -> None:
    assert "--json" in fig(*path, "--help").stdout


@pytest.mark.parametrize("path", [path for path in every_verb() if path[-1] == "ls"], ids=" ".join)
def test_every_list_that_can_be_of_aws_is_so_by_target(path: tuple[str, ...]) -> None:
    command = verb_at(path)
    names = {one.name for one in command.params}
    of_one_thing = any(isinstance(one, click.Argument) for one in command.params)

    assert of_one_thing or ("profile" in names) == ("target" in names)


@pytest.mark.parametrize("path", list(every_group()), ids=" ".join)
def test_every_group_lists_its_verbs_each_with_a_line(fig: Fig, path: tuple[str, ...]) -> None:
    result = fig(*path, "--help")

    assert result.status == 0
    for verb in every_verb():
        if verb[:-1] == path:
            line = next(line for line in result.stdout.splitlines() if line.split()[:1] == [verb[-1]])
            assert len(line.split()) > 2


def test_the_help_documents_every_exit_status(fig: Fig) -> None:
    text = fig("--help").stdout

    for kind in error_kinds().values():
        name = kind.code.replace("-", " ")
        assert f"{kind.exit_status}  {name}: " in text


def test_help_and_a_route_change_start_fast_enough(fig: Fig) -> None:
    for args in (("--help",), ("route", "set", "--help"), ("version",)):
        began = time.perf_counter()
        assert fig(*args).status == 0
        sys.stdout.write(f"fig {' '.join(args)}: {(time.perf_counter() - began) * 1000:.0f} ms\n")


def test_the_client_side_loads_nothing_heavy(fig: Fig, daemon: object) -> None:
    program = (
        "import json, sys\nfrom stranglerfig.cli.main import run\n"
        "run(['route', 'set', 'shop', 'r1', '--weight', '5'])\nrun(['status', '--json'])\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], env=fig.env(), capture_output=True, text=True, check=True)

    assert "no proxy is called shop" in found.stderr, "it did ask the daemon"
    assert HEAVY.isdisjoint(json.loads(found.stdout.splitlines()[-1]))


def test_no_command_is_loaded_for_the_help_of_all(fig: Fig) -> None:
    program = "import sys\nfrom stranglerfig.cli.main import run\nrun(['--help'])\nprint(*sorted(sys.modules))"
    found = subprocess.run([sys.executable, "-c", program], env=fig.env(), capture_output=True, text=True, check=True)

    loaded = {name for name in found.stdout.splitlines()[-1].split() if name.startswith("stranglerfig.cli.")}
    assert loaded == {"stranglerfig.cli.lazy", "stranglerfig.cli.main", "stranglerfig.cli.output"}


@pytest.mark.parametrize(
    ("args", "nearest"),
    [
        (("rout",), "`fig route`"),
        (("proxy", "crate"), "`fig proxy create`"),
        (("route", "ad"), "`fig route add`"),
        (("route", "set", "shop", "r1", "--wieght", "5"), "--weight"),
    ],
)
def test_a_slip_is_a_usage_error_that_names_what_was_meant(fig: Fig, args: tuple[str, ...], nearest: str) -> None:
    result = fig(*args)

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("✘ no such ")
    assert nearest in result.stderr


def test_a_bare_group_shows_its_help_and_is_a_usage_error(fig: Fig) -> None:
    for args in ((), ("proxy",)):
        result = fig(*args)
        assert (result.status, result.stdout) == (2, "")
        assert result.stderr.startswith("Usage: fig")


def test_the_version_needs_no_daemon(fig: Fig) -> None:
    version = root.commands  # the group keeps no eager commands: all are lazy
    assert version == {}
    assert fig("--version").stdout.startswith("fig ")
    assert fig("version", "--json").json()["daemon"] is None
