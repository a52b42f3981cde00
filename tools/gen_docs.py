"""Writes docs/generated from what the code says of itself; ``--check`` writes nothing and fails when that is stale.

The pages are made of the commands' own declarations and not of ``--help``, whose layout differs between versions of
Click.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import click

from stranglerfig import errors
from stranglerfig.cli.lazy import ExampleCommand, LazyGroup, Verb
from stranglerfig.cli.main import EPILOG, root
from stranglerfig.core.shift.phases import TABLE, Event, Move, Phase

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "docs" / "generated"
NOTE = "<!-- Written by `make docs`; do not edit. -->"
#: exit statuses that are no error's own
OTHER_STATUSES = re.compile(r"^ +(\d+)  (.+)$", re.MULTILINE)


def render_pages() -> dict[str, str]:
    return {"cli.md": render_cli(), "errors.md": render_errors(), "shifts.md": render_shifts()}


def every_command() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Groups and verbs by their words, in the order of the help."""
    yield (), root
    yield from _walk((), root)


def _walk(path: tuple[str, ...], group: LazyGroup) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, verb in group.verbs.items():
        if is_built(verb):
            command = verb.load()
            yield (*path, name), command
            if isinstance(command, LazyGroup):
                yield from _walk((*path, name), command)


def is_built(verb: Verb) -> bool:
    """The root names every verb of this release before all of them are there."""
    return find_spec(verb.where.partition(":")[0]) is not None


def render_cli() -> str:
    lines = [NOTE, "", "# Commands", ""]
    lines += ["Every command takes `-h` and `--help`. What shows something takes `--json`.", ""]
    commands = list(every_command())
    for path, command in commands[1:]:
        if not isinstance(command, LazyGroup):
            name = " ".join(("fig", *path))
            lines.append(f"- [`{name}`](#{name.replace(' ', '-')}): {command.short_help}")
    for path, command in commands[1:]:
        lines += (
            ["", *_render_group(path, command)] if isinstance(command, LazyGroup) else ["", *_render(path, command)]
        )
    return "\n".join(lines) + "\n"


def _render_group(path: tuple[str, ...], group: LazyGroup) -> list[str]:
    return [f"## fig {' '.join(path)}", "", *_paragraphs(group.help or "")]


def _render(path: tuple[str, ...], command: click.Command) -> list[str]:
    name = " ".join(("fig", *path))
    usage = command.collect_usage_pieces(click.Context(command, info_name=name))
    lines = [f"{'##' if len(path) == 1 else '###'} {name}", "", "```text", " ".join((name, *usage)), "```", ""]
    lines += _paragraphs(command.help or "")
    options = [param for param in command.params if isinstance(param, click.Option)]
    if options:
        lines += ["", "| option | meaning |", "| --- | --- |", *map(_option_row, options)]
    if isinstance(command, ExampleCommand):
        lines += ["", "```text", *(line.strip() for line in command.examples.strip().splitlines()), "```"]
    return lines


def _option_row(option: click.Option) -> str:
    value = "" if option.is_flag else f" {_value_name(option)}"
    notes = " Required." if option.required else ""
    if option.show_default and isinstance(option.default, str | int | float):
        notes += f" Default: `{option.default}`."
    spelling = ", ".join(f"`{name}{value}`" for name in option.opts)
    return f"| {_cell(spelling)} | {_cell((option.help or '') + notes)} |"


def _value_name(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    match option.type:
        case click.Choice() as choice:
            return "|".join(map(str, choice.choices))
        case click.IntRange() | click.FloatRange() as limits:
            low, high = limits.min, limits.max
            return f"{low or 0:g}-{high:g}" if high is not None else f"N (at least {low or 0:g})"
        case _:
            return "TEXT"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _paragraphs(text: str) -> list[str]:
    """Click's ``\\b`` keeps a paragraph's lines as they are."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if paragraph.startswith("\b"):
            block = ["```text", *paragraph.splitlines()[1:], "```"]
        else:
            block = [" ".join(paragraph.split())]
        lines += ["", *block] if lines else block
    return lines


def render_errors() -> str:
    lines = [NOTE, "", "# Errors", ""]
    lines += [
        "Every error says what happened and, nearly always, the command that mends it. On the command line both go"
    ]
    lines += ["to stderr and the exit status tells the kind; the API answers with the code, as in", ""]
    lines += ["```json", '{"code": "not-found", "message": "no proxy is called shop", "hint": "…"}', "```", ""]
    lines += ["| code | exit status | HTTP status | meaning |", "| --- | ---: | ---: | --- |"]
    meanings = kind_meanings()
    kinds: list[type[errors.FigError]] = [errors.FigError, *errors.error_kinds().values()]
    for kind in kinds:
        meaning = meanings[kind.__name__]
        lines.append(f"| `{kind.code}` | {kind.exit_status} | {kind.http_status} | {meaning} |")
    lines += ["", "Exit statuses that are no error's own:", "", "| exit status | meaning |", "| ---: | --- |"]
    own = {kind.exit_status for kind in errors.error_kinds().values()}
    lines += [f"| {status} | {text} |" for status, text in OTHER_STATUSES.findall(EPILOG) if int(status) not in own]
    lines += ["", "What to do about each kind: [troubleshooting](../troubleshooting.md)."]
    return "\n".join(lines) + "\n"


def kind_meanings() -> dict[str, str]:
    """From the tree in the docstring of ``errors``."""
    drawn = ast.get_docstring(ast.parse(Path(errors.__file__).read_text(encoding="utf-8"))) or ""
    found = dict(re.findall(r"^\W*([A-Z]\w+) +\d  (.+)$", drawn, re.MULTILINE))
    found["FigError"] = "a defect in fig, or an error of no other kind"
    return found


def render_shifts() -> str:
    """The table of a shift's phases, drawn."""
    lines = [NOTE, "", "# Phases of a shift", "", "What they mean: [shifting](../shifting.md).", ""]
    lines += ["```mermaid", "stateDiagram-v2", f"    [*] --> {Phase.BAKING.value}: start"]
    for (before, after), events in _arrows().items():
        lines.append(f"    {before.value} --> {after.value}: {', '.join(events)}")
    lines += [f"    {phase.value} --> [*]" for phase in Phase if not TABLE[phase]]
    lines += ["```", "", "| phase | event | becomes | traffic |", "| --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} |" for phase in Phase for row in _phase_rows(phase)]
    lines += ["", "After the last step comes `FINISHED` in place of `BAKING`. Whatever is not in the table is refused."]
    return "\n".join(lines) + "\n"


def _arrows() -> dict[tuple[Phase, Phase], list[str]]:
    """Events that change the phase or the step, by where they lead."""
    found: dict[tuple[Phase, Phase], list[str]] = {}
    for before, row in TABLE.items():
        for event, (after, move) in row.items():
            if (before, Move.STAY) != (after, move):
                found.setdefault((before, after), []).append(event.value)
            if move is Move.NEXT:
                found.setdefault((before, Phase.FINISHED), []).append(f"{event.value} (last step)")
    return found


def _phase_rows(phase: Phase) -> Iterator[tuple[str, str, str, str]]:
    """Events with the same outcome together."""
    traffic = {Move.STAY: "stays", Move.NEXT: "the next step's share", Move.BACK: "all to legacy"}
    outcomes: dict[tuple[Phase, Move], list[Event]] = {}
    for event, outcome in TABLE[phase].items():
        outcomes.setdefault(outcome, []).append(event)
    for (after, move), events in outcomes.items():
        yield f"`{phase.value}`", ", ".join(event.value for event in events), f"`{after.value}`", traffic[move]


def main(arguments: list[str]) -> int:
    stale = []
    for name, text in render_pages().items():
        page = GENERATED / name
        if page.exists() and page.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            GENERATED.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
    if stale and "--check" in arguments:
        sys.stderr.write(f"docs/generated is stale ({', '.join(stale)}): run `make docs`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
