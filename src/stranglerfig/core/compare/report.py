"""What a run of copies has shown, by endpoint and place: counts that grow, and a few examples (pure)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from stranglerfig.core.compare.answers import Difference, Kind
from stranglerfig.core.compare.examples import REDACTED, Example
from stranglerfig.core.compare.noise import Contrast, Learned, Outcome, Seen, Spot, judge, to_spot
from stranglerfig.core.shift.evidence import Histogram, bucket_of

#: of one run; what comes after that is counted as ``REST``
MOST_ENDPOINTS = 300
#: of one endpoint
MOST_PLACES = 200
MOST_EXAMPLES = 5
REST = "/{rest}"


@dataclass(frozen=True, slots=True)
class Compared:
    """One copy, as it is handed over: nothing in it is secret. Times are None where nobody was asked."""

    method: str
    endpoint: str
    seen: Contrast
    legacy_ms: float | None = None
    candidate_ms: float | None = None
    example: Example | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A real difference, in so many copies; ``legacy`` and ``candidate`` show the first one."""

    kind: Kind
    place: str
    count: int
    legacy: str
    candidate: str


@dataclass(frozen=True, slots=True)
class EndpointReport:
    method: str
    endpoint: str
    outcomes: dict[str, int] = field(default_factory=dict)
    learned: Learned = Learned()
    places: dict[Spot, Place] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    legacy_ms: Histogram = Histogram()
    candidate_ms: Histogram = Histogram()
    #: why legacy could not be compared with, the latest one
    unusable: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {self.endpoint}"

    def count(self, *outcomes: Outcome) -> int:
        return sum(self.outcomes.get(one.value, 0) for one in outcomes)

    @property
    def compared(self) -> int:
        return self.count(Outcome.EQUAL, Outcome.NOISY, Outcome.DIFFERENT)

    @property
    def different(self) -> int:
        return self.count(Outcome.DIFFERENT)

    def spots(self) -> list[Spot]:
        """Of all places, those that differ most often first; the order in which they were found means nothing."""
        found = self.places
        return sorted(found, key=lambda spot: (-found[spot].count, found[spot].place, found[spot].kind.value))

    def noise(self) -> list[str]:
        """The places that legacy itself changes."""
        return sorted(spot for spot, seen in self.learned.spots.items() if seen.noise)


def difference_id(endpoint: EndpointReport, spot: Spot) -> str:
    """What users name a difference by; the same in every report."""
    return hashlib.sha256(f"{endpoint.name} {spot}".encode()).hexdigest()[:8]


@dataclass(slots=True)
class Report:
    """``endpoints`` by method and template."""

    endpoints: dict[tuple[str, str], EndpointReport] = field(default_factory=dict)

    def add(self, compared: Compared) -> EndpointReport:
        """The endpoint as it is now."""
        key = (compared.method, compared.endpoint)
        if key not in self.endpoints and len(self.endpoints) >= MOST_ENDPOINTS:
            key = (compared.method, REST)
        before = self.endpoints.get(key) or EndpointReport(*key)
        self.endpoints[key] = _add(before, compared)
        return self.endpoints[key]

    def settle(self, names: Mapping[str, str]) -> set[tuple[str, str]]:
        """Put together what has become one endpoint: ``names`` are new templates by old. The old ones' keys."""
        gone = [key for key in self.endpoints if names.get(key[1], key[1]) != key[1]]
        for method, template in gone:
            old = replace(self.endpoints.pop((method, template)), endpoint=names[template])
            known = self.endpoints.get((method, old.endpoint))
            self.endpoints[method, old.endpoint] = old if known is None else _merge(known, old)
        return set(gone)

    def sorted(self) -> list[EndpointReport]:
        """Those that differ most first."""
        return sorted(
            self.endpoints.values(), key=lambda one: (-one.different, -one.compared, one.endpoint, one.method)
        )

    @property
    def compared(self) -> int:
        return sum(one.compared for one in self.endpoints.values())

    @property
    def different(self) -> int:
        return sum(one.different for one in self.endpoints.values())

    @property
    def unusable(self) -> int:
        return sum(one.count(Outcome.UNUSABLE) for one in self.endpoints.values())


def _add(report: EndpointReport, compared: Compared) -> EndpointReport:
    judgement, learned = judge(report.learned, compared.seen)
    outcome = judgement.outcome.value
    report = replace(
        report,
        outcomes={**report.outcomes, outcome: report.outcomes.get(outcome, 0) + 1},
        learned=learned,
        places=_count(report.places, judgement.real, compared.example),
        unusable=compared.seen.unusable or report.unusable,
    )
    if judgement.outcome is Outcome.UNUSABLE:
        return report
    report = replace(
        report,
        legacy_ms=_with_time(report.legacy_ms, compared.legacy_ms),
        candidate_ms=_with_time(report.candidate_ms, compared.candidate_ms),
    )
    spots = frozenset(map(to_spot, judgement.real))
    return replace(report, examples=_with_example(report.examples, compared.example, spots))


def _count(places: dict[Spot, Place], real: Iterable[Difference], example: Example | None) -> dict[Spot, Place]:
    told = {to_spot(one): one for one in example.differences} if example is not None else {}
    found = dict(places)
    for one in real:
        spot = to_spot(one)
        known = found.get(spot)
        if known is not None:
            found[spot] = replace(known, count=known.count + 1)
            if spot in told and known.legacy == known.candidate == REDACTED:
                # The first example that shows it comes late.
                found[spot] = replace(found[spot], legacy=told[spot].legacy, candidate=told[spot].candidate)
        elif len(found) < MOST_PLACES:
            shown = told.get(spot) or Difference(one.kind, one.place, REDACTED, REDACTED)
            found[spot] = Place(one.kind, one.place, 1, shown.legacy, shown.candidate)
    return found


def _with_example(examples: tuple[Example, ...], example: Example | None, real: frozenset[Spot]) -> tuple[Example, ...]:
    """Kept if it shows what none before it shows."""
    if example is None or not real or len(examples) >= MOST_EXAMPLES:
        return examples
    shown = {to_spot(one) for known in examples for one in known.differences}
    kept = replace(example, differences=tuple(one for one in example.differences if to_spot(one) in real))
    return examples if real <= shown else (*examples, kept)


def _with_time(times: Histogram, ms: float | None) -> Histogram:
    return times if ms is None else Histogram.of(Counter(dict(times.buckets)) + Counter([bucket_of(ms)]))


def _merge(one: EndpointReport, other: EndpointReport) -> EndpointReport:
    places = dict(one.places)
    for spot, place in other.places.items():
        known = places.get(spot)
        if known is not None or len(places) < MOST_PLACES:
            places[spot] = place if known is None else replace(known, count=known.count + place.count)
    return replace(
        one,
        outcomes=dict(Counter(one.outcomes) + Counter(other.outcomes)),
        learned=_merge_learned(one.learned, other.learned),
        places=places,
        examples=(*one.examples, *other.examples)[:MOST_EXAMPLES],
        legacy_ms=_sum_times(one.legacy_ms, other.legacy_ms),
        candidate_ms=_sum_times(one.candidate_ms, other.candidate_ms),
        unusable=one.unusable or other.unusable,
    )


def _merge_learned(one: Learned, other: Learned) -> Learned:
    spots = dict(one.spots)
    for spot, seen in other.spots.items():
        known = spots.get(spot, Seen())
        spots[spot] = Seen(known.noise + seen.noise, known.candidate + seen.candidate)
    return Learned(one.looks + other.looks, spots)


def _sum_times(*times: Histogram) -> Histogram:
    return Histogram.of(sum((Counter(dict(one.buckets)) for one in times), Counter()))
