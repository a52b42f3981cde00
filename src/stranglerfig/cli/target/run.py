"""``fig target run``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show_json
from stranglerfig.cli.quantities import pairs, seconds, size
from stranglerfig.cli.target.rollout import conclude

if TYPE_CHECKING:
    from stranglerfig.api.wire import CreateTarget


@verb(
    "run",
    examples="""
    fig target run users --health /health -- python -m users
    fig target run users --replicas 3 --env DB=users.db -- ./serve --workers 2
    fig target run web --cwd ~/shop --memory 512M -- sh -c 'exec ./web --port "$PORT"'
    """,
    unknown_flag="If it belongs to COMMAND, put `--` in front: `fig target run NAME -- python -m http.server`.",
)
@click.argument("name")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.option("--replicas", type=click.IntRange(min=1), help="How many tasks (1).")
@click.option(
    "--cwd", metavar="DIR", type=click.Path(exists=True, file_okay=False), help="Folder to run in (this one)."
)
@click.option("--env", "env", multiple=True, metavar="K=V", help="A variable of the command; may be repeated.")
@flags.health
@flags.expect
@click.option("--start-timeout", type=seconds, metavar="TIME", help="Start to first healthy answer, at most (30s).")
@click.option("--grace", type=seconds, metavar="TIME", help="SIGTERM to SIGKILL (10s).")
@flags.drain
@click.option("--memory", type=size, metavar="SIZE", help="Address space of each process, as 512M.")
@click.option("--open-files", type=click.IntRange(min=16), help="File descriptors of each process.")
@flags.no_wait
@flags.as_json
def run(name: str, command: tuple[str, ...], no_wait: bool, as_json: bool, **given: object) -> None:
    """Run COMMAND as tasks, each on a port of its own that it finds in the variable PORT.

    With the name of a target that exists, its tasks are replaced: new ones are healthy before old ones leave, and a
    new version that does not become healthy is taken back (its last output is shown, exit status 7).

    The command's environment is that of the daemon, which has it from the shell that started it, without the FIG_
    variables. On top come HOST (127.0.0.1), PYTHONUNBUFFERED (1) and the PATH of this shell, so that a program of an
    active virtual environment is found; --env overrides them all. PORT, FIG_TASK, FIG_TARGET, FIG_REVISION and
    FIG_TASK_LOG are fig's own: --env cannot set them. Everything after `--` belongs to COMMAND.
    """
    client = to_daemon()
    target = client.targets.create(order(name, command, given))
    if not no_wait:
        target = conclude(client, target)
    if as_json:
        show_json(target)


def order(name: str, command: tuple[str, ...], given: dict[str, object]) -> CreateTarget:
    """The request: only what the user gave, so that the daemon's defaults are the only ones."""
    texts = given["env"]
    assert isinstance(texts, tuple)
    wanted = {
        "name": name,
        "command": list(command),
        "cwd": os.path.abspath(str(given["cwd"] or ".")),
        "env": {"PATH": os.environ.get("PATH", os.defpath), **pairs(texts, "--env")},
        "replicas": given["replicas"],
        "start_timeout_s": given["start_timeout"],
        "grace_s": given["grace"],
        "drain_s": given["drain"],
        "memory": given["memory"],
        "open_files": given["open_files"],
        "health": flags.health_check(given) or None,
    }
    return cast("CreateTarget", {key: value for key, value in wanted.items() if value is not None})
