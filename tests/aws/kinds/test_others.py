"""Static sites, Request-Driven Web Services and one-off tasks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stranglerfig.aws.synth.notes import notes
from stranglerfig.aws.synth.one_off import OneOffTask, task_template
from stranglerfig.aws.synth.site.fragment import short_name
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.aws.synth.workload import parameter_values, workload_template
from stranglerfig.errors import UsageError
from tests.aws.releases import a_release
from tests.aws.trees import part, properties

DOMAIN = {"domain": "example.com", "hosted_zone": "Z0HOSTEDZONE"}
SITE = "name: docs\ntype: Static Site\n"
WITH_ALIAS = SITE + "http: {alias: docs.example.com}\n"
REQUEST_DRIVEN = "name: web\ntype: Request-Driven Web Service\nimage: {location: public.ecr.aws/a/b, port: 80}\n"


def test_a_site_s_host_elsewhere_than_at_the_edge_needs_a_certificate_from_there() -> None:
    with pytest.raises(UsageError, match=r"http.alias: there is no certificate for docs.example.com"):
        workload_template(a_release(WITH_ALIAS, app=DOMAIN))


def test_a_site_s_host_in_a_zone_that_nobody_has_looked_up_is_refused() -> None:
    release = a_release(WITH_ALIAS, app={"domain": "example.com"}, env={"region": "us-east-1"})

    with pytest.raises(UsageError, match=r"http.alias: docs.example.com is not below a domain"):
        workload_template(release)


@pytest.mark.parametrize(
    "facts", [{}, {"app": {"domain": "example.net"}}, {"app": DOMAIN, "env": {"account": "444455556666"}}]
)
def test_a_site_s_host_in_a_zone_out_of_reach_is_refused(facts: dict[str, dict[str, str]]) -> None:
    with pytest.raises(UsageError, match=r"http.alias: docs.example.com is not below a domain") as refused:
        workload_template(replace(a_release(WITH_ALIAS, **facts), certificate="arn:certificate"))

    assert "`http.certificate`" in (refused.value.hint or "")


def test_a_site_has_no_task_and_no_parameters_of_one() -> None:
    release = a_release(SITE)

    assert parameter_values(release).keys() == {"AppName", "EnvName", "WorkloadName", "AddonsTemplateURL"}
    assert part(workload_template(release), "Parameters").keys() == parameter_values(release).keys()


def test_names_that_cloudfront_would_find_too_long_are_cut_as_copilot_does() -> None:
    release = a_release(SITE)
    long = replace(release, manifest=replace(release.manifest, name="d" * 60))

    assert short_name(release) == "forum-test-docs"
    assert len(short_name(long)) == 64
    assert short_name(long).startswith("forum-test-" + "d" * 47)


def test_a_request_driven_service_tells_what_has_no_counterpart() -> None:
    said = " ".join(notes(a_release(REQUEST_DRIVEN + "count: high/3\nhttp: {private: {endpoint: vpce-1}}\n")))

    assert "App Runner takes no new services" in said
    assert "`count` of web names a configuration of App Runner" in said
    assert "`http.private.endpoint` of web has no effect" in said
    assert "every path" not in said


def test_a_request_driven_service_without_a_domain_has_no_host_of_its_own() -> None:
    assert "takes every path" in " ".join(notes(a_release(REQUEST_DRIVEN)))
    assert "takes every path" not in " ".join(notes(a_release(REQUEST_DRIVEN, app=DOMAIN)))
    assert list(notes(a_release(SITE))) == []


def test_records_in_zones_of_another_account_are_told_of() -> None:
    web = (
        "name: web\ntype: Load Balanced Web Service\nimage: {location: nginx, port: 80}\n"
        "http: {path: /, alias: [www.example.com, web.test.forum.example.com]}\n"
    )
    [note] = notes(a_release(web, app=DOMAIN, env={"account": "444455556666"}))

    assert note == (
        "The record of www.example.com is to be written in account 111122223333, which has the domain: an alias of"
        " web's load balancer."
    )
    assert list(notes(a_release(web, app=DOMAIN))) == []
    nlb = "nlb: {port: 90/tcp, alias: [a.example.com, b.forum.example.com]}\n"
    [several] = notes(a_release(web.replace("www.", "") + nlb, app=DOMAIN, env={"account": "444455556666"}))
    assert several.startswith("Records of example.com, a.example.com, b.forum.example.com are to be written")


def test_a_variable_that_a_secret_takes_the_place_of_is_named() -> None:
    both = "variables: {A: x, B: x}\nsecrets: {B: /key}\n"
    sidecar = "sidecars: {nginx: {image: nginx, variables: {A: x, C: x}, secrets: {C: {secretsmanager: db}}}}\n"

    assert list(notes(a_release(f"name: web\ntype: Backend Service\nimage: {{location: x}}\n{both}{sidecar}"))) == [
        "`variables.B` has no effect: `secrets.B` has its name.",
        "`sidecars.nginx.variables.C` has no effect: `sidecars.nginx.secrets.C` has its name.",
    ]


def test_a_private_request_driven_service_is_behind_the_internal_balancer() -> None:
    template = workload_template(a_release(REQUEST_DRIVEN + "http: {private: true}\n"))

    assert "LoadBalancerInternalDNSAlias" in part(template, "Resources")
    listener = properties(template, "HTTPListenerRule")["ListenerArn"]
    assert listener == {"Fn::ImportValue": {"Fn::Sub": "${AppName}-${EnvName}-InternalHTTPListenerArn"}}


def test_a_connection_was_enough_for_app_runner_so_any_answer_is_for_the_balancer() -> None:
    group = properties(workload_template(a_release(REQUEST_DRIVEN)), "TargetGroup")

    assert group["Matcher"] == {"HttpCode": "200-499"}
    assert (group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]) == (5, 2)


def test_a_one_off_task_without_an_image_has_a_place_for_it_already() -> None:
    resources = to_tree(task_template(OneOffTask("migrate")))["Resources"]

    assert isinstance(resources, dict)
    assert "ECRRepo" in resources
    assert "TaskDefinition" not in resources
