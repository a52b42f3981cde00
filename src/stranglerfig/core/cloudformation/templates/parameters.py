"""Parameters of a template and the values they are given (pure)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

from stranglerfig.core.cloudformation.templates.declarations import ParameterDeclaration, Template
from stranglerfig.core.cloudformation.templates.sections import known_members
from stranglerfig.core.cloudformation.templates.tree import invalid, is_scalar, to_text
from stranglerfig.core.faults import Fault

MEMBERS = (
    *("Type", "Default", "AllowedValues", "AllowedPattern", "MinLength", "MaxLength", "MinValue", "MaxValue"),
    *("Description", "ConstraintDescription", "NoEcho"),
)
#: Ids of things in AWS. What they name is not looked up: here they are text.
NAMED_IN_AWS = tuple(
    f"AWS::{name}"
    for name in (
        *("EC2::AvailabilityZone::Name", "EC2::Image::Id", "EC2::Instance::Id", "EC2::KeyPair::KeyName"),
        *("EC2::SecurityGroup::GroupName", "EC2::SecurityGroup::Id", "EC2::Subnet::Id", "EC2::Volume::Id"),
        *("EC2::VPC::Id", "Route53::HostedZone::Id", "SSM::Parameter::Name"),
    )
)
NO_LISTS = ("AWS::EC2::KeyPair::KeyName", "AWS::SSM::Parameter::Name")
NUMBERS = ("Number", "List<Number>")
TYPES = (
    *("String", "Number", "List<Number>", "CommaDelimitedList", *NAMED_IN_AWS),
    *(f"List<{name}>" for name in NAMED_IN_AWS if name not in NO_LISTS),
)
LONGEST = 4096
NUMBER = re.compile(r"[-+]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][-+]?\d{1,3})?", re.ASCII)


def read_parameter(name: str, found: Mapping[str, Any]) -> ParameterDeclaration:
    known_members("parameter", found, MEMBERS)
    return ParameterDeclaration(
        name=name,
        type=_type(name, found.get("Type")),
        default=_text(name, found, "Default"),
        allowed_values=_allowed_values(name, found.get("AllowedValues", [])),
        allowed_pattern=_pattern(name, found),
        min_length=_length(name, found, "MinLength"),
        max_length=_length(name, found, "MaxLength"),
        min_value=_number(name, found, "MinValue"),
        max_value=_number(name, found, "MaxValue"),
        description=_text(name, found, "Description"),
        constraint_description=_text(name, found, "ConstraintDescription"),
        no_echo=_text(name, found, "NoEcho") in ("true", "True", "TRUE"),
    )


def is_list(declaration: ParameterDeclaration) -> bool:
    return declaration.type == "CommaDelimitedList" or declaration.type.startswith("List<")


def items_of(declaration: ParameterDeclaration, value: str) -> list[str]:
    """A list's, without the blanks around them; what is no list is its own only item."""
    if not is_list(declaration):
        return [value]
    return [item.strip() for item in value.split(",")] if value else []


def to_values(
    template: Template, given: Mapping[str, str], previous: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A checked value for each parameter: the given one, else its default. Names in ``previous`` keep what they had,
    unless they are given too."""
    unknown = [name for name in given if name not in template.parameters]
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    found: dict[str, str] = {}
    for name, declaration in template.parameters.items():
        value = given.get(name, (previous or {}).get(name, declaration.default))
        if value is not None:
            found[name] = value
    missing = [name for name in template.parameters if name not in found]
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in found.items():
        _check_value(template.parameters[name], value)
    return found


def _check_value(declaration: ParameterDeclaration, value: str) -> None:
    if len(value.encode("utf-8", "surrogatepass")) > LONGEST:
        raise invalid(f"Parameter '{declaration.name}' must contain at most {LONGEST} bytes")
    for item in items_of(declaration, value):
        problem = _problem(declaration, item)
        if problem is None:
            continue
        if declaration.constraint_description is not None:
            raise invalid(
                f"Parameter {declaration.name} failed to satisfy constraint: {declaration.constraint_description}"
            )
        raise invalid(f"Parameter '{declaration.name}' {problem}")


def _problem(declaration: ParameterDeclaration, item: str) -> str | None:
    if declaration.type in NUMBERS and not NUMBER.fullmatch(item):
        return "must be a number"
    if declaration.allowed_values and item not in declaration.allowed_values:
        return f"must be one of AllowedValues [{', '.join(declaration.allowed_values)}]"
    if declaration.type in NUMBERS:
        return _problem_of_number(declaration, float(item))
    if declaration.min_length is not None and len(item) < declaration.min_length:
        return f"must contain at least {declaration.min_length} characters"
    if declaration.max_length is not None and len(item) > declaration.max_length:
        return f"must contain at most {declaration.max_length} characters"
    if declaration.allowed_pattern is not None and not _compiled(declaration.allowed_pattern).fullmatch(item):
        return f"must match pattern {declaration.allowed_pattern}"
    return None


def _problem_of_number(declaration: ParameterDeclaration, number: float) -> str | None:
    if declaration.min_value is not None and number < declaration.min_value:
        return f"must be a number not less than {declaration.min_value:g}"
    if declaration.max_value is not None and number > declaration.max_value:
        return f"must be a number not greater than {declaration.max_value:g}"
    return None


def _type(name: str, found: Any) -> str:
    if not isinstance(found, str):
        raise invalid(
            f"Template format error: [/Parameters/{name}] Every Parameters object must contain a Type member."
        )
    if found.startswith("AWS::SSM::Parameter::Value<"):
        raise invalid(
            f"Template format error: Parameter {name} has the type {found}: values of the SSM parameter store "
            "are not to be had here. Give it the type String and the value itself."
        )
    if found not in TYPES:
        raise invalid(f"Template format error: Unrecognized parameter type: {found}")
    return found


def _text(name: str, found: Mapping[str, Any], member: str) -> str | None:
    if member not in found:
        return None
    if not is_scalar(found[member]):
        raise _malformed(name, member, "a string")
    return to_text(found[member])


def _allowed_values(name: str, found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(is_scalar(value) for value in found):
        raise _malformed(name, "AllowedValues", "a list of strings")
    return tuple(to_text(value) for value in found)


def _pattern(name: str, found: Mapping[str, Any]) -> str | None:
    pattern = _text(name, found, "AllowedPattern")
    if pattern is None:
        return None
    try:
        _compiled(pattern)
    except (re.error, OverflowError, RecursionError) as broken:
        raise invalid(
            f"Template format error: [/Parameters/{name}] AllowedPattern {pattern} is no regular expression: {broken}"
        ) from None
    return pattern


def _compiled(pattern: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        # sets within sets, which may mean something to a later Python
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(pattern)


def _length(name: str, found: Mapping[str, Any], member: str) -> int | None:
    number = _number(name, found, member)
    if number is not None and (number < 0 or number != int(number)):
        raise _malformed(name, member, "a whole number")
    return None if number is None else int(number)


def _number(name: str, found: Mapping[str, Any], member: str) -> float | None:
    text = _text(name, found, member)
    if text is not None and not NUMBER.fullmatch(text):
        raise _malformed(name, member, "a number")
    number = None if text is None else float(text)
    if number is not None and number in (float("inf"), float("-inf")):
        raise _malformed(name, member, "a number that is not so large")
    return number


def _malformed(name: str, member: str, wanted: str) -> Fault:
    return invalid(f"Template format error: [/Parameters/{name}] Every {member} member must be {wanted}.")
