"""What a policy in a template allows, as IAM decides it: names filled in, patterns matched, conditions held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

NAMES = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "111122223333",
    "AWS::StackName": "forum-test",
    "AppName": "forum",
    "EnvironmentName": "test",
}
OPERATORS = {"StringEquals", "ArnEquals", "ArnLike"}
TAGS = {"copilot-application": "forum", "copilot-environment": "test"}
#: of a request about something of the environment's
FACTS = {
    **{f"aws:{kind}/{tag}": value for kind in ("ResourceTag", "RequestTag") for tag, value in TAGS.items()},
    "aws:RequestedRegion": "eu-west-1",
}


@dataclass(frozen=True)
class Policies:
    """Those that stand in a role."""

    statements: tuple[Mapping[str, Any], ...]
    facts: Mapping[str, str] = field(default_factory=lambda: FACTS)

    def may(self, action: str, resource: str = "*") -> bool:
        effects = {
            one["Effect"]
            for one in self.statements
            if matches(action.lower(), [allowed.lower() for allowed in listed(one["Action"])])
            and matches(resource, one["Resource"])
            and self.hold(one.get("Condition", {}))
        }
        return effects == {"Allow"}

    def hold(self, condition: Mapping[str, Mapping[str, Any]]) -> bool:
        """What a request does not have is not equal to anything."""
        assert condition.keys() <= OPERATORS, f"one of {sorted(condition)} is not understood here"
        asked = [pair for block in condition.values() for pair in block.items()]
        return all(key in self.facts and matches(self.facts[key], wanted) for key, wanted in asked)


def policies_of(role: Mapping[str, Any], names: Mapping[str, str] = NAMES, **facts: str) -> Policies:
    """Of a role in a template."""
    documents = [resolved(one["PolicyDocument"], names) for one in role["Properties"]["Policies"]]
    found = [statement for document in documents for statement in document["Statement"]]
    return Policies(tuple(found), {**FACTS, **facts})


def statements(tree: Any) -> Iterator[dict[str, Any]]:
    """Of all documents, wherever they stand."""
    if isinstance(tree, dict):
        if "Effect" in tree and ("Action" in tree or "NotAction" in tree):
            yield tree
        for value in tree.values():
            yield from statements(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from statements(value)


def matches(value: str, patterns: Any) -> bool:
    return any(fnmatchcase(value, str(one)) for one in listed(patterns))


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def resolved(value: Any, names: Mapping[str, str] = NAMES) -> Any:
    match value:
        case {"Fn::Sub": str(text)}:
            return filled(text, names)
        case {"Fn::Sub": [str(text), dict(own)]}:
            return filled(text, {**names, **{name: resolved(one, names) for name, one in own.items()}})
        case {"Fn::ImportValue": inner}:
            return resolved(inner, names)
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            return names.get(name, "x" * 60)
        case dict():
            return {name: resolved(one, names) for name, one in value.items()}
        case list():
            return [resolved(one, names) for one in value]
        case _:
            return value


def filled(text: str, names: Mapping[str, str]) -> str:
    for name, found in names.items():
        text = text.replace(f"${{{name}}}", found)
    return text
