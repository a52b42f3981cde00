"""What is wrong in a manifest, each with its place; all of it is told at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from stranglerfig.errors import UsageError

#: More than a reader wants; a broken file of a megabyte must not end in a megabyte of complaints.
MOST = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file a value stands; ``path`` is the path there, with ``environments.NAME`` if it is below that."""

    line: int
    column: int
    path: str


class Fault(NamedTuple):
    """What is wrong with a value, apart from its file."""

    place: Place
    message: str
    hint: str | None = None
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """``path`` is empty when the text as a whole is meant. ``hint`` is the nearest right thing, as a sentence."""

    file: str
    line: int
    path: str
    message: str
    hint: str | None = None
    is_warning: bool = False

    def __str__(self) -> str:
        what = f"{self.path}: {self.message}" if self.path else self.message
        warning = "warning: " if self.is_warning else ""
        hint = f" ({self.hint})" if self.hint else ""
        return printable(f"{self.file}:{self.line}: {warning}{what}{hint}")


class ManifestInvalid(UsageError):
    """Has every problem of one file, or of several, warnings included; one of them at least is no warning."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        errors = [problem for problem in self.problems if not problem.is_warning]
        files = {problem.file for problem in errors}
        subject = errors[0].file if len(files) == 1 else f"{len(files)} manifests"
        count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
        lines = [str(problem) for problem in self.problems[:MOST]]
        if len(self.problems) > MOST:
            lines.append(f"… and {len(self.problems) - MOST} more")
        super().__init__("\n".join([f"{subject}: {count}", *lines]))


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file and line, each once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line)))


def located(file: str, faults: Iterable[Fault]) -> Iterator[Problem]:
    for place, message, hint, is_warning in faults:
        yield Problem(file, place.line, place.path, message, hint, is_warning)


def brief(text: str) -> str:
    """A text from a manifest as it may stand in a message."""
    shown = printable(text[:61])
    return shown if len(shown) <= 60 else f"{shown[:59]}…"


def printable(text: str) -> str:
    return "".join(c if c.isprintable() else "·" for c in text)
