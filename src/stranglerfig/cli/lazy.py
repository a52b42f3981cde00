"""Commands that cost nothing until used: a group knows each verb's name and one line, and loads it when called."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from stranglerfig import interrupting

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@dataclass(frozen=True, slots=True)
class Verb:
    """``where`` is ``module:attribute``; ``line`` is what the group's help says of it."""

    where: str
    line: str

    def load(self) -> click.Command:
        module, attribute = self.where.split(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.where} is no command")
        command.short_help = self.line
        return command


class LazyGroup(click.Group):
    """``sections`` are headings of the help with their verbs by name, in the order they are shown.

    ``bare`` is the verb that is meant where none is named; without it the group shows its help then. With
    ``bare_takes_names`` it is also meant where what stands in a verb's place is none.
    """

    def __init__(
        self,
        *,
        sections: dict[str, dict[str, Verb]],
        bare: str | None = None,
        bare_takes_names: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(context_settings=dict(CONTEXT), no_args_is_help=True, **settings)
        self.sections = sections
        self.bare = bare
        self.bare_takes_names = bare_takes_names
        self.verbs = {name: verb for verbs in sections.values() for name, verb in verbs.items()}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        names_none = not args or (args[0].startswith("-") and args[0] not in CONTEXT["help_option_names"])
        names_none |= self.bare_takes_names and bool(args) and args[0][0:1] != "-" and args[0] not in self.verbs
        if self.bare is not None and names_none and not ctx.resilient_parsing:
            args = [self.bare, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        verb = self.verbs.get(cmd_name)
        return verb.load() if verb else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name in self.verbs or ctx.resilient_parsing or name.startswith("-"):
            return super().resolve_command(ctx, args)
        from stranglerfig.cli.importing.copilots import refuse_copilots

        refuse_copilots(ctx.command_path, args)
        near = difflib.get_close_matches(name, self.verbs, n=1)
        mend = f" Did you mean `{ctx.command_path} {near[0]}`?" if near else ""
        raise click.UsageError(f"no such command: {ctx.command_path} {name}.{mend}", ctx=ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.verbs))
        for title, verbs in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), verb.line) for name, verb in verbs.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=verb.line) for name, verb in self.verbs.items() if name.startswith(incomplete)
        ] + click.Command.shell_complete(self, ctx, incomplete)


class ExampleCommand(click.Command):
    """A command whose help ends with examples, one a line. ``unknown_flag`` is the mend for a flag it does not have."""

    def __init__(self, *args: Any, examples: str, unknown_flag: str | None = None, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples = examples
        self.unknown_flag = unknown_flag

    def invoke(self, ctx: click.Context) -> Any:
        interrupting.listen()
        return super().invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        with formatter.section("Examples"):
            for line in self.examples.strip().splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line.strip()}\n")


def verb(name: str, *, examples: str, unknown_flag: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare one verb."""
    return click.command(
        name, cls=ExampleCommand, examples=examples, unknown_flag=unknown_flag, context_settings=dict(CONTEXT)
    )
