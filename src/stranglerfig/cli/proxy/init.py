"""``fig proxy init``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.asking.questions import Question, ask_text
from stranglerfig.cli.connect import to_declared
from stranglerfig.cli.follow_ups import created, follow_up, strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_proxy, complete_target_or_url
from stranglerfig.cli.output import done, say
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace

DEFAULT = Question(
    "Default",
    "Who answers what no route takes?",
    "--to",
    "The monolith: its URL, a target, or a service of this workspace.",
)


@verb(
    "init",
    examples="""
    fig proxy init shop --to http://127.0.0.1:8000
    fig proxy init shop --to monolith --port 8080
    fig proxy init shop --from forum-proxy
    """,
)
@click.argument("name")
@flags.app
@click.option(
    "--to", metavar="TARGET|URL", shell_complete=complete_target_or_url, help="Who answers what no route takes."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Where it listens (a free port, then kept).")
@click.option(
    "--from", "source", metavar="PROXY", shell_complete=complete_proxy, help="Write down this proxy, routes and all."
)
def init(name: str, app: str | None, to: str | None, port: int | None, source: str | None) -> None:
    """Write copilot/NAME/manifest.yml, of type Strangler Proxy. The proxy is there once `fig proxy deploy` has run."""
    if source is not None and (to is not None or port is not None):
        raise UsageError(
            "--from says it all: neither --to nor --port goes with it", hint="Write the manifest, and mend it there."
        )
    workspace = workspace_of(app)
    body = body_of(name, source) if source is not None else new_body(name, to, port)
    write_manifest(workspace, name, body)
    follow_up(f"Run `fig proxy diff {name}` to see what it would change.", f"Run `fig proxy deploy {name}` to have it.")


def body_of(name: str, source: str) -> dict[str, object]:
    """It goes on being called as it is, whatever its manifest is called."""
    body = to_declared().show(source)["body"]
    return {"name": name, "type": body["type"], "proxy": source, **{key: body[key] for key in body if key != "name"}}


def new_body(name: str, to: str | None, port: int | None) -> dict[str, object]:
    from stranglerfig.core.application import PROXY_TYPE
    from stranglerfig.manifest.rules.strangler_proxy import wrong_destination

    to = to or ask_text(DEFAULT, check=wrong_destination)
    problem = wrong_destination(to)
    if problem is not None:
        raise UsageError(problem, hint="Give a URL like http://127.0.0.1:8000, or the name of a target or a service.")
    body: dict[str, object] = {"name": name, "type": PROXY_TYPE, "default": to}
    return body if port is None else {**body, "port": port}


def write_manifest(workspace: Workspace, name: str, body: dict[str, object]) -> None:
    from stranglerfig.workspace.find import FOLDER, MANIFEST, check_workload_name
    from stranglerfig.workspace.proxy_text import proxy_text
    from stranglerfig.workspace.write import write_new

    check_workload_name(name)
    written = write_new(Path(workspace.root) / FOLDER / name / MANIFEST, proxy_text(body))
    where = created(str(written.path.relative_to(workspace.root)))
    if written.is_new:
        done(f"Wrote the manifest of {strong(name)}: {where}")
    else:
        say(f"The manifest of {strong(name)} is there already, and stays: {where}")
