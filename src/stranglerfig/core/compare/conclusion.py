"""What a report says as a whole, and how it is told as JSON (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stranglerfig.core.compare.answers import Difference
from stranglerfig.core.compare.examples import Example, KeptAnswer
from stranglerfig.core.compare.noise import Outcome, to_spot
from stranglerfig.core.compare.report import EndpointReport, Report, difference_id
from stranglerfig.core.shift.evidence import Histogram
from stranglerfig.core.shift.verdict import Kind as Verdict


@dataclass(frozen=True, slots=True)
class Conclusion:
    verdict: Verdict
    reason: str


def conclude(report: Report, most_different: float = 0.0) -> Conclusion:
    """``most_different`` is the share of the compared copies, 0 to 1, that may differ."""
    compared, different = report.compared, report.different
    if not compared:
        why = next((one.unusable for one in report.sorted() if one.unusable), "there was nothing to send")
        return Conclusion(Verdict.INCONCLUSIVE, f"nothing could be compared: {why}")
    told = f"{different:,} of {compared:,} answers differ"
    if different > most_different * compared:
        allowed = f", {100 * most_different:g} % may" if most_different else ""
        return Conclusion(Verdict.FAIL, f"{told}{allowed}")
    return Conclusion(Verdict.PASS, told if different else f"{compared:,} answers compared, none differs")


def to_document(report: Report, conclusion: Conclusion) -> dict[str, Any]:
    """The shape of ``ReportWire``."""
    return {
        "verdict": conclusion.verdict.value,
        "reason": conclusion.reason,
        "compared": report.compared,
        "different": report.different,
        "unusable": report.unusable,
        "endpoints": [_endpoint(one) for one in report.sorted()],
    }


def find_difference(report: Report, id: str) -> dict[str, Any] | None:
    """The shape of ``DifferenceWire``: one difference with the examples that show it."""
    for endpoint in report.endpoints.values():
        for spot in endpoint.places:
            if difference_id(endpoint, spot) == id:
                shown = [one for one in endpoint.examples if spot in map(to_spot, one.differences)]
                return {
                    **_place(endpoint, spot),
                    "method": endpoint.method,
                    "endpoint": endpoint.endpoint,
                    "compared": endpoint.compared,
                    "examples": [_example(one) for one in shown],
                }
    return None


def _endpoint(endpoint: EndpointReport) -> dict[str, Any]:
    return {
        "method": endpoint.method,
        "endpoint": endpoint.endpoint,
        "compared": endpoint.compared,
        "different": endpoint.different,
        "noisy": endpoint.count(Outcome.NOISY),
        "unusable": endpoint.count(Outcome.UNUSABLE),
        "why_unusable": endpoint.unusable,
        "legacy_ms": _times(endpoint.legacy_ms),
        "candidate_ms": _times(endpoint.candidate_ms),
        "differences": [_place(endpoint, spot) for spot in endpoint.spots()],
        "noise": endpoint.noise(),
        "curl": endpoint.examples[0].curl if endpoint.examples else "",
    }


def _place(endpoint: EndpointReport, spot: str) -> dict[str, Any]:
    place = endpoint.places[spot]
    return {
        "id": difference_id(endpoint, spot),
        "kind": place.kind.value,
        "place": place.place,
        "count": place.count,
        "legacy": place.legacy,
        "candidate": place.candidate,
    }


def _times(times: Histogram) -> dict[str, float | None]:
    return {name: _rounded(times.quantile(share)) for name, share in (("p50", 0.5), ("p99", 0.99))}


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 1 if ms >= 1 else 2)


def _example(example: Example) -> dict[str, Any]:
    return {
        "method": example.method,
        "target": example.target,
        "curl": example.curl,
        "legacy_curl": example.legacy_curl,
        "legacy": _answer(example.legacy),
        "candidate": _answer(example.candidate),
        "differences": [_difference(one) for one in example.differences],
    }


def _answer(answer: KeptAnswer) -> dict[str, Any]:
    return {"status": answer.status, "headers": [list(one) for one in answer.headers], "body": answer.body}


def _difference(one: Difference) -> dict[str, str]:
    return {"kind": one.kind.value, "place": one.place, "legacy": one.legacy, "candidate": one.candidate}
