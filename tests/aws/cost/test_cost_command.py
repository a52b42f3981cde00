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
    assert all(line["source"].startswith("https://") for line in found["lines"])
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
