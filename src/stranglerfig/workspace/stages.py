"""What the stages of a Dockerfile say, each with what it inherits from the one it starts from. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from stranglerfig.core.containers import ContainerHealth
from stranglerfig.workspace.image_paths import join, to_context_path
from stranglerfig.workspace.instructions import (
    Instruction,
    expand,
    split_flags,
    split_words,
    to_line,
    to_list,
    to_pairs,
)
from stranglerfig.workspace.values import Copy, ImageFacts

IsFolder = Callable[[str], bool]
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|s|m|h)")
_NUMBER = re.compile(r"[0-9]{1,5}")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(slots=True)
class Stage:
    """One FROM and what follows it. ``args`` are the build arguments that it has declared."""

    name: str
    facts: ImageFacts
    args: dict[str, str] = field(default_factory=dict)

    def expand(self, text: str) -> str:
        return expand(text, self.args | dict(self.facts.env))


def to_stages(instructions: tuple[Instruction, ...], args: Mapping[str, str], is_folder: IsFolder) -> list[Stage]:
    """``args`` are given at the build; ``is_folder`` tells of a path in the context."""
    stages: list[Stage] = []
    outer: dict[str, str] = {}
    for instruction in instructions:
        if instruction.word == "FROM":
            stages.append(begin(instruction.rest, stages, outer))
        elif instruction.word == "ARG":
            declare(instruction.rest, stages[-1] if stages else None, outer, args)
        elif stages:
            apply(instruction, stages, is_folder)
    return stages


def begin(rest: str, stages: list[Stage], outer: Mapping[str, str]) -> Stage:
    _, rest = split_flags(rest)
    base, *more = expand(rest, outer).split() or [""]
    name = more[1].lower() if len(more) == 2 and more[0].lower() == "as" else ""
    for stage in stages:
        if stage.name and stage.name == base.lower():
            return Stage(name, stage.facts)
    return Stage(name, ImageFacts(base=base))


def declare(rest: str, stage: Stage | None, outer: dict[str, str], given: Mapping[str, str]) -> None:
    known = outer if stage is None else stage.args
    for word in split_words(rest):
        name, has_default, default = word.partition("=")
        if name in given:
            known[name] = given[name]
        elif has_default:
            known[name] = expand(default, outer) if stage is None else stage.expand(default)
        elif name in outer:
            known[name] = outer[name]


def apply(instruction: Instruction, stages: list[Stage], is_folder: IsFolder) -> None:
    stage, rest = stages[-1], instruction.rest
    facts = stage.facts
    match instruction.word:
        case "ENV":
            stage.facts = replace(facts, env=tuple((dict(facts.env) | dict(to_pairs(rest, stage.expand))).items()))
        case "WORKDIR":
            stage.facts = replace(facts, workdir=join(facts.workdir, stage.expand(unquoted(rest))))
        case "COPY" | "ADD":
            stage.facts = replace(facts, copies=(*facts.copies, *to_copies(stage, rest, stages, is_folder)))
        case "EXPOSE":
            stage.facts = replace(facts, ports=tuple(dict.fromkeys((*facts.ports, *to_ports(stage.expand(rest))))))
        case "VOLUME":
            volumes = to_list(rest) or tuple(split_words(rest))
            stage.facts = replace(facts, volumes=(*facts.volumes, *map(stage.expand, volumes)))
        case "USER":
            stage.facts = replace(facts, user=stage.expand(rest.strip()))
        case "ENTRYPOINT":
            # Docker forgets a command that was inherited when the entrypoint is set anew.
            stage.facts = replace(facts, entrypoint=to_line(rest), command=None)
        case "CMD":
            stage.facts = replace(facts, command=to_line(rest))
        case "HEALTHCHECK":
            stage.facts = replace(facts, health=to_health(rest))


def to_copies(stage: Stage, rest: str, stages: list[Stage], is_folder: IsFolder) -> tuple[Copy, ...]:
    """Of the context; what comes from an earlier stage is followed there, what comes from another image is left out."""
    flags, rest = split_flags(rest)
    words = [stage.expand(word) for word in to_list(rest) or split_words(rest)]
    if len(words) < 2:
        return ()
    *sources, last = words
    if "from" in flags:
        sources = list(filter(None, (followed(source, flags["from"], stages[:-1]) for source in sources)))
    destination = join(stage.facts.workdir, last)
    into = last.endswith(("/", "/.")) or last == "." or len(words) > 2
    found = []
    for source in sources:
        bare = posixpath.normpath(source.lstrip("/") or ".")
        folder = is_folder(bare)
        place = destination if folder or not into else join(destination, posixpath.basename(bare))
        found.append(Copy(bare, place, folder))
    return tuple(found)


def followed(source: str, stage: str, earlier: list[Stage]) -> str | None:
    for index, candidate in enumerate(earlier):
        if stage.lower() in (candidate.name, str(index)):
            return to_context_path(candidate.facts.copies, join("/", source))
    return None


def to_ports(rest: str) -> list[int]:
    """The TCP ones; of a range the first."""
    found = []
    for word in rest.split():
        number, _, protocol = word.partition("/")
        first = number.partition("-")[0]
        if protocol.lower() in ("", "tcp") and _NUMBER.fullmatch(first):
            found.append(int(first))
    return found


def to_health(rest: str) -> ContainerHealth | None:
    """None for NONE. Times that are not given are Docker's own."""
    flags, rest = split_flags(rest)
    word, _, command = rest.strip().partition(" ")
    if word.upper() != "CMD":
        return None
    words = to_list(command.strip())
    retries = flags.get("retries", "")
    return ContainerHealth(
        command=("CMD", *words) if words is not None else ("CMD-SHELL", command.strip()),
        interval_s=to_seconds(flags.get("interval"), 30.0),
        timeout_s=to_seconds(flags.get("timeout"), 30.0),
        retries=int(retries) if _NUMBER.fullmatch(retries) else 3,
        start_period_s=to_seconds(flags.get("start-period"), 0.0),
    )


def to_seconds(text: str | None, otherwise: float) -> float:
    parts = _SECONDS.findall(text or "")
    return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else otherwise


def unquoted(text: str) -> str:
    return text.strip().strip("\"'")
