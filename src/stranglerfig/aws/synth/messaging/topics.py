"""Topics of their publisher's stack. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import topic_id
from stranglerfig.aws.synth.policies import account_root, allow, document
from stranglerfig.aws.synth.problems import refuse
from stranglerfig.aws.synth.template import ACCOUNT, Fragment, Ref, Resource, Sub, Value, present
from stranglerfig.core.application import Topic
from stranglerfig.core.messaging import called


def topics_fragment(release: Release) -> Fragment:
    """Raises ``UsageError`` for two topics that would have one logical id."""
    found: dict[str, Resource] = {}
    names: dict[str, str] = {}
    for topic in release.manifest.topics:
        id = topic_id(called(topic))
        if names.setdefault(id, called(topic)) != called(topic):
            told = (
                f"{names[id]!r} and {called(topic)!r} cannot both be deployed: their names differ by dashes and"
                " underscores alone"
            )
            refuse(release, [("publish.topics", told)], hint="Rename one of them in `publish.topics`.")
        found[id] = _topic(topic)
        found[f"{id}Policy"] = _policy(id)
    return Fragment(found)


def _topic(topic: Topic) -> Resource:
    kind = "SNS FIFO topic" if topic.fifo else "SNS topic"
    return Resource(
        "AWS::SNS::Topic",
        present(
            TopicName=Sub(f"${{AWS::StackName}}-{called(topic)}"),
            FifoTopic=True if topic.fifo else None,
            ContentBasedDeduplication=True if topic.fifo and topic.content_based_deduplication else None,
            KmsMasterKeyId="alias/aws/sns",
        ),
        description=f"A {kind} to broadcast {called(topic)} events",
    )


def _policy(topic: str) -> Resource:
    """Only queues of the account may subscribe."""
    by: Value = {"AWS": account_root(ACCOUNT)}
    subscribing = allow("sns:Subscribe", on=Ref(topic), by=by, when={"StringEquals": {"sns:Protocol": "sqs"}})
    return Resource("AWS::SNS::TopicPolicy", {"Topics": [Ref(topic)], "PolicyDocument": document(subscribing)})
