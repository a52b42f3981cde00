"""What a shift measures is not changed under it by hand."""

from __future__ import annotations

from stranglerfig.control.context import Control
from stranglerfig.errors import Conflict


def refuse_shifting(control: Control, proxy: str, route: str | None = None) -> None:
    """Raises ``Conflict`` while a shift of the route is running; ``route`` None: of any route of the proxy."""
    for record in control.shifts.books.running():
        if record.proxy == proxy and route in (None, record.route):
            raise Conflict(
                f"route {record.route!r} of proxy {proxy!r} is being shifted to {record.candidate}",
                hint=f"`fig shift abort {proxy} {record.route}` gives the shift up; "
                f"`fig shift status {proxy} {record.route}` shows it.",
            )


def refuse_shifting_target(control: Control, target: str) -> None:
    """The same, of any route that has it on one of its sides."""
    for record in control.shifts.books.running():
        if target in (record.candidate, record.legacy):
            refuse_shifting(control, record.proxy, record.route)
