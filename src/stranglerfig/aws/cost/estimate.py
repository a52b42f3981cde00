"""The estimate of a month: lines with prices, and what one would not think of. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stranglerfig.aws.cost.counting import Counted, count
from stranglerfig.aws.cost.parts import Found, Part
from stranglerfig.aws.cost.prices import Price, PriceList
from stranglerfig.aws.cost.tasks import count_service, tasks_of
from stranglerfig.aws.cost.traffic import count_traffic
from stranglerfig.aws.cost.values import HOURS, Assumptions, Quantity


@dataclass(frozen=True, slots=True)
class Line:
    """``month`` is in US dollars."""

    where: str
    what: str
    quantity: float
    price: Price

    @property
    def month(self) -> float:
        return self.price.of(self.quantity)


@dataclass(frozen=True, slots=True)
class Estimate:
    """``lines`` begin with the dearest. ``surprises`` are sentences. ``extra`` is what a month costs more with as many
    tasks, all the time, as autoscaling may make."""

    region: str
    collected: str
    lines: tuple[Line, ...]
    surprises: tuple[str, ...]
    extra: float = 0

    @property
    def total(self) -> float:
        return sum(line.month for line in self.lines)

    @property
    def most(self) -> float:
        return self.total + self.extra

    def by_place(self) -> dict[str, float]:
        """The month of each part, the dearest first."""
        found: dict[str, float] = {}
        for line in self.lines:
            found[line.where] = found.get(line.where, 0) + line.month
        return dict(sorted(found.items(), key=lambda one: -one[1]))

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """Keys of prices that are those of another region."""
        return _keys(line.price for line in self.lines if line.price.region != self.region)

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        return _keys(line.price for line in self.lines if not line.price.confirmed)


def estimate(parts: tuple[Part, ...], assumed: Assumptions, prices: PriceList, region: str) -> Estimate:
    counted = count(parts, assumed)
    lines = [
        Line(one.where, one.what, one.amount, prices.find(one.price, region))
        for one in _merged([*counted.quantities, *count_traffic(parts, assumed)])
    ]
    lines.sort(key=lambda line: (-line.month, line.where, line.what))
    scaled = list(_scaled(parts, assumed, prices, region))
    found = Estimate(region, prices.collected, tuple(lines), (), sum(extra for _, extra in scaled))
    told = [sentence for sentence, _ in scaled]
    return replace(found, surprises=(*_surprises(found, parts), *told, *_gaps(counted, parts)))


def _merged(quantities: list[Quantity]) -> Iterator[Quantity]:
    """One of each kind and place."""
    amounts: dict[tuple[str, str, str], float] = {}
    for one in quantities:
        key = (one.where, one.what, one.price)
        amounts[key] = amounts.get(key, 0) + one.amount
    return (Quantity(*key, amount) for key, amount in amounts.items())


def _surprises(found: Estimate, parts: tuple[Part, ...]) -> Iterator[str]:
    nat = [line for line in found.lines if line.price.key == "nat"]
    if nat:
        count = round(sum(line.quantity for line in nat) / HOURS)
        yield (
            f"{count} NAT gateways cost {dollars(sum(line.month for line in nat))} before any traffic, one for each "
            f"private subnet: {', '.join(_private(parts))} is placed there"
        )
    addresses = [line for line in found.lines if line.price.key == "ipv4"]
    if addresses:
        standing = sum(line.quantity for line in addresses) / HOURS
        # Of tasks that are paused at times, no whole number.
        said = f"{standing:.0f} public" if standing == round(standing) else "public"
        yield f"{said} IPv4 addresses cost {dollars(sum(line.month for line in addresses))}"
    balancers = [line for line in found.lines if line.price.key in ("alb", "nlb")]
    if balancers:
        count = round(sum(line.quantity for line in balancers) / HOURS)
        yield f"{_balancers(count)} {dollars(sum(line.month for line in balancers))} without a single request"


def _balancers(count: int) -> str:
    return "the load balancer costs" if count == 1 else f"{count} load balancers cost"


def _private(parts: tuple[Part, ...]) -> list[str]:
    found = [part.name for part in parts if (service := part.first("AWS::ECS::Service")) and not _is_public(service)]
    return found or ["a workload"]


def _is_public(service: Found) -> bool:
    network = service.properties.get("NetworkConfiguration", {}).get("AwsvpcConfiguration", {})
    return bool(network.get("AssignPublicIp") == "ENABLED")


def _scaled(
    parts: tuple[Part, ...], assumed: Assumptions, prices: PriceList, region: str
) -> Iterator[tuple[str, float]]:
    """What autoscaling may make of it, all month, and what that costs more."""
    for part in parts:
        service = part.first("AWS::ECS::Service")
        if service is None or part.most is None or part.most <= tasks_of(service):
            continue
        most = replace(service, properties={**service.properties, "DesiredCount": part.most})
        now, then = (
            sum(prices.find(one.price, region).of(one.amount) for one in count_service(found, part, assumed))
            for found in (service, most)
        )
        told = (
            f"{part.name} is counted with {tasks_of(service)} of at most {part.most} tasks, which cost {dollars(then)}"
        )
        yield told, then - now


def _gaps(counted: Counted, parts: tuple[Part, ...]) -> Iterator[str]:
    for type, where in counted.unknown:
        yield f"{type} of {where} is not in the estimate: no price of it is known here"
    if any(_has_insights(one) for part in parts for one in part.all("AWS::ECS::Cluster")):
        yield "the metrics of Container Insights are not in the estimate: they grow with the tasks"


def _has_insights(cluster: Found) -> bool:
    settings = cluster.properties.get("ClusterSettings", [])
    return any(one.get("Name") == "containerInsights" and one.get("Value") != "disabled" for one in settings)


def dollars(amount: float) -> str:
    return f"${amount:,.2f}"


def _keys(prices: Iterator[Price]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(price.key for price in prices))
