"""What AWS would refuse in the middle of a deploy is said before it, by the manifest's field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stranglerfig.aws.synth.facts import AppFacts, EnvFacts, Release
from stranglerfig.aws.synth.reading.logging import RETENTIONS
from stranglerfig.aws.synth.workload.limits import SIZES, check_task
from stranglerfig.errors import UsageError
from stranglerfig.manifest.build_model import build_workload
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest

HEAD = "name: api\ntype: Backend Service\nimage: {location: nginx, port: 80%s}\n"
ENV = EnvFacts(AppFacts("forum", "111122223333", "eu-west-1"), "test", "111122223333", "eu-west-1")


def release(fields: str, image: str = "") -> Release:
    text = HEAD % image + fields
    return Release(ENV, build_workload(load_manifest(text.encode(), Request("m.yml", KINDS))), text)


def problems(fields: str, image: str = "") -> list[str]:
    return told(release(fields, image))


def told(found: Release) -> list[str]:
    """Nothing, where all is well."""
    try:
        check_task(found)
    except UsageError as refused:
        first, *rest = refused.message.splitlines()
        assert first.endswith("cannot be deployed to test:")
        return rest
    return []


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("cpu: 300", "cpu: must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 on Fargate, but is 300"),
        ("memory: 1536", "memory: must be 512, 1024 or 2048 with 256 CPU units on Fargate, but is 1536"),
        (
            "cpu: 1024\nmemory: 1024",
            "memory: must be 2048 to 8192 in steps of 1024 with 1024 CPU units on Fargate, but is 1024",
        ),
        ("platform: windows/amd64", "cpu: must be 1024 or more for Windows on Fargate, but is 256"),
        (
            "sidecars: {log: {image: busybox, healthcheck: {interval: 1s}}}",
            "sidecars.log.healthcheck.interval: must be 5 to 300 s on AWS, but is 1 s",
        ),
        (
            "sidecars: {log: {image: busybox, depends_on: {api: healthy}}}",
            'sidecars.log.depends_on.api: "api" must have a "healthcheck" to be waited for on AWS',
        ),
        (
            "http: {path: /, additional_rules: [{path: /a}, {path: /b}, {path: /c}, {path: /d}, {path: /e}]}",
            "http.additional_rules: a service has at most 5 rules and listeners on AWS, but is to have 6",
        ),
        (
            "sidecars: {a-b: {image: busybox}, a_b: {image: busybox}}",
            'sidecars.a_b: differs from "a-b" by dashes and underscores alone',
        ),
        ("count: 6000", "count: a service has at most 5000 tasks on AWS, but would have 6000"),
        ("count: {range: 1-2, cpu_percentage: 0}", "count.cpu_percentage: must be more than 0 on AWS"),
        (
            "network: {vpc: {security_groups: [a, b, c, d, e]}}",
            "network.vpc.security_groups: a task has at most 5 security groups on AWS, but is to have 6",
        ),
        (
            "network: {vpc: {security_groups: {deny_default: true}}}",
            "network.vpc.security_groups: deny_default leaves the tasks without any security group",
        ),
        (
            "network: {vpc: {placement: {subnets: {from_tags: {tier: app}}}}}",
            "network.vpc.placement.subnets.from_tags: no subnet of the environment's VPC has these tags",
        ),
    ],
)
def test_a_limit_is_told_with_the_field_that_goes_beyond_it(fields: str, wanted: str) -> None:
    assert problems(fields) == [wanted]


def test_logs_are_kept_for_one_of_the_times_that_there_are() -> None:
    [said] = problems("logging: {retention: 10}")

    assert said.startswith("logging.retention: must be one of 1, 3, 5, 7, 14, 30, ")
    assert said.endswith("on AWS; 7 is the nearest")
    assert [days for days in RETENTIONS if problems(f"logging: {{retention: {days}}}")] == []


def test_every_size_from_the_least_to_the_most_is_possible() -> None:
    for cpu, memory in SIZES.items():
        assert problems(f"cpu: {cpu}\nmemory: {memory[0]}") == []
        assert problems(f"cpu: {cpu}\nmemory: {memory[-1]}") == []


def test_as_many_tasks_as_only_autoscaling_would_start_are_no_problem() -> None:
    assert problems("count: {range: 1-6000, cpu_percentage: 70}") == []


def test_all_problems_are_told_at_once() -> None:
    found = problems("cpu: 300\nlogging: {retention: 2}", ", healthcheck: {retries: 11, start_period: 10m}")

    assert [line.partition(":")[0] for line in found] == [
        *("cpu", "image.healthcheck.retries", "image.healthcheck.start_period", "logging.retention")
    ]


def test_a_size_that_the_task_definition_overrides_is_not_judged() -> None:
    assert problems("cpu: 300\ntaskdef_overrides: [{path: Cpu, value: '512'}]") == []


def test_names_containers_and_subnets_have_their_limits_too() -> None:
    many = "".join(f"  s{number}: {{image: busybox}}\n" for number in range(10))
    found = release(f"sidecars:\n{many}")
    long = replace(found.manifest, name="a" * 64, body={**found.manifest.body, "name": "a" * 64})

    assert told(replace(found, manifest=long, subnets=("subnet-1",) * 17)) == [
        "network.vpc.placement.subnets: a service has at most 16 subnets on AWS, but is to have 17",
        "sidecars: a task has at most 10 containers on AWS, but is to have 11",
        "name: is found by DNS, and may have 63 characters, but has 64",
    ]
