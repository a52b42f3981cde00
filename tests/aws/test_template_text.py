"""Templates as they are deployed, and changed a little; flags as a manifest; where a workload is reached."""

from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.aws.addresses import addresses
from stranglerfig.aws.stacks.template_text import is_ours, manifest_of, parse_template, transplanted
from stranglerfig.aws.synth.facts import AppFacts, EnvFacts, Release
from stranglerfig.aws.synth.template import Tree
from stranglerfig.cli.aws.environment_flags import means_aws, to_settings
from stranglerfig.core.application import Kind
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import HttpRule, WorkloadManifest

COPILOTS = """\
Metadata:
  Manifest: |
    name: test
Resources:
  Action: {Type: Custom::EnvControllerFunction}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub '${AWS::StackName}-a', KmsMasterKeyId: !GetAtt Key.Arn}
"""


def test_templates_are_read_as_json_and_as_yaml_with_short_forms() -> None:
    tree = parse_template(COPILOTS)

    assert manifest_of(tree) == "name: test\n"
    resources: Any = tree["Resources"]
    assert resources["Queue"]["Properties"] == {
        "QueueName": {"Fn::Sub": "${AWS::StackName}-a"},
        "KmsMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
    }
    assert parse_template('{"Resources": {}}') == {"Resources": {}}
    assert parse_template("") == {}


def test_a_template_with_functions_is_copilots() -> None:
    assert not is_ours(parse_template(COPILOTS))
    assert not is_ours({"Resources": {"F": {"Type": "AWS::Lambda::Function"}}})
    assert is_ours({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})


def test_what_differs_between_two_templates_is_changed_in_a_third_and_nothing_else() -> None:
    deployed: Tree = {"Resources": {"A": 1, "Patched": "by hand", "Old": 1}, "Outputs": {"O": 1}, "Metadata": {"M": 1}}
    before: Tree = {"Resources": {"A": 1, "Patched": "as made", "Old": 1, "B": 1}}
    after: Tree = {"Resources": {"A": 2, "Patched": "as made", "New": 1, "B": 1}, "Outputs": {"P": 1}}

    assert transplanted(deployed, before, after) == {
        "Resources": {"A": 2, "Patched": "by hand", "New": 1},
        "Outputs": {"O": 1, "P": 1},
        "Metadata": {"M": 1},
    }


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        ({}, {}),
        (
            {"override_public_cidrs": ("10.0.0.0/24,10.0.1.0/24",), "override_az_names": ("a,b",)},
            {
                "network": {
                    "vpc": {
                        "subnets": {"public": [{"cidr": "10.0.0.0/24", "az": "a"}, {"cidr": "10.0.1.0/24", "az": "b"}]}
                    }
                }
            },
        ),
        (
            {"override_az_names": ("a", "b,c"), "override_vpc_cidr": "10.2.0.0/16"},
            {
                "network": {
                    "vpc": {
                        "cidr": "10.2.0.0/16",
                        "subnets": {
                            kind: [
                                {"cidr": f"10.2.{number}.0/24", "az": zone}
                                for number, zone in enumerate("abc", start=first)
                            ]
                            for kind, first in (("public", 0), ("private", 3))
                        },
                    }
                }
            },
        ),
        ({"override_az_names": ("a,b",), "override_vpc_cidr": "ten"}, {"network": {"vpc": {"cidr": "ten"}}}),
        ({"import_cert_arns": ("arn:1",)}, {"http": {"public": {"certificates": ["arn:1"]}}}),
        (
            {"import_vpc_id": "vpc-1", "import_private_subnets": ("s-1",), "import_cert_arns": ("arn:1",)},
            {
                "network": {"vpc": {"id": "vpc-1", "subnets": {"private": [{"id": "s-1"}]}}},
                "http": {"private": {"certificates": ["arn:1"]}},
            },
        ),
        (
            {"internal_alb_subnets": ("s-1",), "internal_alb_allow_vpc_ingress": True},
            {"http": {"private": {"subnets": ["s-1"], "ingress": {"vpc": True}}}},
        ),
    ],
)
def test_flags_say_what_the_manifest_will(given: dict[str, object], settings: dict[str, object]) -> None:
    assert to_settings(given) == settings
    assert means_aws(given) is bool(given)


def test_flags_that_make_no_network_are_refused() -> None:
    with pytest.raises(UsageError, match="without a VPC"):
        to_settings({"import_public_subnets": ("s-1",)})
    with pytest.raises(UsageError, match="has b without a network"):
        to_settings({"override_public_cidrs": ("10.0.0.0/24",), "override_az_names": ("a,b",)})
    with pytest.raises(UsageError, match="no room for 6 subnets") as refused:
        to_settings({"override_vpc_cidr": "10.0.0.0/26", "override_az_names": ("a,b,c",)})
    assert "/25 at most" in (refused.value.hint or "")


def released(kind: Kind, domain: str | None = None, **others: Any) -> Release:
    env = EnvFacts(AppFacts("shop", "1", "eu-west-1", domain=domain), "test", "1", "eu-west-1")
    return Release(env, WorkloadManifest(kind, "web", **{"body": {}, **others}), "")


RULE = HttpRule("/api", "web", 80)


@pytest.mark.parametrize(
    ("release", "urls"),
    [
        (released(Kind.LOAD_BALANCED, http=(RULE,)), ["http://lb.example/api over the internet"]),
        (
            released(Kind.LOAD_BALANCED, http=(HttpRule("/a*", "web", 80), HttpRule("*", "web", 80))),
            ["http://lb.example/a over the internet", "http://lb.example/ over the internet"],
        ),
        (
            released(Kind.LOAD_BALANCED, "shop.example", http=(RULE,)),
            ["https://web.test.shop.shop.example/api over the internet"],
        ),
        (
            released(Kind.LOAD_BALANCED, "shop.example", http=(HttpRule("/", "web", 80, aliases=("a.shop.example",)),)),
            ["https://a.shop.example/ over the internet"],
        ),
        (
            released(Kind.BACKEND, http=(RULE,), body={"image": {"port": 80}}),
            [
                "http://web.test.shop.internal/api from your internal network",
                "web.test.shop.local:80 with service discovery",
            ],
        ),
        (
            released(Kind.BACKEND, body={"image": {"port": 80}, "network": {"connect": True}}),
            ["web:80 with service connect", "web.test.shop.local:80 with service discovery"],
        ),
        (released(Kind.STATIC_SITE), ["https://d1.example/ over the internet"]),
        (released(Kind.WORKER), []),
    ],
)
def test_a_workload_is_reached_where_copilot_would_say(release: Release, urls: list[str]) -> None:
    env, own = {"PublicLoadBalancerDNSName": "lb.example"}, {"CloudFrontDistributionDomainName": "d1.example"}

    assert [str(one) for one in addresses(release, env, own)] == urls
