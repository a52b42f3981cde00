"""``fig env cost``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.aws.workspaces import MANIFESTS, Terminal, workspace


@pytest.fixture
def fig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Without any credentials, and with nobody to ask."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    terminal = workspace(tmp_path, "forum")
    terminal.write("copilot/environments/prod/manifest.yml", "name: prod\ntype: Environment\ntarget: aws\n")
    for name in MANIFESTS:
        terminal.write_manifest(name)
    return terminal


def test_a_workspace_is_priced_before_there_is_anything_on_aws(fig: Terminal) -> None:
    found = fig("env", "cost", "--name", "prod")

    assert found.status == 0, found.err
    assert found.out.splitlines()[0].split() == ["Where", "What", "Quantity", "Price", "Month"]
    assert "prod of forum in us-east-1: about $" in found.out
    assert "! the load balancer costs $16.43 without a single request." in found.err
    assert "List prices as of 20" in found.err


def test_json_has_the_source_of_every_price_and_all_that_is_assumed(fig: Terminal) -> None:
    found = fig("env", "cost", "--region", "eu-west-1", "--requests-per-second", "50", "--json").json()

    assert (found["app"], found["environment"], found["region"]) == ("forum", "prod", "eu-west-1")
    assert found["assumed"]["requests_per_second"] == 50
    assert found["month"] == pytest.approx(sum(line["month"] for line in found["lines"]), abs=0.01)
    assert {line["where"] for line in found["lines"]} >= {"application", "environment", "web", "api", "mail", "report"}
    assert all(line["sources"][0]["where"] and line["page"] for line in found["lines"])
    assert sum(found["by"].values()) == pytest.approx(found["month"], abs=0.05)
    assert (found["hours"], found["most"]) == (730, found["month"])
    assert {line["price_region"] for line in found["lines"]} == {"us-east-1", "eu-west-1"}


def test_more_traffic_costs_more(fig: Terminal) -> None:
    few = fig("env", "cost", "--json").json()["month"]
    many = fig("env", "cost", "--out-gb", "1000", "--json").json()["month"]

    capacity = (1000 / 730 - 1 / 25) * 730 * 0.008
    assert many - few == pytest.approx(990 * 0.09 + capacity, abs=0.02)


def test_what_is_wrong_is_said_and_nothing_is_priced(fig: Terminal) -> None:
    unknown = fig("env", "cost", "--name", "nowhere")
    negative = fig("env", "cost", "--out-gb", "-1")
    fig.write_manifest("web", MANIFESTS["web"] + "countt: 3\n")
    wrong = fig("env", "cost")

    assert unknown.status == 3
    assert "nowhere" in unknown.err
    assert negative.status == 2
    assert (wrong.status, "copilot/web/manifest.yml" in wrong.err, wrong.out) == (2, True, "")


def test_what_is_not_a_number_is_refused(fig: Terminal) -> None:
    refused = fig("env", "cost", "--out-gb", "nan")
    assert (refused.status, "'nan' is not a number" in refused.err, refused.out) == (2, True, "")
    word = fig("env", "cost", "--task-hours", "abc")
    assert (word.status, "'abc' is not a valid number" in word.err, word.out) == (2, True, "")


def test_a_region_that_aws_has_not_is_refused(fig: Terminal) -> None:
    misspelt = fig("env", "cost", "--region", "eu-west1")
    nowhere = fig("env", "cost", "--region", "mars-1")

    assert (misspelt.status, misspelt.out) == (2, "")
    assert "fig knows no region eu-west1 of AWS" in misspelt.err
    assert "Did you mean eu-west-1?" in misspelt.err
    assert "Prices are known for us-east-1, ap-northeast-1, " in nowhere.err


def test_a_region_without_prices_of_its_own_says_whose_it_is_shown(fig: Terminal) -> None:
    found = fig("env", "cost", "--region", "af-south-1")

    assert "! prices of us-east-1 stand in for those of af-south-1, which may be higher: " in found.err


def test_several_environments_are_shown_side_by_side(fig: Terminal) -> None:
    fig.write("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\ntarget: local\n")
    fig.write_manifest("api", MANIFESTS["api"] + "environments: {prod: {count: {range: 2-4, cpu_percentage: 70}}}\n")
    both = ("env", "cost", "--name", "test", "--name", "prod", "--image-gb", "0")

    shown, documents = fig(*both), fig(*both, "--json").json()["environments"]

    rows = {line.split()[0]: line.split()[1:] for line in shown.out.splitlines() if line}
    assert rows["Where"] == ["test", "prod"]
    test, prod = (float(amount[1:]) for amount in rows["api"])
    assert prod - test == pytest.approx(12.66 + 0.2, abs=0.011), "one task more, and two alarms"
    assert documents[1]["most"] - documents[1]["month"] == pytest.approx(2 * 12.66, abs=0.011)
    assert f"${documents[1]['most']:,.2f} with all tasks that autoscaling may start" in shown.out
    assert "test is on this machine, where it costs nothing" in shown.err
    assert "prod: the load balancer costs" in shown.err


def test_tasks_that_are_paused_cost_less_and_all_that_is_assumed_is_told(fig: Terminal) -> None:
    always, paused = fig("env", "cost"), fig("env", "cost", "--task-hours", "73", "--json").json()

    assert paused["by"]["web"] == pytest.approx(12.66 / 10, abs=0.02)
    assert "Assumed of a month of 730 hours: 730 hours of each service's tasks, 1 requests/s" in always.err
    assert fig("env", "cost", "--task-hours", "731").status == 2
