"""The sections of a template, each read by itself (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from stranglerfig.core.cloudformation.templates.calls import call_of
from stranglerfig.core.cloudformation.templates.declarations import OutputDeclaration, ResourceDeclaration
from stranglerfig.core.cloudformation.templates.tree import invalid, is_scalar
from stranglerfig.core.faults import Fault

NAME = re.compile(r"[a-zA-Z0-9]{1,255}")
MOST = {"Parameters": 200, "Mappings": 200, "Resources": 500, "Outputs": 200}

RESOURCE_MEMBERS = (
    *("Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"),
)
OUTPUT_MEMBERS = ("Value", "Description", "Export", "Condition")
DELETION_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
REPLACE_POLICIES = ("Delete", "Retain", "Snapshot")


def section(tree: Mapping[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Its members, each a mapping; empty if there is none."""
    found = members(tree, name)
    for key, value in found.items():
        if not isinstance(value, dict):
            raise invalid(f"Template format error: [/{name}/{key}] Any {name} member must be an object.")
    return found


def members(tree: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = tree.get(name, {})
    if not isinstance(found, dict):
        raise invalid(f"Template format error: {name} must be a map.")
    call_of(found)
    for key in found:
        if not NAME.fullmatch(key):
            raise invalid(f"Template format error: {name.removesuffix('s')} name {key} is non alphanumeric.")
    if len(found) > MOST.get(name, len(found)):
        raise invalid(
            f"Template format error: Number of {name.lower()}, {len(found)}, is greater than maximum allowed, "
            f"{MOST[name]}"
        )
    return found


def known_members(kind: str, found: Mapping[str, Any], known: Collection[str]) -> None:
    unknown = [name for name in found if name not in known]
    if unknown:
        raise invalid(f"Invalid template {kind} property '{unknown[0]}'")


def read_mappings(tree: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    found = section(tree, "Mappings")
    for name, top in found.items():
        for key, second in top.items():
            if not isinstance(second, dict):
                raise invalid(
                    f"Template format error: Every Mappings member {name} must be a map of maps; {key} is none."
                )
            for attribute, value in second.items():
                texts = value if isinstance(value, list) else [value]
                if not all(is_scalar(text) for text in texts):
                    raise invalid(
                        "Template format error: Every Mappings attribute must be a String or a List. "
                        f"[/Mappings/{name}/{key}/{attribute}]"
                    )
    return found


def read_resource(name: str, found: Mapping[str, Any]) -> ResourceDeclaration:
    known_members("resource", found, RESOURCE_MEMBERS)
    if not isinstance(found.get("Type"), str) or not found["Type"]:
        raise invalid(f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member.")
    properties = found.get("Properties", {})
    if not isinstance(properties, dict):
        raise invalid(f"Template format error: [/Resources/{name}/Properties] Properties must be an object.")
    return ResourceDeclaration(
        name=name,
        type=found["Type"],
        properties=properties,
        depends_on=_depends_on(name, found.get("DependsOn", [])),
        condition=_condition("Resources", name, found.get("Condition")),
        deletion_policy=_policy(name, "DeletionPolicy", found, DELETION_POLICIES),
        update_replace_policy=_policy(name, "UpdateReplacePolicy", found, REPLACE_POLICIES),
        metadata=found.get("Metadata"),
    )


def read_output(name: str, found: Mapping[str, Any]) -> OutputDeclaration:
    known_members("output", found, OUTPUT_MEMBERS)
    if "Value" not in found:
        raise malformed_output(name, "Every Outputs member must contain a Value object")
    description = found.get("Description")
    if description is not None and not isinstance(description, str):
        raise malformed_output(name, "The Description must be a string.")
    export = found.get("Export")
    if export is not None and not (isinstance(export, dict) and list(export) == ["Name"]):
        raise malformed_output(name, "The Name field of every Export member must be specified, and no other may be.")
    return OutputDeclaration(
        name=name,
        value=found["Value"],
        description=description,
        export_name=None if export is None else export["Name"],
        condition=_condition("Outputs", name, found.get("Condition")),
    )


def malformed_output(name: str, why: str) -> Fault:
    return invalid(f"Template format error: Output {name} is malformed. {why}")


def _depends_on(name: str, found: Any) -> tuple[str, ...]:
    names = [found] if isinstance(found, str) else found
    if not isinstance(names, list) or not all(isinstance(other, str) for other in names):
        raise invalid(f"Template format error: [/Resources/{name}] DependsOn must be a string or list of strings.")
    return tuple(dict.fromkeys(names))


def _condition(where: str, name: str, found: Any) -> str | None:
    if found is not None and not isinstance(found, str):
        raise invalid(f"Template format error: [/{where}/{name}] Every Condition member must be a string.")
    return found


def _policy(name: str, member: str, found: Mapping[str, Any], allowed: Collection[str]) -> str:
    policy = found.get(member, "Delete")
    if not isinstance(policy, str):
        raise invalid(f"Template format error: [/Resources/{name}] Every {member} member must be a string.")
    if policy not in allowed:
        raise invalid(
            f"Template format error: [/Resources/{name}] Unrecognized {member} {policy}: "
            f"it is one of {', '.join(allowed)}."
        )
    return policy
