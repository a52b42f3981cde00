"""Commands that scripts of Copilot's call, and fig does not have."""

from __future__ import annotations

import re

import pytest

from stranglerfig.cli.importing.copilots import INSTEAD
from stranglerfig.cli.main import run
from tests.cli.command_line import ROOT
from tests.cli.commands import every_verb, verb_at

PAGE = ROOT / "docs/moving-from-copilot.md"


@pytest.mark.parametrize("command", INSTEAD)
def test_what_is_done_in_place_of_a_command_of_copilots_is_said(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run([*command.split(), "--app", "forum", "--name", "any"])

    told = capsys.readouterr().err
    assert (status, told.splitlines()[0]) == (2, f"✘ fig has no `{command}`, as Copilot has: {INSTEAD[command][0]}")
    assert INSTEAD[command][1] in told.replace("\n  ", " ")
    named = re.findall(r"`fig ([a-z]+ [a-z]+)", INSTEAD[command][1])
    assert {tuple(one.split()) for one in named} <= set(every_verb())


def test_a_group_of_copilots_alone_is_no_misspelt_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["storage"]) == run(["storage", "--help"]) == 2
    told = capsys.readouterr().err
    assert "fig has no `storage init`" in told
    assert "Did you mean" not in told


@pytest.mark.parametrize(
    ("command", "given"),
    [
        ("env init", ["--default-config"]),
        ("env override", ["--cdk-language", "typescript"]),
        ("svc override", ["--skip-resources"]),
        ("job override", ["--cdk-language", "go"]),
        ("env package", ["--force", "--name", "test"]),
        ("pipeline show", ["--resources"]),
        ("svc exec", ["--yes"]),
        ("task exec", ["--yes"]),
        ("deploy", ["--allow-downgrade"]),
    ],
)
def test_flags_of_copilots_that_are_of_no_use_are_taken_and_say_so(
    command: str, given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    verb_at(tuple(command.split())).make_context("fig", list(given))

    assert capsys.readouterr().err == f"! {given[0]} has no effect here.\n"


def test_other_unknown_commands_are_still_just_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pipeline", "initiate"]) == run(["stor"]) == 2
    assert "Copilot" not in capsys.readouterr().err


def test_the_page_names_the_same_commands() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    absent = {
        " ".join((group, verb.split()[-1]))
        for row in rows
        if row[1].startswith("none: ")
        for verbs in [re.findall(r"`([a-z ]+)`", row[0])]
        for group in [verbs[0].split()[0]]
        for verb in verbs
    }
    assert absent == set(INSTEAD)
