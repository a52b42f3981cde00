"""``deployment`` and ``observability``: how versions change and what is watched. Pure."""

from __future__ import annotations

from stranglerfig.manifest.kinds.parts.container import AWS
from stranglerfig.manifest.schema import Field, Integer, ListOf, Number, OneOf, Section, Text

MESSAGES_DELAYED = Field("messages_delayed", Integer(least=0), effect=AWS, doc="Messages waiting that are too many.")


def deployment(*alarms: Field) -> Field:
    utilisation = Number(least=0, most=100)
    thresholds = (
        Field("cpu_utilization", utilisation, effect=AWS, doc="Use of CPU that is too much, in percent."),
        Field("memory_utilization", utilisation, effect=AWS, doc="Use of memory that is too much, in percent."),
        *alarms,
    )
    return Field(
        "deployment",
        Section(
            (
                Field(
                    "rolling",
                    Text(choices=("default", "recreate"), any_case=True),
                    default="default",
                    doc="Whether new tasks start before the old ones stop, or after (`recreate`).",
                ),
                Field(
                    "rollback_alarms",
                    OneOf((ListOf(Text()), Section(thresholds))),
                    effect=AWS,
                    doc="CloudWatch alarms that take a deployment back: their names, or thresholds for new ones.",
                ),
            )
        ),
        doc="How a new version takes over.",
    )


OBSERVABILITY = Field(
    "observability",
    Section((Field("tracing", Text(choices=("awsxray",), any_case=True), effect=AWS, doc="Who gets the traces."),)),
    effect=AWS,
    doc="What is watched on AWS.",
)
