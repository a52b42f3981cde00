"""How often a key may ask: a bucket of tokens each, that fills at a steady rate."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from stranglerfig.core.faults import Fault

#: A key that was silent may catch up on so many seconds at once.
BURST_S = 2
#: Amazon's own name of the quota is not published.
QUOTA_CODE = "FIG_API_RATE"


class Throttle:
    """``rate`` in requests a second and key; 0 has no limit. ``clock`` in seconds, monotonic."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = max(1.0, rate * BURST_S)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key_id: str, service: str) -> None:
        """Raises a ``Fault`` when the bucket is empty. Only keys that are known may come here, so there are few."""
        if not self._rate:
            return
        now = self._clock()
        level, at = self._buckets.get(key_id, (self._burst, now))
        level = min(self._burst, level + (now - at) * self._rate)
        if level < 1:
            self._buckets[key_id] = (level, now)
            raise Fault(
                "ThrottlingException",
                "Rate exceeded",
                http_status=429,
                members={"QuotaCode": QUOTA_CODE, "ServiceCode": service},
                retry_after_s=math.ceil((1 - level) / self._rate),
            )
        self._buckets[key_id] = (level - 1, now)
