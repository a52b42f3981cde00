"""Lines and keys for tests of the ledger."""

from __future__ import annotations

from typing import Any

from stranglerfig.core.ledger.records import Key, Side
from stranglerfig.core.traffic.lines import AccessLine


def a_line(target: str = "/api/users/17", pool: str = "legacy", **more: Any) -> AccessLine:
    wanted = {"at": 1_000.0, "listener": "shop", "server": "u1", "method": "GET", "host": "shop.example", "status": 200}
    return AccessLine(pool=pool, target=target, total_ms=more.pop("total_ms", 3.0), **{**wanted, **more})


def a_key(
    endpoint: str = "/api/users/{id}", group: str = "legacy", side: Side = Side.LEGACY, method: str = "GET"
) -> Key:
    return Key("shop", method, endpoint, group, side)
