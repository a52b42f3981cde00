"""Questions are asked on a real terminal, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pexpect
import pytest

from tests.cli.command_line import Fig

PRELUDE = """
import sys
from stranglerfig.cli.asking.questions import *
from stranglerfig.errors import FigError
question = Question("Service", "Which service is it?", "--name", "A service of the workspace.")
options = [Option("posts", "what people write"), Option("threads"), Option("users")]
"""
ONE = "print(ask_one(question, options))"
SOME = "print(ask_some(question, options))"
TEXT = "print(ask_text(question, default='web', check=lambda name: None if name.islower() else 'Small letters only.'))"
YES = "print(ask_yes(question, default=False))"
DOWN = "\x1b[B"


@contextmanager
def asked(fig: Fig, program: str) -> Iterator[pexpect.spawn[str]]:
    child = pexpect.spawn(
        sys.executable, ["-c", PRELUDE + program], env=fig.env(TERM="xterm"), encoding="utf-8", timeout=20
    )
    try:
        child.expect("Which service is it")
        yield child
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


def test_one_is_chosen_with_the_arrows(fig: Fig) -> None:
    with asked(fig, ONE) as child:
        child.send(DOWN + DOWN + "\r")
        child.expect("Service.*: users\r\nusers")


def test_typing_filters_the_list(fig: Fig) -> None:
    with asked(fig, ONE) as child:
        child.send("thread\r")
        child.expect("Service.*: threads\r\nthreads")


def test_a_question_mark_shows_the_help_and_asks_on(fig: Fig) -> None:
    with asked(fig, ONE) as child:
        child.send("?")
        child.expect("A service of the workspace")
        child.send("\r")
        child.expect(": posts\r\nposts")


def test_several_are_chosen_with_the_space_bar(fig: Fig) -> None:
    with asked(fig, SOME) as child:
        child.send(" " + DOWN + DOWN + " \r")
        child.expect(r"\['posts', 'users'\]")


def test_a_wrong_answer_is_told_and_asked_again(fig: Fig) -> None:
    with asked(fig, TEXT) as child:
        child.send("WEB\r")
        child.expect("Small letters only")
        child.send("\x7f\x7f\x7fshop\r")
        child.expect(": shop\r\nshop")


def test_a_long_complaint_is_shown_to_its_end(fig: Fig) -> None:
    program = f"print(ask_text(question, check=lambda name: {'word ' * 40 + 'end of it'!r} if name == 'x' else None))"
    with asked(fig, program) as child:
        child.send("x\r")
        child.expect("end of it")
        child.send("\x7fshop\r")
        child.expect(": shop\r\nshop")


def test_an_empty_answer_is_the_default(fig: Fig) -> None:
    with asked(fig, TEXT) as child:
        child.expect(r"\(web\)")
        child.send("\r")
        child.expect(": web\r\nweb")


def test_a_yes_is_one_key(fig: Fig) -> None:
    with asked(fig, YES) as child:
        child.expect("y/N")
        child.send("y")
        child.expect(": Yes\r\nTrue")


def test_ctrl_c_ends_it(fig: Fig) -> None:
    with asked(fig, ONE) as child:
        child.send("\x03")
        child.expect("KeyboardInterrupt")


@pytest.mark.parametrize("program", [ONE, SOME, TEXT, YES])
def test_without_a_terminal_the_missing_flag_is_named(fig: Fig, program: str) -> None:
    caught = f"try:\n    {program}\nexcept FigError as error:\n    print(error.code, error.message, error.hint)"

    found = subprocess.run(
        [sys.executable, "-c", PRELUDE + caught],
        env=fig.env(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout.startswith("usage missing --name: ")
    assert "Add --name." in found.stdout


def test_the_only_one_is_taken_without_asking(fig: Fig) -> None:
    program = PRELUDE + "print(ask_one(question, options[:1]))"

    found = subprocess.run(
        [sys.executable, "-c", program],
        env=fig.env(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout == "posts\n"
    assert found.stderr == "Only one service found, taking it: posts\n"
