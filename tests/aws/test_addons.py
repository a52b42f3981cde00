"""Addons: several templates made one, and what is wrong with them, by file and line."""

from __future__ import annotations

import pytest

from stranglerfig.aws.synth.addons import OF_ENV, read_addons
from stranglerfig.manifest.problems import ManifestInvalid

HEAD = "Parameters:\n  App: {Type: String}\n  Env: {Type: String}\n  Name: {Type: String}\n"
TOPIC = f"{HEAD}Resources:\n  topic:\n    Type: AWS::SNS::Topic\n"


def problems(**files: str) -> list[str]:
    with pytest.raises(ManifestInvalid) as caught:
        read_addons({f"addons/{name.replace('__', '.')}.yml": text.encode() for name, text in files.items()})
    return [str(problem) for problem in caught.value.problems]


def test_a_folder_without_templates_has_no_addons() -> None:
    assert read_addons({}) is None
    assert read_addons({"addons/addons.parameters.yml": b"Parameters: {}"}) is None


def test_templates_that_say_the_same_are_merged_and_functions_are_written_out() -> None:
    queue = f"{HEAD}Mappings:\n  Sizes: {{small: {{cpu: 1}}}}\nResources:\n  queue: {{Type: AWS::SQS::Queue}}\n"
    other = f"{HEAD}Mappings:\n  Sizes: {{large: {{cpu: 4}}}}\nResources:\n  table:\n    Type: AWS::DynamoDB::Table\n"
    other += "    Properties: {TableName: !Sub '${App}-x', Tags: [!GetAtt queue.QueueName]}\n"

    found = read_addons({"addons/a.yml": queue.encode(), "addons/b.yml": other.encode()})

    assert found is not None
    assert found.tree["Mappings"] == {"Sizes": {"small": {"cpu": 1}, "large": {"cpu": 4}}}
    assert found.tree["Resources"] == {
        "queue": {"Type": "AWS::SQS::Queue"},
        "table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {"TableName": {"Fn::Sub": "${App}-x"}, "Tags": [{"Fn::GetAtt": ["queue", "QueueName"]}]},
        },
    }


def test_what_two_templates_define_differently_is_refused_with_both_places() -> None:
    other = TOPIC.replace("AWS::SNS::Topic", "AWS::SQS::Queue")

    assert problems(a=TOPIC, b=other) == [
        "addons/b.yml:6: Resources.topic: is defined in addons/a.yml, line 6, and differs"
    ]


def test_parameters_that_nobody_gives_or_takes_are_refused() -> None:
    more = TOPIC.replace("Resources", "  Size: {Type: Number}\n  Kept: {Type: Number, Default: 1}\nResources")
    given = "Parameters:\n  Largest: 3\n  App: other\nOutputs: {}\n"

    assert problems(a=more, addons__parameters=given) == [
        "addons/a.yml:5: Parameters.Size: has no default, and no value in addons.parameters.yml",
        "addons/addons.parameters.yml:2: Parameters.Largest: is a parameter of no template in this folder",
        "addons/addons.parameters.yml:3: Parameters.App: is given to every addons stack, and cannot be set",
        'addons/addons.parameters.yml:4: Outputs: must not be here; the file has "Parameters" alone',
    ]


def test_a_template_has_to_take_what_every_stack_of_addons_is_given() -> None:
    text = "Parameters:\n  App: {Type: String}\n  Env: {Type: String}\nResources:\n  topic: {Type: AWS::SNS::Topic}\n"

    assert problems(a=text) == [
        "addons/a.yml:1: Parameters.Name: must be declared, with the type String: every addons stack is given it"
    ]
    assert read_addons({"addons/a.yml": text.encode()}, given=OF_ENV) is not None


def test_what_is_no_template_is_refused_where_it_stands() -> None:
    assert problems(a="- 1\n") == ["addons/a.yml:1: must be a mapping, but is a list"]
    assert problems(a=f"{TOPIC}Output: {{}}\nConditions: 3\n") == [
        'addons/a.yml:8: Output: is no section of a template; there is "Parameters", "Rules", "Conditions",'
        ' "Resources" and "Outputs"',
        "addons/a.yml:9: Conditions: must be a mapping, but is a whole number",
    ]
    assert problems(a=f"{TOPIC}    Properties: !Reff x\n") == [
        "addons/a.yml:8: Resources.topic.Properties: the tag !Reff means nothing here"
    ]
