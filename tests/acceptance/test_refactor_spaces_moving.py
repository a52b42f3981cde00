"""Environments of Refactor Spaces move from one place to another as they are: by the API, by a file, by a template."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.aws_clients import a_client, endpoint_of, keys_of
from tests.acceptance.estate import STAGE, Estate, given_an_estate
from tests.acceptance.machine import FIG, Machine, Result, a_machine, wait_until
from tests.acceptance.scenes import get
from tests.ports import free_port
from tests.spaces.requests import a_path

IMPORT = ("import", "refactor-spaces")
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "222222222222"},
                "Action": "refactor-spaces:CreateRoute",
                "Resource": "*",
                "Condition": {"StringLike": {"refactor-spaces:SourcePath": "/api/*"}},
            }
        ],
    }
)
#: what is another place's own
ELSEWHERE = ("LastUpdatedTime", "ResponseMetadata", "ProxyUrl")


@dataclass
class Source:
    """Where the environments come from: another fig, with a profile of the AWS CLI for its API."""

    estate: Estate

    @property
    def machine(self) -> Machine:
        return self.estate.machine

    @property
    def environ(self) -> dict[str, str]:
        folder = self.machine.home / ".aws"
        return {"AWS_CONFIG_FILE": f"{folder}/config", "AWS_SHARED_CREDENTIALS_FILE": f"{folder}/credentials"}


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    with a_machine() as machine:
        machine.fig("status")
        estate = given_an_estate(machine, Tags={"stage": "first"}, ApiGatewayProxy={"StageName": "prod"})
        estate.add_service("monolith", machine.start_upstream("monolith"), Description="All of it")
        for name in ("users", "posts"):
            estate.add_service(name, machine.start_upstream(name), Tags={"team": name})
        estate.add_default("monolith")
        estate.add_route("users", a_path("/api/users", "CA"), Tags={"wave": "1", "with": "two tags"})
        estate.add_route("posts", a_path("/api/posts", "", "GET HEAD"))
        estate.add_route("users", a_path("/api/posts", "A", "POST"))
        estate.add_route("posts", a_path("/api/threads/{thread}/posts", "A", state="INACTIVE"))
        arn = estate.client.get_environment(EnvironmentIdentifier=estate.environment)["Arn"]
        estate.client.put_resource_policy(ResourceArn=arn, Policy=POLICY)
        machine.fig("api", "profile", "source")
        yield Source(estate)


@pytest.fixture
def target() -> Iterator[Machine]:
    with a_machine() as machine:
        yield machine


def brought(source: Source, target: Machine, *args: str) -> Result:
    result = target.try_fig(*IMPORT, "--profile", "source", *args, **source.environ)
    assert result.status == 0, result.stderr
    return result


def there(source: Source, target: Machine) -> Estate:
    """The same estate where it was brought to; who asks finds it by the ids of before."""
    return replace(source.estate, machine=target, client=a_client(target))


def shown(estate: Estate) -> dict[str, Any]:
    """Every description there is, without what cannot be the same in two places."""
    client, within = estate.client, estate.within
    environment = {"EnvironmentIdentifier": estate.environment}
    arn = client.get_environment(**environment)["Arn"]
    found = {
        "environment": client.get_environment(**environment),
        "application": client.get_application(**within),
        "environments": client.list_environments()["EnvironmentSummaryList"],
        "vpcs": client.list_environment_vpcs(**environment)["EnvironmentVpcList"],
        "policy": client.get_resource_policy(Identifier=arn)["Policy"],
        "tags": client.list_tags_for_resource(ResourceArn=arn)["Tags"],
        "services": [
            client.get_service(**within, ServiceIdentifier=one["ServiceId"])
            for one in client.list_services(**within)["ServiceSummaryList"]
        ],
        "routes": [client.get_route(**within, RouteIdentifier=one["RouteId"]) for one in estate.routes()],
    }
    plain: dict[str, Any] = json.loads(json.dumps(found, default=str), object_hook=without_place)
    return plain


def without_place(value: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name not in ELSEWHERE}


def test_an_environment_is_the_same_after_the_move(source: Source, target: Machine) -> None:
    port = free_port()
    result = brought(source, target, "--port", f"shop={port}")

    moved = there(source, target)
    # where it listens is said by a tag
    expected = shown(source.estate)
    expected["application"]["Tags"]["fig:port"] = str(port)
    assert shown(moved) == expected
    assert result.stdout == f"http://127.0.0.1:{port}{STAGE}\n"
    assert "differs" not in brought(source, target).stderr, "the port was chosen on the way"
    for path in ("/page", "/api/users/7", "/api/posts", "/api/threads/5/posts"):
        before, after = get(source.estate.port, STAGE + path), get(port, STAGE + path)
        assert (after.by, after.path) == (before.by, before.path)


def test_a_second_import_changes_nothing_and_tells_what_is_otherwise_here(source: Source, target: Machine) -> None:
    brought(source, target)
    moved = there(source, target)
    [waiting] = [route for route in moved.routes() if route["State"] == "INACTIVE"]
    moved.switch(waiting["RouteId"], "ACTIVE")
    moved.settle(waiting["RouteId"])
    arn = moved.client.get_environment(EnvironmentIdentifier=moved.environment)["Arn"]
    moved.client.put_resource_policy(ResourceArn=arn, Policy=POLICY.replace("/api/*", "/team/*"))
    moved.client.tag_resource(ResourceArn=moved.client.get_application(**moved.within)["Arn"], Tags={"mine": "yes"})
    before = shown(moved)

    result = brought(source, target)

    assert shown(moved) == before
    assert "10 resources: 0 made, 10 here already." in result.stderr
    assert f"{waiting['RouteId']} differs in its ActivationState here, and stays so." in result.stderr
    assert f"{moved.application} differs in its Tags here, and stays so." in result.stderr
    assert f"{moved.environment} has another resource policy here, which stays." in result.stderr


def test_a_file_keeps_all_of_it(source: Source, target: Machine) -> None:
    file = target.home / "spaces.json"
    written = brought(source, target, "-o", str(file))
    assert f"{file} holds 10 resources." in written.stderr
    assert not (target.home / "fig.sqlite3").exists()

    result = target.fig(*IMPORT, "--from", str(file), "--json").json()

    assert {one["outcome"] for one in result["resources"]} == {"created"}
    assert shown(there(source, target)) == shown(source.estate)
    with a_machine() as third:
        third.fig("status")
        key = keys_of(target).key("default")
        given = {"AWS_ACCESS_KEY_ID": key["id"], "AWS_SECRET_ACCESS_KEY": key["secret"], "AWS_REGION": "us-east-1"}
        again = third.home / "again.json"
        done = third.try_fig(*IMPORT, "--endpoint-url", endpoint_of(target), "-o", str(again), **given)
        assert done.status == 0, done.stderr
        assert again.read_bytes() == file.read_bytes()


def test_a_service_of_a_file_may_be_answered_by_one_of_figs_own(source: Source, target: Machine) -> None:
    file = target.home / "spaces.json"
    brought(source, target, "-o", str(file))
    document = json.loads(file.read_text())
    [service] = [one for one in document["Resources"] if one["Parameters"].get("Name") == "posts"]
    del service["Parameters"]["UrlEndpoint"]
    function = {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:posts"}
    service["Parameters"] |= {
        "EndpointType": "LAMBDA",
        "LambdaEndpoint": function,
        "Tags": {"fig:service": "stand-in"},
    }
    file.write_text(json.dumps(document))
    target.fig("target", "add", "stand-in", target.start_upstream("stand-in"))

    url = target.fig(*IMPORT, "--from", "spaces.json").stdout.strip()

    assert get(int(url.rpartition(":")[2].partition("/")[0]), f"{STAGE}/api/posts").by == "stand-in"


def test_what_cannot_be_made_leaves_nothing_half_and_is_made_by_a_second_run(source: Source, target: Machine) -> None:
    taken = target.start_upstream("in-the-way")
    port = taken.rpartition(":")[2]

    failed = target.try_fig(*IMPORT, "--profile", "source", "--port", f"shop={port}", **source.environ)

    assert failed.status == 4
    assert f"{source.estate.application} cannot be made" in failed.stderr
    assert port in failed.stderr
    assert "1 of 10 resources are here, each of them whole. The same command goes on with the others." in failed.stderr
    client = a_client(target)
    assert client.list_applications(EnvironmentIdentifier=source.estate.environment)["ApplicationSummaryList"] == []
    assert json.loads(target.fig("proxy", "ls", "--json").stdout) == []
    assert "9 made, 1 here already" in brought(source, target).stderr


def test_an_import_that_is_interrupted_goes_on_later(source: Source, target: Machine, tmp_path: Path) -> None:
    """Its routes take a while, as the service that they wait for does not answer."""
    brought(source, target, "-o", str(target.home / "spaces.json"))
    text = (target.home / "spaces.json").read_text()
    silent = f"http://127.0.0.1:{free_port()}"
    (target.home / "spaces.json").write_text(text.replace(source_url(source, "users"), silent))
    told = tmp_path / "words"
    with told.open("wb") as words:
        process = subprocess.Popen(
            [str(FIG), *IMPORT, "--from", "spaces.json"],
            env=target.env(),
            cwd=target.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=words,
        )
    target.started.append(process)
    wait_until(lambda: " default " in told.read_text(), "the default route is there")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    assert "are here, each of them whole." in told.read_text()

    second = target.fig(*IMPORT, "--from", "spaces.json")

    assert "FAILED and without traffic: " in second.stderr
    assert "aws migration-hub-refactor-spaces update-route --environment-identifier env-" in second.stderr
    states = {route["State"] for route in there(source, target).routes()}
    assert states == {"ACTIVE", "INACTIVE", "FAILED"}


def source_url(source: Source, name: str) -> str:
    service = source.estate.services[name]
    found = source.estate.client.get_service(**source.estate.within, ServiceIdentifier=service)
    return str(found["UrlEndpoint"]["Url"])


def test_what_is_in_the_way_of_reading_is_told_with_its_mend(source: Source, target: Machine) -> None:
    endpoint = endpoint_of(source.machine)
    stranger = keys_of(source.machine).create({"name": "stranger", "account": "333333333333"})
    wrong = {"AWS_ACCESS_KEY_ID": stranger["id"], "AWS_SECRET_ACCESS_KEY": "x" * 40, "AWS_REGION": "us-east-1"}
    right = {**wrong, "AWS_SECRET_ACCESS_KEY": stranger["secret"]}
    profile = ("--profile", "source")
    cases = [
        ((*profile, "--endpoint-url", f"http://127.0.0.1:{free_port()}"), source.environ, 6, "does not answer"),
        ((*profile, "--endpoint-url", "nonsense"), source.environ, 2, "cannot be asked"),
        ((*profile, "--environment", "env-0000000000"), source.environ, 3, "no environment env-0000000000"),
        (("--profile", "nobody"), source.environ, 2, "no credentials for profile 'nobody'"),
        ((), {}, 2, "the region is not known"),
        (("--region", "eu-west-1"), {"AWS_EC2_METADATA_DISABLED": "true"}, 2, "no credentials"),
        (("--endpoint-url", endpoint), wrong, 5, "`aws sts get-caller-identity`"),
        (("--endpoint-url", endpoint), right, 0, "There are no environments there"),
        (("--from", "nothing.json"), {}, 2, "no such file"),
        (("--from", "fig.sqlite3"), {}, 2, "is no JSON"),
    ]
    target.fig("status")
    for args, environ, status, reason in cases:
        result = target.try_fig(*IMPORT, *args, **environ)
        assert (result.status, reason in result.stderr) == (status, True), f"{args}: {result.stderr}"
    assert a_client(target).list_environments()["EnvironmentSummaryList"] == []
    assert os.listdir(target.home / "log") == ["daemon.log"]
