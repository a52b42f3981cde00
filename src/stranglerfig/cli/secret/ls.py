"""``fig secret ls``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show_json
from stranglerfig.cli.scope.deployed import environments_of
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.secret.init import short_name
from stranglerfig.cli.tables import show_rows


@verb(
    "ls",
    examples="""
    fig secret ls
    fig secret ls --env test
    fig secret ls --app forum --json
    fig secret ls --target aws
    """,
)
@flags.app
@flags.env
@common.as_json
@aws.target
@aws.access
def ls(app: str | None, env: str | None, as_json: bool, target: str, **access: object) -> None:
    """All secrets of an application by name, with the environments that have a value. Values are never shown. Those
    on AWS are listed with --env or --target aws, and where all environments of the workspace are there."""
    app, kept = kept_names(app, env, target, access)
    secrets = by_name(app, kept)
    if as_json:
        show_json({"secrets": secrets})
    elif secrets:
        show_rows(("Name", "Environments"), [(one["name"], ", ".join(one["environments"])) for one in secrets])
    else:
        say("There is no secret yet.")
        recommend("fig secret init")


def kept_names(
    app: str | None, env: str | None, target: str, access: Mapping[str, object]
) -> tuple[str, dict[str, list[str]]]:
    """The application, and whole names by environment."""
    if found := aws.environments_listed(app, env, target, access):
        from stranglerfig.cli.aws.secrets import secrets_of

        return found[0], {place: secrets_of(found[0], place, access).names() for place in found[1]}
    aws.note_local(access)
    client = to_apps()
    app = choose_app(client, app)
    return app, {place: client.secrets.names(app, place) for place in environments_of(client, app, env)}


def by_name(app: str, kept: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """``kept`` are names in the store by environment; one that ``fig secret init`` was given is shown as it was."""
    places: dict[str, list[str]] = {}
    for environment, names in kept.items():
        for name in names:
            places.setdefault(short_name(app, environment, name), []).append(environment)
    return [{"name": name, "environments": sorted(places[name])} for name in sorted(places)]
