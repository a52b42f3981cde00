"""How the ledger's commands say times."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from stranglerfig.cli.names import complete_proxy
from stranglerfig.cli.quantities import seconds
from stranglerfig.core.ledger.records import DAY_S, HOUR_S, KEPT_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

proxy = click.argument("proxy", required=False, shell_complete=complete_proxy)


def lookback(text: str) -> float:
    """As ``seconds``, where the ledger can tell anything."""
    found = seconds(text)
    if not HOUR_S <= found <= KEPT_DAYS * DAY_S:
        raise click.BadParameter(f"{text!r} is out of range: the ledger keeps whole hours, 1h to {KEPT_DAYS}d back")
    return found


def since(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--since",
        type=lookback,
        default="7d",
        metavar="TIME",
        help="How far back, in whole hours, up to 90d: 12h, 7d (the default).",
    )(function)


def ago(moment: str, now: str) -> str:
    """``3 min``, from two times of the API."""
    passed = (datetime.fromisoformat(now) - datetime.fromisoformat(moment)).total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if passed >= size:
            return f"{passed / size:.0f} {unit}"
    return f"{max(passed, 0):.0f} s"
