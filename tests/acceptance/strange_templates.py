"""Templates that nobody writes: a sound one with something else in it, or with other bytes."""

from __future__ import annotations

import json
import random
from typing import Any

SOUND: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "An estate",
    "Parameters": {"Name": {"Type": "String", "Default": "estate", "AllowedPattern": "[a-z]+", "MaxLength": 20}},
    "Conditions": {"IsShop": {"Fn::Equals": [{"Ref": "Name"}, "shop"]}},
    "Resources": {
        "Environment": {
            "Type": "AWS::RefactorSpaces::Environment",
            "Properties": {
                "Name": {"Fn::Sub": "${Name}-x"},
                "NetworkFabricType": "NONE",
                "Tags": [{"Key": "a", "Value": "b"}],
            },
        },
        "Application": {
            "Type": "AWS::RefactorSpaces::Application",
            "DependsOn": "Environment",
            "Condition": "IsShop",
            "Properties": {
                "EnvironmentIdentifier": {"Ref": "Environment"},
                "Name": {"Fn::Join": ["-", ["shop", {"Ref": "AWS::Region"}]]},
                "ProxyType": "API_GATEWAY",
                "VpcId": "vpc-12345678",
            },
        },
    },
    "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Environment", "Arn"]}, "Export": {"Name": "estate"}}},
}
STRANGE: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e300, "", "a" * 3000, "${", "${AWS::", "${Environment.}", "é\x00", [], {}, [[]], {"Ref": 1}),
    *(
        {"Ref": "Environment"},
        {"Ref": "Nobody"},
        {"Ref": []},
        {"Fn::Sub": ["${a}", {"a": {"Ref": "Name"}}]},
        {"Fn::Sub": []},
    ),
    *({"Fn::GetAtt": "Environment"}, {"Fn::GetAtt": ["Environment", ""]}, {"Fn::GetAtt": [{}, []]}, {"Fn::Join": []}),
    *({"Fn::If": ["IsShop", 1]}, {"Fn::If": ["Nobody", 1, {"Ref": "AWS::NoValue"}]}, {"Fn::Select": [99, ["a"]]}),
    *(
        {"Fn::Select": ["x", []]},
        {"Fn::Split": ["", "a"]},
        {"Fn::ImportValue": "nobody"},
        {"Fn::Base64": {}},
        {"Fn::Cidr": [1]},
    ),
    *({"Condition": "IsShop"}, {"Fn::Not": []}, {"Fn::Transform": {}}, {"Fn::Bogus": 1}, {"Ref": "a", "Fn::Sub": "b"}),
    *("AWS::S3::Bucket", "AWS::RefactorSpaces::Route", "Custom::X", "Application", ["Application", "Application"]),
)
TEXTS = (
    *("", "{", "[]", "null", "- a", "a: b: c", "&a [*a]", "!!python/object:os.system x", "a: &a [b]\nc: *a", "\t"),
    *("%YAML 9.9\n---\n", "Resources: {}", "Resources:\n  A: !Ref", "Resources: !Sub x", "a: !GetAtt [b]", "[" * 2000),
    *("? - a\n: b", "---\n---\n"),
)


def strange_template(chance: random.Random) -> str:
    if chance.random() < 0.15:
        return chance.choice(TEXTS)
    tree: Any = SOUND
    for _ in range(chance.randint(0, 3)):
        tree = mutated(tree, chance)
    text = json.dumps(tree)
    for _ in range(chance.choice([0, 0, 0, 1, 3])):
        place = chance.randrange(len(text) + 1)
        text = (
            text[:place]
            + chance.choice(["", "}", '"', "!Ref ", "&a ", "*a", "\x07", "\u2028", ":", "\n"])
            + text[place + 1 :]
        )
    return text


def mutated(value: Any, chance: random.Random) -> Any:
    if not isinstance(value, dict | list) or not value or chance.random() < 0.15:
        return chance.choice(STRANGE)
    if isinstance(value, list):
        place = chance.randrange(len(value))
        return [*value[:place], mutated(value[place], chance), *value[place + chance.randint(0, 1) :]]
    name = chance.choice(list(value))
    match chance.randrange(6):
        case 0:
            return {key: item for key, item in value.items() if key != name}
        case 1:
            return {**value, chance.choice(["Extra", "Ref", "Fn::If", "Fn::ForEach::X", ""]): value[name]}
    return {**value, name: mutated(value[name], chance)}
