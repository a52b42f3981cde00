"""``fig import refactor-spaces``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_spaces
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, plural, recommend, say, show, show_json, warn
from stranglerfig.core.refactor_spaces.tags import PORT_TAG
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.api.spaces.wire import BroughtWire
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
    place = Place(profile, region, endpoint_url)
    copy = read_copy(source) if source is not None else read_spaces(place, environments)
    place_ports(copy, ports)
    for remark in copy.remarks:
        warn(remark)
    if output is not None:
        write_copy(output, copy)
        done(f"{output} holds {plural(len(copy.resources), 'resource')}.")
        recommend(f"fig import refactor-spaces --from {output}")
        return
    brought = bring(copy, quiet=as_json)
    if as_json:
        show_json({"resources": brought, "remarks": copy.remarks})
        return
    finish(brought)


def place_ports(copy: SpaceCopy, ports: tuple[str, ...]) -> None:
    """By a tag of each application that is named, by its name or id."""
    for text in ports:
        name, equals, port = text.rpartition("=")
        if not equals or not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65_536):
            raise UsageError(f"--port is {text!r}: not NAME=PORT", hint="Write it like `--port unishop=8080`.")
        found = [
            one
            for one in copy.resources
            if one["Operation"] == "CreateApplication" and name in (one["Id"], one["Parameters"].get("Name"))
        ]
        if len(found) != 1:
            raise UsageError(
                f"--port names {name!r}, and {plural(len(found), 'application')} of that name will be imported",
                hint="Give an application's id instead.",
            )
        parameters: dict[str, Any] = found[0]["Parameters"]
        parameters["Tags"] = {**parameters.get("Tags", {}), PORT_TAG: port}


def bring(copy: SpaceCopy, *, quiet: bool) -> list[BroughtWire]:
    client, brought = to_spaces(), []
    for resource in copy.resources:
        found = client.bring(resource)
        brought.append(found)
        if not quiet:
            word = resource["Operation"].removeprefix("Create").lower()
            reason = f": {found['reason']}" if "reason" in found else ""
            say(f"  {found['id']}  {word:<11} {label(resource['Parameters']):<32} {found['state']}{reason}")
    for policy in copy.policies:
        client.bring_policy(policy)
    return brought


def label(parameters: dict[str, Any]) -> str:
    path = parameters.get("UriPathRoute")
    return str(path.get("SourcePath", "") if isinstance(path, dict) else parameters.get("Name", "default"))


def finish(brought: list[BroughtWire]) -> None:
    new = sum(one["outcome"] == "created" for one in brought)
    failed = [one["id"] for one in brought if one["state"] == "FAILED"]
    done(f"{plural(len(brought), 'resource')}: {new} made, {len(brought) - new} here already.")
    if failed:
        warn(f"FAILED and without traffic: {', '.join(failed)}. `aws … update-route` tries again once they answer.")
    for one in brought:
        if "url" in one:
            show(one["url"])
    recommend("fig status", "fig api")
