"""What is said of a workload beside its template: the values of the parameters, and names that are made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stranglerfig.aws.synth.template import to_tree
from stranglerfig.aws.synth.workload import parameter_values, workload_template
from stranglerfig.aws.synth.workload.variables import upper_snake
from tests.aws.goldens import GoldenCase, all_goldens, release_of
from tests.aws.trees import part

CASES = {case.name: case for case in all_goldens()}
WORKLOADS = [case for case in all_goldens() if case.input.name == "manifest.yml"]


@pytest.mark.parametrize("case", WORKLOADS, ids=lambda case: case.name)
def test_every_parameter_without_a_default_has_a_value_and_no_other_is_given(case: GoldenCase) -> None:
    declared = to_tree(case.template())["Parameters"]
    assert isinstance(declared, dict)
    values = parameter_values(release_of(case))

    assert values.keys() <= declared.keys()
    assert {name for name, parameter in declared.items() if "Default" not in parameter} <= values.keys()


def test_parameters_say_how_large_a_task_is_and_how_many_run() -> None:
    release = release_of(CASES["count-as-it-is-now"])

    assert parameter_values(release)["TaskCount"] == "7"
    assert parameter_values(replace(release, desired=None))["TaskCount"] == "2"
    assert parameter_values(replace(release, desired=1))["TaskCount"] == "2"
    assert parameter_values(replace(release, desired=30))["TaskCount"] == "10"
    assert parameter_values(replace(release_of(CASES["count-of-nothing"]), desired=7))["TaskCount"] == "0"
    assert parameter_values(release)["TaskCPU"] == "256"
    assert parameter_values(release)["TargetPort"] == "8080"
    assert parameter_values(release_of(CASES["backend-alone"]))["TargetPort"] == "-1"


def test_nothing_that_is_secret_stands_in_a_template() -> None:
    """Secrets are named, never read: a container gets them from where they are kept."""
    containers = part(CASES["secrets-of-every-source"].template(), "Resources", "TaskDefinition", "Properties")
    api = containers["ContainerDefinitions"][0]

    assert "PASSWORD" not in {variable["Name"] for variable in api["Environment"]}
    assert {secret["Name"] for secret in api["Secrets"]} == {
        *("PASSWORD", "BY_ARN", "EXPORTED", "ODD", "STORED", "STORED_BY_ARN")
    }


def test_an_access_point_has_a_token_that_no_other_environment_has() -> None:
    release = release_of(CASES["volumes-of-an-owner"])
    long = replace(release, env=replace(release.env, name="e" * 64))
    other = replace(release, env=replace(release.env, name="e" * 65))
    tokens = [
        part(workload_template(one), "Resources", "AccessPoint", "Properties", "ClientToken") for one in (long, other)
    ]

    assert len({*tokens}) == 2
    assert {len(token) for token in tokens} == {64}


def test_an_alarm_whose_name_would_be_too_long_has_a_shorter_one() -> None:
    release = release_of(CASES["deployment-with-alarms-of-its-own"])
    app = replace(release.env.app, name="a" * 255)
    template = workload_template(replace(release, env=replace(release.env, app=app)))
    alarm = part(template, "Resources", "CPURollbackAlarm", "Properties", "AlarmName")
    named = part(template, "Resources", "Service", "Properties", "DeploymentConfiguration", "Alarms", "AlarmNames")

    assert len(alarm) == 255
    assert alarm.endswith("-CopilotRollbackCPUAlarm")
    assert alarm in named


@pytest.mark.parametrize(
    ("output", "variable"),
    [
        ("threadsTableName", "THREADS_TABLE_NAME"),
        ("myDDBTable", "MY_DDB_TABLE"),
        ("my2ndDDBTable", "MY2ND_DDB_TABLE"),
        ("TableWithLSI", "TABLE_WITH_LSI"),
        ("plain", "PLAIN"),
    ],
)
def test_an_output_of_addons_is_a_variable_in_capitals(output: str, variable: str) -> None:
    assert upper_snake(output) == variable
