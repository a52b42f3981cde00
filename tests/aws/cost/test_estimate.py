"""What stacks come to."""

from __future__ import annotations

import pytest

from stranglerfig.aws.additions import Additions
from stranglerfig.aws.cost.counting import COUNTED, FREE
from stranglerfig.aws.cost.estimate import Estimate, estimate
from stranglerfig.aws.cost.imagined import Wanted, imagine
from stranglerfig.aws.cost.parts import to_part
from stranglerfig.aws.cost.price_file import load_prices
from stranglerfig.aws.cost.values import HOURS, Assumptions
from stranglerfig.aws.release import WorkloadText
from stranglerfig.aws.synth.addons import read_addons
from stranglerfig.errors import UsageError
from stranglerfig.manifest.build_model import build_model
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.model import EnvironmentManifest
from tests.aws.goldens import all_goldens
from tests.aws.releases import a_release

NOTHING, USUAL = Additions(), Assumptions()
ENVIRONMENT = "name: test\ntype: Environment\n"
IMAGE = "image: {location: 'example.com/web:1', port: 80}\n"
WEB = f"name: web\ntype: Load Balanced Web Service\n{IMAGE}http: {{path: /}}\ncpu: 512\nmemory: 1024\ncount: 3\n"
BACKEND = f"name: api\ntype: Backend Service\n{IMAGE}"
JOB = "name: report\ntype: Scheduled Job\nimage: {location: 'example.com/report:1'}\n'on': {schedule: '@daily'}\n"


def cost_of(
    *manifests: str,
    environment: str = ENVIRONMENT,
    region: str = "us-east-1",
    domain: str | None = None,
    additions: Additions = NOTHING,
    assumed: Assumptions = USUAL,
) -> Estimate:
    read = build_model(load_manifest(environment.encode(), Request("env.yml", KINDS, app="forum", env="test")))
    assert isinstance(read, EnvironmentManifest)
    workloads = [WorkloadText((found := a_release(one)).manifest, found.text, additions) for one in manifests]
    wanted = Wanted("forum", domain, region, read, environment, Additions(), workloads)
    return estimate(imagine(wanted), assumed, load_prices(), region)


def month(found: Estimate, price: str) -> float:
    return sum(line.month for line in found.lines if line.price.key == price)


def quantity(found: Estimate, price: str) -> float:
    return sum(line.quantity for line in found.lines if line.price.key == price)


def test_a_web_service_costs_its_tasks_its_balancer_and_all_their_addresses() -> None:
    found = cost_of(WEB)

    assert month(found, "fargate-vcpu") == pytest.approx(3 * 0.5 * 730 * 0.04048)
    assert month(found, "fargate-gb") == pytest.approx(3 * 1 * 730 * 0.004445)
    assert month(found, "alb") == pytest.approx(730 * 0.0225)
    assert quantity(found, "ipv4") == (3 + 2) * HOURS
    assert month(found, "nat") == 0
    assert found.total == pytest.approx(sum(line.month for line in found.lines))
    assert [line.month for line in found.lines] == sorted((line.month for line in found.lines), reverse=True)


def test_private_placement_costs_a_nat_gateway_for_each_subnet_and_that_is_said_first() -> None:
    found = cost_of(BACKEND + "network: {vpc: {placement: private}}\n")

    assert month(found, "nat") == pytest.approx(2 * 730 * 0.045)
    assert month(found, "nat-gb") == pytest.approx(10 * 0.045)
    assert quantity(found, "ipv4") == 2 * HOURS
    assert found.surprises[0].startswith("2 NAT gateways cost $65.70 before any traffic")
    assert "api is placed there" in found.surprises[0]


def test_tasks_of_other_platforms_and_on_spare_capacity_have_prices_of_their_own() -> None:
    arm = cost_of(BACKEND + "platform: linux/arm64\n")
    windows = cost_of(BACKEND + "platform: windows/amd64\ncpu: 1024\nmemory: 2048\n")
    spot = cost_of(BACKEND + "count: {spot: 3}\n")
    both = cost_of(BACKEND + "count: {range: {min: 2, max: 8, spot_from: 5}, cpu_percentage: 70}\n")
    all_month = (4 * 0.04048 + 4 * 0.012144) * 0.25 * 730 + (4 * 0.004445 + 4 * 0.0013335) * 0.5 * 730 + 8 * 0.005 * 730

    assert quantity(arm, "fargate-arm-vcpu") == 0.25 * HOURS
    assert quantity(windows, "fargate-windows-gb") == 2 * HOURS
    assert quantity(spot, "fargate-vcpu") == 0
    assert quantity(spot, "fargate-spot-vcpu") == 3 * 0.25 * HOURS
    assert quantity(both, "fargate-vcpu") == 2 * 0.25 * HOURS
    assert spot.unconfirmed == ("fargate-spot-vcpu", "fargate-spot-gb")
    assert f"api is counted with 2 of at most 8 tasks, which cost ${all_month:.2f}" in both.surprises


def test_a_job_costs_what_its_runs_take() -> None:
    found = cost_of(JOB, assumed=Assumptions(job_runs=60, job_minutes=30))

    assert quantity(found, "fargate-vcpu") == 30 * 0.25
    assert quantity(found, "schedules") == 60
    assert month(found, "alb") == 0


def test_traffic_is_billed_by_what_is_there_to_bill_it() -> None:
    much = Assumptions(requests_per_second=200, out_gb=1000)
    plain = cost_of(WEB, assumed=much)
    edge = cost_of(WEB, environment=ENVIRONMENT + "cdn: true\n", domain="example.com", assumed=much)

    assert month(plain, "alb-lcu") == pytest.approx(200 / 25 * 730 * 0.008)
    assert month(plain, "out-gb") == pytest.approx(90)
    assert month(edge, "cdn-gb") == pytest.approx(85)
    assert month(edge, "cdn-requests") == pytest.approx(200 * 730 * 3600 / 10000 * 0.01)
    assert month(edge, "out-gb") == 0


def test_a_static_site_alone_is_served_by_cloudfront() -> None:
    site = "name: site\ntype: Static Site\nfiles: [{source: public, recursive: true}]\n"

    assert month(cost_of(site), "cdn-gb") == pytest.approx(0.85)
    assert month(cost_of(site, WEB), "out-gb") == pytest.approx(0.90)


def test_secrets_of_secrets_manager_cost_and_parameters_do_not() -> None:
    secrets = "secrets:\n  KEY: {secretsmanager: 'key'}\n  SAME: {secretsmanager: 'key'}\n  OTHER: /forum/other\n"

    assert quantity(cost_of(BACKEND + secrets), "secret") == 1


def test_what_has_no_price_here_is_named() -> None:
    text = (
        "Parameters:\n  App: {Type: String}\n  Env: {Type: String}\n  Name: {Type: String}\n"
        "Resources:\n  Table: {Type: AWS::DynamoDB::Table}\n  Queue: {Type: AWS::SQS::Queue}\n"
    )
    addons = read_addons({"copilot/api/addons/table.yml": text.encode()})

    found = cost_of(BACKEND, additions=Additions(addons))

    assert [one for one in found.surprises if "DynamoDB" in one] == [
        "AWS::DynamoDB::Table of addons of api is not in the estimate: no price of it is known here"
    ]


def test_prices_of_another_region_are_named() -> None:
    assert "alb" in cost_of(WEB, region="ap-south-1").elsewhere
    assert "alb" not in cost_of(WEB, region="eu-west-1").elsewhere
    assert cost_of(WEB).elsewhere == ()


def test_every_type_that_templates_have_is_counted_or_known_to_cost_nothing() -> None:
    types = {str(one["Type"]) for case in all_goldens() for one in case.wanted()["Resources"].values()}  # type: ignore[attr-defined]

    assert types - FREE - COUNTED.keys() == set()
    assert COUNTED.keys() - types == set()


def test_a_template_that_only_aws_can_work_out_is_refused() -> None:
    tree = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"One": {"Type": "AWS::SNS::Topic"}}}

    with pytest.raises(UsageError, match="the template of web cannot be worked out"):
        to_part("web", tree, {}, "us-east-1")
