"""``fig metrics``."""

from __future__ import annotations

import sys

from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb


@verb(
    "metrics",
    examples="""
    fig metrics
    fig metrics | grep fig_target_requests
    """,
)
def metrics() -> None:
    """Counters, gauges and latencies as Prometheus text, for a scrape by file or by hand."""
    sys.stdout.write(to_daemon().daemon.metrics())
