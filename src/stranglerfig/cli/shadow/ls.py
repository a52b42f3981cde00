"""``fig shadow ls``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_shadows
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import percent, recommend, show_json, show_table

if TYPE_CHECKING:
    from stranglerfig.api.shadows.wire import ShadowWire

HEADERS = ("PROXY", "ROUTE", "PATH", "CANDIDATE", "LEGACY", "SAMPLE", "STATE", "COMPARED", "DIFFERENT", "VERDICT")


@verb(
    "ls",
    examples="""
    fig shadow ls
    fig shadow ls --json
    """,
)
@flags.as_json
def ls(as_json: bool) -> None:
    """List all shadows with what they have shown."""
    found = to_shadows().all()
    if as_json:
        show_json(found)
        return
    show_table(HEADERS, map(row, found))
    if not found:
        recommend("fig shadow start PROXY ROUTE")


def row(shadow: ShadowWire) -> tuple[str, ...]:
    return (
        *(shadow["proxy"], shadow["route"], shadow["path"], shadow["candidate"], shadow["legacy"]),
        *(percent(shadow["sample"]), shadow["state"], str(shadow["compared"]), str(shadow["different"])),
        shadow["verdict"],
    )
