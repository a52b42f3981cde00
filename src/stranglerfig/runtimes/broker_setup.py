"""Run as a program of its own: brings a broker to hold what the layout on its input says. Idempotent.

    python -m stranglerfig.runtimes.broker_setup URL < LAYOUT

boto3 takes a long time and much memory to load, so the control plane does not. What fails is said in one line on the
standard error, with exit status 1.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from stranglerfig.core.json_values import from_json
from stranglerfig.core.messaging import (
    REGION,
    BrokerQueue,
    BrokerSubscription,
    Layout,
    queue_arn,
    queue_url,
    topic_arn,
)

#: What is set when a queue is made, and cannot be changed.
FIXED = ("FifoQueue",)


class Broker:
    """Clients have no types of their own: they are made of AWS's descriptions when they are loaded."""

    def __init__(self, url: str) -> None:
        access: dict[str, Any] = {
            "endpoint_url": url,
            "region_name": REGION,
            "aws_access_key_id": "fig",
            "aws_secret_access_key": "fig",
            "config": Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 3}),
        }
        self.url = url
        self.sns: Any = boto3.client("sns", **access)
        self.sqs: Any = boto3.client("sqs", **access)

    def hold(self, layout: Layout) -> None:
        for topic in layout.topics:
            self.sns.create_topic(Name=topic.name, Attributes=dict(topic.attributes))
        known = self.queues(layout.prefix)
        for queue in layout.queues:
            self.make_queue(queue, is_known=queue.name in known)
        self.subscribe(layout)
        self.clear(layout)

    def make_queue(self, queue: BrokerQueue, *, is_known: bool) -> None:
        attributes = dict(queue.attributes)
        if queue.dead_letter is not None:
            policy = {"deadLetterTargetArn": queue_arn(queue.dead_letter), "maxReceiveCount": queue.tries}
            attributes["RedrivePolicy"] = json.dumps(policy)
        elif is_known:
            attributes["RedrivePolicy"] = ""
        if is_known:
            changeable = {name: value for name, value in attributes.items() if name not in FIXED}
            self.sqs.set_queue_attributes(QueueUrl=queue_url(self.url, queue.name), Attributes=changeable)
        else:
            self.sqs.create_queue(QueueName=queue.name, Attributes=attributes)

    def subscribe(self, layout: Layout) -> None:
        """Those that are there and wanted as they are stay: a message on its way must not be lost."""
        wanted = {(topic_arn(one.topic), queue_arn(one.queue)): one for one in layout.subscriptions}
        pages = self.sns.get_paginator("list_subscriptions").paginate()
        for there in [one for page in pages for one in page["Subscriptions"]]:
            if not there["TopicArn"].startswith(topic_arn(layout.prefix)):
                continue
            one = wanted.get((there["TopicArn"], there["Endpoint"]))
            if one is not None and self.filter_of(there["SubscriptionArn"]) == to_policy(one):
                del wanted[there["TopicArn"], there["Endpoint"]]
            elif there["Endpoint"].startswith(queue_arn(layout.prefix)):
                self.sns.unsubscribe(SubscriptionArn=there["SubscriptionArn"])
        for (topic, queue), one in wanted.items():
            attributes = {} if one.filter_policy is None else {"FilterPolicy": one.filter_policy}
            self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes)

    def filter_of(self, subscription: str) -> object:
        attributes = self.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        return json.loads(attributes.get("FilterPolicy") or "null")

    def clear(self, layout: Layout) -> None:
        """Queues and topics of workloads that are gone."""
        for name in self.queues(layout.prefix) - {queue.name for queue in layout.queues}:
            self.sqs.delete_queue(QueueUrl=queue_url(self.url, name))
        wanted = {topic_arn(topic.name) for topic in layout.topics}
        pages = self.sns.get_paginator("list_topics").paginate()
        for arn in [topic["TopicArn"] for page in pages for topic in page["Topics"]]:
            if arn.startswith(topic_arn(layout.prefix)) and arn not in wanted:
                self.sns.delete_topic(TopicArn=arn)

    def queues(self, prefix: str) -> set[str]:
        pages = self.sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix)
        return {url.rsplit("/", 1)[1] for page in pages for url in page.get("QueueUrls", ())}


def to_policy(subscription: BrokerSubscription) -> object:
    return json.loads(subscription.filter_policy or "null")


def main() -> None:
    layout = from_json(Layout, json.load(sys.stdin))
    try:
        Broker(sys.argv[1]).hold(layout)
    except (BotoCoreError, ClientError) as error:
        sys.exit(" ".join(str(error).split()))


if __name__ == "__main__":
    main()
