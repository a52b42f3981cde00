"""What a task runs without Docker: the image's program with this machine's interpreter, in the build context. Pure.

RUN lines are never carried out here, and USER is left aside: a task runs as whoever runs fig.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import ContainerSpec, LocalRun, Pairs
from stranglerfig.workspace.image_paths import is_within, to_context_folder, to_context_path, translate_text
from stranglerfig.workspace.values import ImageFacts, Line, ProcessRun

SHELL = "/bin/sh"
#: They reap orphans inside a container, where there is nobody else to.
INITS = ("tini", "dumb-init")
EVERYWHERE = ("0.0.0.0", "::", "[::]", "*")
#: Each task has its own port; what else the image knows of paths to programs is not true here.
NOT_TAKEN = ("PORT", "PATH", "HOME")
_PYTHON = re.compile(r"python(\d+(\.\d+)?)?")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_EVERY_ADDRESS = re.compile(r"(?<![\d.])0\.0\.0\.0(?![\d.])|\[::\]")
_OPERATORS = re.compile(r"[;&|<>()\n`]")
_BUILTINS = {"cd", "set", "export", "if", "for", "while", "test", "[", "echo", ":", ".", "eval", "trap", "umask", "{"}


@dataclass(frozen=True, slots=True)
class Place:
    """This machine, as far as it matters: ``is_there`` tells of an absolute path, ``which`` finds a program on a PATH.

    ``context`` is the build context; ``volumes`` are this machine's folders by the path where the image has them;
    ``bin`` is the folder of the interpreter to be used, ``path`` the caller's PATH.
    """

    context: str
    is_there: Callable[[str], bool]
    which: Callable[[str, str], str | None]
    bin: str
    python: str
    path: str
    volumes: Pairs = ()


def to_process(facts: ImageFacts, spec: ContainerSpec, local: LocalRun, place: Place) -> ProcessRun:
    """Raises ``UsageError`` when there is no command or its program is not here. ``mounts`` are left to the caller."""
    translate = translator(facts, place)
    cwd, notes = to_cwd(facts, place)
    env = to_env(facts, place, translate)
    path = dict(env)["PATH"]
    if local.command:
        words = from_line(local.command)
    else:
        words = without_init(to_words(facts, spec, local))
        words = tuple(translate_text(word, translate) for word in words)
    program = to_program(words[0], cwd, path, place)
    if program is None:
        raise missing(words[0], spec.name, local)
    command = (*program, *words[1:])
    if (lost := lost_in_line(command, path, place)) is not None:
        raise missing(lost, spec.name, local)
    if facts.user and not local.command:
        notes = (*notes, f"USER {facts.user} of the Dockerfile is left aside: without Docker, tasks run as you")
    if not local.command:
        notes = (*notes, *command_notes(command, (spec.port, *facts.ports), local.place))
    return ProcessRun(
        command=command,
        cwd=cwd,
        env=env,
        setup=tuple(from_line(line) for line in local.setup),
        folders=tuple(folder for _, folder in place.volumes),
        notes=notes,
    )


def translator(facts: ImageFacts, place: Place) -> Callable[[str], str | None]:
    """From a path in the image to the same thing here; None when there is none."""

    def translate(path: str) -> str | None:
        for mounted, folder in place.volumes:
            if is_within(path, mounted):
                return posixpath.normpath(posixpath.join(folder, posixpath.relpath(path, mounted)))
        found = to_context_path(facts.copies, posixpath.normpath(path))
        if found is None:
            found = to_context_folder(facts.copies, posixpath.normpath(path))
        here = posixpath.normpath(posixpath.join(place.context, found)) if found is not None else None
        return here if here is not None and place.is_there(here) else None

    return translate


def to_cwd(facts: ImageFacts, place: Place) -> tuple[str, tuple[str, ...]]:
    found = to_context_folder(facts.copies, facts.workdir)
    if found is not None:
        folder = posixpath.normpath(posixpath.join(place.context, found))
        if place.is_there(folder):
            return folder, ()
    if facts.workdir == "/":
        return place.context, ()
    return place.context, (
        f"WORKDIR {facts.workdir} holds nothing of the build context: the command runs in {place.context}",
    )


def to_env(facts: ImageFacts, place: Place, translate: Callable[[str], str | None]) -> Pairs:
    """The image's, with its paths made this machine's. It listens where only this machine reaches it."""
    found = {
        name: translate_text(value, translate)
        for name, value in facts.env
        if name not in NOT_TAKEN and not (name == "HOST" and value in EVERYWHERE)
    }
    own = [translate(part) for part in dict(facts.env).get("PATH", "").split(":") if part]
    found["PATH"] = ":".join(filter(None, (*own, place.bin, place.path)))
    return tuple(found.items())


def to_words(facts: ImageFacts, spec: ContainerSpec, local: LocalRun) -> tuple[str, ...]:
    """ENTRYPOINT and CMD as Docker joins them, the manifest's before the image's."""
    if spec.entrypoint:
        return (*spec.entrypoint, *(spec.command or ()))
    command = Line(spec.command) if spec.command else facts.command
    if facts.entrypoint is None:
        if command is None:
            raise UsageError(
                f"it is not known what {spec.name} runs without Docker: its Dockerfile has neither ENTRYPOINT nor CMD, "
                f"and what the image {facts.base} runs is only known to Docker",
                hint=f"Write the command {local.place}, or {local.in_docker}.",
            )
        return to_exec(command)
    if facts.entrypoint.shell or command is None:
        return to_exec(facts.entrypoint)
    return (*facts.entrypoint.words, *to_exec(command))


def to_exec(line: Line) -> tuple[str, ...]:
    return (SHELL, "-c", with_exec(line.words[0])) if line.shell else line.words


def from_line(words: tuple[str, ...]) -> tuple[str, ...]:
    """The manifest's own, in which a line for the shell stands as the last of three words."""
    if len(words) == 3 and words[:2] == (SHELL, "-c"):
        return (SHELL, "-c", with_exec(words[2]))
    return words


def with_exec(line: str) -> str:
    """A lone command takes the shell's place, so that it gets the SIGTERM."""
    first = line.split(maxsplit=1)[0] if line.split() else ""
    if _OPERATORS.search(line) or _ASSIGNMENT.match(first) or first in _BUILTINS or first in ("exec", ""):
        return line
    return f"exec {line}"


def without_init(words: tuple[str, ...]) -> tuple[str, ...]:
    if posixpath.basename(words[0]) not in INITS:
        return words
    rest = list(words[1:])
    while rest and rest[0].startswith("-"):
        if rest.pop(0) == "--":
            break
    return tuple(rest) or words


def to_program(word: str, cwd: str, path: str, place: Place) -> tuple[str, ...] | None:
    """With its interpreter where a script is not executable: RUN lines may do that, and are not run here.

    None: it is not on this machine.
    """
    if "/" in word:
        here = posixpath.normpath(posixpath.join(cwd, word))
        if place.is_there(here):
            ending = posixpath.splitext(here)[1]
            interpreter = {".sh": SHELL, ".py": place.python}.get(ending)
            return (interpreter, here) if interpreter and place.which(here, path) is None else (here,)
    program = posixpath.basename(word)
    if found := place.which(program, path):
        return (found,)
    if _PYTHON.fullmatch(program):
        return (place.python,)
    return None


def lost_in_line(command: tuple[str, ...], path: str, place: Place) -> str | None:
    """A program that is not here, as far as a line can be looked through: its first word, if that is plain."""
    if len(command) != 3 or command[1] != "-c":
        return None
    words = [word for word in command[2].split() if not _ASSIGNMENT.match(word)]
    first = words[1] if words[:1] == ["exec"] and len(words) > 1 else "".join(words[:1])
    if not re.fullmatch(r"[A-Za-z][\w.+-]*", first) or first in _BUILTINS or _PYTHON.fullmatch(first):
        return None
    return first if place.which(first, path) is None and not is_keyword(first) else None


def is_keyword(word: str) -> bool:
    return word in {"until", "case", "exit", "read", "wait", "sleep", "source", "unset", "true", "false", "ulimit"}


def missing(program: str, name: str, local: LocalRun) -> UsageError:
    return UsageError(
        f"{name} cannot run without Docker: its program {program} is not on this machine",
        hint=f"Install {posixpath.basename(program)}, write another command {local.place}, or {local.in_docker}.",
    )


def command_notes(command: tuple[str, ...], ports: tuple[int | None, ...], where: str) -> tuple[str, ...]:
    """A command that names its port will not listen on the task's own, and one that names all addresses on all."""
    text = shlex.join(command[1:])
    notes = []
    named = next((port for port in ports if port and re.search(rf"(?<!\d){port}(?!\d)", text)), None)
    if named is not None:
        notes.append(
            f"the command names port {named}, but each task has a port of its own here, in PORT: "
            f"write it with $PORT {where}"
        )
    if _EVERY_ADDRESS.search(text):
        notes.append(
            f"the command listens on every address of this machine, not on 127.0.0.1 alone: write it with $HOST {where}"
        )
    return tuple(notes)
