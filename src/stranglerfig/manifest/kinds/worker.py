"""Worker Service: takes messages of topics from queues. Pure."""

from __future__ import annotations

from stranglerfig.core.application import Kind
from stranglerfig.manifest.kinds.parts.deployment import MESSAGES_DELAYED, OBSERVABILITY, deployment
from stranglerfig.manifest.kinds.parts.image import main_image
from stranglerfig.manifest.kinds.parts.publish import DEDUPLICATION
from stranglerfig.manifest.kinds.parts.scaling import COUNT
from stranglerfig.manifest.kinds.parts.task import identity
from stranglerfig.manifest.kinds.parts.workload import CONTAINERS, RULES
from stranglerfig.manifest.rules.ports import alias_needs_a_port
from stranglerfig.manifest.rules.queues import possible_throughput
from stranglerfig.manifest.rules.scaling import metrics_of
from stranglerfig.manifest.rules.texts import wrong_publisher, wrong_topic
from stranglerfig.manifest.schema import (
    Anything,
    Boolean,
    Duration,
    Effect,
    Field,
    Integer,
    KindDeclaration,
    ListOf,
    MapOf,
    OneOf,
    Section,
    Text,
)

_PART = Effect.IN_PART
_FIFO = Section(
    (
        DEDUPLICATION,
        Field(
            "deduplication_scope",
            Text(choices=("messageGroup", "queue")),
            effect=Effect.AWS,
            doc="Among which messages doubles are looked for.",
        ),
        Field(
            "throughput_limit",
            Text(choices=("perQueue", "perMessageGroupId")),
            effect=Effect.AWS,
            doc="What the limit of messages a second holds for.",
        ),
        Field(
            "high_throughput",
            Boolean(),
            effect=Effect.AWS,
            doc="Short for `perMessageGroupId` and `messageGroup`.",
        ),
    ),
    rules=(possible_throughput,),
)
_QUEUE = Section(
    (
        Field(
            "retention",
            Duration(least_s=60, most_s=1_209_600),
            effect=Effect.AWS,
            doc="How long a message is kept; four days if absent.",
        ),
        Field("delay", Duration(least_s=0, most_s=900), effect=_PART, doc="How long a new message stays hidden."),
        Field(
            "timeout",
            Duration(least_s=0, most_s=43_200),
            effect=_PART,
            doc="How long a message that was taken stays hidden; 30 seconds if absent.",
        ),
        Field(
            "dead_letter",
            Section(
                (
                    Field(
                        "tries",
                        Integer(least=0, most=65_535),
                        effect=_PART,
                        doc="How often a message is taken before it goes to the dead letters.",
                    ),
                )
            ),
            effect=_PART,
            doc="A queue for messages that nobody can work on.",
        ),
        Field("fifo", OneOf((Boolean(), _FIFO)), effect=_PART, doc="Whether messages keep their order."),
    )
)
_SUBSCRIPTION = Section(
    (
        Field("name", Text(check=wrong_topic), required=True, effect=_PART, doc="The topic."),
        Field("service", Text(check=wrong_publisher), required=True, effect=_PART, doc="The service that sends to it."),
        Field("filter_policy", MapOf(Anything()), effect=_PART, doc="Which messages to get, as SNS has it."),
        Field(
            "queue",
            OneOf((Boolean(), _QUEUE)),
            effect=_PART,
            doc="A queue of its own for the topic: `true`, or a mapping.",
        ),
    )
)
SUBSCRIBE = Field(
    "subscribe",
    Section(
        (
            Field("topics", ListOf(_SUBSCRIPTION), effect=_PART, doc="Topics whose messages the service gets."),
            Field("queue", _QUEUE, effect=_PART, doc="The service's queue, which is always there."),
        )
    ),
    effect=_PART,
    doc="Where the service's messages come from.",
)
WORKER = KindDeclaration(
    Kind.WORKER.value,
    Section(
        (
            *identity(Kind.WORKER.value),
            main_image(),
            SUBSCRIBE,
            *CONTAINERS,
            COUNT,
            deployment(MESSAGES_DELAYED),
            OBSERVABILITY,
        ),
    ),
    rules=(metrics_of("cpu_percentage", "memory_percentage", "queue_delay"), alias_needs_a_port, *RULES),
)
