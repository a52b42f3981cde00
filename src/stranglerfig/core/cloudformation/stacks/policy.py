"""Stack policies: which resources an update may touch, and in what way (pure).

A policy that is there denies what none of its statements allows; a Deny that applies outweighs every Allow. What
cannot be understood is refused when the policy is set, so that nothing is misread later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from stranglerfig.core.faults import Fault

ACTIONS = ("Update:Modify", "Update:Replace", "Update:Delete")

_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_PREFIX = "LogicalResourceId/"


@dataclass(frozen=True, slots=True)
class Touch:
    """What an update does to one resource; ``action`` is one of ``ACTIONS``."""

    action: str
    logical_id: str
    type: str


def check_stack_policy(text: str) -> None:
    """Raises a ValidationError."""
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _invalid(f"it is no JSON: {error}") from error
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if not isinstance(statements, list | dict) or not statements or not policy.keys() <= {"Version", "Statement"}:
        raise _invalid("it has to be an object with Statement")
    for statement in _listed(statements):
        _check_statement(statement)


def find_denial(text: str, touches: Iterable[Touch]) -> str | None:
    """Of a policy that ``check_stack_policy`` let pass: why an update may not be, None if it may."""
    statements = _listed(json.loads(text)["Statement"])
    for touch in touches:
        applying = [number for number, one in enumerate(statements, 1) if _applies(one, touch)]
        denying = next((number for number in applying if statements[number - 1]["Effect"] == "Deny"), None)
        what = f"[{touch.action}] for resource [{touch.logical_id}]"
        if denying is not None:
            return f"Action denied by stack policy: Statement [#{denying}] does not allow {what}"
        if not applying:
            return f"Action denied by stack policy: no statement allows {what}"
    return None


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict) or not statement.keys() <= _ELEMENTS:
        raise _invalid(f"a statement has no other elements than {', '.join(sorted(_ELEMENTS))}")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise _invalid("the Effect of a statement is Allow or Deny")
    if statement.get("Principal") != "*":
        raise _invalid('the Principal of a statement is "*"')
    for name in ("Action", "Resource"):
        if (name in statement) is (f"Not{name}" in statement):
            raise _invalid(f"a statement has either {name} or Not{name}")
    for action in _texts(_either(statement, "Action")):
        if not action.startswith("Update:"):
            raise _invalid(f"the action {action} is none of Update:*, {', '.join(ACTIONS)}")
    for resource in _texts(_either(statement, "Resource")):
        if resource != "*" and not resource.startswith(_PREFIX):
            raise _invalid(f"the resource {resource} does not begin with {_PREFIX}")
    _check_conditions(statement.get("Condition", {}))


def _check_conditions(conditions: Any) -> None:
    if not isinstance(conditions, dict) or not conditions.keys() <= _OPERATORS.keys():
        raise _invalid(f"the Condition of a statement is an object of {', '.join(_OPERATORS)}")
    for keys in conditions.values():
        if not isinstance(keys, dict) or keys.keys() != {"ResourceType"}:
            raise _invalid("a condition asks for ResourceType")
        _texts(keys["ResourceType"])


def _applies(statement: Mapping[str, Any], touch: Touch) -> bool:
    is_of_action = any(_is_like(one, touch.action) for one in _listed(_either(statement, "Action")))
    named = f"{_PREFIX}{touch.logical_id}"
    is_of_resource = any(_is_like(one, named) for one in _listed(_either(statement, "Resource")))
    return (
        is_of_action is not ("NotAction" in statement)
        and is_of_resource is not ("NotResource" in statement)
        and all(
            _OPERATORS[operator](_listed(keys["ResourceType"]), touch.type)
            for operator, keys in statement.get("Condition", {}).items()
        )
    )


def _is_like(pattern: str, value: str) -> bool:
    # fnmatch would read brackets as a set of characters
    return fnmatchcase(value, pattern.replace("[", "[[]"))


_OPERATORS: dict[str, Callable[[list[str], str], bool]] = {
    "StringEquals": lambda wanted, given: given in wanted,
    "StringLike": lambda wanted, given: any(_is_like(one, given) for one in wanted),
    "StringNotEquals": lambda wanted, given: given not in wanted,
    "StringNotLike": lambda wanted, given: not any(_is_like(one, given) for one in wanted),
}


def _either(statement: Mapping[str, Any], name: str) -> Any:
    return statement[name] if name in statement else statement[f"Not{name}"]


def _texts(given: Any) -> list[str]:
    found = _listed(given)
    if not found or not all(isinstance(one, str) for one in found):
        raise _invalid(f"{json.dumps(given)[:64]} is neither a text nor a list of texts")
    return found


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list) else [given]


def _invalid(why: str) -> Fault:
    return Fault("ValidationError", f"Error validating stack policy: {why}")
