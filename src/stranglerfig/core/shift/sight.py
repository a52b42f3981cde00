"""What the last look at a shift found."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.core.shift.evidence import Evidence
from stranglerfig.core.shift.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Sight:
    """``rates`` are requests a second of candidate and legacy."""

    at: float
    evidence: Evidence
    verdict: Verdict
    rates: tuple[float, float]
