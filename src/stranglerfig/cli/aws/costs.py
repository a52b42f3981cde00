"""`fig env cost`: what manifests come to, priced and shown."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stranglerfig.aws.additions import of_environments
from stranglerfig.aws.cost.estimate import Estimate, Line, dollars, estimate
from stranglerfig.aws.cost.imagined import Wanted, imagine
from stranglerfig.aws.cost.price_file import load_prices
from stranglerfig.aws.cost.prices import PriceList
from stranglerfig.aws.cost.values import HOURS, Assumptions
from stranglerfig.aws.session import known_regions
from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.cli.aws.environments import read_text
from stranglerfig.cli.aws.target import AWS
from stranglerfig.cli.aws.workloads import read_all
from stranglerfig.cli.output import say, show, show_json, warn
from stranglerfig.cli.tables import show_rows
from stranglerfig.errors import NotFound, UsageError
from stranglerfig.manifest.nearest import nearest
from stranglerfig.workspace.find import require_names
from stranglerfig.workspace.settings import read_settings
from stranglerfig.workspace.values import Workspace

ENVIRONMENT = Question("Environment", "Which environment is it about?", "--name", "It is one of the workspace.")


def show_cost(
    workspace: Workspace, names: Sequence[str], region: str | None, assumed: Mapping[str, Any], *, as_json: bool
) -> None:
    prices = load_prices()
    where = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or prices.region
    if where != prices.region:
        check_region(where, prices)
    assumptions = Assumptions(**assumed)
    wanted = [read_wanted(workspace, name, where) for name in names or [choose(workspace)]]
    found = [estimate(imagine(one), assumptions, prices, where) for one in wanted]
    if as_json:
        documents = [to_document(one, cost, assumptions) for one, cost in zip(wanted, found, strict=True)]
        show_json(documents[0] if len(documents) == 1 else {"environments": documents})
        return
    alone = len(found) == 1
    for one, cost in zip(wanted, found, strict=True):
        tell(one, cost, prices.region, "" if alone else f"{one.manifest.name}: ")
    if alone:
        show_rows(("Where", "What", "Quantity", "Price", "Month"), [to_row(line) for line in found[0].lines])
        show()
        show(", ".join(f"{place} {dollars(month)}" for place, month in found[0].by_place().items()))
    else:
        show_rows(("Where", *(one.manifest.name for one in wanted)), side_by_side(found))
    show()
    for one, cost in zip(wanted, found, strict=True):
        show(to_total(one, cost))
    say()
    tell_assumed(found[0], assumptions)


def check_region(region: str, prices: PriceList) -> None:
    known = known_regions()
    if region not in known:
        close = nearest(region, known)
        raise UsageError(
            f"fig knows no region {region} of AWS",
            hint=f"Did you mean {close}?" if close else f"Prices are known for {', '.join(prices.regions)}.",
        )


def side_by_side(found: Sequence[Estimate]) -> list[Sequence[str]]:
    """A row for each part that one of them has."""
    months = [one.by_place() for one in found]
    places = dict.fromkeys(place for month in months for place in month)
    return [(place, *(dollars(month[place]) if place in month else "" for month in months)) for place in places]


def to_total(wanted: Wanted, found: Estimate) -> str:
    most = f", {dollars(found.most)} with all tasks that autoscaling may start" if found.extra else ""
    return f"{wanted.manifest.name} of {wanted.app} in {found.region}: about {dollars(found.total)} a month{most}"


def read_wanted(workspace: Workspace, name: str, region: str) -> Wanted:
    """Every manifest is read before anything is told."""
    require_names(workspace)
    text = read_text(workspace, name)
    workloads = read_all(workspace, name, [[file.name for file in workspace.workloads]], {})
    root = Path(workspace.root)
    return Wanted(
        workspace.app,
        read_settings(root).domain,
        region,
        text.manifest,
        text.text,
        of_environments(root),
        workloads[0],
    )


def choose(workspace: Workspace) -> str:
    known = [Option(file.name) for file in workspace.environments]
    if not known:
        raise NotFound(
            f"application {workspace.app} has no environment yet", hint="Run `fig env init` to write its manifest."
        )
    return ask_one(ENVIRONMENT, known)


def to_row(line: Line) -> Sequence[str]:
    per = f"{line.price.per:,} " if line.price.per != 1 else ""
    quantity = f"{line.quantity:,.2f}".rstrip("0").rstrip(".")
    return (
        line.where,
        line.what,
        f"{quantity} {line.price.unit}",
        f"${line.price.amount:.8f}".rstrip("0").rstrip(".") + f" / {per}{line.price.unit}",
        dollars(line.month),
    )


def tell(wanted: Wanted, found: Estimate, listed: str, before: str) -> None:
    """``listed`` is the region that all prices are known for; ``before`` what warnings begin with."""
    if wanted.manifest.target != AWS:
        say(f"{wanted.manifest.name} is on this machine, where it costs nothing: this is what it would cost on AWS.")
    for sentence in found.surprises:
        warn(f"{before}{sentence}.")
    if found.elsewhere:
        keys = {line.price.key for line in found.lines}
        missing = "all" if keys == set(found.elsewhere) else ", ".join(found.elsewhere)
        warn(f"{before}prices of {listed} stand in for those of {found.region}, which may be higher: {missing}.")
    if found.unconfirmed:
        warn(f"{before}neither AWS nor two others say these prices: {', '.join(found.unconfirmed)}.")


def tell_assumed(found: Estimate, assumed: Assumptions) -> None:
    say(
        f"Assumed of a month of {HOURS} hours: {assumed.task_hours:g} hours of each service's tasks, "
        f"{assumed.requests_per_second:g} requests/s, {assumed.out_gb:g} GB to the internet, "
        f"{assumed.nat_gb:g} GB through NAT gateways, {assumed.log_gb:g} GB of logs, {assumed.storage_gb:g} GB of "
        f"files, {assumed.image_gb:g} GB of images a repository, {assumed.job_runs:g} runs of {assumed.job_minutes:g} "
        "min for each job."
    )
    say(f"List prices as of {found.collected}, without free allowances, discounts and taxes.")
    say("With --json each comes with its source.")


def to_document(wanted: Wanted, found: Estimate, assumed: Assumptions) -> dict[str, object]:
    return {
        "app": wanted.app,
        "environment": wanted.manifest.name,
        "region": found.region,
        "currency": "USD",
        "month": round(found.total, 2),
        "most": round(found.most, 2),
        "by": {place: round(month, 2) for place, month in found.by_place().items()},
        "lines": [to_entry(line) for line in found.lines],
        "notes": list(found.surprises),
        "hours": HOURS,
        "assumed": {name: getattr(assumed, name) for name in Assumptions.__slots__},
        "collected": found.collected,
    }


def to_entry(line: Line) -> dict[str, object]:
    price = line.price
    return {
        "where": line.where,
        "what": line.what,
        "quantity": round(line.quantity, 4),
        "unit": price.unit,
        "price": price.amount,
        "per": price.per,
        "month": round(line.month, 4),
        "price_region": price.region,
        "page": price.page,
        "sources": [asdict(one) for one in price.sources],
        "confirmed": price.confirmed,
        "note": price.note,
    }
