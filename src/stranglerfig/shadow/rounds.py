"""One copy: asked of legacy, of the candidate, and of legacy again; and what its answers show.

Legacy stands on both sides of the candidate in time: what others change meanwhile shows in legacy's own answers too.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from stranglerfig.core.compare.answers import Answer, Difference, NoAnswer
from stranglerfig.core.compare.examples import Round, to_example
from stranglerfig.core.compare.jobs import Address, Bounds, Job
from stranglerfig.core.compare.noise import Contrast, contrast, to_spot
from stranglerfig.core.compare.report import Compared
from stranglerfig.core.compare.rules import Rules, rules_of
from stranglerfig.shadow.sender import Ask, Sender

#: comparing more than that takes a thread, so that others are not kept waiting
QUICK_BYTES = 65_536


async def play(sender: Sender, job: Job) -> Compared:
    """A legacy that fails is not asked a second time, nor is the candidate then."""
    if job.legacy is None:
        legacy: Answer | NoAnswer = job.recorded or NoAnswer("no answer of it was recorded")
        legacy_ms = None
    else:
        legacy, legacy_ms = await sender.ask(_ask(job, job.legacy, job.bounds))
    if isinstance(legacy, NoAnswer) or legacy.status >= 500:
        return Compared(job.copy.method, job.endpoint, contrast(legacy, None, legacy, Rules()), legacy_ms)
    candidate, candidate_ms = await sender.ask(_ask(job, job.candidate, job.bounds.beside(legacy)))
    again = None
    # Where the candidate has no answer there is nothing that noise could explain.
    if job.legacy is not None and isinstance(candidate, Answer):
        again, _ = await sender.ask(_ask(job, job.legacy, job.bounds))
    bodies = (one.body for one in (legacy, again, candidate) if isinstance(one, Answer))
    if sum(map(len, bodies)) > QUICK_BYTES:
        compared = await asyncio.to_thread(_compare, job, legacy, again, candidate)
    else:
        compared = _compare(job, legacy, again, candidate)
    return replace(compared, legacy_ms=legacy_ms, candidate_ms=candidate_ms)


def _ask(job: Job, address: Address, bounds: Bounds) -> Ask:
    return Ask(job.copy.method, address, job.headers, job.copy.body, bounds)


def _compare(job: Job, legacy: Answer, again: Answer | NoAnswer | None, candidate: Answer | NoAnswer) -> Compared:
    rules = rules_of(job.endpoint, job.rules)
    seen = contrast(legacy, again, candidate, rules)
    own = set(map(to_spot, seen.own))
    example = None
    if job.wants_example and any(to_spot(one) not in own for one in seen.found):
        urls = ("" if job.legacy is None else job.legacy.url, job.candidate.url)
        headers = (("Host", job.candidate.host), *job.headers)
        example = to_example(Round(job.copy, headers, urls, legacy, candidate), seen.found, rules, job.policy)
    return Compared(job.copy.method, job.endpoint, _wordless(seen), example=example)


def _wordless(seen: Contrast) -> Contrast:
    """Where answers differ, and nothing of what was said there: that may be secret."""
    own, found = ([Difference(one.kind, one.place) for one in many] for many in (seen.own, seen.found))
    return Contrast(tuple(own), tuple(found), seen.unusable)
