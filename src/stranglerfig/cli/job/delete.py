"""``fig job delete``."""

from __future__ import annotations

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.deployed import choose_named
from stranglerfig.cli.scope.places import choose_app, workspace_or_none


@verb(
    "delete",
    examples="""
    fig job delete --name report
    fig job delete --name report --env test --yes
    """,
)
@flags.app
@flags.env
@flags.job
@common.yes
@aws.access
def delete(app: str | None, env: str | None, name: str | None, yes: bool, **given: object) -> None:
    """Stop a job that runs and take it off its schedule: in one environment, or without --env wherever it is deployed
    on this machine. Its manifest stays."""
    if on_aws := aws.named_on_aws(app, env, given):
        from stranglerfig.cli.aws.taking_away import take_workload_away

        take_workload_away(*on_aws, name, {**given, "yes": yes}, jobs=True)
        return
    client = to_apps()
    app = choose_app(client, app)
    found = choose_named(client, app, env, name, is_job=True)
    name, places = found[0]["name"], [one["environment"] for one in found]
    confirm(f"Delete job {name} from {', '.join(places)}", yes=yes)
    for place in places:
        client.workloads.delete(app, place, name)
        done(f"Job {strong(name)} is gone from {place}.")
    here = workspace_or_none()
    if here is not None and here.app == app and any(file.name == name for file in here.workloads):
        say(f"Its manifest is still copilot/{name}/manifest.yml.")
