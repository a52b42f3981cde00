"""Public list prices, each with where it was found. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Price:
    """``amount`` is in US dollars, for ``per`` units, in ``region``: the list's own, where it is not known for the one
    that was asked for. ``page`` is AWS's, ``source`` where the figure stood, ``as_of`` the date there."""

    key: str
    amount: float
    per: int
    unit: str
    region: str
    page: str
    source: str
    as_of: str | None
    confirmed: bool
    note: str | None

    def of(self, quantity: float) -> float:
        return self.amount * quantity / self.per


@dataclass(frozen=True, slots=True)
class PriceList:
    """``region`` is the one that all prices are known for; ``collected`` a date."""

    region: str
    collected: str
    prices: Mapping[str, Mapping[str, Any]]

    def find(self, key: str, region: str) -> Price:
        entry = self.prices[key]
        own = entry.get("regions", {}).get(region)
        found = {**entry, **(own or {})}
        return Price(
            key=key,
            amount=found["price"],
            per=entry.get("per", 1),
            unit=entry["unit"],
            region=region if own or entry.get("everywhere") else self.region,
            page=entry["page"],
            source=found["source"],
            as_of=found.get("as_of"),
            confirmed=found.get("confirmed", True),
            note=entry.get("note"),
        )


def read_prices(document: Mapping[str, Any]) -> PriceList:
    return PriceList(document["region"], document["collected"], document["prices"])
