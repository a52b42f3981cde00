"""The stand-in itself: what stacks have made in moto runs, and what runs is told to moto."""

from __future__ import annotations

import contextlib
import http.client
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stranglerfig.aws.priorities import numbered
from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.telling import Silent, Telling
from stranglerfig.aws.stacks.values import Ended, Outcome, to_order
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.environment import Features, environment_parameters, environment_template
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.aws.synth.workload import parameter_values, workload_template
from stranglerfig.errors import DeployFailed
from stranglerfig.manifest.model import EnvironmentManifest
from tests.acceptance.machine import PROGRAMS, wait_until
from tests.acceptance.traffic import keep_alive, posts, traffic_on
from tests.aws.goldens import APP, ENV, env_facts
from tests.aws.queues import Beside, Heard
from tests.aws.releases import a_release
from tests.aws.standin.cloud import Cloud
from tests.aws.standin.running.cloud import RunningCloud, running
from tests.aws.standin.running.tasks import Program

SHOP = "example.com/shop"
PROGRAM = (sys.executable, "-I", "-S", str(PROGRAMS / "upstream.py"))
IMAGES = {
    **{f"{SHOP}:{version}": Program((*PROGRAM, version), "/") for version in ("1", "2")},
    f"{SHOP}:broken": Program((sys.executable, "-c", "print('no database'); raise SystemExit(3)"), "/"),
}
MANIFEST = """
name: {name}
type: Load Balanced Web Service
image:
  location: {image}
  port: 8080
http:
  path: {path}
  healthcheck: /healthz
count: 2
"""


@dataclass(frozen=True)
class Shop:
    session: Session
    cloud: RunningCloud
    outputs: dict[str, str]

    def deploy(self, version: str, name: str = "shop", telling: Telling | None = None) -> Outcome:
        manifest = MANIFEST.format(name=name, path="/" if name == "shop" else name, image=f"{SHOP}:{version}")
        release = a_release(manifest, env={"bucket": "", "key": "arn:aws:kms:::key/1"})
        release = numbered(self.session, release, {"HTTP": self.outputs["HTTPListenerArn"]})
        values = {**parameter_values(release), "AppName": APP}
        order = to_order(names.workload_stack(APP, ENV, name), to_tree(workload_template(release)), parameters=values)
        return deploy(order, Deploying(self.session, telling=telling or Silent()))

    @property
    def port(self) -> int:
        return self.cloud.port(self.outputs["PublicLoadBalancerDNSName"])

    def ask(self, path: str = "/api", **headers: str) -> tuple[int, str]:
        """Status, and who answered what; of a redirect, where to; of an answer of the balancer's own, its text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status == 200:
                return 200, "{from} {path}".format(**json.loads(text))
            return answer.status, answer.headers.get("Location", text)

    def service(self) -> dict[str, Any]:
        ecs = self.session.client("ecs")
        [cluster] = ecs.list_clusters()["clusterArns"]
        arns = ecs.list_services(cluster=cluster)["serviceArns"]
        [found] = ecs.describe_services(cluster=cluster, services=arns)["services"]
        return dict(found)

    def tasks(self) -> list[str]:
        service = self.service()
        names = {"cluster": service["clusterArn"], "serviceName": service["serviceName"]}
        found = self.session.client("ecs").list_tasks(**names, desiredStatus="RUNNING")["taskArns"]
        return [arn.rpartition("/")[2] for arn in found]

    def health(self) -> list[str]:
        [balanced] = self.service()["loadBalancers"]
        elb = self.session.client("elbv2")
        found = elb.describe_target_health(TargetGroupArn=balanced["targetGroupArn"])["TargetHealthDescriptions"]
        return [one["TargetHealth"]["State"] for one in found]


@pytest.fixture(scope="module")
def shop(cloud: Cloud) -> Iterator[Shop]:
    session = open_session(Access())
    facts, manifest = env_facts({}), EnvironmentManifest("test", {})
    features = Features(public_balancer=frozenset({"shop"}))
    tree = to_tree(environment_template(facts, manifest, features))
    order = to_order(names.env_stack(APP, ENV), tree, parameters=environment_parameters(facts, manifest, features))
    outcome = deploy(order, Deploying(session))
    assert outcome.ended is Ended.DEPLOYED
    assert outcome.stack is not None
    with running(cloud, IMAGES) as found:
        yield Shop(session, found, dict(outcome.stack.outputs))


def test_a_deployed_service_answers_through_its_balancer(shop: Shop) -> None:
    assert shop.deploy("1").ended is Ended.DEPLOYED

    assert shop.ask() == (200, "1 /api")
    service = shop.service()
    assert (service["runningCount"], service["deployments"][0]["rolloutState"]) == (2, "COMPLETED")
    assert shop.health() == ["healthy"] * 2


def test_rules_are_tried_in_their_order_and_do_what_they_say(shop: Shop) -> None:
    elb = shop.session.client("elbv2")
    group = {"Type": "forward", "TargetGroupArn": shop.service()["loadBalancers"][0]["targetGroupArn"]}
    rewrite = {"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/v2/(.*)$", "Replace": "/$1"}]}}
    tea = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "no tea"}}
    moved = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Path": "/new"}}
    rules: list[tuple[dict[str, Any], dict[str, Any], list[Any]]] = [
        ({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Tea", "Values": ["y*"]}}, tea, []),
        ({"Field": "path-pattern", "PathPatternConfig": {"Values": ["/old", "/older"]}}, moved, []),
        ({"Field": "path-pattern", "PathPatternConfig": {"Values": ["/v2/*"]}}, group, [rewrite]),
    ]
    made = [
        elb.create_rule(
            ListenerArn=shop.outputs["HTTPListenerArn"],
            Priority=priority,
            Conditions=[condition],
            Actions=[action],
            Transforms=transforms,
        )["Rules"][0]["RuleArn"]
        for priority, (condition, action, transforms) in enumerate(rules, start=1)
    ]

    wait_until(lambda: shop.ask("/v2/a/b") == (200, "1 /a/b"), "the rules are in force")
    assert shop.ask("/v2/a", **{"X-Tea": "yes"}) == (404, "no tea")
    assert shop.ask("/old")[0] == 301
    assert shop.ask("/old")[1].endswith("/new")
    for rule in made:
        elb.delete_rule(RuleArn=rule)
    wait_until(lambda: shop.ask("/v2/a") == (200, "1 /v2/a"), "the rules are gone")


def test_a_task_that_is_killed_is_replaced(shop: Shop) -> None:
    before = set(shop.tasks())
    killed = min(before)

    shop.cloud.kill_task(killed)

    wait_until(lambda: len(now := set(shop.tasks())) == 2 and killed not in now, "another one is there")
    wait_until(lambda: shop.health() == ["healthy"] * 2, "it is healthy")
    assert shop.service()["deployments"][0]["failedTasks"] == 0, "the deployment was over"


def test_a_new_revision_takes_over_and_no_request_fails(shop: Shop) -> None:
    with traffic_on(shop.port, [keep_alive(60, ["/a"], 6), posts(20, ["/b"], 2)]) as traffic:
        wait_until(lambda: traffic.look().requests > 0, "load is on its way")
        assert shop.deploy("2").ended is Ended.DEPLOYED
        tally = traffic.stop()

    assert tally.failed == 0, tally.explain()
    assert shop.ask() == (200, "2 /api")
    assert len(shop.service()["deployments"]) == 1


def test_a_revision_that_ends_is_taken_back_with_its_last_words(shop: Shop) -> None:
    with pytest.raises(DeployFailed) as failed:
        shop.deploy("broken")

    for told in ("Circuit Breaker", "shop ended with status 3", "no database"):
        assert told in failed.value.message
    assert shop.ask() == (200, "2 /api")
    assert shop.service()["deployments"][0]["rolloutState"] == "COMPLETED"


def test_last_words_of_a_service_that_could_not_be_created_are_told_though_it_is_gone(shop: Shop) -> None:
    heard, stack = Heard(), names.workload_stack(APP, ENV, "late")
    held = shop.cloud.cloud.stacks.held
    held.add(f"rollback of {stack}")
    working = Beside(lambda: shop.deploy("broken", "late", heard))
    heard.wait_for((stack, "ROLLBACK_IN_PROGRESS"))
    shop.cloud.cloud.stacks.release(f"rollback of {stack}")

    failed = working.ended()

    assert isinstance(failed, DeployFailed)
    for told in ("Circuit Breaker", "late ended with status 3", "no database"):
        assert told in failed.message
    groups = shop.session.client("logs").describe_log_groups()["logGroups"]
    assert "/copilot/forum-test-late" not in {one["logGroupName"] for one in groups}


def test_a_deleted_service_leaves_nothing(shop: Shop) -> None:
    how = Deploying(shop.session)
    stack = how.stacks.require(names.workload_stack(APP, ENV, "shop"))

    delete(how.stacks, stack, role=None, telling=how.telling, patience=how.patience())

    wait_until(lambda: not shop.cloud.keeper("forum-test-shop").copies, "its tasks end")
    wait_until(lambda: shop.ask()[0] == 503, "nobody is behind the balancer")
