"""``fig daemon run``: the only command that loads the control plane."""

from __future__ import annotations

import gc

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

    # Commands put it off (cli.main); a process that stays wants Python's own.
    gc.set_threshold(700, 10, 10)
    here = settings()
    try:
        run_daemon(here)
    except (FigError, ExceptionGroup) as raised:
        error = first_reason(raised)
        if error is None:
            raise
        report_problem(here, error)
        raise error from raised


def first_reason(raised: Exception) -> FigError | None:
    """What a user is to read. The daemon's tasks run in groups, which wrap what any of them raises; None if a fault of
    fig's own is among it."""
    if isinstance(raised, FigError):
        return raised
    if not isinstance(raised, ExceptionGroup):
        return None
    reasons = [first_reason(inner) for inner in raised.exceptions]
    return None if None in reasons else reasons[0]
