"""Topics and queues of an environment, as they are called and as the local broker is to hold them. Pure.

Names are Copilot's: the topic ``APP-ENV-SERVICE-TOPIC``, the queue ``APP-ENV-SERVICE-EventsQueue``. The local broker
has one account and one region, so ARNs and URLs are known before anything is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from stranglerfig.core.application import Kind, Queue, Subscription, Topic, Workload
from stranglerfig.errors import UsageError

ACCOUNT = "123456789012"
REGION = "us-east-1"
LONGEST_QUEUE_NAME = 80
#: What the dead letter queue of Copilot's template keeps, in seconds: 14 days.
DEAD_LETTER_RETENTION_S = 1_209_600


@dataclass(frozen=True, slots=True)
class BrokerTopic:
    name: str
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BrokerQueue:
    """``dead_letter`` is the queue that takes what was received ``tries`` times in vain."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    dead_letter: str | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class BrokerSubscription:
    """Of a queue to a topic, both by name; ``filter_policy`` is JSON text."""

    topic: str
    queue: str
    filter_policy: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that the broker is to hold of what begins with ``prefix``; a dead letter queue before its user."""

    prefix: str
    topics: tuple[BrokerTopic, ...] = ()
    queues: tuple[BrokerQueue, ...] = ()
    subscriptions: tuple[BrokerSubscription, ...] = ()


def is_messaging(workload: Workload) -> bool:
    """Whether it needs the broker."""
    return bool(workload.topics or workload.subscriptions) or workload.kind is Kind.WORKER


def to_layout(app: str, environment: str, workloads: Iterable[Workload]) -> Layout:
    """Of one that is there in several revisions, the first says what those have in common."""
    found = tuple(workloads)
    published: dict[tuple[str, str], Topic] = {}
    topics: dict[str, BrokerTopic] = {}
    queues: dict[str, BrokerQueue] = {}
    for workload in found:
        for topic in workload.topics:
            published.setdefault((workload.name, topic.name), topic)
            made = to_topic(workload, topic)
            topics.setdefault(made.name, made)
        for queue in to_queues(workload):
            queues.setdefault(queue.name, queue)
    subscriptions = to_subscriptions(found, published)
    return Layout(f"{app}-{environment}-", tuple(topics.values()), tuple(queues.values()), subscriptions)


def to_subscriptions(
    workloads: Iterable[Workload], published: Mapping[tuple[str, str], Topic]
) -> tuple[BrokerSubscription, ...]:
    """``published`` has topics by service and name."""
    found: dict[tuple[str, str], BrokerSubscription] = {}
    for workload in workloads:
        for one in workload.subscriptions:
            topic = published.get((one.service, one.topic))
            # Whoever published it may have been deleted since; its subscribers run on without it.
            if topic is not None:
                key = topic_name(workload, one.service, topic), queue_of(workload, one)
                found.setdefault(key, BrokerSubscription(*key, one.filter_policy))
    return tuple(found.values())


def check_subscriptions(workload: Workload, others: Iterable[Workload]) -> None:
    """Raises ``UsageError`` for a topic that nobody in the environment publishes."""
    published = {(other.name, topic.name) for other in (workload, *others) for topic in other.topics}
    for one in workload.subscriptions:
        if (one.service, one.topic) not in published:
            known = [topic for service, topic in published if service == one.service]
            unpublished = Unpublished(one.topic, one.service, workload.environment, tuple(known))
            raise UsageError(f"{workload.name} {unpublished.told}", hint=unpublished.hint)


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A topic that is subscribed to, and that nobody publishes; ``known`` are those that its service has."""

    topic: str
    service: str
    environment: str
    known: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        known = f" (topics of {self.service}: {', '.join(sorted(self.known))})" if self.known else ""
        return (
            f"subscribes to the topic {self.topic!r} of {self.service!r}, which nobody publishes in"
            f" {self.environment}{known}"
        )

    @property
    def hint(self) -> str:
        return (
            f"Deploy who publishes it first: `fig svc deploy --name {self.service} --env {self.environment}`, with"
            " `publish.topics` in its manifest."
        )


def messaging_variables(workload: Workload, url: str) -> dict[str, str]:
    """What a task finds its topics and queues by, as Copilot names it. ``url`` is the broker's."""
    found: dict[str, str] = {}
    if workload.topics:
        arns = {called(topic): topic_arn(topic_name(workload, workload.name, topic)) for topic in workload.topics}
        found["COPILOT_SNS_TOPIC_ARNS"] = to_text(arns)
    if workload.kind is Kind.WORKER:
        found["COPILOT_QUEUE_URI"] = queue_url(url, default_queue(workload))
    own = {queue_key(one): queue_url(url, queue_of(workload, one)) for one in workload.subscriptions if one.queue}
    if own:
        found["COPILOT_TOPIC_QUEUE_URIS"] = to_text(own)
    return found


def endpoint_variables(url: str) -> dict[str, str]:
    """What the SDKs of AWS find the broker by."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "fig",
        "AWS_SECRET_ACCESS_KEY": "fig",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


def topic_arn(name: str) -> str:
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def queue_url(url: str, name: str) -> str:
    return f"{url}/{ACCOUNT}/{name}"


def topic_name(workload: Workload, service: str, topic: Topic) -> str:
    """``service`` of the workload's environment publishes it."""
    return f"{workload.app}-{workload.environment}-{service}-{called(topic)}"


def called(topic: Topic) -> str:
    """Its key in ``COPILOT_SNS_TOPIC_ARNS``, and how its name ends."""
    return f"{topic.name}{'.fifo' if topic.fifo else ''}"


def to_topic(workload: Workload, topic: Topic) -> BrokerTopic:
    attributes = [("FifoTopic", "true")] if topic.fifo else []
    if topic.fifo and topic.content_based_deduplication:
        attributes.append(("ContentBasedDeduplication", "true"))
    return BrokerTopic(topic_name(workload, workload.name, topic), tuple(attributes))


def to_queues(workload: Workload) -> Iterator[BrokerQueue]:
    """Those of a Worker Service: the default one, and one for each subscription that has its own."""
    if workload.kind is not Kind.WORKER:
        return
    yield from to_queue_pair(workload, "EventsQueue", workload.queue or Queue())
    for one in workload.subscriptions:
        if one.queue is not None:
            yield from to_queue_pair(workload, queue_key(one), one.queue)


def to_queue_pair(workload: Workload, what: str, queue: Queue) -> Iterator[BrokerQueue]:
    dead_letter = None
    if queue.dead_letter_tries is not None:
        dead_letter = queue_name(workload, what.replace("EventsQueue", "DeadLetterQueue"), fifo=queue.fifo)
        retention = ("MessageRetentionPeriod", str(DEAD_LETTER_RETENTION_S))
        yield BrokerQueue(dead_letter, (*fifo_attributes(queue), retention))
    attributes = (
        *fifo_attributes(queue),
        ("DelaySeconds", str(queue.delay_s)),
        ("VisibilityTimeout", str(queue.visibility_s)),
        ("MessageRetentionPeriod", str(queue.retention_s)),
    )
    name = queue_name(workload, what, fifo=queue.fifo)
    yield BrokerQueue(name, attributes, dead_letter, queue.dead_letter_tries or 0)


def fifo_attributes(queue: Queue) -> tuple[tuple[str, str], ...]:
    if not queue.fifo:
        return ()
    return (("FifoQueue", "true"), ("ContentBasedDeduplication", str(queue.content_based_deduplication).lower()))


def default_queue(workload: Workload) -> str:
    return queue_name(workload, "EventsQueue", fifo=workload.queue is not None and workload.queue.fifo)


def queue_of(workload: Workload, subscription: Subscription) -> str:
    if subscription.queue is None:
        return default_queue(workload)
    return queue_name(workload, queue_key(subscription), fifo=subscription.queue.fifo)


def queue_key(subscription: Subscription) -> str:
    """The key of a topic's own queue in ``COPILOT_TOPIC_QUEUE_URIS``. What keeps the order has a topic that does."""
    topic = Topic(subscription.topic, fifo=subscription.queue is not None and subscription.queue.fifo)
    return f"{letters(subscription.service)}{letters(called(topic)).capitalize()}EventsQueue"


def queue_name(workload: Workload, what: str, *, fifo: bool) -> str:
    """One that is too long for SQS ends in a digest of the whole instead."""
    name, ending = f"{workload.app}-{workload.environment}-{workload.name}-{what}", ".fifo" if fifo else ""
    if len(name) + len(ending) > LONGEST_QUEUE_NAME:
        digest = hashlib.sha256(name.encode()).hexdigest()[:10]
        name = f"{name[: LONGEST_QUEUE_NAME - len(ending) - len(digest) - 1]}-{digest}"
    return name + ending


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def to_text(values: dict[str, str]) -> str:
    return json.dumps(values, separators=(",", ":"))
