"""What CloudFormation's schemas say of the types that fig keeps, written as tables of core.cloudformation.

cfn-lint brings the schemas. Nothing but names, kinds and what an update replaces is taken from them.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

FOLDER = Path(__file__).resolve().parents[1] / "src" / "stranglerfig" / "core" / "cloudformation" / "resource_tables"
REGION = "us-east-1"
SOURCE = f"cfn-lint {version('cfn-lint')}"
WIDTH = 118
KINDS = {"string": "s", "integer": "i", "number": "n", "boolean": "b"}
#: Deeper than this, anything goes: nothing here is looked at that far down.
DEEPEST = 6

#: One module each. What is behind a title is explained in its docstring.
TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "refactor_spaces": (
        "Refactor Spaces",
        tuple(f"AWS::RefactorSpaces::{name}" for name in ("Application", "Environment", "Route", "Service")),
    ),
    "networks": (
        "networks and what lies in them",
        tuple(
            f"AWS::EC2::{name}"
            for name in (
                *("EgressOnlyInternetGateway", "EIP", "EIPAssociation", "GatewayRouteTableAssociation"),
                *("InternetGateway", "NatGateway", "NetworkAcl", "NetworkAclEntry", "Route", "RouteTable"),
                *("Subnet", "SubnetCidrBlock", "SubnetNetworkAclAssociation", "SubnetRouteTableAssociation", "VPC"),
                *("VPCCidrBlock", "VPCDHCPOptionsAssociation", "VPCGatewayAttachment", "DHCPOptions"),
                *("SecurityGroup", "SecurityGroupEgress", "SecurityGroupIngress"),
            )
        ),
    ),
    "connections": (
        "ways between networks",
        tuple(
            f"AWS::EC2::{name}"
            for name in (
                *("CustomerGateway", "FlowLog", "PrefixList", "TransitGateway", "TransitGatewayAttachment"),
                *("TransitGatewayRoute", "TransitGatewayRouteTable", "TransitGatewayRouteTableAssociation"),
                *("TransitGatewayRouteTablePropagation", "TransitGatewayVpcAttachment", "VPCEndpoint"),
                *("VPCEndpointService", "VPCEndpointServicePermissions", "VPCPeeringConnection", "VPNGateway"),
                "VPNGatewayRoutePropagation",
            )
        ),
    ),
    "identities": (
        "identities and their rights",
        tuple(
            f"AWS::IAM::{name}"
            for name in (
                *("Group", "GroupPolicy", "InstanceProfile", "ManagedPolicy", "Policy", "Role", "RolePolicy"),
                *("ServiceLinkedRole", "User", "UserPolicy", "UserToGroupAddition"),
            )
        ),
    ),
    "surroundings": (
        "what services run in",
        (
            *("AWS::ECS::Cluster", "AWS::ECS::ClusterCapacityProviderAssociations"),
            *("AWS::Logs::LogGroup", "AWS::Logs::LogStream"),
            *("AWS::ServiceDiscovery::PrivateDnsNamespace", "AWS::ServiceDiscovery::Service"),
        ),
    ),
}


def render(title: str, types: tuple[str, ...]) -> str:
    blocks = "\n".join("\n".join(block(name)) for name in sorted(types))
    return (
        f'"""Types of {title} (pure).\n\nMade by tools/gen_resource_types.py of the schemas of {SOURCE}.\n"""\n\n'
        f'from __future__ import annotations\n\nTABLE = """\\\n{blocks}\n"""\n'
    )


def block(name: str) -> Iterator[str]:
    found = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, name)
    schema: Mapping[str, Any] = found.schema
    hidden = {path for path in paths(schema, "readOnlyProperties") if "." not in path}
    writable = {key: value for key, value in schema["properties"].items() if key not in hidden}
    required = [key for key in schema.get("required", ()) if key not in hidden]
    attributes = {key: at(schema, key) for key in found.get_atts if key.count(".") <= 1}
    yield name
    yield from line("create-only", sorted(path for path in paths(schema, "createOnlyProperties") if path not in hidden))
    yield from line("conditional", sorted(paths(schema, "conditionalCreateOnlyProperties")))
    yield from line("attributes", [f"{key}:{shape(schema, value, 0)}" for key, value in sorted(attributes.items())])
    yield from line("properties", members(schema, writable, required, 0))


def paths(schema: Mapping[str, Any], member: str) -> list[str]:
    """Dotted, without the word that all of them begin with."""
    return [path.removeprefix("/properties/").replace("/", ".") for path in schema.get(member, ())]


def at(schema: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema
    for word in path.split("."):
        found = resolved(schema, found).get("properties", {}).get(word, {})
    return found


def line(word: str, items: list[str]) -> Iterator[str]:
    if items:
        yield from textwrap.wrap(
            f"  {word} {' '.join(items)}",
            WIDTH,
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def members(schema: Mapping[str, Any], found: Mapping[str, Any], required: list[str], depth: int) -> list[str]:
    return [
        f"{key}{'!' if key in required else ''}:{shape(schema, value, depth)}" for key, value in sorted(found.items())
    ]


def shape(schema: Mapping[str, Any], value: Mapping[str, Any], depth: int) -> str:
    """s, i, n, b; [of one], and <of one> where order says nothing; {of members}; j for whatever else JSON can say."""
    found = resolved(schema, value)
    kind = found.get("type")
    if depth > DEEPEST:
        return "j"
    if kind == "array":
        opening, closing = "[]" if found.get("insertionOrder", True) else "<>"
        return f"{opening}{shape(schema, found.get('items', {}), depth + 1)}{closing}"
    if kind == "object" and found.get("properties"):
        return "{" + " ".join(members(schema, found["properties"], found.get("required", []), depth + 1)) + "}"
    return KINDS.get(kind, "j") if isinstance(kind, str) else "j"


def resolved(schema: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    found = value
    while "$ref" in found:
        found = schema["definitions"][found["$ref"].rpartition("/")[2]]
    return found


def main(arguments: list[str]) -> int:
    stale = []
    for name, (title, types) in TABLES.items():
        path, text = FOLDER / f"{name}.py", render(title, types)
        if "--check" in arguments:
            stale += [] if path.read_text(encoding="utf-8") == text else [path.name]
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(json.dumps(stale), f"differ from the schemas of {SOURCE}", file=sys.stderr)  # noqa: T201
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
