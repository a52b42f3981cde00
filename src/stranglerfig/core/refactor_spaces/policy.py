"""Resource policies: who of another account may do what in an environment (pure).

The language is IAM's (IAM User Guide, "IAM JSON policy elements reference"), of which resource policies of Refactor
Spaces use Effect, Principal, Action, Resource and Condition. A Deny that applies outweighs every Allow, and what
nothing allows is denied. What cannot be understood is refused when the policy is put, so that nothing is misread later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from stranglerfig.core.refactor_spaces.faults import bad_policy

#: what a condition is asked about; each key has the values that the request gives it
Context = Mapping[str, tuple[str, ...]]

_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
#: what a policy may leave open; it stands for the account that asks
_CALLER = "${aws:PrincipalAccount}"
_VARIABLE = re.compile(r"\$\{[^}]*\}?")
_ACCOUNT = re.compile(r"(arn:aws:iam::)?(?P<account>\d{12})(:root)?")
_SET_WORDS = ("ForAllValues:", "ForAnyValue:")


def _equals(pattern: str, value: str) -> bool:
    return pattern == value


def _equals_in_any_case(pattern: str, value: str) -> bool:
    return pattern.lower() == value.lower()


def _is_like(pattern: str, value: str) -> bool:
    # fnmatch would read brackets as a set of characters
    return fnmatchcase(value, pattern.replace("[", "[[]"))


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_in_any_case,
    "StringLike": _is_like,
    "ArnEquals": _is_like,
    "ArnLike": _is_like,
    "Bool": _equals_in_any_case,
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


@dataclass(frozen=True, slots=True)
class Question:
    """``action`` without the service's prefix; ``resources`` are the ARNs of what it is done to and of what that is
    in; ``account`` asks."""

    account: str
    action: str
    resources: tuple[str, ...]
    context: Context


def check_policy(text: str) -> None:
    """Raises the API's InvalidResourcePolicyException."""
    if "\n" in text or "\r" in text:
        raise bad_policy("The policy has to be on a single line.")
    unknown = [found for found in _VARIABLE.findall(text) if found != _CALLER]
    if unknown:
        raise bad_policy(f"The policy variable {unknown[0]} is not known here; {_CALLER} is.")
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad_policy(f"The policy is no JSON: {error}.") from error
    if not isinstance(policy, dict) or not policy.keys() <= {"Version", "Id", "Statement"}:
        raise bad_policy("A policy is an object with Version, Id and Statement.")
    statements = policy.get("Statement")
    if not isinstance(statements, list | dict) or not statements:
        raise bad_policy("The policy has no Statement.")
    for statement in _listed(statements):
        _check_statement(statement)


def allows(text: str, question: Question) -> bool:
    """Of a policy that ``check_policy`` let pass."""
    statements = [one for one in _listed(json.loads(text)["Statement"]) if _applies(one, question)]
    return bool(statements) and all(statement["Effect"] == "Allow" for statement in statements)


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict) or not statement.keys() <= _ELEMENTS:
        raise bad_policy(f"A statement has no other elements than {', '.join(sorted(_ELEMENTS))}.")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise bad_policy("The Effect of a statement is Allow or Deny.")
    principal = statement.get("Principal")
    if principal != "*" and not (isinstance(principal, dict) and principal.keys() == {"AWS"}):
        raise bad_policy('The Principal of a statement is "*" or {"AWS": accounts}.')
    for account in _texts(principal if principal == "*" else principal["AWS"], "Principal"):
        if account != "*" and not _ACCOUNT.fullmatch(account):
            raise bad_policy(f"The Principal {account} is no account.")
    for action in _texts(statement.get("Action"), "Action"):
        if not action.lower().startswith("refactor-spaces:"):
            raise bad_policy(f"The Action {action} is none of refactor-spaces.")
    if "Resource" in statement:
        _texts(statement["Resource"], "Resource")
    _check_conditions(statement.get("Condition", {}))


def _check_conditions(conditions: Any) -> None:
    if not isinstance(conditions, dict):
        raise bad_policy("The Condition of a statement is an object.")
    for operator, keys in conditions.items():
        name = _without_set_word(operator)
        compared = name.removesuffix("IfExists")
        if compared not in _OPERATORS and compared not in _NEGATED and name != "Null":
            raise bad_policy(f"The condition operator {operator} is not known.")
        if not isinstance(keys, dict) or not keys:
            raise bad_policy(f"The condition {operator} names no keys.")
        for key, values in keys.items():
            _texts(_wanted(values), f"condition key {key}")


def _texts(given: Any, what: str) -> list[str]:
    found = _listed(given)
    if not found or not all(isinstance(one, str) for one in found):
        raise bad_policy(f"The {what} of a statement is a text or a list of texts.")
    return found


def _wanted(given: Any) -> list[Any]:
    """Of a condition, where true and false may also stand without quotes."""
    return [str(one).lower() if isinstance(one, bool) else one for one in _listed(given)]


def _applies(statement: Mapping[str, Any], question: Question) -> bool:
    principal = statement["Principal"]
    accounts = [principal] if principal == "*" else _listed(principal["AWS"])
    action = f"refactor-spaces:{question.action}".lower()
    patterns = [one.replace(_CALLER, question.account) for one in _listed(statement.get("Resource", "*"))]
    # Neither actions nor keys go by case.
    context = {key.lower(): values for key, values in question.context.items()}
    return (
        any(_is_account(account, question.account) for account in accounts)
        and any(_is_like(one.lower(), action) for one in _listed(statement["Action"]))
        and any(_is_like(pattern, resource) for pattern in patterns for resource in question.resources)
        and all(
            _holds(operator, _values(values, question), context.get(key.lower()))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _values(given: Any, question: Question) -> list[str]:
    return [one.replace(_CALLER, question.account) for one in _wanted(given)]


def _is_account(named: str, account: str) -> bool:
    found = _ACCOUNT.fullmatch(named)
    return named == "*" or (found is not None and found["account"] == account)


def _holds(operator: str, wanted: list[str], given: tuple[str, ...] | None) -> bool:
    name = _without_set_word(operator)
    if name == "Null":
        return ("true" in wanted) == (not given)
    if name.endswith("IfExists") and not given:
        return True
    name = name.removesuffix("IfExists")
    is_negated = name in _NEGATED
    compare = _OPERATORS[_NEGATED.get(name, name)]
    values = given or ()
    matches = [any(compare(pattern, value) for pattern in wanted) is not is_negated for value in values]
    if operator.startswith("ForAllValues:"):
        return all(matches)
    # A key that the request does not have fails what is asked of it, and meets what is denied of it.
    return any(matches) if values else is_negated


def _without_set_word(operator: str) -> str:
    word = next((word for word in _SET_WORDS if operator.startswith(word)), "")
    return operator.removeprefix(word)


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list) else [given]


def tag_context(kind: str, tags: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """``kind``: ``Request`` or ``Resource``."""
    return {f"aws:{kind}Tag/{key}": (value,) for key, value in tags}
