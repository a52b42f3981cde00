"""What a shift is asked to do: its steps, how long each bakes, and what the candidate may cost."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.core.split import WHOLE
from stranglerfig.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """What the candidate may be worse by; None: not watched.

    ``error_increase`` is a share of the route's requests: how much its error rate may rise. ``latency_ratio`` is how
    many times legacy's 99th percentile the route's may be. ``mismatch`` is a share of the compared copies.
    ``minimum_requests`` are the candidate's, in each step.
    """

    error_increase: float = 0.005
    latency_ratio: float | None = 1.5
    mismatch: float | None = None
    minimum_requests: int = 50

    def __post_init__(self) -> None:
        if not 0 < self.error_increase <= 1:
            raise UsageError(f"bad error increase {self.error_increase:.6g}: it must be above 0 and at most 100 %")
        if self.latency_ratio is not None and not 1 <= self.latency_ratio < float("inf"):
            raise UsageError(f"bad latency ratio {self.latency_ratio:.6g}: it must be at least 1")
        if self.mismatch is not None and not 0 <= self.mismatch <= 1:
            raise UsageError(f"bad mismatch {self.mismatch:.6g}: it must be between 0 and 100 %")
        if self.minimum_requests < 1:
            raise UsageError(f"bad minimum of requests {self.minimum_requests}: it must be at least 1")

    @property
    def watched(self) -> int:
        """How many measures can end a shift."""
        return 1 + (self.latency_ratio is not None) + (self.mismatch is not None)


@dataclass(frozen=True, slots=True)
class Plan:
    """``steps`` are the candidate's weights in hundredths of a percent, the last one the whole.

    ``cohort_first``: in the first one, of 0, it has only requests that are its own whatever its weight is.
    """

    steps: tuple[int, ...] = (100, 500, 2_500, 5_000, WHOLE)
    bake_s: float = 60.0
    limits: Limits = Limits()
    cohort_first: bool = False

    def __post_init__(self) -> None:
        told = ",".join(f"{step / 100:g}" for step in self.steps)
        if not self.steps or self.steps[-1] != WHOLE:
            raise UsageError(f"bad steps '{told}': the last one must be 100")
        least = 0 if self.cohort_first else 1
        if self.steps[0] < least or any(later <= step for step, later in zip(self.steps, self.steps[1:], strict=False)):
            raise UsageError(f"bad steps '{told}': they must be above 0 and increase")
        if not 0 <= self.bake_s < float("inf"):
            raise UsageError(f"bad bake time {self.bake_s:g} s: it must not be negative")

    def is_last(self, step: int) -> bool:
        return step == len(self.steps) - 1

    def share_after(self, step: int) -> float:
        """The candidate's share of requests once ``step`` has passed."""
        return self.steps[min(step + 1, len(self.steps) - 1)] / WHOLE
