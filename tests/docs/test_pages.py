"""What the pages tell readers to type works, and prints what they say it prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.source import pages as all_pages
from tests.docs.pages import OTHER_LANGUAGES, ROOT, Command, commands, languages, pages, unprinted
from tests.docs.reader import a_reader
from tools.gen_docs import every_command


# a limit a page, for some fifty commands: each has one of its own
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_command_of_a_page_does_what_the_page_says(page: Path) -> None:
    with a_reader() as reader:
        for command in commands(page):
            if not command.is_tried:
                continue
            status, output = reader.run(command.line)

            assert status == command.status, f"$ {command.line}\n{output}"
            assert unprinted(command, output) == [], f"$ {command.line}\n{output}"


def test_commands_stand_only_in_blocks_that_are_tried() -> None:
    handwritten = [page for page in all_pages() if "generated" not in page.parts and "examples" not in page.parts]
    offenders = {page.name: languages(page) - OTHER_LANGUAGES - {"console"} for page in handwritten}

    assert {name: found for name, found in offenders.items() if found} == {}


def test_commands_that_are_mentioned_exist() -> None:
    """Within sentences too: what stands as `fig …` names a command there is."""
    known = {" ".join(("fig", *path)) for path, _ in every_command()} | {"fig", "fig demo"}
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for text in re.findall(r"`(fig [^`]+)`", page.read_text(encoding="utf-8")):
            words = re.match(r"fig( [a-z]+)*", text)
            assert words is not None
            pieces = words[0].split()
            assert any(" ".join(pieces[:length]) in known for length in (2, 3)), f"{page.name}: {text}"


def test_a_page_that_promises_too_much_is_found_out() -> None:
    command = Command("echo", prints=["one …", "three"])

    assert unprinted(command, "one 1\ntwo\nthree\n") == []
    assert unprinted(command, "three\none 1\n") == ["three"]
    assert unprinted(command, "zone 1\nthree\n") == ["one …"]
