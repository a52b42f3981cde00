"""Jobs: when they run, and how often they are tried."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
from cronsim import CronSim

from stranglerfig.aws.synth.template import to_tree
from stranglerfig.aws.synth.workload import workload_template
from stranglerfig.aws.synth.workload.job.schedule import schedule_expression
from stranglerfig.errors import UsageError
from tests.aws.releases import a_release
from tests.aws.rights.policies import NAMES, Policies, policies_of
from tests.aws.trees import part, properties


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("none", None),
        ("rate(5 minutes)", "rate(5 minutes)"),
        ("cron(0 9 ? * MON-FRI *)", "cron(0 9 ? * MON-FRI *)"),
        ("@every 1m", "rate(1 minute)"),
        ("@every 1h30m", "rate(90 minutes)"),
        ("@hourly", "cron(0 * * * ? *)"),
        ("@daily", "cron(0 0 * * ? *)"),
        ("@midnight", "cron(0 0 * * ? *)"),
        ("@weekly", "cron(0 0 ? * 1 *)"),
        ("@monthly", "cron(0 0 1 * ? *)"),
        ("@yearly", "cron(0 0 1 1 ? *)"),
        ("@annually", "cron(0 0 1 1 ? *)"),
        ("* * * * *", "cron(* * * * ? *)"),
        ("*/5 ? * * ?", "cron(*/5 * * * ? *)"),
        ("0 9 * * 1-5", "cron(0 9 ? * 2-6 *)"),
        ("0 9 * jan,jul mon", "cron(0 9 ? JAN,JUL 2 *)"),
        ("0 9 */2 * *", "cron(0 9 */2 * ? *)"),
        ("0 9 1,15 * *", "cron(0 9 1,15 * ? *)"),
        ("0 9 * * */2", "cron(0 9 ? * 1,3,5,7 *)"),
        ("0 9 * * 1-6/3,0", "cron(0 9 ? * 2,5,1 *)"),
        ("0 9 * * 2/2", "cron(0 9 ? * 3,5,7 *)"),
    ],
)
def test_a_schedule_is_written_as_aws_has_it(written: str, wanted: str | None) -> None:
    assert schedule_expression(written) == wanted


@pytest.mark.parametrize("written", ["0 9 * * 1-5", "30 */6 * * 0,6", "0 0 */3 * *", "15 4 * * */3", "0 12 1 */2 *"])
def test_it_is_meant_as_it_was_written(written: str) -> None:
    """By the same program for both, that reads AWS's field for days of the week as it counts: from 1, a Sunday."""
    expression = schedule_expression(written)
    assert expression is not None
    minute, hour, day, month, weekday, _ = expression[len("cron(") : -1].split()
    there = f"{minute} {hour} {day.replace('?', '*')} {month} {from_sunday(weekday)}"
    start = datetime(2026, 1, 1, tzinfo=UTC)

    assert list(islice(CronSim(there, start), 50)) == list(islice(CronSim(written, start), 50))


def from_sunday(field: str) -> str:
    return "".join(str(int(one) - 1) if one.isdigit() else one for one in field.replace("?", "*"))


def test_a_day_of_the_month_and_one_of_the_week_cannot_both_be_said() -> None:
    with pytest.raises(UsageError, match="cannot be kept on AWS"):
        schedule_expression("0 9 */2 * 1")


def machine(extra: str) -> Any:
    written = f"name: report\ntype: Scheduled Job\nimage: {{location: busybox}}\non: {{schedule: '@daily'}}\n{extra}"
    template = workload_template(a_release(written))
    return json.loads(properties(template, "StateMachine")["DefinitionString"])


def test_a_run_is_tried_again_and_ended_in_time() -> None:
    found = machine("retries: 2\ntimeout: 1h")

    assert found["TimeoutSeconds"] == 3600
    [again] = found["States"]["Run Fargate Task"]["Retry"]
    assert (again["MaxAttempts"], again["IntervalSeconds"], again["BackoffRate"]) == (2, 10, 1.5)


def test_a_run_without_either_is_tried_once_and_never_ended() -> None:
    found = machine("")

    assert "TimeoutSeconds" not in found
    assert "Retry" not in found["States"]["Run Fargate Task"]


def test_a_job_that_runs_by_hand_alone_has_a_schedule_that_is_switched_off() -> None:
    template = workload_template(
        a_release("name: report\ntype: Scheduled Job\nimage: {location: busybox}\non: {schedule: none}")
    )

    assert properties(template, "JobSchedule")["State"] == "DISABLED"
    assert part(template, "Parameters", "Schedule", "Default") == "rate(5 minutes)"


A_JOB = "name: report\ntype: Scheduled Job\nimage: {location: busybox}\non: {schedule: '@daily'}\n"
TASKS = "arn:aws:ecs:eu-west-1:111122223333"


def runner(extra: str = "") -> Policies:
    tree: Any = to_tree(workload_template(a_release(A_JOB + extra)))
    names = {**NAMES, "EnvName": "test", "WorkloadName": "report", "TaskDefinition": f"{TASKS}:task-definition/x:2"}
    facts = {"ecs:cluster": f"{TASKS}:cluster/forum-test-ClusterId", "iam:PassedToService": "ecs-tasks.amazonaws.com"}
    return policies_of(tree["Resources"]["StateMachineRole"], names, **facts, **{"ecs:CreateAction": "RunTask"})


def test_the_state_machine_may_give_its_tasks_the_tags_that_it_asks_for() -> None:
    assert machine("")["States"]["Run Fargate Task"]["Parameters"]["PropagateTags"]
    assert runner().may("ecs:TagResource", f"{TASKS}:task/forum-test-ClusterId/1")
    assert not runner().may("ecs:TagResource", f"{TASKS}:service/forum-test-ClusterId/1")


def test_a_run_that_began_before_a_deploy_can_be_tried_again_with_its_own_revision() -> None:
    template = workload_template(a_release(A_JOB))

    for revision in (1, 2):
        assert runner().may("ecs:RunTask", f"{TASKS}:task-definition/forum-test-report:{revision}")
    assert not runner().may("ecs:RunTask", f"{TASKS}:task-definition/forum-test-reporting:1")
    assert part(template, "Resources", "TaskDefinition", "UpdateReplacePolicy") == "Retain"


def test_the_state_machine_passes_on_the_roles_that_its_tasks_have() -> None:
    other = "arn:aws:iam::111122223333:role/other"
    own = runner(f"taskdef_overrides: [{{path: TaskRoleArn, value: '{other}'}}]")

    assert own.may("iam:PassRole", other)
    assert not runner().may("iam:PassRole", other)
