"""``fig logs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_target_or_all
from stranglerfig.cli.output import say, show, show_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stranglerfig.api.client import Client
    from stranglerfig.api.wire import LogLineWire

COLOURS = ("yellow", "green", "cyan", "blue", "magenta")


@verb(
    "logs",
    examples="""
    fig logs users
    fig logs all -f
    fig logs users --tail 200 --json
    """,
)
@click.argument("target", metavar="TARGET|all", shell_complete=complete_target_or_all)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is printed from now on, until Ctrl-C.")
@click.option(
    "--tail", type=click.IntRange(min=0), default=20, show_default=True, help="Lines of each target to begin with."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: task and line.")
def logs(target: str, follow: bool, tail: int, as_json: bool) -> None:
    """What a target's tasks print, of ended tasks too; each line after the task's name."""
    client = to_daemon()
    lines = (
        all_lines(client, tail=tail, follow=follow)
        if target == "all"
        else client.targets.logs(target, tail=tail, follow=follow)
    )
    shown: dict[str, str] = {}
    for line in lines:
        if as_json:
            show_json(line)
            continue
        colour = shown.setdefault(line["task"], COLOURS[len(shown) % len(COLOURS)])
        show(f"{click.style(line['task'], fg=colour)} {line['line']}")


def all_lines(client: Client, *, tail: int, follow: bool) -> Iterator[LogLineWire]:
    names = [target["name"] for target in client.targets.all() if target["kind"] != "url"]
    if not names:
        say("No target runs tasks: there are no logs.")
    if follow:
        from stranglerfig.cli.watch.merge import merge

        yield from merge([client.targets.logs(name, tail=tail, follow=True) for name in names])
    else:
        for name in names:
            yield from client.targets.logs(name, tail=tail, follow=False)
