"""``fig up``."""

from __future__ import annotations

from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend


@verb("up", examples="fig up")
def up() -> None:
    """Start again what `fig down` stopped: the same listeners on the same ports, the same targets and routes."""
    to_daemon().daemon.up()
    done("Listeners and tasks are starting.")
    recommend("fig status")
