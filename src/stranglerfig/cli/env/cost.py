"""``fig env cost``."""

from __future__ import annotations

import math
from typing import Any

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.places import workspace_of


class FiniteRange(click.FloatRange):
    """Without ``nan``, which is neither below nor above any limit."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


A_NUMBER = FiniteRange(min=0, max=1e12)


@verb(
    "cost",
    examples="""
    fig env cost --name prod
    fig env cost --name prod --region eu-west-1
    fig env cost --name prod --requests-per-second 200 --out-gb 500
    fig env cost --name test --name prod
    fig env cost --name test --task-hours 200
    fig env cost --name prod --json
    """,
)
@flags.app
@click.option(
    "-n",
    "--name",
    "names",
    multiple=True,
    metavar="ENV",
    help="The environment; it need not be on AWS, or be deployed at all. Several are shown side by side.",
)
@click.option("--region", metavar="REGION", help="The region (AWS_REGION, AWS_DEFAULT_REGION, or us-east-1).")
@click.option("--requests-per-second", type=A_NUMBER, default=1, show_default=True, help="On average.")
@click.option("--out-gb", type=A_NUMBER, default=10, show_default=True, help="GB a month to the internet.")
@click.option("--nat-gb", type=A_NUMBER, default=10, show_default=True, help="GB a month through NAT gateways.")
@click.option("--log-gb", type=A_NUMBER, default=1, show_default=True, help="GB of logs a month.")
@click.option("--storage-gb", type=A_NUMBER, default=1, show_default=True, help="GB in the file system.")
@click.option("--image-gb", type=A_NUMBER, default=1, show_default=True, help="GB of images in each repository.")
@click.option(
    "--task-hours",
    type=FiniteRange(min=0, max=730),
    default=730,
    show_default=True,
    help="Hours a month that services run: less, where they are paused at night.",
)
@click.option("--job-runs", type=A_NUMBER, default=30, show_default=True, help="Runs of each job a month.")
@click.option("--job-minutes", type=A_NUMBER, default=10, show_default=True, help="Minutes that a run takes.")
@common.as_json
def cost(app: str | None, names: tuple[str, ...], region: str | None, as_json: bool, **assumed: float) -> None:
    """Estimate what an environment and the workloads of this workspace cost on AWS in a month, by public list prices.

    Nothing is asked of AWS and no credentials are needed: the templates that a deploy would make are counted. What no
    template says, as traffic, is assumed, and told. Free allowances, discounts and taxes are left out.
    """
    from stranglerfig.cli.aws.costs import show_cost

    show_cost(workspace_of(app), names, region, assumed, as_json=as_json)
