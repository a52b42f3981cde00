"""Numbers of rules as they are written down."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.aws.synth.balancing.number_records import (
    from_value,
    imported_paths,
    listener_paths,
    parameter_name,
    to_text,
    wanted_rules,
)
from stranglerfig.aws.synth.balancing.priorities import Numbered, RuleOfOwner
from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.routing.rules import Conditions, HostCondition, PathPattern, PathPrefix, SourceCondition
from tests.aws.releases import a_release

texts = st.builds(
    ConditionsText,
    path=st.sampled_from(["/", "/a", "/a/{b}"]),
    exact=st.booleans(),
    methods=st.sampled_from([(), ("GET", "POST")]),
    hosts=st.sampled_from([(), ("a.com", "*.b.com")]),
    headers=st.sampled_from([(), ("x-env: beta*",)]),
    queries=st.sampled_from([(), ("a=1", "*b*")]),
    sources=st.sampled_from([(), ("10.0.0.0/8",)]),
)
WEB = "name: web\ntype: Load Balanced Web Service\nimage: {location: nginx, port: 80}\nhttp: {path: /}\n"


@given(texts, st.booleans())
def test_what_is_written_is_read_again(text: ConditionsText, is_kept: bool) -> None:
    one = Numbered(42, RuleOfOwner("forum/test/web", 1, parse_conditions(text)), is_kept)
    name = parameter_name("/copilot/x", 42)

    assert name == "/copilot/x/00042"
    assert from_value(name, json.loads(to_text(one))) == one


def test_a_record_says_whose_it_is_and_what_it_asks_for() -> None:
    rule = RuleOfOwner("forum/test/web", 0, Conditions(paths=(PathPrefix("/api"),)))

    assert json.loads(to_text(Numbered(7, rule))) == {
        "owner": "forum/test/web",
        "rule": 0,
        "conditions": {"path": "/api"},
    }


def test_what_a_manifest_asks_for_is_what_the_balancer_matches() -> None:
    release = a_release(
        WEB.replace("{path: /}", "{path: '/a*/b/', alias: WWW.example.com, allowed_source_ips: [10.1.2.3/8]}"),
        env={"public_certificates": True},
    )

    assert wanted_rules(release) == (
        Conditions(
            paths=(PathPattern("/a*/b/*"),),
            host=HostCondition(("www.example.com",)),
            source=SourceCondition(("10.0.0.0/8",)),
        ),
    )


@pytest.mark.parametrize(
    ("manifest", "domain", "wanted"),
    [
        (WEB, None, {"HTTP": "public/http"}),
        (WEB, "example.com", {"HTTP": "public/http", "HTTPS": "public/https"}),
        (WEB.replace("Load Balanced Web", "Backend"), "example.com", {"HTTP": "internal/http"}),
    ],
)
def test_each_listener_has_numbers_of_its_own(manifest: str, domain: str | None, wanted: dict[str, str]) -> None:
    paths = listener_paths(a_release(manifest, app={"domain": domain}))

    assert paths == {
        protocol: f"/copilot/applications/forum/environments/test/rules/{path}" for protocol, path in wanted.items()
    }


def test_numbers_of_a_shared_balancer_are_nobody_s_own() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/company/50dc6c495c0c9188"

    assert imported_paths(arn)["HTTPS"] == "/copilot/balancers/company/50dc6c495c0c9188/rules/https"
