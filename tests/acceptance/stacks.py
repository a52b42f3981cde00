"""CloudFormation of a real daemon as its users have it: boto3 and the AWS command line, with a key of fig's own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from stranglerfig.api.access.wire import CreateKey, KeyWire
from tests.acceptance.aws_clients import REGION, a_client, endpoint_of, keys_of
from tests.acceptance.machine import Machine, Result, wait_until
from tests.acceptance.workspaces import ask

AWS = Path(sys.executable).with_name("aws")
TEMPLATES = Path(__file__).parents[2] / "examples" / "refactor-spaces"
#: AWS has these in the events of stacks, and the model has not.
OF_STACKS = (
    *("REVIEW_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
)
Members = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """One key's view of a machine."""

    machine: Machine
    key: KeyWire
    endpoint: str
    cloudformation: Any
    spaces: Any
    operations: set[str]

    def create(self, name: str, template: Members | str, **more: Any) -> Members:
        """The stack, when nothing is being done to it any more; values of parameters under ``values``."""
        self.cloudformation.create_stack(StackName=name, **to_request(template, more))
        return self.settled(name)

    def update(self, name: str, template: Members | str, **more: Any) -> Members:
        self.cloudformation.update_stack(StackName=name, **to_request(template, more))
        return self.settled(name)

    def delete(self, name: str, **more: Any) -> Members:
        stack = self.stack(name)
        self.cloudformation.delete_stack(StackName=name, **more)
        return self.settled(stack["StackId"])

    def stack(self, name: str) -> Members:
        found: Members = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return found

    def settled(self, name: str) -> Members:
        wait_until(lambda: not self.stack(name)["StackStatus"].endswith("_IN_PROGRESS"), f"stack {name} settles")
        return self.stack(name)

    def outputs(self, name: str) -> dict[str, str]:
        return {one["OutputKey"]: one["OutputValue"] for one in self.stack(name).get("Outputs", [])}

    def events(self, name: str) -> list[Members]:
        """The oldest first."""
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
        return [event for page in pages for event in page["StackEvents"]][::-1]

    def statuses(self, name: str) -> list[tuple[str, str]]:
        """Logical ids and what became of them, the oldest first."""
        return [(one["LogicalResourceId"], one["ResourceStatus"]) for one in self.events(name)]

    def reason(self, name: str, logical_id: str, status: str) -> str:
        """Of the last event of that kind."""
        found = [
            event.get("ResourceStatusReason", "")
            for event in self.events(name)
            if (event["LogicalResourceId"], event["ResourceStatus"]) == (logical_id, status)
        ]
        assert found, self.statuses(name)
        return str(found[-1])

    def resources(self, name: str) -> dict[str, Members]:
        found = self.cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        return {one["LogicalResourceId"]: one for one in found}

    def try_aws(self, *args: str) -> Result:
        """The stock command line, whatever comes of it."""
        done = subprocess.run(
            [str(AWS), *args],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.machine.home),
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_ACCESS_KEY_ID": self.key["id"],
                "AWS_SECRET_ACCESS_KEY": self.key["secret"],
                "AWS_PAGER": "",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        return Result(done.stdout, done.stderr, done.returncode)

    def aws(self, *args: str) -> Result:
        """It must succeed."""
        result = self.try_aws(*args)
        assert result.status == 0, f"aws {' '.join(args)} ended with {result.status}:\n{result.stdout}{result.stderr}"
        return result

    def deploy(self, name: str, template: Path, **values: str) -> Result:
        overrides = ["--parameter-overrides", *(f"{key}={value}" for key, value in values.items())]
        result = self.try_aws(
            *("cloudformation", "deploy", "--stack-name", name, "--template-file", str(template)),
            *(overrides if values else []),
        )
        assert result.status == 0, [result.stderr, *(event.get("ResourceStatusReason") for event in self.events(name))]
        return result


def an_account(machine: Machine, **limits: Any) -> Account:
    """With the default key, or with a new one of these limits. The daemon must be up."""
    wanted: CreateKey = {"name": "limited", **limits}  # type: ignore[typeddict-item]
    key = keys_of(machine).create(wanted) if limits else keys_of(machine).key("default")
    cloudformation, operations = a_client(machine, "cloudformation", key), set[str]()

    def hold(parsed: Members, model: Any, **_: Any) -> None:
        if "Error" not in parsed:
            operations.add(model.name)
            wrong = list(in_value(model.output_shape, parsed, model.name))
            assert wrong == [], wrong

    cloudformation.meta.events.register("after-call.cloudformation", hold)
    return Account(machine, key, endpoint_of(machine), cloudformation, a_client(machine, key=key), operations)


def in_value(shape: Any, value: Any, where: str) -> Iterator[str]:
    """What is wrong with an answer by botocore's model."""
    if shape is None:
        return
    limits = shape.metadata
    if "enum" in limits and value not in (*limits["enum"], *OF_STACKS):
        yield f"{where}: {value!r} is none of {limits['enum']}"
    if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
        yield f"{where}: {value!r} does not match {limits['pattern']}"
    if isinstance(value, str | list) and not limits.get("min", 0) <= len(value) <= limits.get("max", 10**9):
        yield f"{where}: {value!r} has {len(value)}"
    if shape.type_name == "structure":
        yield from (f"{where} lacks {name}" for name in shape.required_members if name not in value)
        for name in value.keys() & shape.members.keys():
            yield from in_value(shape.members[name], value[name], f"{where}.{name}")
    if shape.type_name == "list":
        for number, item in enumerate(value):
            yield from in_value(shape.member, item, f"{where}[{number}]")


def to_request(template: Members | str, more: Mapping[str, Any]) -> Members:
    values = {key: value for key, value in more.items() if key != "values"}
    if "values" in more:
        values["Parameters"] = to_parameters(more["values"])
    return {"TemplateBody": template if isinstance(template, str) else json.dumps(template), **values}


def to_parameters(values: Mapping[str, str]) -> list[Members]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


@contextmanager
def refused(code: str, words: str = "") -> Iterator[None]:
    with pytest.raises(ClientError) as found:
        yield
    error = found.value.response["Error"]
    assert error["Code"] == code, error
    assert words in error["Message"]


@dataclass
class Asker:
    """Asks for the same things again and again, each on a connection of its own. ``answered`` by path and program."""

    url: str
    paths: list[str]
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    is_ending: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.is_ending.is_set():
            for path in self.paths:
                try:
                    answer = ask(self.url, path)
                except OSError as error:
                    self.failures.append(f"{path}: {error!r}")
                    continue
                self.answered[path, answer.by] += 1
                if answer.status != 200:
                    self.failures.append(f"{path}: {answer.status} {answer.text[:80]}")
                self.is_ending.wait(0.005)


@contextmanager
def asking(proxy_url: str, paths: list[str]) -> Iterator[Asker]:
    """``proxy_url`` with a stage; ``paths`` come after it. What failed is an error at the end."""
    authority, _, stage = proxy_url.removeprefix("http://").partition("/")
    asker = Asker(f"http://{authority}", [f"/{stage}{path}" for path in paths])
    threads = [threading.Thread(target=asker.run) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield asker
    finally:
        asker.is_ending.set()
        for thread in threads:
            thread.join()
    assert asker.failures == []
