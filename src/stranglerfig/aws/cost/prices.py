"""Public list prices, each with where it was found. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

THIRD_PARTY = "third party"


@dataclass(frozen=True, slots=True)
class Source:
    """``kind`` is ``aws`` for its own page, ``price list`` for a copy of AWS's list, ``bill`` for somebody's, or
    ``third party``; ``where`` an address, or words where there is no lasting one; ``as_of`` the date there."""

    kind: str
    where: str
    as_of: str | None


@dataclass(frozen=True, slots=True)
class Price:
    """``amount`` is in US dollars, for ``per`` units, in ``region``: the list's own, where it is not known for the one
    that was asked for. ``page`` is AWS's, which has the last word; no list has what is ``estimated``."""

    key: str
    amount: float
    per: int
    unit: str
    region: str
    page: str
    sources: tuple[Source, ...]
    estimated: bool
    note: str | None

    def of(self, quantity: float) -> float:
        return self.amount * quantity / self.per

    @property
    def confirmed(self) -> bool:
        """AWS says it, or two who have nothing to do with each other."""
        others = {one.where for one in self.sources if one.kind == THIRD_PARTY}
        return not self.estimated and (len(others) > 1 or any(one.kind != THIRD_PARTY for one in self.sources))


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
            sources=tuple(Source(one["kind"], one["where"], one.get("as_of")) for one in found["sources"]),
            estimated=entry.get("estimated", False),
            note=entry.get("note"),
        )

    @property
    def regions(self) -> tuple[str, ...]:
        """Those that some prices of their own are known for, the list's own first."""
        others = {region for entry in self.prices.values() for region in entry.get("regions", {})}
        return (self.region, *sorted(others))


def read_prices(document: Mapping[str, Any]) -> PriceList:
    return PriceList(document["region"], document["collected"], document["prices"])
