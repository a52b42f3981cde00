"""Templates as values, and the tree that they become."""

from __future__ import annotations

import pytest

from stranglerfig.aws.synth.template import (
    STACK_NAME,
    Fragment,
    GetAtt,
    Output,
    Parameter,
    Ref,
    Resource,
    Sub,
    Template,
    assemble,
    either,
    equals,
    join,
    to_tree,
)


def test_a_template_becomes_the_tree_that_cloudformation_reads() -> None:
    body = Fragment(
        resources={
            "Queue": Resource(
                "AWS::SQS::Queue",
                {"QueueName": join("-", STACK_NAME, Ref("Suffix")), "DelaySeconds": 0},
                description="A queue",
                condition="HasQueue",
                deletion_policy="Retain",
            ),
            "Plain": Resource("AWS::SQS::Queue", depends_on=("Queue",)),
        },
        parameters={"Suffix": Parameter(default="", allowed=("", "b"))},
        conditions={"HasQueue": equals(Ref("Suffix"), "b")},
        outputs={
            "Arn": Output(GetAtt("Queue", "Arn"), export=Sub("${AWS::StackName}-Arn"), condition="HasQueue"),
            "Which": Output(either("HasQueue", Sub("${Name}", {"Name": Ref("Queue")}), "none")),
        },
    )

    assert to_tree(Template("Queues.", body)) == {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Queues.",
        "Parameters": {"Suffix": {"Type": "String", "Default": "", "AllowedValues": ["", "b"]}},
        "Conditions": {"HasQueue": {"Fn::Equals": [{"Ref": "Suffix"}, "b"]}},
        "Resources": {
            "Queue": {
                "Metadata": {"aws:copilot:description": "A queue"},
                "Type": "AWS::SQS::Queue",
                "Condition": "HasQueue",
                "DeletionPolicy": "Retain",
                "Properties": {
                    "QueueName": {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, {"Ref": "Suffix"}]]},
                    "DelaySeconds": 0,
                },
            },
            "Plain": {"Type": "AWS::SQS::Queue", "DependsOn": ["Queue"]},
        },
        "Outputs": {
            "Arn": {
                "Condition": "HasQueue",
                "Value": {"Fn::GetAtt": ["Queue", "Arn"]},
                "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-Arn"}},
            },
            "Which": {"Value": {"Fn::If": ["HasQueue", {"Fn::Sub": ["${Name}", {"Name": {"Ref": "Queue"}}]}, "none"]}},
        },
    }


def test_parts_may_say_the_same_twice_but_not_two_things() -> None:
    one, other = Resource("AWS::SQS::Queue"), Resource("AWS::SNS::Topic")

    assert assemble(Fragment({"A": one}), Fragment({"A": one, "B": other})).resources == {"A": one, "B": other}
    with pytest.raises(ValueError, match="define A"):
        assemble(Fragment({"A": one}), Fragment({"A": other}))
