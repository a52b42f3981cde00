"""``subscribe``: what of a worker's queues stands in no other place. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.core.application import Queue, Subscription, Topic
from stranglerfig.core.messaging import called
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.rules.given import Body, items, section, text, value

#: a limit of messages a second
BY_GROUP = "perMessageGroupId"


@dataclass(frozen=True, slots=True)
class OrderedQueue:
    """How a queue that keeps the order looks for doubles, and what its limit of messages a second holds for."""

    scope: str | None = None
    limit: str | None = None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """``field`` is the path of it in the manifest. ``own_order`` is that of its own queue."""

    field: str
    to: Subscription
    filter_policy: Mapping[str, Any] | None
    own_order: OrderedQueue


def read_order(queue: Body) -> OrderedQueue:
    fifo = section(queue, "fifo")
    limit = text(fifo, "throughput_limit")
    if value(fifo, "high_throughput") is True or limit == BY_GROUP:
        # SQS takes the one only with the other.
        return OrderedQueue("messageGroup", BY_GROUP)
    return OrderedQueue(text(fifo, "deduplication_scope"), limit)


def read_subscriptions(manifest: WorkloadManifest) -> Iterator[Subscribed]:
    found = items(manifest.body, "subscribe", "topics")
    for (at, body), one in zip(found, manifest.subscriptions, strict=True):
        policy = section(body, "filter_policy")
        yield Subscribed(f"subscribe.topics[{at}]", one, policy or None, read_order(section(body, "queue")))


def topic_of(manifest: WorkloadManifest, one: Subscription) -> str:
    """What its publisher calls the topic."""
    return called(Topic(one.topic, fifo=is_ordered(manifest, one)))


def is_ordered(manifest: WorkloadManifest, one: Subscription) -> bool:
    """Whether the topic is one that keeps the order: as the queue that its messages go to."""
    return (one.queue or manifest.queue or Queue()).fifo
