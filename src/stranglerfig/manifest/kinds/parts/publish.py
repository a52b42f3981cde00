"""``publish``: topics that a workload sends to. Pure."""

from __future__ import annotations

from stranglerfig.manifest.rules.queues import topics_once
from stranglerfig.manifest.rules.texts import wrong_topic
from stranglerfig.manifest.schema import Boolean, Effect, Field, ListOf, OneOf, Section, Text

DEDUPLICATION = Field(
    "content_based_deduplication",
    Boolean(),
    effect=Effect.IN_PART,
    doc="Whether messages of the same content within five minutes are one.",
)
_TOPIC = Section(
    (
        Field("name", Text(check=wrong_topic), required=True, effect=Effect.IN_PART, doc="The topic's name."),
        Field(
            "fifo",
            OneOf((Boolean(), Section((DEDUPLICATION,)))),
            effect=Effect.IN_PART,
            doc="Whether messages keep their order.",
        ),
    )
)
PUBLISH = Field(
    "publish",
    Section(
        (Field("topics", ListOf(_TOPIC), effect=Effect.IN_PART, doc="The topics."),),
        rules=(topics_once,),
    ),
    effect=Effect.IN_PART,
    doc="Topics that the workload sends to.",
)
