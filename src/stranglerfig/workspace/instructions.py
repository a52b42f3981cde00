"""A Dockerfile's instructions, one by one, and the small notations inside them. Pure."""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dockerfile_parse import DockerfileParser

from stranglerfig.workspace.values import Line

_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_]\w*)\1")
_VARIABLE = re.compile(
    r"\\(?P<escaped>\$)|\$(?:\{(?P<name>\w+)(?::(?P<how>[-+])(?P<word>[^}]*))?\}|(?P<bare>[A-Za-z_]\w*))"
)
_FLAG = re.compile(r"--(?P<name>[a-z-]+)(?:=(?P<value>\S*))?\s+")


@dataclass(frozen=True, slots=True)
class Instruction:
    """``word`` is in capitals; ``rest`` all after it, continuation lines joined."""

    word: str
    rest: str


def split_instructions(text: str) -> tuple[Instruction, ...]:
    parser = DockerfileParser(fileobj=io.StringIO(without_heredocs(text)), env_replace=False)
    return tuple(
        Instruction(found["instruction"].upper(), found["value"])
        for found in parser.structure
        if found["instruction"] != "COMMENT"
    )


def without_heredocs(text: str) -> str:
    """Their bodies hold lines that look like instructions and are none."""
    kept: list[str] = []
    waiting: list[str] = []
    for line in text.splitlines():
        if waiting:
            if line.strip() == waiting[0]:
                waiting.pop(0)
            continue
        kept.append(line)
        if not line.lstrip().startswith("#"):
            waiting = [name for _, name in _HEREDOC.findall(line)]
    return "\n".join(kept) + "\n"


def split_flags(rest: str) -> tuple[dict[str, str], str]:
    """Leading ``--flag=value`` words, and what follows them."""
    flags: dict[str, str] = {}
    while match := _FLAG.match(rest):
        flags[match["name"]] = match["value"] or ""
        rest = rest[match.end() :]
    return flags, rest


def to_list(rest: str) -> tuple[str, ...] | None:
    """The words of a JSON form; None when it is none."""
    try:
        found = json.loads(rest)
    except ValueError:
        return None
    if isinstance(found, list) and all(isinstance(word, str) for word in found):
        return tuple(found)
    return None


def to_line(rest: str) -> Line | None:
    """None for an empty one, which takes back what the base image says."""
    words = to_list(rest)
    if words is not None:
        return Line(words) if words else None
    return Line((rest.strip(),), shell=True) if rest.strip() else None


def to_pairs(rest: str, expand: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    """Of ENV and ARG: ``A=1 B="two words"``, or the old ``A all of it``. A name alone has no value and is left out."""
    words = split_words(rest)
    if words and "=" not in words[0]:
        name, _, value = rest.strip().partition(" ")
        return ((name, expand(value.strip())),) if value.strip() else ()
    cut = [word.partition("=") for word in words if "=" in word]
    return tuple((name, expand(value)) for name, _, value in cut)


def split_words(rest: str) -> list[str]:
    """Without quotes. The backslash before a ``$`` stays, for ``expand`` to see."""
    try:
        return shlex.split(rest.replace("\\$", "\\\\$"))
    except ValueError:
        return rest.split()


def expand(text: str, variables: Mapping[str, str]) -> str:
    """``$A``, ``${A}``, ``${A:-else}``, ``${A:+if}``; what has no value is empty."""

    def replace(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        value = variables.get(match["name"] or match["bare"], "")
        if match["how"] == "-":
            return value or expand(match["word"], variables)
        if match["how"] == "+":
            return expand(match["word"], variables) if value else ""
        return value

    return _VARIABLE.sub(replace, text)
