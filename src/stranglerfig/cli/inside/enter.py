"""Runs a command where a task runs, as ``svc exec`` and ``task exec`` do."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.cli.output import say
from stranglerfig.errors import NotFound, Unavailable, UsageError

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import ExecPlan

SHELL = "/bin/sh"


def enter(plan: ExecPlan, command: str) -> int:
    """The command's exit status. Beside a process the command takes this one's place, and this does not return."""
    words = to_words(command)
    if plan["container"] is not None:
        from stranglerfig.cli.inside.container import run_in_container

        return run_in_container(plan["container"], words)
    become(words, folder_of(plan), variables_of(plan))
    raise AssertionError("exec returned")


def to_words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as broken:
        raise UsageError(f"--command: {str(broken).lower()}", hint="Quote it as for a shell.") from broken
    if not words:
        raise UsageError("--command is empty", hint=f"Leave it out for {SHELL}.")
    return words


def folder_of(plan: ExecPlan) -> str:
    if plan["cwd"] is None:
        raise Unavailable(f"task {plan['task']} has ended", hint="Repeat the command: another one has taken its place.")
    return plan["cwd"]


def variables_of(plan: ExecPlan) -> dict[str, str]:
    """The task's own, secrets included: who may read them in /proc may have them. Of this terminal only its kind."""
    found = dict(plan["env"])
    if plan["pid"] is not None:
        try:
            raw = Path(f"/proc/{plan['pid']}/environ").read_bytes()
        except OSError:
            say("The task's secrets cannot be read; the command runs without them.")
        else:
            found |= dict(os.fsdecode(entry).split("=", 1) for entry in raw.split(b"\0") if b"=" in entry)
    return {**found, **{name: os.environ[name] for name in ("TERM", "COLORTERM") if name in os.environ}}


def become(words: Sequence[str], folder: str, variables: dict[str, str]) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise NotFound(
            f"cannot enter {folder}: {error.strerror}", hint="Was the folder moved? Deploy again."
        ) from error
    program = shutil.which(words[0], path=variables.get("PATH", os.defpath))
    if program is None:
        raise NotFound(
            f"there is no program {words[0]} on the task's PATH", hint=f"Without --command it is {SHELL}, a shell."
        )
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execve(program, list(words), variables)
    except OSError as error:
        raise UsageError(f"cannot run {program}: {error.strerror}", hint="Is it a program for this machine?") from error
