"""``fig init``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.follow_ups import created, follow_up
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.places import workspace_here, workspace_or_none
from stranglerfig.cli.svc.init import SERVICE_TYPES, text


@verb(
    "init",
    examples="""
    fig init
    fig init --app shop --name web --type "Load Balanced Web Service" --dockerfile Dockerfile
    fig init --name report --type "Scheduled Job" --schedule @daily --no-deploy
    """,
)
@flags.app
@flags.env
@flags.workload
@click.option(
    "-t",
    "--type",
    "kind",
    type=click.Choice([*SERVICE_TYPES, "Scheduled Job"], case_sensitive=False),
    help="What it is.",
)
@click.option("-d", "--dockerfile", metavar="PATH", help="What it is built from.")
@click.option("-i", "--image", metavar="IMAGE", help="What it runs, where it is built elsewhere.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Where it listens in its container (the Dockerfile's EXPOSE)."
)
@click.option("--deploy/--no-deploy", default=True, help="Deploy it to the environment test, or to --env (yes).")
@click.option("--schedule", metavar="WHEN", help="When a job runs: @daily, @every 1h, a cron expression, none.")
@click.option("--timeout", metavar="TIME", help="How long a job may take, as 1h30m.")
@click.option("--retries", type=click.IntRange(min=0), help="How often a job that failed is tried again.")
@flags.tag
@flags.runtime
def init(app: str | None, env: str | None, name: str | None, kind: str | None, deploy: bool, **given: object) -> None:
    """From a folder with a Dockerfile to a service that answers: application, manifest, environment and deploy in one.

    In a workspace that is one already, it adds a service or a job.
    """
    from stranglerfig.cli.app.init import APPLICATION_FLAG, begin_app
    from stranglerfig.cli.scaffolding.wanted import Wanted
    from stranglerfig.cli.scaffolding.workload import NOTES, shown, write_first

    port, retries = given["port"], given["retries"]
    wanted = Wanted(
        name=name,
        kind=kind,
        dockerfile=text(given["dockerfile"]),
        image=text(given["image"]),
        port=port if isinstance(port, int) else None,
        schedule=text(given["schedule"]),
        retries=retries if isinstance(retries, int) else None,
        timeout=text(given["timeout"]),
    )
    if workspace_or_none() is None or app is not None:
        begin_app(app, question=APPLICATION_FLAG)
    workspace = workspace_here()
    file = write_first(workspace, wanted, tuple(NOTES), flag="--type")
    if deploy:
        deploy_first(file.name, env, given)
        return
    follow_up(
        f"Edit the manifest {created(shown(workspace, file))} to change routes, size or variables.",
        f"Run `fig deploy --name {file.name}` to have it running.",
    )


def deploy_first(name: str, env: str | None, given: dict[str, object]) -> None:
    from stranglerfig.cli.deploy import settle_environment
    from stranglerfig.cli.deploying.command import deploy_names
    from stranglerfig.cli.deploying.prepare import local_environments, prepare, to_settings

    workspace = workspace_here()
    is_new = env is None and not local_environments(workspace)
    env, workspace = settle_environment(workspace, env, init_env=is_new or env is not None)
    deploy_names(prepare(workspace, env, to_settings(given)), [[name]])
