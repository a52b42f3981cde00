"""``fig version``."""

from __future__ import annotations

from stranglerfig import __version__
from stranglerfig.cli import flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show, show_json


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
    running = daemon_version()
    if as_json:
        show_json({"version": __version__, "daemon": running})
        return
    show(f"fig {__version__}")
    if running is not None and running != __version__:
        show(f"daemon {running} (`fig daemon stop` ends it; the next command starts this version's)")


def daemon_version() -> str | None:
    from stranglerfig.cli.connect import to_running_daemon
    from stranglerfig.errors import FigError

    try:
        return to_running_daemon(timeout_s=1.0).daemon.version()["version"]
    except FigError:
        return None
