"""How much is tried: a sample in every run, and all of it with ``FIG_TORTURE=full``, as `make torture` has it."""

from __future__ import annotations

import os

IS_FULL = os.environ.get("FIG_TORTURE") == "full"


#: what is promised in 2 s and measured; in a run beside others a machine may stand still for longer than that
SECONDS = 2.0 if IS_FULL else 20.0


def amount(sample: int, full: int) -> int:
    return full if IS_FULL else sample
