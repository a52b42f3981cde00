"""``fig svc init``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.follow_ups import created, follow_up
from stranglerfig.cli.lazy import verb

SERVICE_TYPES = (
    "Load Balanced Web Service",
    "Backend Service",
    "Worker Service",
    "Request-Driven Web Service",
    "Static Site",
)


@verb(
    "init",
    examples="""
    fig svc init
    fig svc init --name users --svc-type "Load Balanced Web Service" --dockerfile users/Dockerfile
    fig svc init --name mailer --svc-type "Worker Service" --subscribe-topics orders:placed
    """,
)
@flags.app
@flags.name
@click.option("-t", "--svc-type", type=click.Choice(SERVICE_TYPES, case_sensitive=False), help="What kind of service.")
@click.option("-d", "--dockerfile", metavar="PATH", help="What it is built from.")
@click.option("-i", "--image", metavar="IMAGE", help="What it runs, where it is built elsewhere.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Where it listens in its container (the Dockerfile's EXPOSE)."
)
@click.option("--subscribe-topics", multiple=True, metavar="SERVICE:TOPIC", help="Whose messages a worker takes.")
@click.option("--no-subscribe", is_flag=True, help="A worker without topics.")
@click.option(
    "--ingress-type", type=click.Choice(["Environment", "Internet"]), help="Who may call a request-driven one."
)
@click.option("--sources", multiple=True, metavar="PATH", help="Files and folders of a static site.")
@flags.without_effect()
def init(
    app: str | None,
    name: str | None,
    svc_type: str | None,
    subscribe_topics: tuple[str, ...],
    no_subscribe: bool,
    **given: object,
) -> None:
    """Write a service's manifest. Port and health check come from the Dockerfile; nothing is built or started yet."""
    from stranglerfig.cli.scaffolding.wanted import Wanted
    from stranglerfig.cli.scaffolding.workload import SERVICES, shown, write_first
    from stranglerfig.cli.scope.places import workspace_of

    workspace = workspace_of(app)
    wanted = Wanted(
        name=name,
        kind=svc_type,
        dockerfile=text(given["dockerfile"]),
        image=text(given["image"]),
        port=given["port"] if isinstance(given["port"], int) else None,
        subscriptions=subscribe_topics or (() if no_subscribe else None),
        ingress=text(given["ingress_type"]),
        sources=given["sources"] if isinstance(given["sources"], tuple) else (),
    )
    file = write_first(workspace, wanted, SERVICES)
    follow_up(
        f"Edit the manifest {created(shown(workspace, file))} to change routes, size or variables.",
        f"Run `fig svc deploy --name {file.name}` to have it running.",
    )


def text(value: object) -> str | None:
    return value if isinstance(value, str) else None
