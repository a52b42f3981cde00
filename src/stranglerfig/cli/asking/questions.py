"""What is asked, and who is not asked: a flag that answered, a terminal that is none, a choice that is no choice.

The library that draws prompts is loaded by the first question.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from stranglerfig.cli.output import say
from stranglerfig.errors import UsageError


@dataclass(frozen=True, slots=True)
class Question:
    """``label`` names the answer, ``flag`` is what would have given it, ``help`` is shown after ``?``.

    ``elsewhere`` is the command that has ``flag``, where this one has not.
    """

    label: str
    text: str
    flag: str
    help: str = ""
    elsewhere: str = ""

    @property
    def noun(self) -> str:
        """The label within a sentence."""
        return self.label if self.label == "Dockerfile" else self.label[:1].lower() + self.label[1:]


@dataclass(frozen=True, slots=True)
class Option:
    """``note`` stands beside it in the list."""

    value: str
    note: str = ""


#: What is wrong with an answer, or None.
Check = Callable[[str], str | None]


def can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_text(question: Question, *, default: str = "", check: Check | None = None) -> str:
    require_terminal(question)
    from stranglerfig.cli.asking.prompts import prompt_text

    return collapse(question, prompt_text(question, default, check))


def ask_hidden(question: Question) -> str:
    """What is typed is not shown, and neither is the answer."""
    require_terminal(question)
    from stranglerfig.cli.asking.prompts import prompt_hidden

    answer = prompt_hidden(question)
    collapse(question, "(hidden)")
    return answer


def ask_one(question: Question, options: Sequence[Option]) -> str:
    """``options`` is not empty; a single one is taken without asking, and said."""
    if len(options) == 1:
        return only_one(question, options[0].value)
    require_terminal(question, options)
    from stranglerfig.cli.asking.prompts import prompt_one

    return collapse(question, prompt_one(question, options))


def ask_some(question: Question, options: Sequence[Option]) -> list[str]:
    """Any number of them, none too."""
    require_terminal(question, options)
    from stranglerfig.cli.asking.prompts import prompt_some

    chosen = prompt_some(question, options)
    collapse(question, ", ".join(chosen) or "none")
    return chosen


def ask_yes(question: Question, *, default: bool) -> bool:
    require_terminal(question)
    from stranglerfig.cli.asking.prompts import prompt_yes

    agreed = prompt_yes(question, default=default)
    collapse(question, "Yes" if agreed else "No")
    return agreed


def only_one(question: Question, value: str) -> str:
    say(f"Only one {question.noun} found, taking it: {click.style(value, bold=True)}")
    return value


def require_terminal(question: Question, options: Sequence[Option] = ()) -> None:
    if can_ask():
        return
    known = f" It can be {', '.join(option.value for option in options)}." if options else ""
    verb = "are" if question.noun.endswith(("topics", "sources")) else "is"
    raise UsageError(
        f"missing {question.flag}: {question.noun} {verb} not given, and input is not a terminal to ask on",
        hint=f"Run `{question.elsewhere}`, which takes {question.flag}.{known}"
        if question.elsewhere
        else f"Add {question.flag}.{known}",
    )


def collapse(question: Question, answer: str) -> str:
    """The question is erased; one line of it stays."""
    say(f"{click.style(question.label, bold=True)}: {answer}")
    return answer
