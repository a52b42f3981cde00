"""The ledger's values as the API shows them."""

from __future__ import annotations

from stranglerfig.api.applications.rendering import render_time
from stranglerfig.api.ledger.wire import CandidateWire, EntryWire, LastWire, ListenerWire, OutcomeWire, TrialWire
from stranglerfig.core.ledger.candidates import Candidate
from stranglerfig.core.ledger.records import Side, Sighting
from stranglerfig.core.ledger.summary import Entry, Summary
from stranglerfig.core.routing.trial import Outcome, Trial


def render_summary(summary: Summary) -> ListenerWire:
    return {
        "listener": summary.listener,
        "requests": {
            "legacy": summary.requests[Side.LEGACY],
            "moved": summary.requests[Side.MOVED],
            "nobody": summary.requests[Side.NOBODY],
        },
        "moved_share": summary.moved_share,
        "endpoints": summary.endpoints,
        "moved_endpoints": summary.moved_endpoints,
        "entries": [render_entry(entry) for entry in summary.entries],
        "idle": [render_entry(entry) for entry in summary.idle],
    }


def render_entry(entry: Entry) -> EntryWire:
    key, figures = entry.key, entry.figures
    return {
        "method": key.method,
        "endpoint": key.endpoint,
        "target": key.group or None,
        "side": key.side.value,
        "has_left": entry.has_left,
        "requests": figures.requests,
        "client_errors": figures.client_errors,
        "server_errors": figures.server_errors,
        "p50_ms": _rounded(figures.latencies.quantile(0.5)),
        "p99_ms": _rounded(figures.latencies.quantile(0.99)),
        "last": None if entry.last is None else render_last(entry.last),
    }


def render_last(last: Sighting) -> LastWire:
    return {
        "at": render_time(last.at),
        "client": last.client,
        "user_agent": last.user_agent,
        "host": last.host,
        "path": last.path,
    }


def render_candidate(listener: str, candidate: Candidate) -> CandidateWire:
    return {
        "listener": listener,
        "path": candidate.path,
        "endpoints": candidate.endpoints,
        "requests": candidate.requests,
        "share": round(candidate.share, 4),
        "writes": round(candidate.writes, 4),
        "failing": round(candidate.failing, 4),
        "coupling": round(candidate.coupling, 4),
        "partner": candidate.partner,
        "p99_ms": _rounded(candidate.p99_ms),
        "score": round(candidate.score, 4),
        "reasons": list(candidate.reasons),
    }


def render_trial(trial: Trial) -> TrialWire:
    return {
        "kinds": trial.kinds,
        "requests": trial.requests,
        "changes": [
            {
                "method": change.asked.request.method,
                "url": change.asked.request.target,
                "host": change.asked.request.host,
                "times": change.asked.times,
                "before": _render_outcome(change.before),
                "after": _render_outcome(change.after),
            }
            for change in trial.changes
        ],
    }


def _render_outcome(outcome: Outcome) -> OutcomeWire:
    return {
        "verdict": outcome.verdict.value,
        "shares": dict(outcome.shares),
        "status": outcome.status,
        "location": outcome.location,
    }


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 2)
