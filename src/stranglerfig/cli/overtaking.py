"""Whether an order was overtaken by a later one. Values in, answers out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.cli.views import count_up

if TYPE_CHECKING:
    from stranglerfig.api.wire import TargetWire


def overtaken_by(target: TargetWire, revision: int) -> int | None:
    """The later revision that was ordered while ``revision`` was on its way, even if that was taken back itself."""
    failed = target["failed_revision"]
    if failed == revision:
        return None
    if target["revision"] > revision:
        return target["revision"]
    # What was taken back before this order came is of no interest: only below this one's place it came later.
    return failed if target["revision"] < revision and failed is not None and failed > revision else None


def was_healthy(target: TargetWire, revision: int) -> bool:
    """A revision that another one replaces serves on until that one is healthy: then it has done what was ordered."""
    return 0 < target["replicas"] <= count_up(target["servers"], revision)
