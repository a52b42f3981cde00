"""`fig env cost`: what manifests come to, priced and shown."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stranglerfig.aws.additions import of_environments
from stranglerfig.aws.cost.estimate import Estimate, Line, dollars, estimate
from stranglerfig.aws.cost.imagined import Wanted, imagine
from stranglerfig.aws.cost.price_file import load_prices
from stranglerfig.aws.cost.values import Assumptions
from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.cli.aws.environments import read_text
from stranglerfig.cli.aws.workloads import read_all
from stranglerfig.cli.output import say, show, show_json, warn
from stranglerfig.cli.tables import show_rows
from stranglerfig.errors import NotFound
from stranglerfig.workspace.settings import read_settings
from stranglerfig.workspace.values import Workspace

ENVIRONMENT = Question("Environment", "Which environment is it about?", "--name", "It is one of the workspace.")


def show_cost(
    workspace: Workspace, name: str | None, region: str | None, assumed: Mapping[str, Any], *, as_json: bool
) -> None:
    prices = load_prices()
    where = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or prices.region
    assumptions = Assumptions(**assumed)
    wanted = read_wanted(workspace, name or choose(workspace), where)
    found = estimate(imagine(wanted), assumptions, prices, where)
    if as_json:
        show_json(to_document(wanted, found, assumptions))
        return
    tell(found, prices.region)
    show_rows(("Where", "What", "Quantity", "Price", "Month"), [to_row(line) for line in found.lines])
    show()
    show(f"{wanted.manifest.name} of {wanted.app} in {where}: about {dollars(found.total)} a month")
    say()
    tell_assumed(found, assumptions)


def read_wanted(workspace: Workspace, name: str, region: str) -> Wanted:
    """Every manifest is read before anything is told."""
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


def tell(found: Estimate, listed: str) -> None:
    """``listed`` is the region that all prices are known for."""
    for sentence in found.surprises:
        warn(f"{sentence}.")
    if found.elsewhere:
        missing = ", ".join(found.elsewhere)
        warn(f"prices of {listed} stand in for those of {found.region}, which may be higher: {missing}.")
    if found.unconfirmed:
        warn(f"no source says these prices outright: {', '.join(found.unconfirmed)}.")


def tell_assumed(found: Estimate, assumed: Assumptions) -> None:
    say(
        f"Assumed a month: {assumed.requests_per_second:g} requests/s, {assumed.out_gb:g} GB to the internet, "
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
        "lines": [to_entry(line) for line in found.lines],
        "notes": list(found.surprises),
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
        "source": price.source,
        "page": price.page,
        "as_of": price.as_of,
        "confirmed": price.confirmed,
        "note": price.note,
    }
