"""CloudWatch's percentiles, which moto has none of."""

from __future__ import annotations

import math
from typing import Any

from moto.cloudwatch.models import Statistics

PLAIN = Statistics.get_statistics_for_type


def install() -> None:
    Statistics.get_statistics_for_type = statistic  # type: ignore[assignment]


def statistic(found: Any, stat: str) -> Any:
    if not stat.startswith("p"):
        return PLAIN(found, stat)
    values = sorted(found.metric_single_values_list)
    return values[max(0, math.ceil(len(values) * float(stat[1:]) / 100) - 1)]
