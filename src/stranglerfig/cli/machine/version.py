"""``fig version``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig import __version__
from stranglerfig.api.client import is_another
from stranglerfig.cli import flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show, show_json

if TYPE_CHECKING:
    from stranglerfig.api.wire import VersionWire


@verb(
    "version",
    examples="""
    fig version
    fig version --json
    """,
)
@flags.as_json
def version(as_json: bool) -> None:
    """This fig's version, and the daemon's if one runs; it is not started."""
    daemon = running_daemon()
    if as_json:
        show_json({"version": __version__, "daemon": daemon["version"] if daemon else None})
        return
    show(f"fig {__version__}")
    if daemon is not None and is_another(daemon):
        same = ", of other code" if daemon["version"] == __version__ else ""
        show(f"daemon {daemon['version']}{same} (`fig daemon stop` ends it; the next command starts this one's)")


def running_daemon() -> VersionWire | None:
    from stranglerfig.cli.connect import to_running_daemon
    from stranglerfig.errors import FigError

    try:
        return to_running_daemon(timeout_s=1.0).daemon.version()
    except FigError:
        return None
