"""How much of a shadow may be asked for. Pure."""

from __future__ import annotations

from stranglerfig.core.compare.jobs import Bounds
from stranglerfig.errors import UsageError

MOST_RATE = 1000.0
MOST_TIMEOUT_S = 60.0
MOST_BODY_BYTES = 16 << 20


def check_amount(sample: float, rate: float, bounds: Bounds) -> None:
    """Raises ``UsageError``."""
    for what, value, most in (
        ("a sample", 100 * sample, 100.0),
        ("a rate", rate, MOST_RATE),
        ("a timeout", bounds.timeout_s, MOST_TIMEOUT_S),
        ("a size of bodies", bounds.body_bytes, MOST_BODY_BYTES),
    ):
        if not 0 < value <= most:
            raise UsageError(f"{value:g} is not {what}: it is above 0, and at most {most:g}")
