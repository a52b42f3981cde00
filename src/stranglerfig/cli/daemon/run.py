"""``fig daemon run``: the only command that loads the control plane."""

from __future__ import annotations

from stranglerfig.cli.connect import settings
from stranglerfig.cli.launch import report_problem
from stranglerfig.cli.lazy import verb
from stranglerfig.errors import FigError


@verb(
    "run",
    examples="""
    fig daemon run
    FIG_HOME=/srv/fig fig daemon run
    """,
)
def run() -> None:
    """Run the daemon in the foreground until SIGTERM or SIGINT; then it ends and traffic goes on without it."""
    from stranglerfig.control.daemon import run as run_daemon

    here = settings()
    try:
        run_daemon(here)
    except FigError as error:
        report_problem(here, error)
        raise
