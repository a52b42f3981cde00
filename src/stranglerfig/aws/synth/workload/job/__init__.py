"""A job: what starts it by the clock, and the state machine that sees a run through. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.workload.job.fragment import job_fragment as job_fragment
