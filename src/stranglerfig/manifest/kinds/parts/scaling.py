"""``count``: a number of tasks, or how many there may be and what moves them. Pure."""

from __future__ import annotations

from stranglerfig.manifest.kinds.parts.container import AWS
from stranglerfig.manifest.rules.scaling import (
    backlog_is_possible,
    least_before_most,
    needs_a_range,
    spot_or_scaling,
    wrong_range,
)
from stranglerfig.manifest.schema import Duration, Effect, Field, Form, Integer, OneOf, Section, Text

COOLDOWN = Field(
    "cooldown",
    Section(
        (
            Field("in", Duration(least_s=0), doc="Time after which tasks may be taken away again."),
            Field("out", Duration(least_s=0), doc="Time after which tasks may be added again."),
        )
    ),
    exclusive=("spot",),
    doc="How long to wait after a change before the next one.",
)
_PERCENT = Integer(least=0, most=100)


def _metric(name: str, value: Form, doc: str) -> Field:
    advanced = Section((Field("value", value, required=True, doc=doc), COOLDOWN))
    return Field(name, OneOf((value, advanced)), effect=AWS, exclusive=("spot",), doc=doc)


RANGE = Field(
    "range",
    OneOf(
        (
            Text(check=wrong_range),
            Section(
                (
                    Field("min", Integer(least=0), required=True, doc="Fewest tasks; as many run on this machine."),
                    Field("max", Integer(least=0), required=True, doc="Most tasks.", effect=AWS),
                    Field(
                        "spot_from",
                        Integer(least=0),
                        effect=AWS,
                        doc="From this task on they run on spare capacity.",
                    ),
                ),
                rules=(least_before_most,),
            ),
        )
    ),
    exclusive=("spot",),
    doc="Fewest and most tasks, `1-10` or a mapping. Here the fewest run.",
)
QUEUE_DELAY = Field(
    "queue_delay",
    Section(
        (
            Field(
                "acceptable_latency",
                Duration(least_s=0),
                required=True,
                doc="How long a message may wait in the queue.",
            ),
            Field(
                "msg_processing_time", Duration(least_s=0), required=True, doc="How long a message takes, on average."
            ),
            COOLDOWN,
        ),
        rules=(backlog_is_possible,),
    ),
    effect=AWS,
    exclusive=("spot",),
    doc="Scale so that no message waits longer than is acceptable.",
)
_ADVANCED = Section(
    (
        Field(
            "spot",
            Integer(least=0),
            exclusive=(
                *("range", "cooldown", "cpu_percentage", "memory_percentage", "requests", "response_time"),
                "queue_delay",
            ),
            doc="Number of tasks, on spare capacity.",
        ),
        RANGE,
        Field(COOLDOWN.name, COOLDOWN.form, effect=AWS, exclusive=("spot",), doc=COOLDOWN.doc),
        _metric("cpu_percentage", _PERCENT, "Average use of CPU to hold, in percent."),
        _metric("memory_percentage", _PERCENT, "Average use of memory to hold, in percent."),
        _metric("requests", Integer(least=0), "Requests a minute and task to hold."),
        _metric("response_time", Duration(least_s=0), "Average time to a response to hold."),
        QUEUE_DELAY,
    ),
    rules=(spot_or_scaling, needs_a_range),
)
COUNT = Field(
    "count",
    OneOf((Integer(least=0), _ADVANCED)),
    default=1,
    effect=Effect.IN_PART,
    doc="How many tasks run: a number, or a mapping for scaling and spare capacity, which AWS alone does.",
)
#: A job runs one task at a time, whatever stands here.
JOB_COUNT = Field(
    "count", COUNT.form, default=1, effect=AWS, doc="A job runs one task at a time; nothing else is possible."
)
