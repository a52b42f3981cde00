"""Draws the questions with questionary on stderr, so that what a command prints can be piped while it asks."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import questionary
from prompt_toolkit.application import Application, run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import to_filter
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.layout import Dimension, FormattedTextControl
from prompt_toolkit.output.vt100 import Vt100_Output

from stranglerfig.cli.output import say

if TYPE_CHECKING:
    from prompt_toolkit.key_binding.key_processor import KeyPressEvent

    from stranglerfig.cli.asking.questions import Check, Option, Question

MARK = " "
STYLE = questionary.Style([("qmark", ""), ("instruction", "fg:ansiwhite"), ("selected", "noreverse")])


def prompt_text(question: Question, default: str, check: Check | None) -> str:
    def judge(answer: str) -> bool | str:
        answer = answer.strip() or default
        if not answer:
            return "An answer is needed."
        return (check(answer) if check else None) or True

    instruction = f"({default})" if default else help_hint(question) or None
    asked = questionary.text(question.text, validate=judge, instruction=instruction, **drawing())
    return str(run(asked, question)).strip() or default


def prompt_hidden(question: Question) -> str:
    asked = questionary.password(
        question.text, validate=lambda typed: bool(typed) or "An answer is needed.", **drawing()
    )
    return str(run(asked, question))


def prompt_one(question: Question, options: Sequence[Option]) -> str:
    more = ", ? for more help" if question.help else ""
    asked = questionary.select(
        question.text,
        choices(options),
        use_search_filter=True,
        use_jk_keys=False,
        instruction=f"[Use arrows to move, type to filter{more}]",
        **drawing(),
    )
    return str(run(asked, question))


def prompt_some(question: Question, options: Sequence[Option]) -> list[str]:
    more = ", ? for more help" if question.help else ""
    asked = questionary.checkbox(
        question.text,
        choices(options),
        use_search_filter=True,
        use_jk_keys=False,
        instruction=f"[Use arrows to move, space to select, type to filter{more}]",
        **drawing(),
    )
    return [str(value) for value in run(asked, question)]


def prompt_yes(question: Question, *, default: bool) -> bool:
    asked = questionary.confirm(question.text, default=default, **drawing())
    return bool(run(asked, question))


def choices(options: Sequence[Option]) -> list[questionary.Choice]:
    """Titles are plain text: the filter reads them."""
    width = max(len(option.value) for option in options)
    return [
        questionary.Choice(
            title=f"{option.value.ljust(width)}  {option.note}" if option.note else option.value, value=option.value
        )
        for option in options
    ]


def help_hint(question: Question) -> str:
    return "[? for help]" if question.help else ""


def drawing() -> dict[str, Any]:
    # Terminals that do not answer where their cursor is would get a warning; nothing here needs to know.
    output = Vt100_Output.from_pty(sys.stderr, term=os.environ.get("TERM"))
    output.enable_cpr = False
    return {"output": output, "erase_when_done": True, "style": STYLE, "qmark": MARK}


def run(asked: questionary.Question, question: Question) -> Any:
    """Ctrl-C is ``KeyboardInterrupt``."""
    application = asked.application
    if question.help:
        # The last bindings win, so that `?` is help and no letter of a filter.
        own = application.key_bindings
        application.key_bindings = merge_key_bindings([*([own] if own else []), explain_on_question_mark(question)])
    show_whole_complaints(application)
    say()
    return asked.unsafe_ask()


def show_whole_complaints(application: Application[Any]) -> None:
    """The library gives what is wrong with an answer one line, and cuts the rest off."""
    for window in application.layout.find_all_windows():
        if isinstance(window.content, FormattedTextControl) and window.height == 1:
            window.height = Dimension(min=1)
            window.wrap_lines = to_filter(True)
            window.dont_extend_height = to_filter(True)


def explain_on_question_mark(question: Question) -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("?", eager=True)
    def explain(event: KeyPressEvent) -> None:
        buffer: Buffer = event.app.current_buffer
        if buffer.text:
            buffer.insert_text("?")
        else:
            run_in_terminal(lambda: say(f"    {question.help}"))

    return bindings
