"""Scheduled Job: runs to its end, again and again. Pure."""

from __future__ import annotations

from stranglerfig.core.application import Kind
from stranglerfig.manifest.kinds.parts.image import main_image
from stranglerfig.manifest.kinds.parts.scaling import JOB_COUNT
from stranglerfig.manifest.kinds.parts.task import identity
from stranglerfig.manifest.kinds.parts.workload import CONTAINERS, RULES
from stranglerfig.manifest.rules.ports import alias_needs_a_port
from stranglerfig.manifest.rules.scaling import one_task_at_a_time
from stranglerfig.manifest.rules.schedule import whole_seconds, wrong_schedule
from stranglerfig.manifest.schema import Duration, Field, Integer, KindDeclaration, Section, Text

ON = Field(
    "on",
    Section(
        (
            Field(
                "schedule",
                Text(check=wrong_schedule),
                required=True,
                doc="When the job runs, in UTC: five fields of cron, `@daily` and the like, `@every 1h30m`, AWS's"
                " `rate()` and `cron()`, or `none`.",
            ),
        )
    ),
    required=True,
    doc="What starts the job.",
)
JOB = KindDeclaration(
    Kind.JOB.value,
    Section(
        (
            *identity(Kind.JOB.value),
            main_image(),
            ON,
            Field("retries", Integer(least=0), doc="How often a failed run is tried again."),
            Field("timeout", Duration(least_s=1), doc="How long a run may take with all its tries."),
            *CONTAINERS,
            JOB_COUNT,
        ),
    ),
    rules=(whole_seconds, one_task_at_a_time, alias_needs_a_port, *RULES),
)
