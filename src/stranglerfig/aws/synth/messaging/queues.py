"""A worker's queues, what they are encrypted with, and their subscriptions to topics. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import EVENTS_QUEUE, logical_id, queue_id
from stranglerfig.aws.synth.policies import ANY, account_root, allow, document, service
from stranglerfig.aws.synth.problems import refuse
from stranglerfig.aws.synth.reading.queues import (
    OrderedQueue,
    Subscribed,
    read_order,
    read_subscriptions,
    topic_of,
)
from stranglerfig.aws.synth.template import ACCOUNT, Fragment, GetAtt, Ref, Resource, Sub, Value, present
from stranglerfig.core.application import Kind, Queue, Subscription
from stranglerfig.core.messaging import DEAD_LETTER_RETENTION_S
from stranglerfig.manifest.rules.given import section

KEY = "EventsKMSKey"
MOST_TRIES = 1000
_TASK: Value = {"AWS": [GetAtt("TaskRole", "Arn")]}
_KEY_ADMINISTRATION = (
    *(f"kms:{verb}*" for verb in ("Create", "Describe", "Enable", "List", "Put", "Update", "Revoke", "Disable")),
    *(f"kms:{verb}*" for verb in ("Get", "Delete", "Tag", "ReEncrypt", "GenerateDataKey")),
    *(f"kms:{action}" for action in ("ScheduleKeyDeletion", "CancelKeyDeletion", "UntagResource")),
    *("kms:Encrypt", "kms:Decrypt"),
)


@dataclass(frozen=True, slots=True)
class _Ids:
    """Of a queue and what belongs to it. ``of`` is what it takes, in words."""

    queue: str
    policy: str
    dead_letters: str
    dead_letters_policy: str
    of: str
    source: str


_DEFAULT = _Ids(
    EVENTS_QUEUE,
    policy="QueuePolicy",
    dead_letters="DeadLetterQueue",
    dead_letters_policy="DeadLetterPolicy",
    of="An events",
    source="the events queue",
)


def queues_fragment(release: Release) -> Fragment:
    """Empty for what is no worker. Raises ``UsageError`` for what SQS would refuse."""
    manifest = release.manifest
    if manifest.kind is not Kind.WORKER:
        return Fragment()
    subscriptions = list(read_subscriptions(manifest))
    _check(release, subscriptions)
    shared = [one.to for one in subscriptions if one.to.queue is None]
    found = {KEY: _key()}
    order = read_order(section(manifest.body, "subscribe", "queue"))
    found |= _queue(_DEFAULT, manifest.queue or Queue(), order, [_topic_arn(release, one) for one in shared])
    for one in subscriptions:
        arn = _topic_arn(release, one.to)
        topic = topic_of(manifest, one.to)
        found[f"{_name(one.to.service, topic)}SNSTopicSubscription"] = _subscription(one, topic, arn)
        if one.to.queue is not None:
            found |= _queue(_ids(one.to.service, topic), one.to.queue, one.own_order, [arn])
    return Fragment(found)


def _check(release: Release, subscriptions: Sequence[Subscribed]) -> None:
    queues = [
        ("subscribe.queue", release.manifest.queue),
        *((f"{one.field}.queue", one.to.queue) for one in subscriptions),
    ]
    for field, queue in queues:
        tries = queue.dead_letter_tries if queue else None
        if tries is not None and not 1 <= tries <= MOST_TRIES:
            refuse(release, [(f"{field}.dead_letter.tries", f"must be 1 to {MOST_TRIES} on AWS, but is {tries}")])
    names: dict[str, Subscription] = {}
    for one in subscriptions:
        first = names.setdefault(_name(one.to.service, topic_of(release.manifest, one.to)), one.to)
        if first is not one.to:
            told = (
                f"{one.to.topic!r} of {one.to.service} and {first.topic!r} of {first.service} cannot both be"
                " subscribed to: their names differ by dashes and underscores alone"
            )
            refuse(release, [(one.field, told)], hint="Rename one of the topics, with its publisher.")
        if _has_null(one.filter_policy):
            told = "has a null, which no template may have"
            hint = 'Write `[{"exists": false}]` for an attribute that is not there.'
            refuse(release, [(f"{one.field}.filter_policy", told)], hint=hint)


def _has_null(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_has_null(one) for one in value.values())
    return isinstance(value, list) and any(one is None or _has_null(one) for one in value)


def _name(service: str, topic: str) -> str:
    return f"{logical_id(service)}{logical_id(topic)}"


def _ids(service: str, topic: str) -> _Ids:
    name = _name(service, topic)
    return _Ids(
        queue_id(service, topic),
        policy=f"{name}QueuePolicy",
        dead_letters=f"{name}DeadLetterQueue",
        dead_letters_policy=f"{name}DeadLetterPolicy",
        of="A",
        source=f"the topic {topic}",
    )


def _topic_arn(release: Release, one: Subscription) -> Value:
    """Of the topic as its publisher calls it, dashes and all."""
    name = f"{one.service}-{topic_of(release.manifest, one)}"
    return Sub("arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${AppName}-${EnvName}-" + name)


def _subscription(one: Subscribed, topic: str, arn: Value) -> Resource:
    queue = queue_id(one.to.service, topic) if one.to.queue is not None else EVENTS_QUEUE
    return Resource(
        "AWS::SNS::Subscription",
        present(
            TopicArn=arn,
            Protocol="sqs",
            FilterPolicy=one.filter_policy,
            Endpoint=GetAtt(queue, "Arn"),
        ),
        description=f"A SNS subscription to topic {topic} from service {one.to.service}",
    )


def _queue(ids: _Ids, queue: Queue, order: OrderedQueue, topics: Sequence[Value]) -> dict[str, Resource]:
    kind = "SQS FIFO queue" if queue.fifo else "SQS queue"
    what = "to buffer messages" if ids is _DEFAULT else f"to buffer messages from {ids.source}"
    has_dead_letters = queue.dead_letter_tries is not None
    redrive: Value = {
        "deadLetterTargetArn": GetAtt(ids.dead_letters, "Arn"),
        "maxReceiveCount": queue.dead_letter_tries or 0,
    }
    main = Resource(
        "AWS::SQS::Queue",
        present(
            KmsMasterKeyId=Ref(KEY),
            MessageRetentionPeriod=queue.retention_s,
            DelaySeconds=queue.delay_s,
            VisibilityTimeout=queue.visibility_s,
            RedrivePolicy=redrive if has_dead_letters else None,
            FifoQueue=True if queue.fifo else None,
            FifoThroughputLimit=order.limit if queue.fifo else None,
            DeduplicationScope=order.scope if queue.fifo else None,
            ContentBasedDeduplication=True if queue.fifo and queue.content_based_deduplication else None,
        ),
        description=f"{ids.of} {kind} {what}",
    )
    found = {ids.queue: main}
    if has_dead_letters:
        found[ids.dead_letters] = _dead_letters(ids, queue)
        found[ids.dead_letters_policy] = _policy(ids.dead_letters, [_receiving(ids.dead_letters)])
    found[ids.policy] = _policy(ids.queue, [_receiving(ids.queue), *_sending(ids.queue, topics)])
    return found


def _dead_letters(ids: _Ids, queue: Queue) -> Resource:
    kind = "SQS FIFO queue" if queue.fifo else "SQS queue"
    return Resource(
        "AWS::SQS::Queue",
        present(
            KmsMasterKeyId=Ref(KEY),
            MessageRetentionPeriod=DEAD_LETTER_RETENTION_S,
            FifoQueue=True if queue.fifo else None,
        ),
        description=f"A dead letter {kind} to buffer failed messages from {ids.source}",
    )


def _policy(queue: str, statements: Sequence[Value]) -> Resource:
    return Resource("AWS::SQS::QueuePolicy", {"Queues": [Ref(queue)], "PolicyDocument": document(*statements)})


def _receiving(queue: str) -> Value:
    return allow("sqs:ReceiveMessage", "sqs:DeleteMessage", on=GetAtt(queue, "Arn"), by=_TASK)


def _sending(queue: str, topics: Sequence[Value]) -> Iterator[Value]:
    for arn in topics:
        only: dict[str, Value] = {"ArnEquals": {"aws:SourceArn": arn}}
        yield allow("sqs:SendMessage", on=GetAtt(queue, "Arn"), by=service("sns"), when=only)


def _key() -> Resource:
    """In a key's own policy ``*`` is the key."""
    data = ("kms:Decrypt", "kms:GenerateDataKey*")
    policy = document(
        allow(*_KEY_ADMINISTRATION, on=ANY, by={"AWS": account_root(ACCOUNT)}, sid="Allow key use"),
        allow(*data, on=ANY, by=service("sns"), sid="Allow SNS encryption"),
        allow("kms:Encrypt", "kms:ReEncrypt*", *data, on=ANY, by=service("sqs"), sid="Allow SQS encryption"),
        allow("kms:Encrypt", "kms:Decrypt", on=ANY, by=_TASK, sid="Allow task role encrypt/decrypt"),
    )
    return Resource(
        "AWS::KMS::Key",
        {"KeyPolicy": policy, "EnableKeyRotation": True},
        description="A KMS key to encrypt messages in your queues",
    )
