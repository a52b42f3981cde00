"""``fig import refactor-spaces``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_spaces
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, plural, recommend, say, show, show_json, warn
from stranglerfig.core.refactor_spaces.tags import PORT_TAG
from stranglerfig.errors import FigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stranglerfig.api.spaces.wire import BroughtWire, CopiedResource
    from stranglerfig.cli.importing.source import SpaceCopy


@verb(
    "refactor-spaces",
    examples="""
    fig import refactor-spaces --profile work --region eu-west-1
    fig import refactor-spaces --profile work --environment env-0123456789 --port unishop=8080
    fig import refactor-spaces --profile work -o spaces.json    keeps a copy in a file
    fig import refactor-spaces --from spaces.json               makes what is in the file
    """,
)
@click.option("--profile", help="A profile of the AWS CLI; without one, the SDK's usual credentials.")
@click.option("--region", help="Where the environments are; without it, the profile's region.")
@click.option("--endpoint-url", metavar="URL", help="Another place that speaks the API, another fig for one.")
@click.option("--environment", "environments", multiple=True, metavar="ID", help="Only this one; may be repeated.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write a file, and make nothing.")
@click.option("--from", "source", type=click.Path(path_type=Path), help="Make what such a file says.")
@click.option("--port", "ports", multiple=True, metavar="NAME=PORT", help="Where an application is to listen.")
@flags.as_json
def refactor_spaces(
    profile: str | None,
    region: str | None,
    endpoint_url: str | None,
    environments: tuple[str, ...],
    output: Path | None,
    source: Path | None,
    ports: tuple[str, ...],
    as_json: bool,
) -> None:
    """Copy environments of AWS Migration Hub Refactor Spaces, with all that is in them: applications, services, routes,
    tags and policies. Nothing is changed where they come from.

    Ids stay the same, so that scripts go on working; applications get a proxy here, each with a new URL. What is here
    already is left as it is, so a second run goes on where the first one ended.
    """
    from stranglerfig.cli.importing.file import read_copy, write_copy
    from stranglerfig.cli.importing.source import Place, read_spaces

    if source is not None and (profile or region or endpoint_url or environments or output):
        raise UsageError("a file is read as it is", hint="Leave out all other flags but `--port` and `--json`.")
    place = Place(profile, region or os.environ.get("AWS_REGION"), endpoint_url)
    tell = ignore if as_json else say
    copy = read_copy(source) if source is not None else read_spaces(place, environments, tell)
    if not copy.resources:
        warn("There are no environments there: look at `--profile` and `--region`.")
    place_ports(copy, ports)
    for sentence in copy.remarks:
        warn(sentence)
    if output is not None:
        write_copy(output, copy)
        done(f"{output} holds {plural(len(copy.resources), 'resource')}.")
        recommend(f"fig import refactor-spaces --from {output}")
        return
    brought = bring(copy, tell)
    if as_json:
        show_json({"resources": brought, "remarks": copy.remarks})
        return
    finish(copy, brought)


def ignore(text: str) -> None:
    """For those who read JSON, and wait for nothing else."""


def place_ports(copy: SpaceCopy, ports: tuple[str, ...]) -> None:
    """By a tag of each application that is named, by its name or id."""
    applications = [one for one in copy.resources if one["Operation"] == "CreateApplication"]
    for text in ports:
        name, equals, port = text.rpartition("=")
        if not equals or not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65_536):
            raise UsageError(f"--port is {text!r}: not NAME=PORT", hint="Write it like `--port unishop=8080`.")
        found = [one for one in applications if name in (one["Id"], one["Parameters"].get("Name"))]
        if len(found) != 1:
            raise UsageError(
                f"--port names {name!r}: {len(found) or 'none'} of the applications to be imported has that name",
                hint=f"Give an id instead: {', '.join(one['Id'] for one in applications) or 'there is none'}.",
            )
        parameters: dict[str, Any] = found[0]["Parameters"]
        parameters["Tags"] = {**parameters.get("Tags", {}), PORT_TAG: port}


def bring(copy: SpaceCopy, tell: Callable[[str], None]) -> list[BroughtWire]:
    """Adds to the copy's remarks."""
    client = to_spaces()
    brought: list[BroughtWire] = []
    try:
        for resource in copy.resources:
            found = client.bring(resource)
            brought.append(found)
            tell(describe(resource, found))
            if "differs" in found:
                remark(copy, f"{found['id']} differs in its {' and '.join(found['differs'])} here, and stays so.")
        for policy in copy.policies:
            if client.bring_policy(policy)["outcome"] == "other":
                remark(copy, f"{policy['environment']} has another resource policy here, which stays.")
    except (FigError, KeyboardInterrupt):
        if brought:
            here = f"{len(brought)} of {plural(len(copy.resources), 'resource')}"
            warn(f"{here} are here, each of them whole. The same command goes on with the others.")
        raise
    return brought


def remark(copy: SpaceCopy, text: str) -> None:
    copy.remarks.append(text)
    warn(text)


def describe(resource: CopiedResource, found: BroughtWire) -> str:
    word = resource["Operation"].removeprefix("Create").lower()
    reason = f": {found['reason']}" if "reason" in found else ""
    return f"  {found['id']}  {word:<11} {label(resource['Parameters']):<32} {found['state']}{reason}"


def label(parameters: dict[str, Any]) -> str:
    path = parameters.get("UriPathRoute")
    return str(path.get("SourcePath", "") if isinstance(path, dict) else parameters.get("Name", "default"))


def finish(copy: SpaceCopy, brought: list[BroughtWire]) -> None:
    new = sum(one["outcome"] == "created" for one in brought)
    done(f"{plural(len(brought), 'resource')}: {new} made, {len(brought) - new} here already.")
    failed = [one for one, found in zip(copy.resources, brought, strict=True) if found["state"] == "FAILED"]
    if failed:
        warn(f"FAILED and without traffic: {', '.join(one['Id'] for one in failed)}. Try again when they answer.")
    for one in brought:
        if "url" in one:
            show(one["url"])
    recommend(*(retry(one) for one in failed[:1]), "fig status", "fig api")


def retry(route: CopiedResource) -> str:
    """The command that has a look at the service, and makes the route active if it answers."""
    ids = {**route["Parameters"], "RouteIdentifier": route["Id"]}
    flags = " ".join(
        f"--{name}-identifier {ids[f'{name.capitalize()}Identifier']}"
        for name in ("environment", "application", "route")
    )
    return f"aws migration-hub-refactor-spaces update-route {flags} --activation-state ACTIVE"
