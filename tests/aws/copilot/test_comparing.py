"""What a template would change of another's stack, by values."""

from __future__ import annotations

import pytest

from stranglerfig.aws.adopting.comparing import Known, Written, compare
from stranglerfig.aws.adopting.holding import MARK, held, is_held
from stranglerfig.aws.adopting.refusing import of_changes
from stranglerfig.aws.stacks.template_text import parse_template
from stranglerfig.aws.stacks.values import Action, Change
from stranglerfig.aws.synth.template import Tree
from stranglerfig.core.cloudformation.templates.scope import Pseudo
from tools import gen_fixed_properties, gen_resource_types

KNOWN = Known(
    Pseudo("111122223333", "eu-west-1", "forum-test-web", "id"),
    exports={"forum-test-HTTPListenerArn": "listener"},
    answers={"EnvControllerAction": {"HTTPListenerArn": "listener"}},
)
RULE = """
Parameters: {Port: {Type: Number, Default: 80}, Gone: {Type: String, Default: ""}}
Conditions: {IsThere: !Equals [!Ref Gone, ""]}
Resources:
  EnvControllerAction: {Type: "Custom::EnvControllerFunction", Properties: {ServiceToken: token}}
  Group: {Type: "AWS::ElasticLoadBalancingV2::TargetGroup", Properties: {Port: !Ref Port, HealthCheckPath: /}}
  Rule:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties: {ListenerArn: !GetAtt EnvControllerAction.HTTPListenerArn, Priority: 1}
  Queue: {Type: "AWS::SQS::Queue", Condition: IsThere, Properties: {}}
"""


def changed(*replacements: tuple[str, str], parameters: dict[str, str] | None = None) -> list[Change]:
    text = RULE
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return compare(Written(tree(RULE), {}), Written(tree(text), parameters or {}), KNOWN)


def reasons(changes: list[Change]) -> list[str]:
    return [one.why for one in of_changes(changes)]


def tree(text: str) -> Tree:
    return parse_template(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("!GetAtt EnvControllerAction.HTTPListenerArn", "!ImportValue forum-test-HTTPListenerArn"),
        ("!Ref Port", "80"),
        ("Priority: 1", "Priority: '1'"),
    ],
)
def test_what_comes_out_the_same_is_no_change(old: str, new: str) -> None:
    assert changed((old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "action", "causes"),
    [
        ("!GetAtt EnvControllerAction.HTTPListenerArn", "other", Action.REPLACE, ("ListenerArn",)),
        ("!Ref Port", "8080", Action.REPLACE, ("Port",)),
        ("Priority: 1", "Priority: 2", Action.MODIFY, ()),
        ("HealthCheckPath: /", "HealthCheckPath: /up", Action.MODIFY, ()),
    ],
)
def test_a_change_says_whether_it_replaces_and_for_what(
    old: str, new: str, action: Action, causes: tuple[str, ...]
) -> None:
    [found] = changed((old, new))

    assert (found.action, found.causes) == (action, causes)


def test_conditions_and_types_decide_too() -> None:
    [gone] = changed(parameters={"Gone": "yes"})
    assert (gone.action, gone.logical) == (Action.REMOVE, "Queue")
    assert reasons([gone]) == ["Queue would be removed: a queue with its messages (data)"]

    [other] = changed(('"AWS::SQS::Queue"', '"AWS::SNS::Topic"'))
    assert (other.action, other.causes) == (Action.REPLACE, ("Type",))


def test_records_that_functions_have_made_are_made_by_no_stack() -> None:
    record = Change(Action.ADD, "Alias", "AWS::Route53::RecordSetGroup")

    assert reasons([record]) == ["Alias would be added: DNS records that a function of Copilot's has made already"]


def test_a_stack_of_addons_does_not_go_for_want_of_its_templates() -> None:
    [found] = reasons([Change(Action.REMOVE, "AddonsStack", "AWS::CloudFormation::Stack")])

    assert found == "AddonsStack would be removed: a stack of addons with all that is in it"


def test_what_is_held_goes_without_a_word() -> None:
    before = tree(RULE)
    after = held(before)

    resources: dict[str, dict[str, str]] = after["Resources"]  # type: ignore[assignment]
    kept = {name for name, one in resources.items() if one.get("DeletionPolicy") == "Retain"}
    assert (kept, is_held(before), is_held(after)) == ({"EnvControllerAction"}, False, True)
    assert [(one.action, one.logical) for one in compare(Written(before, {}), Written(after, {}), KNOWN)] == [
        (Action.ADD, MARK)
    ]


def test_the_table_is_what_the_schemas_say() -> None:
    text = gen_fixed_properties.TARGET.read_text(encoding="utf-8")

    assert gen_fixed_properties.render() == text or gen_resource_types.SOURCE not in text
    assert "AWS::ElasticLoadBalancingV2::ListenerRule\n  create-only ListenerArn\n" in text
