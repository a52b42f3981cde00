"""The verdict on a step: may the shift go on, must it go back, or is it too early to tell?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from stranglerfig.core.shift.evidence import Evidence
from stranglerfig.core.shift.plan import Plan
from stranglerfig.core.shift.sequential import (
    SURE,
    Tally,
    evidence_against_excess,
    evidence_of_less_than,
    evidence_of_more,
    evidence_of_more_than,
    largest_excess,
)
from stranglerfig.core.split import WHOLE

#: the most shifts of a candidate that is as good as legacy that may be taken back, all steps and looks together
FALSE_ALARMS = 0.01
#: the part of the requests that is slower than the 99th percentile
TAIL = 0.01


class Kind(Enum):
    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"


class Measure(Enum):
    """What is watched. Errors and mismatches are shares, latency is the 99th percentile in milliseconds."""

    ERRORS = "errors"
    LATENCY = "latency"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class Finding:
    """One measure of the candidate and of legacy, as seen; ``limit`` is the most that the candidate's may be."""

    measure: Measure
    kind: Kind
    reason: str
    candidate: float | None
    legacy: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` is a clause without a full stop, with the figures that decided."""

    kind: Kind
    reason: str
    findings: tuple[Finding, ...] = ()


def judge(evidence: Evidence, plan: Plan, step: int, baked_s: float) -> Verdict:
    """May be asked as often as one likes: looking often makes no verdict more likely to be wrong."""
    problem = evidence.problem or _nothing_to_compare_with(evidence, plan, step)
    if problem is not None:
        return Verdict(Kind.ERROR, problem)
    findings = _findings(evidence, plan, step)
    failed = [finding.reason for finding in findings if finding.kind is Kind.FAIL]
    if failed:
        return Verdict(Kind.FAIL, "; ".join(failed), findings)
    waiting = [
        *_wanted(evidence, plan, baked_s),
        *(finding.reason for finding in findings if finding.kind is Kind.INCONCLUSIVE),
    ]
    if waiting:
        return Verdict(Kind.INCONCLUSIVE, "; ".join(waiting), findings)
    return Verdict(Kind.PASS, "; ".join(finding.reason for finding in findings), findings)


def _nothing_to_compare_with(evidence: Evidence, plan: Plan, step: int) -> str | None:
    """With a share of its own, legacy will get its requests in time."""
    if evidence.legacy.requests or plan.steps[step] < WHOLE:
        return None
    return "legacy has answered nothing that the candidate could be compared with"


def _wanted(evidence: Evidence, plan: Plan, baked_s: float) -> list[str]:
    wanted = []
    if baked_s < plan.bake_s:
        wanted.append(f"{baked_s:.0f} of {plan.bake_s:g} s")
    if evidence.candidate.requests < plan.limits.minimum_requests:
        wanted.append(f"{evidence.candidate.requests} of at least {plan.limits.minimum_requests} requests")
    return wanted


def _findings(evidence: Evidence, plan: Plan, step: int) -> tuple[Finding, ...]:
    limits, now = plan.limits, plan.steps[step] / WHOLE
    moment = _Moment(now, plan.share_after(step), math.log(len(plan.steps) * limits.watched / FALSE_ALARMS))
    findings = [_judge_errors(evidence, limits.error_increase, moment)]
    if limits.latency_ratio is not None:
        findings.append(_judge_latency(evidence, limits.latency_ratio, moment))
    if limits.mismatch is not None:
        findings.append(_judge_mismatch(evidence, limits.mismatch, limits.minimum_requests, moment))
    return tuple(findings)


@dataclass(frozen=True, slots=True)
class _Moment:
    """``share`` is the candidate's now, ``next_share`` after this step; ``enough`` is the evidence to go back on."""

    share: float
    next_share: float
    enough: float

    def sure(self, evidence: float) -> bool:
        """The last step asks for no proof: legacy answers nothing that could add to it, and the step before had it."""
        return self.share == 1 or evidence >= SURE


def _judge_errors(evidence: Evidence, increase: float, moment: _Moment) -> Finding:
    """It fails when it is surely worse and by more than the limit as far as seen. It passes when the next step cannot
    lift the route's error rate above the limit: a small share may be sure of little."""
    candidate = Tally(evidence.candidate.errors, evidence.candidate.requests)
    legacy = Tally(evidence.legacy.errors, evidence.legacy.requests)
    allowed = min(1.0, increase / moment.next_share)
    limit = legacy.rate + increase
    seen = f"{percent(candidate.rate)} of the candidate's {candidate.requests:,} requests failed"
    against = f"{percent(legacy.rate)} of legacy's {legacy.requests:,}"
    if candidate.rate > limit and evidence_of_more(candidate, legacy) >= moment.enough:
        kind, reason = Kind.FAIL, f"{seen}, {against}: {percent(increase)} more are allowed"
    elif candidate.rate <= legacy.rate + allowed and moment.sure(evidence_against_excess(candidate, legacy, allowed)):
        kind, reason = Kind.PASS, f"{seen}, {against}"
    else:
        possible = percent(largest_excess(candidate, legacy))
        kind = Kind.INCONCLUSIVE
        reason = f"{seen}, {against}: {possible} more are possible, {percent(allowed)} would do for the next step"
    return Finding(Measure.ERRORS, kind, reason, candidate.rate, legacy.rate, limit)


def _judge_latency(evidence: Evidence, ratio: float, moment: _Moment) -> Finding:
    """As errors, where slow is what took longer than ``ratio`` times legacy's 99th percentile: 1 % of the candidate's
    requests may, and of the whole route's after the next step."""
    ours, theirs = evidence.candidate.latencies, evidence.legacy.latencies
    p99, legacy_p99 = ours.quantile(1 - TAIL), theirs.quantile(1 - TAIL)
    if p99 is None or legacy_p99 is None:
        reason = "no latencies of both sides yet"
        return Finding(Measure.LATENCY, Kind.INCONCLUSIVE, reason, p99, legacy_p99, None)
    limit = ratio * legacy_p99
    slow = Tally(ours.above(limit), ours.total)
    legacy_slow = Tally(theirs.above(limit), theirs.total)
    allowed = (TAIL - (1 - moment.next_share) * legacy_slow.rate) / moment.next_share
    seen = f"99 % within {p99:.3g} ms, within {legacy_p99:.3g} ms by legacy"
    if slow.rate > TAIL and evidence_of_more(slow, legacy_slow) >= moment.enough:
        kind, reason = Kind.FAIL, f"{seen}: {limit:.3g} ms are allowed"
    elif slow.rate <= allowed and moment.sure(evidence_of_less_than(slow, allowed)):
        kind, reason = Kind.PASS, seen
    else:
        kind = Kind.INCONCLUSIVE
        reason = f"{seen}: {slow.requests:,} latencies are too few to be sure that {limit:.3g} ms will be kept"
    return Finding(Measure.LATENCY, kind, reason, p99, legacy_p99, limit)


def _judge_mismatch(evidence: Evidence, limit: float, minimum: int, moment: _Moment) -> Finding:
    copies = Tally(evidence.different, evidence.compared)
    reason = f"{percent(copies.rate)} of {copies.requests:,} compared answers differ, {percent(limit)} may"
    if evidence_of_more_than(copies, limit) >= moment.enough:
        kind = Kind.FAIL
    elif copies.requests >= minimum and copies.rate <= limit:
        kind = Kind.PASS
    else:
        kind = Kind.INCONCLUSIVE
    return Finding(Measure.MISMATCH, kind, reason, copies.rate, None, limit)


def percent(share: float) -> str:
    return f"{share * 100:.2g} %" if share < 0.1 else f"{share * 100:.3g} %"
