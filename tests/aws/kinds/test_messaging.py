"""Topics and queues find each other, whatever their names are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.template import Template
from stranglerfig.aws.synth.workload import workload_template
from stranglerfig.errors import UsageError
from tests.aws.releases import a_release
from tests.aws.trees import part, properties

PUBLISHER = """
    name: forum-api
    type: Backend Service
    image: {location: nginx}
    publish:
      topics:
        - name: new-users
        - name: new_posts
        - name: plain
        - name: in-order
          fifo: true
"""


def worker(*topics: str, queue: str = "") -> Release:
    found = ["name: mailer", "type: Worker Service", "image: {location: nginx}", "subscribe:"]
    found += ["  topics:", *(f"    - {topic}" for topic in topics)] if topics else []
    return a_release("\n".join(found + ([f"  queue: {queue}"] if queue else [])))


def resolved(value: Any, service: str) -> str:
    """What CloudFormation makes of it, in that service's stack."""
    names = {"AppName": "forum", "EnvName": "test", "AWS::StackName": f"forum-test-{service}", "AWS::Region": "r"}
    text = value["Fn::Sub"]
    return re.sub(r"\$\{([^}]+)\}", lambda found: names.get(found[1], found[1].lower()), text)


@pytest.mark.parametrize("own_queue", ["", ", queue: true"])
@pytest.mark.parametrize("topic", ["new-users", "new_posts", "plain"])
def test_a_message_of_a_topic_reaches_its_subscriber(topic: str, own_queue: str) -> None:
    published = workload_template(a_release(PUBLISHER))
    subscribed = workload_template(worker(f"{{name: {topic}, service: forum-api{own_queue}}}"))

    check(published, subscribed, topic, own="queue" in own_queue)


@pytest.mark.parametrize(
    ("own_queue", "default"), [("", "{fifo: true}"), (", queue: {fifo: true}", ""), (", queue: {fifo: true}", "{}")]
)
def test_a_message_of_a_topic_in_order_reaches_its_subscriber(own_queue: str, default: str) -> None:
    published = workload_template(a_release(PUBLISHER))
    subscribed = workload_template(worker(f"{{name: in-order, service: forum-api{own_queue}}}", queue=default))

    check(published, subscribed, "in-order.fifo", own="queue" in own_queue)


def check(published: Template, subscribed: Template, topic: str, *, own: bool) -> None:
    name = re.sub("[^a-z]", "", topic)
    topic_name = resolved(properties(published, f"{name}SNSTopic")["TopicName"], "forum-api")
    prefix = f"forumapi{name}" if own else ""
    subscription = properties(subscribed, f"forumapi{name}SNSTopicSubscription")
    statements = properties(subscribed, f"{prefix}QueuePolicy")["PolicyDocument"]["Statement"]
    [sending] = [one for one in statements if one["Action"] == ["sqs:SendMessage"]]

    assert subscription["Endpoint"] == {"Fn::GetAtt": [f"{prefix}EventsQueue", "Arn"]}
    assert sending["Resource"] == subscription["Endpoint"]
    for arn in (subscription["TopicArn"], sending["Condition"]["ArnEquals"]["aws:SourceArn"]):
        assert resolved(arn, "mailer") == f"arn:aws::partition:sns:r:aws::accountid:{topic_name}"


def test_nobody_may_send_to_a_queue_that_no_topic_leads_to() -> None:
    alone = workload_template(a_release("name: mailer\ntype: Worker Service\nimage: {location: nginx}"))
    [statement] = properties(alone, "QueuePolicy")["PolicyDocument"]["Statement"]

    assert statement["Action"] == ["sqs:ReceiveMessage", "sqs:DeleteMessage"]


@pytest.mark.parametrize("fifo", ["{throughput_limit: perMessageGroupId}", "{high_throughput: true}"])
def test_a_limit_by_message_group_looks_for_doubles_by_message_group(fifo: str) -> None:
    queue = properties(workload_template(worker(queue=f"{{fifo: {fifo}}}")), "EventsQueue")

    assert (queue["FifoThroughputLimit"], queue["DeduplicationScope"]) == ("perMessageGroupId", "messageGroup")


def test_what_is_no_worker_has_no_queue() -> None:
    assert "EventsQueue" not in part(workload_template(a_release(PUBLISHER)), "Resources")


@pytest.mark.parametrize(
    ("release", "told"),
    [
        pytest.param(
            worker("{name: new-users, service: api}", "{name: new_users, service: api}"),
            "'new_users' of api and 'new-users' of api cannot both be subscribed to",
            id="topics that are alike",
        ),
        pytest.param(
            worker("{name: users, service: api, queue: {dead_letter: {tries: 0}}}"),
            r"subscribe.topics\[0\].queue.dead_letter.tries: must be 1 to 1000 on AWS",
            id="tries of a queue of its own",
        ),
        pytest.param(
            worker(queue="{dead_letter: {tries: 1001}}"),
            "subscribe.queue.dead_letter.tries: must be 1 to 1000 on AWS",
            id="tries of the default queue",
        ),
        pytest.param(
            worker("{name: users, service: api, filter_policy: {store: [null]}}"),
            r"subscribe.topics\[0\].filter_policy: has a null",
            id="a null",
        ),
        pytest.param(
            a_release(PUBLISHER.replace("new_posts", "newusers")),
            "publish.topics: 'new-users' and 'newusers' cannot both be deployed",
            id="topics of one publisher that are alike",
        ),
    ],
)
def test_what_aws_would_refuse_is_refused_before(release: Release, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        workload_template(release)
