"""Quotas of balancers and templates, told before anything is deployed."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from moto.elbv2.models import elbv2_backends

from stranglerfig.aws.checking.balancers import check_room
from stranglerfig.aws.priorities import Placed, Seen
from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.values import to_order
from stranglerfig.aws.synth.balancing.room import check_groups, check_targets, groups_of
from stranglerfig.aws.synth.environment.limits import certificate_notes
from stranglerfig.aws.synth.facts import ImportedBalancer, Release
from stranglerfig.aws.synth.notes import notes
from stranglerfig.errors import Refused, UsageError
from tests.aws.foreign_balancer import foreign_listener
from tests.aws.releases import a_release
from tests.aws.standin.cloud import ACCOUNT, REGION, Cloud


def web(name: str, more: str = "") -> Release:
    head = f"name: {name}\ntype: Load Balanced Web Service\nimage: {{location: nginx, port: 80}}\n"
    return a_release(f"{head}http: {{path: /{name}}}\n{more}")


def rule(arn: str, *groups: str) -> dict[str, Any]:
    return {
        "RuleArn": arn,
        "Actions": [{"ForwardConfig": {"TargetGroups": [{"TargetGroupArn": one} for one in groups]}}],
    }


def test_groups_are_counted_once_however_many_rules_lead_to_them() -> None:
    plain = {"RuleArn": "c", "Actions": [{"TargetGroupArn": "z"}, {"Type": "redirect"}]}

    assert groups_of([rule("a", "x", "y"), rule("b", "x"), plain, {"RuleArn": "d"}]) == {"x", "y", "z"}


def test_a_hundred_target_groups_are_the_most_of_one_balancer() -> None:
    both = (web("api"), web("web"))

    check_groups(both, others=98)
    with pytest.raises(Refused, match="with api, web its load balancer would have 101 target groups, and AWS") as told:
        check_groups(both, others=99)
    assert "`http.alb`" in str(told.value.hint)


def test_tasks_are_targets_of_each_of_their_rules() -> None:
    """As many as are deployed: how far autoscaling goes is told, for it may never."""
    large = web("api", "count: {range: 300-600, cpu_percentage: 70}\n")
    twice = replace(large, manifest=replace(large.manifest, http=large.manifest.http * 2))

    check_targets((large, twice), most=900)
    with pytest.raises(Refused, match="api, api would have 900 targets behind one load balancer, and this account may"):
        check_targets((large, twice), most=899)
    check_targets((replace(large, desired=500),), most=500)
    with pytest.raises(Refused, match="api would have 500 targets"):
        check_targets((replace(large, desired=500),), most=499)
    assert [*notes(large)] == []
    [told] = notes(twice)
    assert told.startswith("api may have 1,200 targets by its `count.range`, one for each task and rule, and")


def test_what_the_balancer_has_now_counts_and_what_is_the_services_own_does_not(cloud: Cloud) -> None:
    cloud.forget()
    session = open_session(Access())
    listener, own = crowded_listener(session, rules=20)
    company = ImportedBalancer("arn:lb", "lb.example.com", "Z0LB", {"HTTP": listener})
    api: Placed = replace(web("api"), balancer=company), company.listeners, frozenset()
    known: Placed = replace(web("web"), balancer=company), company.listeners, frozenset({own})

    check_room(Seen(session), [known])
    with pytest.raises(Refused, match="with api its load balancer would have 101 target groups"):
        check_room(Seen(session), [api])
    # Of the five that it had, it keeps one.
    check_room(Seen(session), [api, known])


def crowded_listener(session: Session, rules: int) -> tuple[str, str]:
    """Each of its rules leads to five groups. With the ARN of one of them."""
    elbv2 = session.client("elbv2")
    vpc, listener = foreign_listener(session)
    groups, rule = many_groups(session, vpc, 5 * rules), ""
    for at in range(rules):
        forward = {"TargetGroups": [{"TargetGroupArn": one, "Weight": 1} for one in groups[5 * at : 5 * at + 5]]}
        made = elbv2.create_rule(
            ListenerArn=listener,
            Priority=at + 1,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/{at}"]}}],
            Actions=[{"Type": "forward", "ForwardConfig": forward}],
        )
        rule = str(made["Rules"][0]["RuleArn"])
    return listener, rule


def many_groups(session: Session, vpc: str, count: int) -> list[str]:
    """One, and others that differ from it in nothing else."""
    made = session.client("elbv2").create_target_group(Name="first", Protocol="HTTP", Port=80, VpcId=vpc)
    known = elbv2_backends[ACCOUNT][REGION].target_groups
    first = known[str(made["TargetGroups"][0]["TargetGroupArn"])]
    for at in range(1, count):
        other = copy(first)
        other.arn = f"{first.arn}{at}"
        known[other.arn] = other
    return list(known)


@pytest.mark.parametrize(("section", "most"), [("Parameters", 200), ("Resources", 500), ("Outputs", 200)])
def test_a_template_has_no_more_than_cloudformation_takes(section: str, most: int) -> None:
    def tree(count: int) -> dict[str, Any]:
        return {"Resources": {}, section: {f"One{at}": {"Type": "AWS::SNS::Topic"} for at in range(count)}}

    to_order("forum-test-api", tree(most))
    with pytest.raises(
        UsageError, match=rf"stack forum-test-api has {most + 1} {section.lower()}, and .* takes {most} i"
    ):
        to_order("forum-test-api", tree(most + 1))


def test_a_template_is_no_longer_than_cloudformation_reads() -> None:
    with pytest.raises(UsageError, match=r"has 1,1\d\d,\d\d\d bytes, and CloudFormation takes 1,048,576 in one"):
        to_order("forum-test-api", {"Resources": {}, "Description": "é" * 550_000})


def test_more_certificates_than_a_balancer_has_at_first_are_told() -> None:
    def body(count: int) -> dict[str, object]:
        arns = [f"arn:aws:acm:eu-west-1:111122223333:certificate/{at}" for at in range(count)]
        return {"http": {"private": {"certificates": arns}}}

    assert list(certificate_notes(body(26))) == []
    [told] = certificate_notes(body(27))
    assert told.startswith("`http.private.certificates` has 27 certificates, and a load balancer takes 26")
