"""Topics and queues of an environment on a real local broker, spoken to with boto3."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from stranglerfig.control.apps.broker_contents import set_up
from stranglerfig.core.application import Kind, Queue, Runtime, Subscription, Topic, Workload, broker_name
from stranglerfig.core.desired import Balancer, TargetGroup
from stranglerfig.core.messaging import (
    Layout,
    check_subscriptions,
    endpoint_variables,
    messaging_variables,
    queue_name,
    to_layout,
)
from stranglerfig.core.observed import TaskIdentity, TaskState
from stranglerfig.errors import Unavailable, UsageError
from stranglerfig.store.sqlite import open_store
from tests.apps.builders import (
    APP,
    ENV,
    PLACE,
    a_group,
    a_program,
    a_workload,
    an_environment,
    an_order,
    deploy,
    get,
    make_environment,
    until_settled,
)
from tests.control.world import Plane, a_home, a_plane, an_upstream, ask, until

ORDERS = Topic("orders")
SMALL = Subscription("orders", "shopfront", filter_policy='{"kind":["small"]}')
OWN = Subscription("orders", "shopfront", queue=Queue(dead_letter_tries=2))


def shopfront(**more: Any) -> Workload:
    return a_workload("shopfront", topics=(ORDERS,), **more)


def worker(*subscriptions: Subscription, **more: Any) -> Workload:
    queue = more.pop("queue", Queue(visibility_s=1, dead_letter_tries=3))
    return a_workload("packer", kind=Kind.WORKER, queue=queue, subscriptions=subscriptions, **more)


def idle(name: str) -> TargetGroup:
    return replace(a_group(name), targets=a_program("import time; time.sleep(600)"), ingress=())


@asynccontextmanager
async def a_warehouse() -> AsyncIterator[tuple[Plane, dict[str, str]]]:
    """A publisher and its worker, deployed; and the worker's variables."""
    async with an_environment() as plane:
        await deploy(plane, an_order(shopfront(), a_group("shopfront")))
        await deploy(plane, an_order(worker(SMALL, OWN), idle("packer")))
        found = await until_settled(plane, "packer", "ACTIVE")
        yield plane, dict(found["targets"]["env"])


def client(service: str, variables: dict[str, str]) -> Any:
    return boto3.client(
        service,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )


def receive(variables: dict[str, str], queue: str) -> list[str]:
    answer = client("sqs", variables).receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [json.loads(message["Body"])["Message"] for message in answer.get("Messages", [])]


def publish(variables: dict[str, str]) -> None:
    arn = f"arn:aws:sns:us-east-1:123456789012:{APP}-{ENV}-shopfront-orders"
    for kind in ("small", "large"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        client("sns", variables).publish(TopicArn=arn, Message=kind, MessageAttributes=attributes)


async def test_what_is_published_arrives_where_filters_let_it() -> None:
    async with a_warehouse() as (plane, variables):
        publish(variables)
        own = json.loads(variables["COPILOT_TOPIC_QUEUE_URIS"])["shopfrontOrdersEventsQueue"]
        assert receive(variables, variables["COPILOT_QUEUE_URI"]) == ["small"]
        assert sorted(receive(variables, own)) == ["large", "small"]
        publisher = dict((await get(plane, f"{PLACE}/workloads/shopfront"))["targets"]["env"])
        assert json.loads(publisher["COPILOT_SNS_TOPIC_ARNS"]) == {
            "orders": "arn:aws:sns:us-east-1:123456789012:shop-test-shopfront-orders"
        }
        assert (await get(plane, PLACE))["variables"]["AWS_ENDPOINT_URL"] == variables["AWS_ENDPOINT_URL"]


async def test_a_broker_that_was_killed_has_its_queues_again_at_the_same_address() -> None:
    async with a_warehouse() as (plane, variables):
        first = plane.control.fleet.of(broker_name(APP, ENV))[0].task
        assert first.identity is not None
        os.kill(first.identity.pid, signal.SIGKILL)  # type: ignore[union-attr]

        def is_held_again() -> bool:
            held = plane.control.applications.brokers.held(APP, ENV)
            return held is not None and held != first.id

        await until(is_held_again)
        await until(lambda: plane.control.fleet.of(broker_name(APP, ENV))[0].task.state is TaskState.HEALTHY)
        publish(variables)
        assert receive(variables, variables["COPILOT_QUEUE_URI"]) == ["small"]


async def test_queues_go_with_their_worker_and_other_changes_keep_messages() -> None:
    async with a_warehouse() as (plane, variables):
        publish(variables)
        await deploy(plane, an_order(shopfront(digest="two"), a_group("shopfront", says="new")))
        assert receive(variables, variables["COPILOT_QUEUE_URI"]) == ["small"]
        assert (await plane.client.delete(f"{PLACE}/workloads/packer")).status_code == 204
        assert client("sqs", variables).list_queues().get("QueueUrls", []) == []
        assert (await plane.client.delete(f"{PLACE}/workloads/shopfront")).status_code == 204
        assert (await plane.client.delete(PLACE)).status_code == 204
        assert plane.control.runtime.observe() == ()


@pytest.mark.parametrize("part", ["group", "listener"])
async def test_a_broker_that_lost_a_part_is_whole_again_with_the_next_deploy(part: str) -> None:
    async with a_warehouse() as (plane, variables):
        name, books = broker_name(APP, ENV), plane.control.books
        await plane.control.applier.follow(
            books.delete_group(name, "for a test") if part == "group" else books.delete_balancer(name, "for a test")
        )
        plane.control.reconciler.loop.wake(name)
        if part == "group":
            await plane.control.fleet.gone(name)

        await deploy(plane, an_order(worker(SMALL, OWN, digest="two"), idle("packer")))
        found = await until_settled(plane, "packer", "ACTIVE")

        again = dict(found["targets"]["env"])
        assert part == "listener" or again["AWS_ENDPOINT_URL"] == variables["AWS_ENDPOINT_URL"]
        publish(again)
        assert receive(again, again["COPILOT_QUEUE_URI"]) == ["small"]


@pytest.mark.parametrize("part", ["group", "listener"])
async def test_what_is_left_of_a_broker_goes_with_its_environment(part: str) -> None:
    async with an_environment() as plane:
        await plane.post(f"{PLACE}/broker", status=200)
        name, books = broker_name(APP, ENV), plane.control.books
        await plane.control.applier.follow(
            books.delete_group(name, "for a test") if part == "group" else books.delete_balancer(name, "for a test")
        )

        answer = await plane.client.delete(f"/v1/apps/{APP}")

        assert answer.status_code == 204, answer.text
        assert (books.desired.groups, books.desired.balancers) == ({}, {})


async def test_an_environment_gets_its_broker_for_buckets_and_tables_too() -> None:
    async with an_environment() as plane:
        found = await plane.post(f"{PLACE}/broker", status=200)
        variables = dict(found["variables"])  # type: ignore[call-overload]
        client("s3", variables).create_bucket(Bucket="photos")
        client("s3", variables).put_object(Bucket="photos", Key="a/b", Body=b"xyz")
        assert client("s3", variables).get_object(Bucket="photos", Key="a/b")["Body"].read() == b"xyz"


def test_a_topic_that_nobody_publishes_is_refused_with_the_service_to_deploy_first() -> None:
    with pytest.raises(UsageError, match="'orders' of 'shopfront'") as caught:
        check_subscriptions(worker(SMALL), [a_workload("other")])
    assert "--name shopfront" in str(caught.value.hint)
    check_subscriptions(worker(SMALL), [shopfront()])


def test_dead_letters_delays_and_fifo_are_in_the_layout() -> None:
    topic = Topic("audit", fifo=True, content_based_deduplication=True)
    queue = Queue(delay_s=5, retention_s=60, fifo=True, dead_letter_tries=4)
    publisher = a_workload("shopfront", topics=(topic,))
    layout = to_layout(APP, ENV, [publisher, worker(Subscription("audit", "shopfront", queue=queue))])
    assert [one.name for one in layout.topics] == ["shop-test-shopfront-audit.fifo"]
    queues = {one.name: one for one in layout.queues}
    own = queues["shop-test-packer-shopfrontAuditfifoEventsQueue.fifo"]
    assert own.dead_letter == "shop-test-packer-shopfrontAuditfifoDeadLetterQueue.fifo"
    assert own.dead_letter in queues
    assert own.tries == 4
    assert dict(own.attributes)["DelaySeconds"] == "5"
    assert dict(own.attributes)["FifoQueue"] == "true"
    assert [(one.topic, one.queue) for one in layout.subscriptions] == [(layout.topics[0].name, own.name)]


def test_variables_are_called_as_copilot_calls_them() -> None:
    found = messaging_variables(worker(SMALL, OWN), "http://127.0.0.1:9")
    assert found == {
        "COPILOT_QUEUE_URI": "http://127.0.0.1:9/123456789012/shop-test-packer-EventsQueue",
        "COPILOT_TOPIC_QUEUE_URIS": '{"shopfrontOrdersEventsQueue":'
        '"http://127.0.0.1:9/123456789012/shop-test-packer-shopfrontOrdersEventsQueue"}',
    }


def test_a_fifo_topic_is_known_by_its_ending_too() -> None:
    publisher = a_workload("shopfront", topics=(ORDERS, Topic("audit", fifo=True)))
    assert json.loads(messaging_variables(publisher, "http://127.0.0.1:9")["COPILOT_SNS_TOPIC_ARNS"]) == {
        "orders": "arn:aws:sns:us-east-1:123456789012:shop-test-shopfront-orders",
        "audit.fifo": "arn:aws:sns:us-east-1:123456789012:shop-test-shopfront-audit.fifo",
    }


def test_a_queue_name_that_is_too_long_is_cut_and_stays_unlike_others() -> None:
    long, other = a_workload("x" * 60), a_workload("x" * 61)
    names = {queue_name(one, "EventsQueue", fifo=True) for one in (long, other)}
    assert len(names) == 2
    assert all(len(name) <= 80 and name.endswith(".fifo") for name in names)


async def test_a_revision_that_is_taken_back_leaves_the_topics_of_the_one_that_serves() -> None:
    async with an_environment() as plane:
        await deploy(plane, an_order(shopfront(), a_group("shopfront")))
        await until_settled(plane, "shopfront", "ACTIVE")
        returns = a_workload("shopfront", digest="two", topics=(Topic("returns"),))
        await deploy(plane, an_order(returns, a_group("shopfront", mode="ends")))
        name, applications = f"{APP}.{ENV}.shopfront", plane.control.applications
        await until(lambda: plane.control.histories.failed_revision(name) == 2)
        layout = applications.brokers.layout(APP, ENV, None)
        assert [topic.name for topic in layout.topics] == ["shop-test-shopfront-orders"]
        both = applications.brokers.layout(APP, ENV, returns)
        assert {topic.name for topic in both.topics} == {"shop-test-shopfront-orders", "shop-test-shopfront-returns"}


def test_of_two_revisions_the_first_says_what_a_queue_is_like() -> None:
    revisions = [worker(SMALL, queue=Queue(delay_s=9)), worker(OWN, queue=Queue(delay_s=1))]
    queues = to_layout(APP, ENV, [shopfront(), *revisions]).queues
    assert len({one.name for one in queues}) == len(queues) == 3
    assert dict(queues[0].attributes)["DelaySeconds"] == "9"


def test_a_topic_whose_publisher_is_gone_has_no_subscribers() -> None:
    assert to_layout(APP, ENV, [worker(SMALL)]).subscriptions == ()
    assert to_layout(APP, ENV, []) == Layout(prefix="shop-test-")


async def test_a_broker_that_hangs_keeps_no_other_environment_waiting() -> None:
    async with an_environment() as plane:
        brokers = plane.control.applications.brokers
        await make_environment(plane, APP, "prod")
        await plane.post(f"{PLACE}/broker", status=200)
        first = plane.control.fleet.of(broker_name(APP, ENV))[0].task
        assert isinstance(first.identity, TaskIdentity)
        os.kill(first.identity.pid, signal.SIGSTOP)
        try:
            place = plane.control.applications.environment(APP, ENV)
            hanging = asyncio.create_task(brokers.ensure(place, "127.0.0.1", shopfront()))
            await until(lambda: brokers.is_busy(APP, ENV))
            await plane.post(f"/v1/apps/{APP}/environments/prod/broker", status=200)
            assert not hanging.done()
        finally:
            os.kill(first.identity.pid, signal.SIGCONT)
        assert await hanging == brokers.url(place)


async def test_an_environment_whose_tasks_reach_this_machine_elsewhere_gets_that_address_and_keeps_the_other() -> None:
    async with an_environment() as plane:
        brokers, place = plane.control.applications.brokers, plane.control.applications.environment(APP, ENV)
        near = await brokers.ensure(place, "127.0.0.1")
        [task] = plane.control.fleet.of(broker_name(APP, ENV))
        # Every address is none of loopback's alone, as a network's gateway is none, and there always.
        far = await brokers.ensure(place, "0.0.0.0")
        assert far.startswith("http://0.0.0.0:")
        assert (brokers.url(place), brokers.url(replace(place, runtime=Runtime.DOCKER))) == (near, far)
        for url in (near, far):
            assert client("sqs", endpoint_variables(url)).list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
        moved = await brokers.ensure(place, "127.0.0.2")
        assert await brokers.ensure(place, "127.0.0.2") == moved
        assert {one.host for one in plane.control.books.desired.balancers.values()} == {
            *("127.0.0.1", "127.0.0.2", "0.0.0.0"),
        }
        assert brokers.url(place) == moved
        assert plane.control.fleet.of(broker_name(APP, ENV)) == (task,), "what it holds would be lost"
        assert (await plane.client.delete(PLACE)).status_code == 204
        assert plane.control.books.desired.balancers == {}


async def test_a_program_that_cannot_be_started_is_told_of_as_any_other_trouble(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # More than the kernel lets one variable of a new program have.
    monkeypatch.setenv("TOO_LONG", "x" * 200_000)
    with pytest.raises(Unavailable, match="cannot be started: argument list too long"):
        await set_up("http://127.0.0.1:1", Layout("shop-test-"))


async def test_a_broker_whose_network_is_away_keeps_nothing_else_from_being_served() -> None:
    async with a_home() as home, an_upstream("monolith") as monolith:
        async with a_plane(home) as plane:
            await make_environment(plane)
            await plane.post(f"{PLACE}/broker", status=200)
        with closing(open_store(home / "fig.sqlite3")) as store:
            # As after a restart of the machine, where nothing has made the engine's network again.
            store.save_balancer(Balancer(broker_name(APP, ENV), "192.0.2.1", 40_000), "for a test")
        async with a_plane(home) as plane:
            proxy = await plane.post("/v1/proxies", {"name": "shop", "to": monolith})
            assert await ask(f"{proxy['url']}/x") == "monolith"
