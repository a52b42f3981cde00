"""How much is tried: a sample in every run, and all of it with ``FIG_TORTURE=full``, as `make torture` has it."""

from __future__ import annotations

import os

IS_FULL = os.environ.get("FIG_TORTURE") == "full"


def amount(sample: int, full: int) -> int:
    return full if IS_FULL else sample
