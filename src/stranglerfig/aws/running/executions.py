"""Runs of a job: executions of its state machine, retries and timeout included."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.running.status import moment
from stranglerfig.aws.session import Client
from stranglerfig.aws.stacks.stacks import new_token
from stranglerfig.aws.stacks.values import StackResource
from stranglerfig.errors import Conflict, NotFound

STATE_MACHINE = "AWS::StepFunctions::StateMachine"
RUNNING, SUCCEEDED = "RUNNING", "SUCCEEDED"


@dataclass(frozen=True, slots=True)
class Ending:
    """``exit_status`` is the container's, where one has ended with another than 0."""

    state: str
    why: str = ""
    exit_status: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One of the past, or under way: ``ended`` is empty then."""

    name: str
    state: str
    started: str
    ended: str


@dataclass(frozen=True, slots=True)
class Execution:
    arn: str
    states: Client

    @property
    def name(self) -> str:
        return self.arn.rpartition(":")[2]

    def look(self) -> Ending:
        found = self.states.describe_execution(executionArn=self.arn)
        cause = str(found.get("cause") or "")
        status = exit_status(cause)
        why = cause if status is None else ""
        return Ending(found["status"], " ".join(f"{found.get('error') or ''} {why}".split())[:200], status)


def start(one: Deployed) -> Execution:
    """Raises ``NotFound`` for a stack without a state machine."""
    states = states_of(one)
    machine = find_machine(one.env.stacks.resources(one.stack.name))
    if machine is None:
        raise NotFound(
            f"the stack {one.stack.name} has no state machine to run",
            hint=f"Run `fig job deploy --name {one.record.name} --env {one.env.name}`.",
        )
    # The SDK asks again where an answer is lost: by its name it is the same one then.
    name = new_token()
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
    # Only one that has ended by then is there already.
    with suppress(Conflict):
        arn = states.start_execution(stateMachineArn=machine, name=name)["executionArn"]
    return Execution(arn, states)


def last_runs(one: Deployed, resources: Iterable[StackResource], most: int) -> list[Run]:
    """The newest first."""
    machine = find_machine(resources)
    if machine is None:
        return []
    found = states_of(one).list_executions(stateMachineArn=machine, maxResults=most)["executions"]
    return [Run(run["name"], run["status"], moment(run, "startDate"), moment(run, "stopDate")) for run in found]


def find_machine(resources: Iterable[StackResource]) -> str | None:
    return next((found.physical for found in resources if found.type == STATE_MACHINE and found.physical), None)


def states_of(one: Deployed) -> Client:
    return one.env.session.client("stepfunctions", one.env.record.region)


def exit_status(cause: str) -> int | None:
    """Step Functions gives the task, as JSON, for the cause of its end."""
    try:
        containers = json.loads(cause)["Containers"]
        return next((int(one["ExitCode"]) for one in containers if one.get("ExitCode")), None)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
