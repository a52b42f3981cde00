"""``fig task run --generate-cmd``: the command line that runs a task as a deployed service or job does."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING

from stranglerfig.core.desired import ProcessTargets
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.core.containers import Container
    from stranglerfig.core.desired import TaskTargets

#: What fig gives a task by itself comes with ``--as``.
GIVEN = ("COPILOT_", "FIG_")
GIVEN_NAMES = ("PATH",)

Named = tuple[str, str, str]


def generate(client: AppClient, text: str) -> str:
    from stranglerfig.cli.task.run import read_targets

    named = parse_named(text)
    app, env, name = named
    targets = read_targets(client, app, env, name)
    if isinstance(targets, ProcessTargets):
        return render(named, targets, targets.command)
    return render(named, targets, command_of(targets.containers[0]))


def parse_named(text: str) -> Named:
    parts = text.split("/")
    if len(parts) != 3 or not all(parts):
        raise UsageError(
            f"bad --generate-cmd {text!r}: it names an application, an environment and a service or job",
            hint="Write it like `fig task run --generate-cmd forum/test/users`.",
        )
    app, env, name = parts
    return app, env, name


def command_of(container: Container) -> tuple[str, ...]:
    """What its entrypoint is called with: the manifest's, else the image's."""
    if container.command is not None:
        return container.command
    from stranglerfig.workspace.images import inspect_image

    image = inspect_image(container.image)
    return image.command if image is not None else ()


def render(named: Named, targets: TaskTargets, command: tuple[str, ...]) -> str:
    """Of several lines, for a shell."""
    app, env, name = named
    given = targets if isinstance(targets, ProcessTargets) else targets.containers[0]
    words = [("--app", app), ("--env", env), ("--as", name)]
    if not isinstance(targets, ProcessTargets) and targets.containers[0].entrypoint is not None:
        words.append(("--entrypoint", shlex.join(targets.containers[0].entrypoint)))
    words.append(("--command", shlex.join(command)))
    words += [("--env-vars", pair(one, value)) for one, value in own(given.env)]
    words += [("--secrets", pair(one, value)) for one, value in given.secrets]
    return " \\\n".join(["fig task run", *(f"  {flag} {shlex.quote(value)}" for flag, value in words)])


def own(variables: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in variables if not (name.startswith(GIVEN) or name in GIVEN_NAMES)]


def pair(name: str, value: str) -> str:
    """As ``cli.pairs`` reads it."""
    text = f"{name}={value}"
    if text.count("=") == 1:
        return text
    line = io.StringIO()
    csv.writer(line, lineterminator="", quoting=csv.QUOTE_ALL).writerow([text])
    return line.getvalue()
