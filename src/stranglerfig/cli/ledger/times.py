"""How the ledger's commands say times."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from stranglerfig.cli.names import complete_proxy
from stranglerfig.cli.quantities import seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

proxy = click.argument("proxy", required=False, shell_complete=complete_proxy)


def since(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--since",
        type=seconds,
        default="7d",
        metavar="TIME",
        help="How far back, in whole hours: 12h, 7d (the default).",
    )(function)


def ago(moment: str, now: str) -> str:
    """``3 min``, from two times of the API."""
    passed = (datetime.fromisoformat(now) - datetime.fromisoformat(moment)).total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if passed >= size:
            return f"{passed / size:.0f} {unit}"
    return f"{max(passed, 0):.0f} s"
