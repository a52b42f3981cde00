"""Shifts as what crosses the API."""

from __future__ import annotations

from typing import cast

from stranglerfig.api.applications.rendering import render_time
from stranglerfig.api.shifts.wire import (
    DecisionWire,
    FiguresWire,
    LimitsWire,
    MeasureWire,
    SeenWire,
    ShiftWire,
    SideWire,
    StartShift,
)
from stranglerfig.core.conditions_text import parse_weight, render_weight
from stranglerfig.core.shift.evidence import SideFigures
from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.core.shift.record import Decision, Figures, ShiftRecord
from stranglerfig.core.shift.sight import Sight
from stranglerfig.core.shift.terms import Terms, to_plan
from stranglerfig.core.shift.verdict import Finding, Measure


def to_wanted_plan(wire: StartShift, usual: Terms, cohorts: tuple[str, ...]) -> Plan:
    """``usual`` is what is not said."""
    given, default = wire.get("limits", {}), usual.plan.limits
    limits = Limits(
        error_increase=given.get("error_increase", default.error_increase * 100) / 100,
        latency_ratio=given.get("latency_ratio", default.latency_ratio),
        mismatch=_to_share(given["mismatch"]) if "mismatch" in given else default.mismatch,
        minimum_requests=given.get("minimum_requests", default.minimum_requests),
    )
    shares = tuple(parse_weight(step) for step in wire["steps"]) if "steps" in wire else usual.shares
    return to_plan(shares, wire.get("bake_s", usual.plan.bake_s), limits, cohorts)


def render_shift(record: ShiftRecord, sight: Sight | None) -> ShiftWire:
    shift = record.shift
    return {
        "id": record.id,
        "proxy": record.proxy,
        "route": record.route,
        "path": record.path,
        "candidate": record.candidate,
        "legacy": record.legacy,
        "phase": shift.phase.value,
        "weight": render_weight(shift.weight),
        "step": shift.step + 1,
        "steps": [render_weight(step) for step in shift.plan.steps],
        "bake_s": shift.plan.bake_s,
        "limits": _render_limits(shift.plan.limits),
        "cohorts": list(record.cohorts),
        "reason": shift.reason,
        "started_at": render_time(record.started_at),
        "since": render_time(shift.since),
        "ended_at": None if record.ended_at is None else render_time(record.ended_at),
        "webhook": record.hooks.webhook,
        "command": record.hooks.command,
        "seen": None if sight is None else _render_sight(sight),
    }


def render_decision(record: ShiftRecord, decision: Decision) -> DecisionWire:
    return {
        "shift": record.id,
        "at": render_time(decision.at),
        "event": decision.told_event,
        "phase": decision.phase.value,
        "step": decision.step + 1,
        "weight": render_weight(decision.weight),
        "reason": decision.reason,
        "candidate": _render_figures(decision.candidate),
        "legacy": _render_figures(decision.legacy),
        "findings": [_render_finding(finding) for finding in decision.findings],
        "log": list(decision.log),
        "examples": list(decision.examples),
    }


def _render_limits(limits: Limits) -> LimitsWire:
    return {
        "error_increase": limits.error_increase * 100,
        "latency_ratio": limits.latency_ratio,
        "mismatch": None if limits.mismatch is None else limits.mismatch * 100,
        "minimum_requests": limits.minimum_requests,
    }


def _render_sight(sight: Sight) -> SeenWire:
    evidence, verdict = sight.evidence, sight.verdict
    candidate_rate, legacy_rate = sight.rates
    return {
        "verdict": verdict.kind.value,
        "reason": verdict.reason,
        "candidate": _render_side(evidence.candidate, candidate_rate),
        "legacy": _render_side(evidence.legacy, legacy_rate),
        "compared": evidence.compared,
        "different": evidence.different,
        "findings": [_render_finding(finding) for finding in verdict.findings],
    }


def _render_side(side: SideFigures, rate: float) -> SideWire:
    return {
        "requests": side.requests,
        "errors": side.errors,
        "p50_ms": side.latencies.quantile(0.5),
        "p99_ms": side.latencies.quantile(0.99),
        "rate": rate,
    }


def _render_figures(figures: Figures) -> FiguresWire:
    return {"requests": figures.requests, "errors": figures.errors, "p99_ms": figures.p99_ms}


def _render_finding(finding: Finding) -> MeasureWire:
    factor = 1 if finding.measure is Measure.LATENCY else 100
    candidate, legacy, limit = (
        None if value is None else value * factor for value in (finding.candidate, finding.legacy, finding.limit)
    )
    return cast(
        MeasureWire,
        {
            "measure": finding.measure.value,
            "verdict": finding.kind.value,
            "reason": finding.reason,
            "candidate": candidate,
            "legacy": legacy,
            "limit": limit,
        },
    )


def _to_share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
