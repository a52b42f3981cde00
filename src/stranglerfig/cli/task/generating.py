"""``fig task run --generate-cmd``: the command line that runs a task as a deployed service or job does."""

from __future__ import annotations

import csv
import io
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
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
#: what a command line is made of
Words = list[tuple[str, str]]
FORMS = (
    "Write it like `fig task run --generate-cmd forum/test/users`; on AWS CLUSTER/SERVICE and a service's ARN will do."
)
ARN = re.compile(r"arn:[^:/]+:ecs:(?P<region>[^:/]+):\d+:service/(?:(?P<cluster>[^/]+)/)?(?P<service>[^/]+)")


@dataclass(frozen=True, slots=True)
class OfCluster:
    """A service of ECS, whoever made it. ``region`` None: the user's own."""

    cluster: str
    service: str
    region: str | None = None


def generate(client: AppClient, named: Named) -> str:
    from stranglerfig.cli.task.run import read_targets

    targets = read_targets(client, *named)
    if isinstance(targets, ProcessTargets):
        return render(named, targets, targets.command)
    return render(named, targets, command_of(targets.containers[0]))


def parse_named(text: str) -> Named | OfCluster:
    if found := ARN.fullmatch(text):
        return OfCluster(found["cluster"] or "default", found["service"], found["region"])
    match text.split("/") if ":" not in text else ():
        case [app, env, name] if app and env and name:
            return app, env, name
        case [cluster, service] if cluster and service:
            return OfCluster(cluster, service)
    raise UsageError(
        f"bad --generate-cmd {text!r}: it names an application, an environment and a service or job", hint=FORMS
    )


def command_of(container: Container) -> tuple[str, ...]:
    """What its entrypoint is called with: the manifest's, else the image's."""
    if container.command is not None:
        return container.command
    from stranglerfig.workspace.images import inspect_image

    image = inspect_image(container.image)
    return image.command if image is not None else ()


def render(named: Named, targets: TaskTargets, command: tuple[str, ...]) -> str:
    if isinstance(targets, ProcessTargets):
        return command_line(as_named(named), Program(None, command, targets.env, targets.secrets))
    given = targets.containers[0]
    return command_line(as_named(named), Program(given.entrypoint, command, given.env, given.secrets))


def as_named(named: Named) -> Words:
    app, env, name = named
    return [("--app", app), ("--env", env), ("--as", name)]


@dataclass(frozen=True, slots=True)
class Program:
    """Without an ``entrypoint`` or a ``command`` the image's own is meant, or there is none."""

    entrypoint: tuple[str, ...] | None
    command: tuple[str, ...]
    env: Iterable[tuple[str, str]]
    secrets: Iterable[tuple[str, str]]


def command_line(place: Words, program: Program) -> str:
    """Of several lines, for a shell."""
    words = list(place)
    if program.entrypoint is not None:
        words.append(("--entrypoint", shlex.join(program.entrypoint)))
    if program.command:
        words.append(("--command", shlex.join(program.command)))
    words += [("--env-vars", pair(one, value)) for one, value in own(program.env)]
    words += [("--secrets", pair(one, value)) for one, value in program.secrets]
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
