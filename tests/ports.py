"""Ports for what tests start themselves, and start again after a while in which nobody holds the port."""

from __future__ import annotations

import os

from stranglerfig.runtimes.free_ports import PortPool

#: above what the kernel gives to outgoing connections and to listeners without a wish, which others get meanwhile
FIRST = 61_000
#: each process of a parallel run has its own
COUNT = 500
WORKERS = 9

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
_pool = PortPool(range(FIRST + _worker * COUNT, FIRST + (_worker + 1) * COUNT))


def free_port() -> int:
    port = _pool.take()
    # They go round: its turn comes again when whoever had it is long gone, or still there and seen.
    _pool.give_back(port)
    return port
