"""``fig app init``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stranglerfig.cli.asking.questions import Question, ask_text
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import created, follow_up, strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say
from stranglerfig.cli.quantities import pairs
from stranglerfig.errors import Conflict, FigError

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import CreateApp
    from stranglerfig.workspace.settings import AppSettings

APPLICATION_NAME = Question(
    "Application name",
    "What is your application called?",
    "the argument NAME",
    "Services and jobs of one application can reach each other; they share its environments.",
)
#: As ``fig init`` asks, which takes no argument.
APPLICATION_FLAG = replace(APPLICATION_NAME, flag="--app")


@verb(
    "init",
    examples="""
    fig app init forum
    fig app init shop --domain shop.example
    """,
)
@click.argument("name", required=False)
@click.option("--domain", metavar="DOMAIN", help="The domain that aliases of services stand under.")
@click.option("--resource-tags", multiple=True, metavar="K=V,…", help="Labels that are kept with the application.")
@click.option("--permissions-boundary", metavar="POLICY", help="On AWS: the name of a policy that bounds all roles.")
def init(
    name: str | None, domain: str | None, resource_tags: tuple[str, ...], permissions_boundary: str | None
) -> None:
    """Make this folder the workspace of an application: copilot/.workspace names it, manifests go beside that.

    Nothing is done on AWS: that begins with the first environment there (`fig env init --target aws`), by what
    copilot/.workspace says of domain, tags and boundary.
    """
    from stranglerfig.workspace.settings import AppSettings

    tags = pairs(split(resource_tags), "--resource-tags")
    begin_app(name, AppSettings(domain, permissions_boundary, tags))
    follow_up(
        "Run `fig init` to add a service or a job to it.",
        "Run `fig env init --name test` to have an environment to deploy it to.",
    )


def begin_app(name: str | None, settings: AppSettings | None = None, *, question: Question = APPLICATION_NAME) -> str:
    """Ask for what is missing, tell the daemon, write ``.workspace``; gives the application's name. Again is fine."""
    from stranglerfig.workspace.find import find_root
    from stranglerfig.workspace.settings import AppSettings, write_app

    settings = settings or AppSettings()

    root = find_root(Path.cwd()) or Path.cwd()
    name = app_name(name, root, question)
    order: CreateApp = {"name": name, "root": str(root), "domain": settings.domain, "tags": dict(settings.tags)}
    if settings.domain is None:
        del order["domain"]
    to_apps().apps.create(order)
    summary = write_app(root, name, settings)
    done(f"Application {strong(name)} is set up; {created(f'{summary.parent.name}/')} holds its manifests.")
    return name


def app_name(given: str | None, root: Path, question: Question) -> str:
    """Checked; of a folder that is a workspace already, its own."""
    from stranglerfig.workspace.find import FOLDER, SUMMARY, check_name, read_app

    summary = root / FOLDER / SUMMARY
    if not summary.is_file():
        name = given or ask_text(question, default=as_name(root.name), check=name_problem)
        return check_name(name, "application")
    present = read_app(summary)
    if given not in (None, present):
        raise Conflict(
            f"{root} is the workspace of application {present} already",
            hint=f"Use {present}, or run `fig app delete` first.",
        )
    say(f"This folder is the workspace of application {strong(present)}.")
    return present


def as_name(folder: str) -> str:
    """The folder's name where it will do, else nothing."""
    name = folder.lower().replace("_", "-")
    return "" if name_problem(name) else name


def name_problem(name: str) -> str | None:
    from stranglerfig.workspace.find import check_name

    try:
        check_name(name, "application")
    except FigError as error:
        return error.message
    return None


def split(texts: tuple[str, ...]) -> tuple[str, ...]:
    """``a=1,b=2`` is two pairs."""
    return tuple(part for text in texts for part in text.split(",") if part)
