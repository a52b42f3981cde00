"""Topics, queues and subscriptions. Pure."""

from __future__ import annotations

import json

from stranglerfig.core.application import Queue, Subscription, Topic
from stranglerfig.manifest.rules.given import Body, has, items, number, seconds, section, text, value

RETENTION_S = 345_600
VISIBILITY_S = 30


def topics_of(body: Body) -> tuple[Topic, ...]:
    return tuple(
        Topic(text(topic, "name") or "", _keeps_order(topic), _by_content(topic))
        for _, topic in items(body, "publish", "topics")
    )


def default_queue(body: Body) -> Queue:
    """A worker always has it, whether or not anything is said about it."""
    return queue_of(section(body, "subscribe", "queue"))


def subscriptions_of(body: Body) -> tuple[Subscription, ...]:
    return tuple(
        Subscription(
            topic=text(topic, "name") or "",
            service=text(topic, "service") or "",
            queue=queue_of(section(topic, "queue")) if value(topic, "queue") not in (None, False) else None,
            filter_policy=json.dumps(topic["filter_policy"]) if has(topic, "filter_policy") else None,
        )
        for _, topic in items(body, "subscribe", "topics")
    )


def queue_of(queue: Body) -> Queue:
    return Queue(
        delay_s=_whole(queue, "delay", 0),
        visibility_s=_whole(queue, "timeout", VISIBILITY_S),
        retention_s=_whole(queue, "retention", RETENTION_S),
        dead_letter_tries=number(queue, "dead_letter", "tries"),
        fifo=_keeps_order(queue),
        content_based_deduplication=_by_content(queue),
    )


def _keeps_order(given: Body) -> bool:
    return given.get("fifo") not in (None, False)


def _by_content(given: Body) -> bool:
    return value(given, "fifo", "content_based_deduplication") is True


def _whole(queue: Body, name: str, absent: int) -> int:
    found = seconds(queue, name)
    return absent if found is None else int(found)
