"""``fig run local``."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import say, show
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.cli.watch.logs import COLOURS
from stranglerfig.errors import NotFound

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import WorkloadWire
    from stranglerfig.api.wire import LogLineWire
    from stranglerfig.cli.run.session import Session
    from stranglerfig.manifest.model import WorkloadManifest
    from stranglerfig.workspace.values import Workspace

#: Of what a service printed while it started.
FIRST_LINES = 100


@verb(
    "local",
    examples="""
    fig run local
    fig run local --name users --name posts --watch
    fig run local --name users --env-var-override LEVEL=debug --port-override 9000:8080
    """,
)
@flags.app
@flags.env
@click.option("-n", "--name", "names", multiple=True, metavar="NAME", help="A service; may be repeated (all of them).")
@click.option("--watch", is_flag=True, help="Deploy a service anew when its files change.")
@click.option(
    "--env-var-override", "variables", multiple=True, metavar="[CONTAINER:]K=V", help="A variable; may be repeated."
)
@click.option(
    "--port-override", "ports", multiple=True, metavar="HOST:PORT", help="A port of this machine for a container's."
)
@flags.runtime
@flags.lenient
@flags.without_effect("--proxy-network", switches=("--proxy", "--use-task-role"))
def local(app: str | None, env: str | None, names: tuple[str, ...], watch: bool, **given: Any) -> None:
    """Run services in the foreground: their lines in one stream, each after its service's name.

    They run in an environment of this machine, reached through its load balancer and by each other, as deployed ones
    are. Ctrl-C stops those that this command has started; services that were deployed before stay.
    """
    workspace = workspace_of(app)
    session = begin(workspace, env, names or services(workspace), given)
    # However it is asked to end, what it started must not stay.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        session.start()
        say(what_stops(session.names, session.was_there))
        if watch:
            session.begin_to_watch()
        with contextlib.suppress(KeyboardInterrupt):  # from here on it is how this ends well
            print_lines(session)
    finally:
        session.stop()


def what_stops(names: Sequence[str], was_there: Container[str]) -> str:
    """What Ctrl-C will do, told apart from what it will leave."""
    stays = [name for name in names if name in was_there]
    ours = [name for name in names if name not in was_there]
    if not stays:
        return f"Ctrl-C stops {'it' if len(ours) == 1 else 'them'}."
    left = f"{', '.join(stays)} {'was' if len(stays) == 1 else 'were'} deployed before, and will stay"
    return f"Ctrl-C stops {', '.join(ours)}; {left}." if ours else f"Ctrl-C ends this; {left}."


def services(workspace: Workspace) -> list[str]:
    """All but jobs, which their schedule would start."""
    from stranglerfig.core.application import Kind
    from stranglerfig.workspace.find import require_names

    require_names(workspace)
    found = [file.name for file in workspace.workloads if file.kind is not Kind.JOB]
    if not found:
        raise NotFound(f"the workspace of {workspace.app} has no service", hint="Run `fig svc init` to write one.")
    return found


def begin(workspace: Workspace, env: str | None, names: Sequence[str], given: dict[str, Any]) -> Session:
    """The environment is in force after this, and nothing else has happened. Manifests that are wrong raise here."""
    from stranglerfig.cli.deploying.prepare import Settings, choose_local, environment_or_none, prepare, register
    from stranglerfig.cli.run.session import Session

    client = to_apps()
    register(client, workspace)
    env = env or choose_local(workspace)

    def read(wanted: Sequence[str]) -> list[WorkloadManifest]:
        return read_manifests(workspace, env, names, wanted, given)

    read(names)
    present = environment_or_none(client, workspace.app, env)
    running = client.workloads.all(workspace.app, env) if present else []
    place = prepare(workspace, env, Settings(runtime=given["runtime"], lenient=given["lenient"]))
    return Session(
        place=place,
        names=names,
        read=read,
        was_there={one["name"]: one["revision"] for one in running},
        is_overridden=bool(given["variables"] or given["ports"]),
        made_environment=present is None,
    )


def read_manifests(
    workspace: Workspace, env: str, names: Sequence[str], wanted: Sequence[str], given: dict[str, Any]
) -> list[WorkloadManifest]:
    """Those of ``wanted``. The flags are about all of ``names``."""
    from stranglerfig.cli.run.overrides import with_ports, with_variables
    from stranglerfig.cli.scope.manifests import read_workload

    found = [read_workload(workspace, name, env, lenient=given["lenient"]) for name in names]
    changed = with_ports(with_variables(found, given["variables"]), given["ports"])
    return [manifest for manifest in changed if manifest.name in wanted]


def print_lines(session: Session) -> None:
    """Until Ctrl-C."""
    from stranglerfig.cli.watch.merge import merge

    width = max(map(len, session.names))
    colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(session.names)}
    for name, line in merge([lines_of(session, name) for name in session.names]):
        show(f"{click.style(name.ljust(width), fg=colours[name])} {line['line']}")


def lines_of(session: Session, name: str) -> Iterator[tuple[str, LogLineWire]]:
    """Of this run. Lines are kept of tasks that a deleted service of the same name had; they were before it."""
    place = session.place
    is_ours = name not in session.was_there
    first = oldest_serial(place.client.workloads.show(place.app, place.env, name)) if is_ours else ""
    tail = FIRST_LINES if is_ours else 0
    for line in place.client.workloads.logs(place.app, place.env, name, tail=tail, follow=True):
        if serial(line["task"]) >= first:
            yield name, line


def oldest_serial(workload: WorkloadWire) -> str:
    """Of the tasks that run; empty if none does."""
    target = workload["target"] or {}
    return min((serial(server["task"]) for server in target.get("servers", ()) if server["task"]), default="")


def serial(task: str) -> str:
    """The end of a task's id, which grows with time."""
    return task.rpartition("-")[2]
