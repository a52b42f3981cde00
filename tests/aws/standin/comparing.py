"""What a template would change of a stack, as a change set tells it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudformation.models import Change, Stack
from moto.cloudformation.parsing import clean_json

from tests.aws.standin.resources import Tree

DEFINITION = "AWS::ECS::TaskDefinition"
#: What cannot be changed in place, as far as tests go.
FIXED = {
    "AWS::ElasticLoadBalancingV2::TargetGroup": {"Name", "Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId"},
    "AWS::ElasticLoadBalancingV2::ListenerRule": {"ListenerArn"},
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {"Name", "Scheme", "Type"},
    "AWS::ECS::Service": {"Cluster", "ServiceName", "LaunchType"},
    "AWS::ECS::TaskDefinition": {"ContainerDefinitions", "Cpu", "Memory", "Family", "Volumes", "TaskRoleArn"},
    "AWS::EFS::FileSystem": {"Encrypted", "KmsKeyId", "PerformanceMode"},
    "AWS::IAM::Role": {"RoleName", "Path"},
    "AWS::Logs::LogGroup": {"LogGroupName"},
    "AWS::S3::Bucket": {"BucketName"},
    "AWS::SNS::Topic": {"TopicName", "FifoTopic"},
    "AWS::SQS::Queue": {"QueueName", "FifoQueue"},
}


def to_changes(stack: Stack, wanted: Tree, parameters: Mapping[str, str]) -> Iterator[Change]:
    """What refers to a resource that is replaced is changed, too; each revision of a task definition is another."""
    found = list(changes_of_their_own(stack, wanted, parameters))
    known = {one.logical_resource_id for one in found}
    renewed = {one.logical_resource_id for one in found if is_renewed(one)}
    for name, one in wanted["Resources"].items():
        if name not in known and any(f"{{'Ref': '{other}'}}" in str(one) for other in renewed):
            further = Change("Modify", name, one["Type"])
            note_replacement(further, one, one, stack)
            further.physical_resource_id = physical_id(stack, name)  # type: ignore[attr-defined]
            found.append(further)
    yield from found


def changed_types(stack: Stack, wanted: Tree) -> list[str]:
    """Logical ids of resources that would be something else."""
    old = stack.template_dict.get("Resources", {}) if stack.template_dict else {}
    return [name for name, one in wanted["Resources"].items() if name in old and old[name]["Type"] != one["Type"]]


def is_renewed(change: Change) -> bool:
    return verb_of(change) == "Replace" or (change.resource_type == DEFINITION and change.action == "Modify")


def changes_of_their_own(stack: Stack, wanted: Tree, parameters: Mapping[str, str]) -> Iterator[Change]:
    old, new = stack.template_dict.get("Resources", {}), wanted["Resources"]
    changed = {key for key, value in parameters.items() if stack.parameters.get(key) != value}
    for name in [*new, *(name for name in old if name not in new)]:
        if name not in old:
            yield Change("Add", name, new[name]["Type"])
            continue
        if name not in new:
            found = Change("Remove", name, old[name]["Type"])
        elif old[name] != new[name] or any(f"'{key}'" in str(new[name]) for key in changed):
            found = Change("Modify", name, new[name]["Type"])
            note_replacement(found, old[name], new[name], stack)
        else:
            continue
        found.physical_resource_id = physical_id(stack, name)  # type: ignore[attr-defined]
        yield found


def verb_of(change: Change) -> str:
    return "Replace" if getattr(change, "replacement", "") == "True" else change.action


def note_replacement(change: Change, old: Mapping[str, Any], new: Mapping[str, Any], stack: Stack) -> None:
    before, after = old.get("Properties", {}), new.get("Properties", {})
    fixed = FIXED.get(change.resource_type, set())
    written = [key for key in {*before, *after} if before.get(key) != after.get(key)]
    found = {key: differs(before.get(key), after.get(key), stack) if key in fixed else "False" for key in written}
    different = [key for key in written if key not in fixed or found[key] != "False"]
    replacement = next((one for one in ("True", "Conditional") if one in found.values()), "False")
    change.replacement = replacement  # type: ignore[attr-defined]
    change.details = [  # type: ignore[attr-defined]
        {
            "Target": {
                "Attribute": "Properties",
                "Name": key,
                "RequiresRecreation": "Always" if key in fixed else "Never",
            }
        }
        for key in sorted(different)
    ]


def differs(before: Any, after: Any, stack: Stack) -> str:
    """However it is written: an attribute of something that is there, or what another stack exports. Conditional where
    it will be known when something else has been made."""
    resources = stack.resource_map
    try:
        found = [clean_json(copy.deepcopy(one), resources) for one in (before, after)]
    except Exception:  # noqa: BLE001 - moto has many ways to say that there is no such thing
        return "Conditional"
    return "False" if found[0] == found[1] else "True"


def physical_id(stack: Stack, logical: str) -> str:
    found = stack.resource_map._parsed_resources.get(logical)
    return str(getattr(found, "physical_resource_id", None) or "")
