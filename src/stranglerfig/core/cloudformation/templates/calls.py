"""Functions as they stand in a template, and the shapes of their arguments (pure).

The refusals are worded as CloudFormation words them: people search for those words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from stranglerfig.core.cloudformation.templates.tree import invalid, is_scalar
from stranglerfig.core.faults import Fault

#: For conditions alone.
LOGIC = ("Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or")
VALUES = (
    *("Fn::Base64", "Fn::Cidr", "Fn::FindInMap", "Fn::GetAZs", "Fn::GetAtt", "Fn::If", "Fn::ImportValue", "Fn::Join"),
    *("Fn::Select", "Fn::Split", "Fn::Sub", "Ref"),
)
#: They are known after the template has been transformed, which happens nowhere but at AWS.
EXTENSIONS = ("Fn::ForEach", "Fn::Length", "Fn::ToJsonString")
#: Functions by their tags in YAML; two of them are no ``Fn::``.
SHORT_FORMS = {
    "!Ref": "Ref",
    "!Condition": "Condition",
    **{
        f"!{name}": f"Fn::{name}"
        for name in (
            *("And", "Base64", "Cidr", "Equals", "FindInMap", "GetAZs", "GetAtt", "If", "ImportValue", "Join"),
            *("Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"),
        )
    },
}
MOST_OPERANDS = 10

#: ``${Name}``, ``${Name.Attribute}``, ``${!Literal}``.
PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")
VARIABLE = re.compile(r"[A-Za-z0-9_.:]+")


def call_of(value: object) -> tuple[str, Any] | None:
    """Name and argument, if the value is a call of a function that is known. Conditions' ``Condition`` is none."""
    if not isinstance(value, dict):
        return None
    names = [key for key in value if key.startswith("Fn::")]
    if not names and list(value) != ["Ref"]:
        return None
    name = names[0] if names else "Ref"
    _check_known(name)
    if len(value) > 1:
        raise invalid(
            f"Template error: every {name} object must stand alone, and has {len(value) - 1} member(s) beside it."
        )
    SHAPES[name](value[name])
    return name, value[name]


def attribute_parts(argument: Any) -> tuple[str, Any]:
    """Of a checked Fn::GetAtt: the resource, and the attribute's name or the Ref that gives it."""
    if isinstance(argument, str):
        name, _, attribute = argument.partition(".")
        return name, attribute
    return argument[0], argument[1]


def sub_parts(argument: Any) -> tuple[str, dict[str, Any]]:
    """Of a checked Fn::Sub: its text, and the values of names that are its own."""
    return (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])


def variables_of(text: str) -> list[str]:
    """The names in a text for Fn::Sub, without literals."""
    return [name for name in PLACEHOLDER.findall(text) if not name.startswith("!")]


def is_call(value: object) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in VALUES


def _check_known(name: str) -> None:
    if any(name == known or name.startswith(f"{known}::") for known in EXTENSIONS):
        raise invalid(
            f"Template error: {name} belongs to the transform AWS::LanguageExtensions, "
            "and transforms are not carried out here."
        )
    if name == "Fn::Transform":
        raise invalid("Template error: Fn::Transform calls a macro, and transforms are not carried out here.")
    if name not in SHAPES:
        raise unsupported(name)


def unsupported(name: str) -> Fault:
    return invalid(
        f"Template error: Encountered unsupported function: {name} Supported functions are: [{', '.join(VALUES)}]"
    )


def _is_list(argument: Any, *lengths: int) -> bool:
    return isinstance(argument, list) and len(argument) in lengths


def _is_text(argument: Any) -> bool:
    """A text, or what may turn out as one."""
    return is_scalar(argument) or is_call(argument)


def _is_texts(argument: Any) -> bool:
    return isinstance(argument, list) or is_call(argument)


def _ref(argument: Any) -> None:
    if not isinstance(argument, str) or not argument:
        raise invalid("Template error: every Ref object must have a single String value.")


def _get_att(argument: Any) -> None:
    good = False
    if isinstance(argument, str):
        good = all(argument.partition("."))
    elif _is_list(argument, 2):
        attribute = argument[1]
        named = isinstance(attribute, str) or (isinstance(attribute, dict) and list(attribute) == ["Ref"])
        good = isinstance(argument[0], str) and bool(argument[0]) and named and bool(attribute)
    if not good:
        raise invalid(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, "
            "the resource name and the resource attribute"
        )


def _sub(argument: Any) -> None:
    listed = _is_list(argument, 2) and isinstance(argument[0], str) and isinstance(argument[1], dict)
    if not (isinstance(argument, str) or listed):
        raise invalid(
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. "
            "Specify a string as first argument, and an optional second argument to specify a mapping of values "
            "to replace in the string"
        )
    text, own = sub_parts(argument)
    if not all(VARIABLE.fullmatch(name) for name in (*variables_of(text), *own)):
        raise invalid(
            "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, "
            "underscores, periods, and colons"
        )


def _join(argument: Any) -> None:
    if not (_is_list(argument, 2) and isinstance(argument[0], str) and _is_texts(argument[1])):
        raise invalid(
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list "
            "of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
        )


def _split(argument: Any) -> None:
    good = _is_list(argument, 2) and isinstance(argument[0], str) and bool(argument[0]) and _is_text(argument[1])
    if not good:
        raise invalid(
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string "
            "to be split or a function that returns a string to be split."
        )


def _select(argument: Any) -> None:
    if not (_is_list(argument, 2) and _is_text(argument[0]) and _is_texts(argument[1])):
        raise invalid(
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"
        )


def _if(argument: Any) -> None:
    if not _is_list(argument, 3):
        raise invalid("Template error: Fn::If requires a list argument with three elements")
    if not isinstance(argument[0], str):
        raise invalid("Template error: Fn::If requires a list argument with the first element being a condition")


def _equals(argument: Any) -> None:
    if not (_is_list(argument, 2) and all(_is_text(operand) for operand in argument)):
        raise invalid("Template error: every Fn::Equals object requires a list of 2 string parameters.")


def _not(argument: Any) -> None:
    if not _is_list(argument, 1):
        raise invalid("Template error: every Fn::Not object requires one boolean parameter.")


def _and_or(name: str) -> Callable[[Any], None]:
    def check(argument: Any) -> None:
        if not _is_list(argument, *range(2, MOST_OPERANDS + 1)):
            raise invalid(
                f"Template error: every {name} object requires a list of at least 2 and at most {MOST_OPERANDS} "
                "boolean parameters."
            )

    return check


def _find_in_map(argument: Any) -> None:
    if _is_list(argument, 4):
        raise invalid(
            "Template error: a default value of Fn::FindInMap belongs to the transform AWS::LanguageExtensions, "
            "and transforms are not carried out here."
        )
    if not (_is_list(argument, 3) and all(_is_text(part) for part in argument)):
        raise invalid(
            "Template error: every Fn::FindInMap object requires three parameters, "
            "the map name, map key and the attribute for return value"
        )


def _one_text(name: str) -> Callable[[Any], None]:
    def check(argument: Any) -> None:
        if not _is_text(argument):
            raise invalid(f"Template error: every {name} object must have a String-typed value.")

    return check


def _cidr(argument: Any) -> None:
    if not (_is_list(argument, 3) and all(_is_text(part) for part in argument)):
        raise invalid(
            "Template error: every Fn::Cidr object requires three parameters, "
            "the address block, the count of blocks to make of it and the bits that each of them leaves to hosts"
        )


SHAPES: dict[str, Callable[[Any], None]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": _if,
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::And": _and_or("Fn::And"),
    "Fn::Or": _and_or("Fn::Or"),
    "Fn::FindInMap": _find_in_map,
    "Fn::Cidr": _cidr,
    **{name: _one_text(name) for name in ("Fn::Base64", "Fn::GetAZs", "Fn::ImportValue")},
}
