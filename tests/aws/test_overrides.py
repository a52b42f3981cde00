"""Patches to templates, and ``taskdef_overrides``: where they find no place, they say why."""

from __future__ import annotations

import pytest

from stranglerfig.aws.synth.overrides import apply_patches, read_patches
from stranglerfig.aws.synth.template import Tree
from stranglerfig.aws.synth.workload.task_overrides import overridden
from stranglerfig.errors import UsageError
from stranglerfig.manifest.problems import ManifestInvalid

TREE: Tree = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Tags": ["a", "b"]}, "a/b~c": {"Type": "X"}}}


def patched(text: str) -> Tree:
    return apply_patches(TREE, read_patches(text.encode(), "cfn.patches.yml"))


def problems(text: str) -> list[str]:
    with pytest.raises(ManifestInvalid) as caught:
        patched(text)
    return [str(problem) for problem in caught.value.problems]


def test_each_operation_changes_a_copy() -> None:
    text = """
- {op: add, path: /Resources/Queue/Tags/1, value: between}
- {op: add, path: /Resources/Queue/Tags/-, value: !Ref Last}
- {op: replace, path: /Resources/Queue/Tags/0, value: first}
- {op: remove, path: /Resources/a~1b~0c}
- {op: add, path: /Outputs, value: {}}
"""

    assert patched(text) == {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Tags": ["first", "between", "b", {"Ref": "Last"}]}},
        "Outputs": {},
    }
    assert TREE["Resources"] != patched(text)["Resources"]


def test_the_whole_template_can_be_replaced_and_not_removed() -> None:
    assert patched('- {op: replace, path: "", value: {Resources: {}}}') == {"Resources": {}}
    assert problems('- {op: remove, path: ""}') == ["cfn.patches.yml:1: remove : leaves no template"]


@pytest.mark.parametrize(
    ("patch", "wanted"),
    [
        (
            "op: replace, path: /Resources/Quue/Type, value: 1",
            "replace /Resources/Quue/Type: /Resources has no 'Quue' (did you mean Queue?)",
        ),
        (
            "op: remove, path: /Resources/EnvControllerAction",
            "remove /Resources/EnvControllerAction: /Resources has no 'EnvControllerAction'"
            " (Copilot had it for its Lambda functions, which are no more: take the patch away.)",
        ),
        (
            "op: replace, path: /Resources/Queue/Tags/2, value: c",
            "replace /Resources/Queue/Tags/2: /Resources/Queue/Tags is a list, and has no '2' (Its items are 0 to 1.)",
        ),
        (
            "op: add, path: /Resources/Queue/Tags/01, value: c",
            "add /Resources/Queue/Tags/01: /Resources/Queue/Tags is a list, and has no '01' (Its items are 0 to 2.)",
        ),
        (
            "op: add, path: /Resources/Queue/Type/Inner, value: c",
            "add /Resources/Queue/Type/Inner: /Resources/Queue/Type is neither a mapping nor a list",
        ),
    ],
)
def test_a_patch_without_a_place_says_what_is_there_instead(patch: str, wanted: str) -> None:
    assert problems(f"# what for\n- {{{patch}}}") == [f"cfn.patches.yml:2: {wanted}"]


def test_a_file_of_patches_is_checked_as_a_whole() -> None:
    assert problems("op: add") == ["cfn.patches.yml:1: must be a list, but is a mapping"]
    assert problems("- {op: move, path: Resources, to: X}\n- {op: add, path: /X}\n- 3") == [
        'cfn.patches.yml:1: [0].to: is not a known field; there is "op", "path" and "value"',
        'cfn.patches.yml:1: [0].op: must be "add", "remove" or "replace"',
        "cfn.patches.yml:1: [0].path: must be a JSON pointer like /Resources/Service/Properties",
        'cfn.patches.yml:2: [1].value: must be specified if "op" is add',
        'cfn.patches.yml:3: [2]: must be a mapping of "op", "path" and "value"',
    ]


def test_what_is_missing_on_the_way_to_an_override_is_made() -> None:
    rules = [
        {"path": "ContainerDefinitions[0].Ulimits[-].Name", "value": "nofile"},
        {"path": "ContainerDefinitions[0].Ulimits[0].SoftLimit", "value": 5},
        {"path": "ContainerDefinitions[1]", "value": {"Name": "more"}},
        {"path": "Runtime.Family", "value": ""},
    ]

    assert overridden({"ContainerDefinitions": [{"Name": "api"}]}, {"taskdef_overrides": rules}) == {
        "ContainerDefinitions": [{"Name": "api", "Ulimits": [{"Name": "nofile", "SoftLimit": 5}]}, {"Name": "more"}],
        "Runtime": {"Family": ""},
    }


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("ContainerDefinitions[2].User", "the list has 1 items"),
        ("Cpu[0]", "Cpu is no list"),
        ("Cpu.Units", "Cpu is no mapping, and has nothing below it"),
    ],
)
def test_an_override_without_a_place_is_refused(path: str, wanted: str) -> None:
    rules = {"taskdef_overrides": [{"path": path, "value": 1}]}

    with pytest.raises(UsageError) as caught:
        overridden({"ContainerDefinitions": [{"Name": "api"}], "Cpu": "256"}, rules)
    assert str(caught.value) == f"taskdef_overrides[0].path: {path}: {wanted}"
