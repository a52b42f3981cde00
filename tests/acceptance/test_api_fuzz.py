"""Whatever is sent to the AWS API: it answers, nothing breaks, and what is refused has changed nothing.

1,000 requests, and 50,000 with ``FIG_TORTURE=full``; ``FIG_SEED`` repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from stranglerfig.api.aws.services import SERVICES
from tests.acceptance.aws_clients import endpoint_of, keys_of
from tests.acceptance.conftest import Say
from tests.acceptance.estate import PASSING, Estate, given_an_estate
from tests.acceptance.machine import Machine, a_machine, wait_until
from tests.acceptance.strange_requests import Generator, Sound, Strange
from tests.api.aws.raw import Answer, Raw
from tests.api.aws.signer import Signer
from tests.spaces.requests import a_path

pytestmark = [pytest.mark.torture, pytest.mark.timeout(1_800)]

#: Few enough that what is made by chance does not fill the machine, and that quotas are met.
QUOTAS = {"FIG_API_RATE": "0", "FIG_API_QUOTAS": "environments=4,applications=3,services=6,routes=8"}
BATCH = 50
ID = re.compile(rb"(?:env|app|svc|rte)-[0-9A-Za-z]{10}")
#: Of a listing, by whom it was made: ids and what is known of them.
Books = dict[str, Any]


@dataclass
class Scene:
    machine: Machine
    estate: Estate
    url: str
    raw: Raw
    generator: Generator
    seed: int
    answers: Counter[str] = field(default_factory=Counter)
    compared: int = 0

    def books(self) -> Books:
        """Everything that can be listed, once nothing is on its way to another state."""
        found = self._listed()
        while any(one.get("State") in PASSING for one in found.values()):
            found = self._listed()
        return found

    def _listed(self) -> Books:
        client, found = self.estate.client, {}
        for environment in client.list_environments()["EnvironmentSummaryList"]:
            place = {"EnvironmentIdentifier": environment["EnvironmentId"]}
            found[environment["EnvironmentId"]] = {**environment, "Policy": self._policy(environment["Arn"])}
            for application in client.list_applications(**place)["ApplicationSummaryList"]:
                found[application["ApplicationId"]] = application
                within = {**place, "ApplicationIdentifier": application["ApplicationId"]}
                services = client.list_services(**within)["ServiceSummaryList"]
                routes = client.list_routes(**within)["RouteSummaryList"]
                found.update({one["ServiceId"]: one for one in services})
                found.update({one["RouteId"]: one for one in routes})
        found["keys"] = {"all": keys_of(self.machine).keys()}
        return found

    def _policy(self, arn: str) -> str | None:
        try:
            return str(self.estate.client.get_resource_policy(Identifier=arn)["Policy"])
        except ClientError:
            return None

    def refill(self, books: Books) -> None:
        """What the sound requests are about is there again."""
        if self.estate.default_route not in books:
            self.estate.add_default("monolith")
        routes = [one for one in books.values() if one.get("SourcePath") == "/api/users"]
        if not [one for one in routes if one["ApplicationId"] == self.estate.application]:
            self.estate.add_route("monolith", a_path("/api/users", "CA"))
        self.generator.sound = sound_requests(self.estate, self.url, self.books())

    def send(self, strange: Strange) -> Answer | None:
        """Checks the answer."""
        told = f"FIG_SEED={self.seed}, {strange.says}:\n{strange.text[:3000]!r}"
        if not strange.is_whole:
            self.raw.close()
        try:
            answer = self.raw.send(strange.text, ends=strange.ends)
        except TimeoutError:
            raise AssertionError(f"no answer: {told}") from None
        assert answer is not None or not strange.is_whole, f"closed without an answer: {told}"
        assert answer is None or answer.status < 500, f"{answer}: {told}"
        if not strange.is_whole or strange.text.startswith(b"HEAD"):
            self.raw.close()
        self.answers[str(answer.status) if answer else "none"] += 1
        return answer


@pytest.fixture
def scene() -> Iterator[Scene]:
    seed = int(os.environ.get("FIG_SEED", time.time_ns() % 100_000))
    with a_machine(environ=QUOTAS) as machine:
        machine.fig("api", "--json")
        url = machine.start_upstream("monolith")
        estate = given_an_estate(machine)
        estate.add_service("monolith", url)
        estate.add_default("monolith")
        estate.add_route("monolith", a_path("/api/users", "CA"))
        key = keys_of(machine).key("default")
        raw = Raw(int(endpoint_of(machine).rpartition(":")[2]))
        generator = Generator(random.Random(seed), Signer(key["id"], key["secret"]), raw.host, [])
        scene = Scene(machine, estate, url, raw, generator, seed)
        generator.sound = sound_requests(estate, url, scene.books())
        yield scene
        raw.close()


def sound_requests(estate: Estate, url: str, books: Books) -> list[Sound]:
    """One of each operation."""
    environment = f"/environments/{estate.environment}"
    application = f"{environment}/applications/{estate.application}"
    service = estate.services["monolith"]
    route = next(one["RouteId"] for one in books.values() if one.get("SourcePath") == "/api/users")
    arn = books[estate.environment]["Arn"]
    vpc, token = "vpc-12345678", f"token-{len(books)}"
    path = {"SourcePath": "/api/more", "ActivationState": "ACTIVE", "Methods": ["GET"], "IncludeChildPaths": True}
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "1"}, "Action": "*"}]}
    a_service = {"Name": "more", "EndpointType": "URL", "VpcId": vpc, "UrlEndpoint": {"Url": url, "HealthUrl": url}}
    an_application = {"Name": "more", "ProxyType": "API_GATEWAY", "VpcId": vpc, "Tags": {"team": "a"}}
    a_route = {"RouteType": "URI_PATH", "ServiceIdentifier": service, "UriPathRoute": path, "ClientToken": token}
    tags, policies = f"/tags/{quote(arn, safe='')}", f"/resourcepolicy/{quote(arn, safe='')}"
    return [
        ("POST", "/environments", {"Name": "more", "NetworkFabricType": "NONE", "Tags": {}, "ClientToken": token}),
        ("GET", environment, None),
        ("GET", "/environments", None),
        ("GET", f"{environment}/vpcs", None),
        ("DELETE", environment, None),
        ("POST", f"{environment}/applications", {**an_application, "ApiGatewayProxy": {"StageName": "prod"}}),
        ("GET", application, None),
        ("GET", f"{environment}/applications", None),
        ("DELETE", application, None),
        ("POST", f"{application}/services", {**a_service, "Description": "x", "Tags": {"team": "a"}}),
        ("GET", f"{application}/services/{service}", None),
        ("GET", f"{application}/services", None),
        ("DELETE", f"{application}/services/{service}", None),
        ("POST", f"{application}/routes", a_route),
        ("GET", f"{application}/routes/{route}", None),
        ("GET", f"{application}/routes", None),
        ("PATCH", f"{application}/routes/{route}", {"ActivationState": "INACTIVE"}),
        ("DELETE", f"{application}/routes/{route}", None),
        ("POST", tags, {"Tags": {"team": "a"}}),
        ("DELETE", f"{tags}?tagKeys=team", None),
        ("GET", f"/tags/{arn}", None),
        ("PUT", "/resourcepolicy", {"ResourceArn": arn, "Policy": json.dumps(policy)}),
        ("GET", policies, None),
        ("DELETE", policies, None),
    ]


def test_no_request_breaks_the_api_and_none_that_is_refused_changes_anything(
    scene: Scene, say: Say, is_full: bool
) -> None:
    count = 50_000 if is_full else 1_000
    pid, before, began = scene.machine.daemon_pid(), scene.books(), time.monotonic()
    for _ in range(count // BATCH):
        before = send_some(scene, before)
        scene.refill(before)
        before = scene.books()
    took = time.monotonic() - began

    assert scene.machine.daemon_pid() == pid
    assert scene.machine.client().daemon.version()["pid"] == pid
    log = scene.machine.log()
    assert not re.search(r"Traceback|ERROR|a defect in fig", log), f"FIG_SEED={scene.seed}\n{log[-4000:]}"
    assert scene.answers["200"] > count / 50, "some were still sound"
    assert scene.compared > count / BATCH / 4, "most changed no stack"
    kinds = ", ".join(f"{number} {status}" for status, number in sorted(scene.answers.items()))
    say(f"{count} requests in {took:.1f} s: {kinds}; books compared {scene.compared} times (FIG_SEED={scene.seed})")


def send_some(scene: Scene, before: Books) -> Books:
    """Gives the books afterwards. They may differ in what was taken, and in nothing else."""
    taken: set[str] = set()
    sent: list[Strange] = []
    are_stacks_changed = False
    for _ in range(BATCH):
        strange = scene.generator.draw(time.time())
        sent.append(strange)
        answer = scene.send(strange)
        if answer is not None and answer.status < 300:
            taken |= ids_in(strange.text) | ids_in(answer.body)
            are_stacks_changed |= strange.changes_stacks
    if are_stacks_changed:
        settle_stacks(scene)
        return scene.books()
    after = scene.books()
    scene.compared += 1
    changed = {one for one in {*before, *after} if before.get(one) != after.get(one)}
    told = "\n".join(f"{one.says}: {one.text[:400]!r}" for one in sent)
    told += "".join(f"\n{before.get(one)}\n{after.get(one)}" for one in changed - taken)
    assert changed <= taken, f"FIG_SEED={scene.seed}: {sorted(changed - taken)} changed after\n{told}"
    return after


def ids_in(text: bytes) -> set[str]:
    return {found.decode() for found in ID.findall(text)}


def settle_stacks(scene: Scene) -> None:
    """Until no stack is on its way to another state."""
    assert "ListStacks" in SERVICES["cloudformation"]
    signer = scene.generator.signer
    session = boto3.Session(signer.id, signer.secret, region_name=signer.region)
    client = session.client("cloudformation", endpoint_url=endpoint_of(scene.machine))

    def are_settled() -> bool:
        return not any(one["StackStatus"].endswith("_IN_PROGRESS") for one in client.list_stacks()["StackSummaries"])

    wait_until(are_settled, "stacks settle")
