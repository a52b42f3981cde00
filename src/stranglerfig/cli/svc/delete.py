"""``fig svc delete``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.deployed import choose_service, deployed
from stranglerfig.cli.scope.places import choose_app, workspace_or_none


@verb(
    "delete",
    examples="""
    fig svc delete --name users
    fig svc delete --name users --env test --yes
    fig svc delete --name users --yes --force
    """,
)
@flags.app
@flags.env
@flags.name
@common.yes
@click.option("--force", is_flag=True, help="Even while requests arrive that no other service takes.")
@aws.access
def delete(app: str | None, env: str | None, name: str | None, yes: bool, force: bool, **given: object) -> None:
    """Stop a service and take its routes away: in one environment, or without --env wherever it is deployed on this
    machine. Its manifest stays. Refused while a proxy uses it, or requests of the last minute would have nowhere else
    to go."""
    if on_aws := aws.named_on_aws(app, env, given):
        from stranglerfig.cli.aws.taking_away import take_workload_away

        take_workload_away(*on_aws, name, {**given, "yes": yes, "force": force}, jobs=False)
        return
    client = to_apps()
    app = choose_app(client, app)
    name = choose_service(client, app, env, name)["name"]
    places = [one["environment"] for one in deployed(client, app, env) if one["name"] == name]
    confirm(f"Delete service {name} from {', '.join(places)}", yes=yes)
    for place in places:
        client.workloads.delete(app, place, name, force=force)
        done(f"Service {strong(name)} is gone from {place}.")
    here = workspace_or_none()
    if here is not None and here.app == app and any(file.name == name for file in here.workloads):
        say(f"Its manifest is still copilot/{name}/manifest.yml.")
