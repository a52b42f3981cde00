"""What a template would change of another's stack, by values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stranglerfig.aws.adopting.comparing import Known, Written, compare
from stranglerfig.aws.adopting.holding import MARK, held, is_held
from stranglerfig.aws.adopting.refusing import Obstacle, of_changes, of_error, of_status
from stranglerfig.aws.stacks.template_text import is_ours, parse_template
from stranglerfig.aws.stacks.values import Action, Change, Stack
from stranglerfig.aws.synth.template import Tree
from stranglerfig.core.cloudformation.templates.scope import Pseudo
from stranglerfig.errors import Refused
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


def test_nothing_becomes_something_else() -> None:
    [other] = changed(("Type: AWS::ElasticLoadBalancingV2::ListenerRule", "Type: AWS::SSM::Parameter"))

    assert "Rule would become something else, which CloudFormation lets nothing do" in reasons([other])


def test_what_a_function_has_said_goes_with_it() -> None:
    lines = Change(Action.REMOVE, "BacklogPerTaskCalculatorLogGroup", "AWS::Logs::LogGroup")

    assert (reasons([lines]), len(reasons([replace(lines, logical="LogGroup")]))) == ([], 1)


@pytest.mark.parametrize(
    ("status", "why", "command"),
    [
        ("ROLLBACK_COMPLETE", "its last change has left it as rollback complete", "delete-stack"),
        ("DELETE_FAILED", "its last change has left it as delete failed", "delete-stack"),
        ("UPDATE_ROLLBACK_FAILED", "its last change could not be rolled back", "continue-update-rollback"),
        ("DELETE_IN_PROGRESS", "it is being deleted", "Wait until it is gone"),
    ],
)
def test_a_stack_that_copilots_role_cannot_mend_is_named(status: str, why: str, command: str) -> None:
    [found] = of_status(Stack("id", "forum-test-web", status))

    assert (found.why, command in found.mend) == (why, True)
    assert of_status(Stack("id", "forum-test-web", "UPDATE_COMPLETE")) == []
    assert of_status(Stack("id", "forum-test-web", "UPDATE_IN_PROGRESS")) == []


def test_what_aws_refuses_is_no_obstacle_of_a_stack() -> None:
    lost = Refused("may not")
    lost.__cause__ = OSError()

    with pytest.raises(Refused):
        of_error(lost)
    assert of_error(Refused("runs on App Runner", hint="Deploy it beside.")) == [
        Obstacle("runs on App Runner", "Deploy it beside.")
    ]


@pytest.mark.parametrize(
    ("template", "is_one_of_ours"),
    [
        ("Parameters: {EnvironmentName: {Type: String}}", False),
        ("Parameters: {EnvironmentName: {Type: String}, AddonServices: {Type: String}}", True),
        ("Resources: {Service: {Type: 'AWS::AppRunner::Service'}}", False),
        ("Resources: {Service: {Type: 'AWS::ECS::Service'}}", True),
        ("Resources: {Function: {Type: 'AWS::Lambda::Function'}}", False),
    ],
)
def test_whose_a_stack_is_stands_in_its_template(template: str, is_one_of_ours: bool) -> None:
    assert is_ours(tree(template)) is is_one_of_ours


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
